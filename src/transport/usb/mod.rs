//! Real USB, through `rusb`: the only module that uses it.
//!
//! Descriptors of every device are read without opening it; only devices with a DFU interface are
//! opened, for their strings, and only once: the strings are kept until the device leaves, so that
//! several scans a second disturb no upgrade. Where the system shows cheaply whether anything was
//! plugged in or out (Linux), the devices themselves are listed again only then.

mod errors;
mod handle;
mod strings;
mod system;
mod watch;

use std::collections::HashMap;
use std::sync::Arc;

use rusb::{ConfigDescriptor, Context, Device, DeviceDescriptor, InterfaceDescriptor, UsbContext};

use super::{
    Bus, Changes, Clock, DeviceRecord, FunctionalDescriptor, InterfaceRecord, Opened, Place, Speed,
    UsbError, UsbErrorKind,
};
use errors::{at_open, no_usb};
use handle::UsbTransport;
use strings::Strings;
use system::{Ports, SystemView};

/// USB's class and subclass of DFU interfaces (DFU 1.1 §4.2.1).
const DFU_CLASS: (u8, u8) = (0xFE, 0x01);

/// Name and version of the USB library, for bug reports: `libusb 1.0.27`.
pub(crate) fn library_version() -> String {
    let version = rusb::version();
    format!(
        "libusb {}.{}.{}",
        version.major(),
        version.minor(),
        version.micro()
    )
}

/// This machine's USB.
pub(crate) struct UsbBus {
    clock: Arc<dyn Clock>,
    strings: HashMap<DeviceKey, Strings>,
    devices: Vec<(Device<Context>, Place)>,
    /// The system's view of the ports before `devices` were listed.
    ports: Option<Ports>,
}

impl std::fmt::Debug for UsbBus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UsbBus")
            .field("strings", &self.strings.len())
            .finish_non_exhaustive()
    }
}

/// A device while it stays plugged in: it has another address when it comes back.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct DeviceKey {
    bus: u8,
    address: u8,
    vendor: u16,
    product: u16,
    version: u16,
}

impl UsbBus {
    /// Accesses nothing yet. `clock` times the retries of a claim and is passed to every opened
    /// device.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            strings: HashMap::new(),
            devices: Vec::new(),
            ports: None,
        }
    }

    /// Lists the devices, unless the system shows that they are the same as last time.
    fn refresh_devices(&mut self) -> Result<(), UsbError> {
        let ports = Ports::read();
        if ports.is_none() || ports != self.ports {
            // Read before the devices: one that comes in between changes the ports next time.
            self.ports = None;
            self.devices = devices()?;
            // If libusb could not list a device yet, just plugged in, the next scan lists again.
            let places = self.devices.iter().map(|(_, place)| place.0.as_str());
            self.ports = ports.filter(|ports| ports.are_all_among(places));
        }
        Ok(())
    }
}

impl Bus for UsbBus {
    fn scan(&mut self) -> Result<Vec<DeviceRecord>, UsbError> {
        self.refresh_devices()?;
        let system = SystemView::read();
        let mut present = HashMap::new();
        let mut records = Vec::new();
        for (device, place) in &self.devices {
            let Ok(descriptor) = device.device_descriptor() else {
                continue;
            };
            let key = device_key(device, &descriptor);
            let mut record = read_descriptors(device, &descriptor, place.clone());
            if is_dfu(&record) {
                let strings = self.strings.remove(&key).map_or_else(
                    || read_strings(device, &descriptor, &record),
                    Ok::<_, UsbError>,
                );
                match strings {
                    Ok(strings) => {
                        strings.apply(&mut record);
                        present.insert(key, strings);
                    }
                    Err(error) => record.blocked = Some(error.kind),
                }
            }
            system.complete(&mut record);
            records.push(record);
        }
        self.strings = present;
        records.sort_by_cached_key(|record| numbers_in(&record.place));
        Ok(records)
    }

    fn watch(&mut self, changes: Changes) {
        watch::start(changes);
    }

