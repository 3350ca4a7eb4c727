//! A device's descriptors and strings, as a record holds them.

use serde::{Deserialize, Serialize};

use super::super::{
    DeviceRecord, FunctionalDescriptor, InterfaceRecord, Place, Speed, UsbErrorKind,
};
use super::line::name_of;
use super::setup::{hex_u8, hex_u16};
use crate::printable::printable;

/// Longest string that a descriptor holds, in UTF-16 units: two of its 255 bytes are a header (USB
/// 2.0, 9.6.7).
const LONGEST_STRING: usize = 126;

/// One `device` line, without its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Device {
    /// Its address on the bus: another one means that it left and came back.
    address: u8,
    speed: Option<Speed>,
    #[serde(with = "hex_u16")]
    vid: u16,
    #[serde(with = "hex_u16")]
    pid: u16,
    /// bcdDevice
    #[serde(with = "hex_u16")]
    version: u16,
    manufacturer: Option<String>,
    product: Option<String>,
    /// Characters of the serial number, which is itself left out.
    serial_length: Option<usize>,
    /// A serial number that every board with this part has: [`DeviceRecord::part_code`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part_code: Option<String>,
    /// Why it cannot be opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<String>,
    /// The driver the system bound to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    driver: Option<String>,
    interfaces: Vec<Interface>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Interface {
    number: u8,
    alternate: u8,
    class: u8,
    subclass: u8,
    protocol: u8,
    /// The string of iInterface: for DfuSe the memory layout.
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    functional: Option<Functional>,
}

/// The DFU functional descriptor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Functional {
    #[serde(with = "hex_u8")]
    attributes: u8,
    /// Milliseconds.
    detach_timeout: u16,
    transfer_size: u16,
    #[serde(with = "hex_u16")]
    dfu_version: u16,
}

impl Device {
    pub(super) fn new(record: &DeviceRecord) -> Self {
        let serial = record.serial.as_ref();
        Self {
            address: record.address,
            speed: record.speed,
            vid: record.vendor,
            pid: record.product,
            version: record.version,
            manufacturer: record.manufacturer.clone(),
            product: record.product_name.clone(),
            serial_length: serial.map(|serial| serial.chars().count()),
            part_code: record.part_code().map(str::to_owned),
            blocked: record.blocked.map(|kind| name_of(kind).to_owned()),
            driver: record.driver.clone(),
            interfaces: record.interfaces.iter().map(Interface::new).collect(),
        }
    }

    /// # Errors
    /// An unknown reason why it is blocked; a string that no descriptor holds.
    pub(super) fn into_record(self, place: Place) -> Result<DeviceRecord, String> {
        let serial_length = self.serial_length.map(|length| length.min(LONGEST_STRING));
        Ok(DeviceRecord {
            place,
            address: self.address,
            speed: self.speed,
            vendor: self.vid,
            product: self.pid,
            version: self.version,
            manufacturer: string(self.manufacturer)?,
            product_name: string(self.product)?,
            serial: string(self.part_code)?
                .or_else(|| serial_length.map(|length| "0".repeat(length))),
            blocked: self.blocked.as_deref().map(kind_of).transpose()?,
            driver: self.driver.as_deref().map(printable),
            interfaces: self
                .interfaces
                .into_iter()
                .map(Interface::into_record)
                .collect::<Result<_, _>>()?,
        })
    }
}

/// A string of a descriptor. A record is a file: anybody may have written it.
fn string(text: Option<String>) -> Result<Option<String>, String> {
    let Some(text) = text else { return Ok(None) };
    let length = text.encode_utf16().count();
    if length > LONGEST_STRING {
        return Err(format!(
            "a string of {length} characters: USB has none longer than {LONGEST_STRING}"
        ));
    }
    Ok(Some(printable(&text)))
}

fn kind_of(name: &str) -> Result<UsbErrorKind, String> {
    super::line::kind_of(name).ok_or_else(|| format!("unknown reason '{name}'"))
}

impl Interface {
    fn new(record: &InterfaceRecord) -> Self {
        Self {
            number: record.number,
            alternate: record.alternate,
            class: record.class,
            subclass: record.subclass,
            protocol: record.protocol,
            name: record.name.clone(),
            functional: record.functional.map(|functional| Functional {
                attributes: functional.attributes,
                detach_timeout: functional.detach_timeout,
                transfer_size: functional.transfer_size,
                dfu_version: functional.dfu_version,
            }),
        }
    }

    fn into_record(self) -> Result<InterfaceRecord, String> {
        Ok(InterfaceRecord {
            number: self.number,
            alternate: self.alternate,
            class: self.class,
            subclass: self.subclass,
            protocol: self.protocol,
            name: string(self.name)?,
            functional: self.functional.map(|functional| FunctionalDescriptor {
                attributes: functional.attributes,
                detach_timeout: functional.detach_timeout,
                transfer_size: functional.transfer_size,
                dfu_version: functional.dfu_version,
            }),
        })
    }
}
