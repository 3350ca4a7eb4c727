//! The devices whose driver is never changed.

use serde::{Deserialize, Serialize};

use super::device::Device;
use super::instance::{InstanceId, ids};
use crate::discovery::identity;

/// Why a device is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// Its ID is none of the bootloaders that Upfuse knows.
    NotABootloader,
    /// Its functions have a driver each.
    Composite,
    Hub,
    /// A keyboard, a mouse or another input device.
    Input,
    Disk,
    /// Windows has not recorded that it speaks DFU.
    NotDfu,
}

/// Exactly the IDs of the bootloader table, as a whole device whose only function is DFU.
///
/// # Errors
/// What it is instead.
pub fn check(device: &Device) -> Result<(), Refusal> {
    check_id(&device.instance)?;
    let id = (device.instance.vendor(), device.instance.product());
    let is_itself = |hardware: &String| {
        let bus_and_id = hardware.split_once('\\').map(|(_, id)| id);
        bus_and_id.and_then(ids) == Some(id)
    };
    if !device.hardware_ids.iter().any(is_itself) {
        return Err(Refusal::NotABootloader);
    }
    let mut all = device.hardware_ids.iter().chain(&device.compatible_ids);
    let service = device.service.as_deref().unwrap_or_default();
    if all.any(|id| is_composite(id)) || service.eq_ignore_ascii_case("usbccgp") {
        return Err(Refusal::Composite);
    }
    let classes: Vec<(u8, u8)> = device
        .compatible_ids
        .iter()
        .filter_map(|id| class(id))
        .collect();
    let has = |wanted: u8| classes.iter().any(|(class, _)| *class == wanted);
    match () {
        () if has(0x03) => Err(Refusal::Input),
        () if has(0x08) => Err(Refusal::Disk),
        () if has(0x09) => Err(Refusal::Hub),
        () if classes.contains(&DFU_CLASS) => Ok(()),
        () => Err(Refusal::NotDfu),
    }
}

/// The part of [`check`] that needs no record.
///
/// # Errors
/// [`Refusal::NotABootloader`]
pub(super) fn check_id(instance: &InstanceId) -> Result<(), Refusal> {
    match identity::is_bootloader(instance.vendor(), instance.product()) {
        true => Ok(()),
        false => Err(Refusal::NotABootloader),
    }
}

fn is_composite(id: &str) -> bool {
    let id = id.to_ascii_uppercase();
    id.contains("&MI_") || id.contains(r"USB\COMPOSITE")
}

/// USB's class and subclass of DFU interfaces (DFU 1.1 §4.2.1).
const DFU_CLASS: (u8, u8) = (0xFE, 0x01);

/// Of `USB\Class_fe&SubClass_01&Prot_02`, `USB\DevClass_…` and `USB\COMPAT_VID_0483&Class_…`; the
/// subclass is 0 in an ID without it.
fn class(id: &str) -> Option<(u8, u8)> {
    let id = id.to_ascii_uppercase();
    let byte = |name: &str| {
        let mut parts = id.split(['\\', '&']);
        let digits = parts.find_map(|part| part.strip_prefix(name))?;
        u8::from_str_radix(digits, 16).ok()
    };
    let class = byte("CLASS_").or_else(|| byte("DEVCLASS_"))?;
    Some((class, byte("SUBCLASS_").unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn every_recorded_board_may_be_changed() {
        for device in samples::all() {
            assert_eq!(check(&device), Ok(()), "{device:?}");
        }
    }

    fn with(instance: &str, compatible: &[&str]) -> Device {
        let hardware = instance.rsplit_once('\\').unwrap().0;
        Device {
            instance: instance.parse().unwrap(),
            hardware_ids: vec![format!("{hardware}&REV_0200"), hardware.to_owned()],
            compatible_ids: compatible.iter().map(|id| (*id).to_owned()).collect(),
            ..samples::nothing()
        }
    }

    #[test]
    fn other_devices_are_refused_by_what_they_are() {
        const BOARD: &str = r"USB\VID_0483&PID_DF11\1";
        for (device, why) in [
            // An ST-LINK, a mouse of Logitech's, ST's mass storage.
            (
                with(r"USB\VID_0483&PID_374B\1", &[r"USB\COMPOSITE"]),
                Refusal::NotABootloader,
            ),
            (
                with(r"USB\VID_046D&PID_C077\1", &[r"USB\Class_03&SubClass_01"]),
                Refusal::NotABootloader,
            ),
            (
                with(
                    r"USB\VID_0483&PID_5720\1",
                    &[r"USB\Class_08&SubClass_06&Prot_50"],
                ),
                Refusal::NotABootloader,
            ),
            // With the ID of a bootloader, as anything can have.
            (
                with(
                    BOARD,
                    &[
                        r"USB\DevClass_00&SubClass_00&Prot_00",
                        r"USB\COMPOSITE",
                        r"USB\Class_FE&SubClass_01",
                    ],
                ),
                Refusal::Composite,
            ),
            (with(BOARD, &[r"USB\DevClass_09"]), Refusal::Hub),
            (
                with(BOARD, &[r"USB\Class_03&SubClass_01&Prot_01"]),
                Refusal::Input,
            ),
            (
                with(BOARD, &[r"USB\Class_08&SubClass_06&Prot_50"]),
                Refusal::Disk,
            ),
            (with(BOARD, &[r"USB\Class_02&SubClass_02"]), Refusal::NotDfu),
            (with(BOARD, &[]), Refusal::NotDfu),
        ] {
            assert_eq!(check(&device), Err(why), "{device:?}");
        }
        let mut function = with(BOARD, &[r"USB\Class_FE&SubClass_01"]);
        function
            .hardware_ids
            .push(r"USB\VID_0483&PID_DF11&MI_00".to_owned());
        assert_eq!(check(&function), Err(Refusal::Composite));
    }

    #[test]
    fn an_instance_that_names_another_device_than_its_ids_is_refused() {
        let mut device = samples::dfuse();
        device.hardware_ids = vec![r"USB\VID_046D&PID_C077".to_owned()];
        assert_eq!(check(&device), Err(Refusal::NotABootloader));
    }
}