    fn open(&mut self, place: &Place, interface: u8) -> Result<Opened, UsbError> {
        let gone = || UsbError::new(UsbErrorKind::Gone, format!("nothing at {place}"));
        self.refresh_devices()?;
        let (device, _) = self
            .devices
            .iter()
            .find(|(_, here)| here == place)
            .ok_or_else(gone)?;
        let clock = Arc::clone(&self.clock);
        let transport = UsbTransport::open(device, place.clone(), interface, clock)?;
        Ok(Opened {
            transport: Box::new(transport),
            clock: Arc::clone(&self.clock),
        })
    }
}

/// Every device but the root hubs. A new context each time: on Windows an old one keeps returning
/// the descriptors of a device that has since changed into another (libusb#897).
fn devices() -> Result<Vec<(Device<Context>, Place)>, UsbError> {
    let context = Context::new().map_err(no_usb)?;
    let list = context.devices().map_err(no_usb)?;
    Ok(list
        .iter()
        .filter_map(|device| place_of(&device).map(|place| (device, place)))
        .collect())
}

/// `1-4.2`, as on Linux. Where the system hides the ports (macOS 26 with libusb before 1.0.30), bus
/// and address, which change at a replug. `None` for a root hub.
fn place_of(device: &Device<Context>) -> Option<Place> {
    let bus = device.bus_number();
    match device.port_numbers() {
        Ok(ports) if !ports.is_empty() => {
            let ports: Vec<String> = ports.iter().map(u8::to_string).collect();
            Some(Place(format!("{bus}-{}", ports.join("."))))
        }
        _ if is_hub(device) => None,
        _ => Some(Place(format!("{bus}-a{}", device.address()))),
    }
}

