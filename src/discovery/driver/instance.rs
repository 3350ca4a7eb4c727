//! Windows' name of a device.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The instance ID of a whole USB device: `USB\VID_0483&PID_DF11\355235843432`. Its last part is the
/// serial number, or made by Windows from the port.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstanceId {
    text: String,
    vendor: u16,
    product: u16,
}

/// A text that is no instance ID of a whole USB device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnInstance {
    /// Not `USB\VID_xxxx&PID_xxxx\…`; one function of a composite device has `&MI_xx` there.
    #[error("this is not the name of a whole USB device")]
    NotWhole,
    /// With characters that a command line or the registry would read as something else.
    #[error("this name of a device has characters that Upfuse does not pass on")]
    Characters,
}

/// MAX_DEVICE_ID_LEN (cfgmgr32.h).
const LONGEST: usize = 200;

impl InstanceId {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn vendor(&self) -> u16 {
        self.vendor
    }

    pub fn product(&self) -> u16 {
        self.product
    }

    /// The part behind the last backslash.
    pub fn suffix(&self) -> &str {
        self.text.rsplit('\\').next().unwrap_or_default()
    }

    /// Windows compares them so.
    pub fn is(&self, other: &Self) -> bool {
        self.text.eq_ignore_ascii_case(&other.text)
    }
}

impl FromStr for InstanceId {
    type Err = NotAnInstance;

    fn from_str(text: &str) -> Result<Self, NotAnInstance> {
        let mut parts = text.split('\\');
        let (Some(bus), Some(device), Some(suffix), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotAnInstance::NotWhole);
        };
        let whole = bus.eq_ignore_ascii_case("USB") && !suffix.is_empty();
        let (vendor, product) = ids(device)
            .filter(|_| whole)
            .ok_or(NotAnInstance::NotWhole)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "&_-.+:".contains(c);
        if text.len() > LONGEST || !suffix.chars().all(is_plain) {
            return Err(NotAnInstance::Characters);
        }
        Ok(Self {
            text: text.to_owned(),
            vendor,
            product,
        })
    }
}

/// Of exactly `VID_0483&PID_DF11`.
pub(super) fn ids(device: &str) -> Option<(u16, u16)> {
    let device = device.to_ascii_uppercase();
    let (vendor, product) = device.strip_prefix("VID_")?.split_once("&PID_")?;
    let number = |digits: &str| {
        let is_hex = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
    };
    Some((number(vendor)?, number(product)?))
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for InstanceId {
    type Error = NotAnInstance;

    fn try_from(text: String) -> Result<Self, NotAnInstance> {
        text.parse()
    }
}

impl From<InstanceId> for String {
    fn from(id: InstanceId) -> Self {
        id.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_whole_device_has_its_ids() {
        // The third is libwdi's log of a Maple (DfuToolDlg.cpp); the second is a port of Windows'.
        for (text, ids) in [
            (r"USB\VID_0483&PID_DF11\355235843432", (0x0483, 0xDF11)),
            (r"usb\vid_0483&pid_df11\5&2f0e6a1&0&4", (0x0483, 0xDF11)),
            (r"USB\VID_1EAF&PID_0003\LLM_003", (0x1EAF, 0x0003)),
        ] {
            let id: InstanceId = text.parse().unwrap();
            assert_eq!((id.vendor(), id.product()), ids);
            assert_eq!(id.as_str(), text);
        }
    }

    #[test]
    fn functions_other_buses_and_paths_are_no_whole_devices() {
        for text in [
            "",
            r"USB\VID_0483&PID_DF11",
            r"USB\VID_0483&PID_DF11\",
            r"USB\VID_0483&PID_DF11&MI_00\6&1&0&0",
            r"USB\VID_0483&PID_DF11\a\b",
            r"USB\VID_+483&PID_DF11\a",
            r"USB\ROOT_HUB30\4&1&0&0",
            r"HID\VID_0483&PID_DF11\a",
            r"USB\VID_0483&PID_é11\a",
            r"C:\Windows\System32",
        ] {
            assert_eq!(
                text.parse::<InstanceId>(),
                Err(NotAnInstance::NotWhole),
                "{text}"
            );
        }
    }

    #[test]
    fn nothing_is_passed_on_that_a_command_line_would_read() {
        for suffix in ["a\"b", "a b", "%PATH%", "a|b", "a^b", "a/b", "a\0b", "ä"] {
            let text = format!(r"USB\VID_0483&PID_DF11\{suffix}");
            assert_eq!(
                text.parse::<InstanceId>(),
                Err(NotAnInstance::Characters),
                "{text}"
            );
        }
        let long = format!(r"USB\VID_0483&PID_DF11\{}", "A".repeat(200));
        assert!(long.parse::<InstanceId>().is_err());
    }
}
