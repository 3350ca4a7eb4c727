//! What Windows has recorded about a USB device.

use serde::{Deserialize, Serialize};

use super::instance::InstanceId;

/// The values of its key under `HKLM\SYSTEM\CurrentControlSet\Enum\USB`, and of its driver's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    pub instance: InstanceId,
    /// The service of the bound driver: `WinUSB`, `STTub30`.
    pub service: Option<String>,
    /// The GUID of its setup class, in braces.
    pub class: Option<String>,
    /// `USB\VID_0483&PID_DF11&REV_2200`, then without the revision.
    pub hardware_ids: Vec<String>,
    /// `USB\Class_fe&SubClass_01&Prot_02`, then shorter ones.
    pub compatible_ids: Vec<String>,
    pub package: Package,
}

/// The driver package that the driver is from. Nothing of it is localised, except the description.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Its name on this machine: `oem12.inf`, `winusb.inf`.
    pub inf: Option<String>,
    /// `STMicroelectronics`, `Microsoft`, `libwdi`.
    pub provider: Option<String>,
    /// `STM Device in DFU Mode`
    pub description: Option<String>,
    pub version: Option<String>,
}