/// Sort key: `1-10` comes after `1-2`.
fn numbers_in(place: &Place) -> Vec<u32> {
    place
        .0
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

fn is_hub(device: &Device<Context>) -> bool {
    const HUB_CLASS: u8 = 9;
    device
        .device_descriptor()
        .is_ok_and(|descriptor| descriptor.class_code() == HUB_CLASS)
}

fn device_key(device: &Device<Context>, descriptor: &DeviceDescriptor) -> DeviceKey {
    DeviceKey {
        bus: device.bus_number(),
        address: device.address(),
        vendor: descriptor.vendor_id(),
        product: descriptor.product_id(),
        version: bcd(descriptor.device_version()),
    }
}

fn speed(speed: rusb::Speed) -> Option<Speed> {
    match speed {
        rusb::Speed::Low => Some(Speed::Low),
        rusb::Speed::Full => Some(Speed::Full),
        rusb::Speed::High => Some(Speed::High),
        rusb::Speed::Super | rusb::Speed::SuperPlus => Some(Speed::Super),
        _ => None,
    }
}

fn bcd(version: rusb::Version) -> u16 {
    let rusb::Version(major, minor, sub_minor) = version;
    let digits = [major / 10, major % 10, minor, sub_minor];
    digits
        .iter()
        .fold(0, |value, digit| value << 4 | u16::from(digit & 0xF))
}

/// The description of a device that can be read without opening it.
fn read_descriptors(
    device: &Device<Context>,
    descriptor: &DeviceDescriptor,
    place: Place,
) -> DeviceRecord {
    let configuration = device
        .active_config_descriptor()
        .or_else(|_| device.config_descriptor(0));
    DeviceRecord {
        place,
        address: device.address(),
        speed: speed(device.speed()),
        vendor: descriptor.vendor_id(),
        product: descriptor.product_id(),
        version: bcd(descriptor.device_version()),
        manufacturer: None,
        product_name: None,
        serial: None,
        interfaces: configuration.map_or_else(|_| Vec::new(), |c| read_interfaces(&c)),
        blocked: None,
        driver: None,
    }
}

fn read_interfaces(configuration: &ConfigDescriptor) -> Vec<InterfaceRecord> {
    let mut records = Vec::new();
    for interface in configuration.interfaces() {
        let functional = interface
            .descriptors()
            .filter(|d| is_dfu_class(d.class_code(), d.sub_class_code()))
            .find_map(|d| find_functional(&d))
            .or_else(|| FunctionalDescriptor::find(configuration.extra()));
        records.extend(interface.descriptors().map(|d| InterfaceRecord {
            number: d.interface_number(),
            alternate: d.setting_number(),
            class: d.class_code(),
            subclass: d.sub_class_code(),
            protocol: d.protocol_code(),
            name: None,
            functional: functional.filter(|_| is_dfu_class(d.class_code(), d.sub_class_code())),
        }));
    }
    records
}

/// ST's ROMs put it after the last alternate setting, others after the first, after an endpoint, or
/// before all interfaces. Requesting it from the device is no alternative: the STM32C5's ROM never
/// answers (betaflight#5300).
fn find_functional(descriptor: &InterfaceDescriptor<'_>) -> Option<FunctionalDescriptor> {
    FunctionalDescriptor::find(descriptor.extra()).or_else(|| {
        descriptor
            .endpoint_descriptors()
            .filter_map(|endpoint| endpoint.extra().and_then(FunctionalDescriptor::find))
            .next()
    })
}

fn is_dfu_class(class: u8, subclass: u8) -> bool {
    (class, subclass) == DFU_CLASS
}

fn is_dfu(record: &DeviceRecord) -> bool {
    record
        .interfaces
        .iter()
        .any(|i| is_dfu_class(i.class, i.subclass))
}

/// Opens the device for its strings, and checks whether another program holds its DFU interface.
fn read_strings(
    device: &Device<Context>,
    descriptor: &DeviceDescriptor,
    record: &DeviceRecord,
) -> Result<Strings, UsbError> {
    let handle = device.open().map_err(at_open)?;
    if let Some(dfu) = record
        .interfaces
        .iter()
        .find(|i| is_dfu_class(i.class, i.subclass))
    {
        handle.claim_interface(dfu.number).map_err(at_open)?;
    }
    let names = device
        .active_config_descriptor()
        .map_or_else(|_| Vec::new(), |c| name_indexes(&c));
    Strings::read(&handle, descriptor, &names)
}

/// Interface, alternate setting and the index of its name, for every DFU interface.
fn name_indexes(configuration: &ConfigDescriptor) -> Vec<(u8, u8, u8)> {
    configuration
        .interfaces()
        .flat_map(|interface| interface.descriptors())
        .filter(|d| is_dfu_class(d.class_code(), d.sub_class_code()))
        .filter_map(|d| {
            let index = d.description_string_index()?;
            Some((d.interface_number(), d.setting_number(), index))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::RealClock;

    #[test]
    fn a_machine_without_usb_returns_an_error_with_text() {
        let clock = Arc::new(RealClock::default());
        if let Err(error) = UsbBus::new(clock).scan() {
            assert_eq!(error.kind, UsbErrorKind::NoUsb);
            assert!(!error.detail.is_empty());
        }
    }

    #[test]
    fn a_missing_board_is_gone_or_there_is_no_usb() {
        let clock = Arc::new(RealClock::default());
        let error = UsbBus::new(clock)
            .open(&Place("99-99".to_owned()), 0)
            .unwrap_err();
        assert!(matches!(
            error.kind,
            UsbErrorKind::Gone | UsbErrorKind::NoUsb
        ));
    }

    #[test]
    fn ports_are_sorted_by_number() {
        let mut places = ["1-10", "2-1", "1-2", "1-2.11", "1-2.3"].map(|p| Place(p.to_owned()));
        places.sort_by_cached_key(numbers_in);
        let sorted: Vec<&str> = places.iter().map(|place| place.0.as_str()).collect();
        assert_eq!(sorted, ["1-2", "1-2.3", "1-2.11", "1-10", "2-1"]);
    }

    #[test]
    fn a_device_version_is_the_bcd_that_the_device_sent() {
        assert_eq!(bcd(rusb::Version::from_bcd(0x2200)), 0x2200);
        assert_eq!(bcd(rusb::Version::from_bcd(0x011A)), 0x011A);
        assert_eq!(bcd(rusb::Version::from_bcd(0x0200)), 0x0200);
    }

    #[test]
    fn the_usb_library_has_a_version() {
        assert!(library_version().starts_with("libusb 1.0."));
    }
}
