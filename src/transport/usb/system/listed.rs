//! Devices as Windows' Plug and Play lists them, matched with libusb's. Separate from the call that
//! lists them, so that it is tested on every system.

use super::super::strings::sanitize;
use crate::transport::{DeviceRecord, Place};

/// What Windows knows about a device without a request to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    /// Windows' name of this device at this port, or of this serial number.
    pub instance: String,
    /// On its bus.
    pub address: u8,
    pub vendor: u16,
    pub product: u16,
    /// From the root hub's port to the device's own.
    pub ports: Vec<u8>,
    /// The service of the bound driver: `WinUSB`, `STTub30`; `None` without one.
    pub driver: Option<String>,
    pub manufacturer: Option<String>,
    pub product_name: Option<String>,
    pub serial: Option<String>,
}

/// Adds the driver to `record`, and the strings that were not read from the device.
pub(super) fn complete(listed: &[Listed], record: &mut DeviceRecord) {
    let Some(device) = find(listed, record) else {
        return;
    };
    let fill = |field: &mut Option<String>, known: &Option<String>| {
        *field = field.take().or_else(|| sanitize(known.as_deref()?));
    };
    record.driver = device
        .driver
        .clone()
        .filter(|name| !is_composite_driver(name));
    fill(&mut record.manufacturer, &device.manufacturer);
    fill(&mut record.product_name, &device.product_name);
    fill(&mut record.serial, &device.serial);
}

/// Windows' name of the device of a record.
pub(super) fn instance(listed: &[Listed], record: &DeviceRecord) -> Option<String> {
    find(listed, record).map(|device| device.instance.clone())
}

/// Windows' driver for composite devices gives each function its own driver, so it is not the
/// driver of the DFU function.
fn is_composite_driver(driver: &str) -> bool {
    driver.eq_ignore_ascii_case("usbccgp")
}

/// libusb and Windows number the buses differently: if two devices of a kind have the same ports on
/// different buses, neither is matched.
fn find<'a>(listed: &'a [Listed], record: &DeviceRecord) -> Option<&'a Listed> {
    let same_kind: Vec<&Listed> = listed
        .iter()
        .filter(|d| (d.vendor, d.product) == (record.vendor, record.product))
        .collect();
    let ports = ports(&record.place)?;
    let mut same_ports = same_kind.iter().filter(|d| d.ports == ports);
    match (same_ports.next(), same_ports.next(), same_kind.as_slice()) {
        (Some(device), None, _) => Some(device),
        // Its ports are unknown, but it is the only candidate.
        (None, _, [only]) => Some(only),
        _ => None,
    }
}

fn ports(place: &Place) -> Option<Vec<u8>> {
    let (_, ports) = place.0.split_once('-')?;
    ports
        .split('.')
        .map(|port| port.parse::<u8>().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ST_BOOTLOADER: (u16, u16) = (0x0483, 0xDF11);

    fn listed(ports: &[u8], driver: Option<&str>) -> Listed {
        Listed {
            instance: String::new(),
            address: 7,
            vendor: ST_BOOTLOADER.0,
            product: ST_BOOTLOADER.1,
            ports: ports.to_vec(),
            driver: driver.map(str::to_owned),
            // Windows keeps no manufacturer; the product is DEVPKEY_Device_BusReportedDeviceDesc.
            manufacturer: None,
            product_name: Some("STM32  BOOTLOADER".to_owned()),
            serial: Some("FFFFFFFEFFFF".to_owned()),
        }
    }

    /// As libusb describes a board whose driver it cannot use: descriptors, but no strings.
    fn record(place: &str) -> DeviceRecord {
        DeviceRecord {
            place: Place(place.to_owned()),
            address: 7,
            speed: None,
            vendor: ST_BOOTLOADER.0,
            product: ST_BOOTLOADER.1,
            version: 0x2200,
            manufacturer: None,
            product_name: None,
            serial: None,
            interfaces: Vec::new(),
            blocked: Some(crate::transport::UsbErrorKind::WrongDriver),
            driver: None,
        }
    }

    fn driver(place: &str, listed: &[Listed]) -> Option<String> {
        let mut found = record(place);
        complete(listed, &mut found);
        found.driver
    }

    #[test]
    fn each_board_gets_the_driver_that_windows_bound_to_it() {
        // STTub30: DfuSe 3.0.6's STtube.inf. WinUSB: STM32Bootloader.inf, or Zadig.
        let two = [
            listed(&[4, 2], Some("STTub30")),
            listed(&[3], Some("WinUSB")),
            listed(&[5], None),
        ];
        assert_eq!(driver("2-4.2", &two).as_deref(), Some("STTub30"));
        assert_eq!(driver("2-3", &two).as_deref(), Some("WinUSB"));
        assert_eq!(driver("2-5", &two), None);
        let named = Listed {
            instance: r"USB\VID_0483&PID_DF11\FFFFFFFEFFFF".to_owned(),
            ..listed(&[4, 2], None)
        };
        let name = instance(&[named.clone(), listed(&[3], None)], &record("2-4.2"));
        assert_eq!(name, Some(named.instance));
    }

    #[test]
    fn strings_that_windows_kept_are_printable() {
        let mut found = record("1-3");
        let mut hostile = listed(&[3], None);
        hostile.product_name = Some("STM32\u{202e}\u{1b}[2J".to_owned());
        complete(&[hostile], &mut found);
        let name = found.product_name.as_deref();
        assert_eq!(name, Some("STM32\u{FFFD}\u{FFFD}[2J"));
    }

    #[test]
    fn a_board_that_cannot_be_opened_has_the_strings_that_windows_kept() {
        let mut found = record("1-3");
        complete(&[listed(&[3], Some("STTub30"))], &mut found);
        assert_eq!(found.product_name.as_deref(), Some("STM32  BOOTLOADER"));
        assert_eq!(found.serial.as_deref(), Some("FFFFFFFEFFFF"));
        assert_eq!(found.manufacturer, None);
    }

    #[test]
    fn strings_from_the_board_itself_are_kept() {
        let mut found = record("1-3");
        found.serial = Some("355235843432".to_owned());
        complete(&[listed(&[3], Some("WinUSB"))], &mut found);
        assert_eq!(found.serial.as_deref(), Some("355235843432"));
    }

    #[test]
    fn the_driver_of_a_composite_device_is_not_reported_for_its_dfu_function() {
        let composite = [listed(&[3], Some("usbccgp"))];
        assert_eq!(driver("1-3", &composite), None);
    }

    #[test]
    fn two_boards_at_the_same_ports_of_two_buses_are_not_confused() {
        let twins = [listed(&[4], Some("STTub30")), listed(&[4], Some("WinUSB"))];
        assert_eq!(driver("1-4", &twins), None);
        assert_eq!(driver("1-7", &twins), None);
        assert_eq!(instance(&twins, &record("1-4")), None);
    }

    #[test]
    fn the_only_device_of_a_kind_is_matched_without_its_ports() {
        let only = [listed(&[], Some("WinUSB"))];
        assert_eq!(driver("1-4", &only).as_deref(), Some("WinUSB"));
        assert_eq!(driver("1-4", &[]), None);
        let other = Listed {
            product: 0x374B,
            ..listed(&[4], Some("WinUSB"))
        };
        assert_eq!(driver("1-4", &[other]), None);
    }
}
