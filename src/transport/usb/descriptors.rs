//! Descriptors, read without opening the device.

use rusb::{ConfigDescriptor, Context, Device, DeviceDescriptor, InterfaceDescriptor};

use super::DFU_CLASS;
use crate::transport::{DeviceRecord, FunctionalDescriptor, InterfaceRecord, Place, Speed};

fn speed(speed: rusb::Speed) -> Option<Speed> {
    match speed {
        rusb::Speed::Low => Some(Speed::Low),
        rusb::Speed::Full => Some(Speed::Full),
        rusb::Speed::High => Some(Speed::High),
        rusb::Speed::Super | rusb::Speed::SuperPlus => Some(Speed::Super),
        _ => None,
    }
}

pub(super) fn bcd(version: rusb::Version) -> u16 {
    let rusb::Version(major, minor, sub_minor) = version;
    let digits = [major / 10, major % 10, minor, sub_minor];
    digits
        .iter()
        .fold(0, |value, digit| value << 4 | u16::from(digit & 0xF))
}

/// The description of a device that can be read without opening it.
pub(super) fn read_descriptors(
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

pub(super) fn is_dfu_class(class: u8, subclass: u8) -> bool {
    (class, subclass) == DFU_CLASS
}

pub(super) fn is_dfu(record: &DeviceRecord) -> bool {
    record
        .interfaces
        .iter()
        .any(|i| is_dfu_class(i.class, i.subclass))
}

/// Interface, alternate setting and the index of its name, for every DFU interface.
pub(super) fn name_indexes(configuration: &ConfigDescriptor) -> Vec<(u8, u8, u8)> {
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

    #[test]
    fn a_device_version_is_the_bcd_that_the_device_sent() {
        assert_eq!(bcd(rusb::Version::from_bcd(0x2200)), 0x2200);
        assert_eq!(bcd(rusb::Version::from_bcd(0x011A)), 0x011A);
        assert_eq!(bcd(rusb::Version::from_bcd(0x0200)), 0x0200);
    }
}
