//! String descriptors, even of devices that violate the specification.

use crate::printable::printable;
use std::time::Duration;

use rusb::{Context, Device, DeviceDescriptor, DeviceHandle, Error};

use super::descriptors::name_indexes;
use super::errors::at_transfer;
use crate::transport::{DeviceRecord, UsbError};

const GET_DESCRIPTOR: u8 = 6;
const STRING: u16 = 3;
const DEVICE_IN: u8 = 0x80;
/// The language of most devices, and of those without a language list.
const ENGLISH_US: u16 = 0x0409;
const TIMEOUT: Duration = Duration::from_millis(500);

/// The GD32VF103's ROM sends its serial number in ASCII, not UTF-16 (dfu-util quirks.c).
const GD32: (u16, u16) = (0x28E9, 0x0189);

/// The strings of one device. One that could not be read is `None` and hides no other.
#[derive(Clone, Debug, Default)]
pub(super) struct Strings {
    manufacturer: Option<String>,
    product: Option<String>,
    serial: Option<String>,
    /// Interface, alternate setting, name.
    names: Vec<(u8, u8, String)>,
}

impl Strings {
    /// Reads all strings that a record holds.
    ///
    /// # Errors
    /// See [`Strings::read`].
    pub(super) fn of(
        handle: &DeviceHandle<Context>,
        device: &Device<Context>,
        descriptor: &DeviceDescriptor,
    ) -> Result<Self, UsbError> {
        let names = device
            .active_config_descriptor()
            .map_or_else(|_| Vec::new(), |c| name_indexes(&c));
        Self::read(handle, descriptor, &names)
    }

    /// `names` are interface, alternate setting, and string index.
    ///
    /// # Errors
    /// When the device left or stopped answering; a string that it refuses is only left out.
    fn read(
        handle: &DeviceHandle<Context>,
        descriptor: &DeviceDescriptor,
        names: &[(u8, u8, u8)],
    ) -> Result<Self, UsbError> {
        let language = read_language(handle)?;
        let text = |index: Option<u8>| -> Result<Option<String>, UsbError> {
            let Some(index) = index else { return Ok(None) };
            Ok(read_raw(handle, index, language)?.and_then(|raw| decode(&raw)))
        };
        let serial = match descriptor.serial_number_string_index() {
            Some(index) if (descriptor.vendor_id(), descriptor.product_id()) == GD32 => {
                read_raw(handle, index, language)?.and_then(|raw| decode_ascii(&raw))
            }
            index => text(index)?,
        };
        let mut strings = Self {
            manufacturer: text(descriptor.manufacturer_string_index())?,
            product: text(descriptor.product_string_index())?,
            serial,
            names: Vec::new(),
        };
        for (interface, alternate, index) in names {
            if let Some(name) = text(Some(*index))? {
                strings.names.push((*interface, *alternate, name));
            }
        }
        Ok(strings)
    }

    pub(super) fn apply(&self, record: &mut DeviceRecord) {
        record.manufacturer.clone_from(&self.manufacturer);
        record.product_name.clone_from(&self.product);
        record.serial.clone_from(&self.serial);
        for interface in &mut record.interfaces {
            interface.name = self
                .names
                .iter()
                .find(|(number, alternate, _)| {
                    (*number, *alternate) == (interface.number, interface.alternate)
                })
                .map(|(_, _, name)| name.clone());
        }
    }
}

/// One string, as people may see it.
pub(super) fn one(handle: &DeviceHandle<Context>, index: u8) -> Option<String> {
    let raw = read_raw(handle, index, ENGLISH_US).ok()??;
    decode(&raw)
}

fn read_language(handle: &DeviceHandle<Context>) -> Result<u16, UsbError> {
    let raw = read_raw(handle, 0, 0)?;
    Ok(raw
        .as_deref()
        .and_then(first_language)
        .unwrap_or(ENGLISH_US))
}

fn first_language(raw: &[u8]) -> Option<u16> {
    match payload(raw)? {
        [low, high, ..] => Some(u16::from_le_bytes([*low, *high])),
        _ => None,
    }
}

/// `None` if the device refuses this string.
fn read_raw(
    handle: &DeviceHandle<Context>,
    index: u8,
    language: u16,
) -> Result<Option<Vec<u8>>, UsbError> {
    let mut buffer = [0; 255];
    let value = STRING << 8 | u16::from(index);
    match handle.read_control(
        DEVICE_IN,
        GET_DESCRIPTOR,
        value,
        language,
        &mut buffer,
        TIMEOUT,
    ) {
        Ok(length) => Ok(buffer.get(..length).map(<[u8]>::to_vec)),
        Err(Error::NoDevice) => Err(at_transfer(Error::NoDevice)),
        Err(Error::Timeout) => Err(at_transfer(Error::Timeout)),
        Err(_) => Ok(None),
    }
}

/// The bytes after bLength and bDescriptorType. The ROM of some F427 reports a longer bLength than
/// it sends: the shorter of the two counts (dfu-util).
fn payload(raw: &[u8]) -> Option<&[u8]> {
    let [length, kind, text @ ..] = raw else {
        return None;
    };
    if u16::from(*kind) != STRING {
        return None;
    }
    let reported = usize::from(*length).checked_sub(2)?;
    text.get(..reported).or(Some(text))
}

fn decode(raw: &[u8]) -> Option<String> {
    let units: Vec<u16> = payload(raw)?
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            [low, high] => Some(u16::from_le_bytes([*low, *high])),
            _ => None,
        })
        .collect();
    sanitize(&String::from_utf16_lossy(&units))
}

/// Falls back to UTF-16, which a later ROM uses.
fn decode_ascii(raw: &[u8]) -> Option<String> {
    let bytes = payload(raw)?;
    let text = std::str::from_utf8(bytes).ok();
    match text.filter(|text| text.chars().all(|c| c.is_ascii_graphic())) {
        Some(text) => sanitize(text),
        None => decode(raw),
    }
}

/// Removes the NULs that some devices include, and makes the rest [`printable`]. Blanks stay: they
/// are part of layout strings.
pub(super) fn sanitize(text: &str) -> Option<String> {
    let text = printable(text.trim_matches('\0'));
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(text: &str) -> Vec<u8> {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut raw = vec![u8::try_from(units.len() + 2).unwrap(), 3];
        raw.extend(units);
        raw
    }

    #[test]
    fn a_string_is_read_with_its_blanks() {
        let raw = descriptor("STM32  BOOTLOADER");
        assert_eq!(decode(&raw).as_deref(), Some("STM32  BOOTLOADER"));
    }

    #[test]
    fn a_length_longer_than_the_received_bytes_is_clamped() {
        // Some F427 ROMs (dfu-util)
        let mut raw = descriptor("@Internal Flash");
        raw[0] = 0xFE;
        assert_eq!(decode(&raw).as_deref(), Some("@Internal Flash"));
        raw.pop();
        assert_eq!(decode(&raw).as_deref(), Some("@Internal Flas"));
    }

    #[test]
    fn bytes_after_the_descriptor_are_not_read() {
        let mut raw = descriptor("AB");
        raw.extend([b'C', 0]);
        assert_eq!(decode(&raw).as_deref(), Some("AB"));
    }

    #[test]
    fn a_gd32_serial_number_in_ascii_is_read() {
        let raw = [6, 3, b'3', b'C', b'B', b'J'];
        assert_eq!(decode_ascii(&raw).as_deref(), Some("3CBJ"));
        assert_eq!(decode_ascii(&descriptor("3CBJ")).as_deref(), Some("3CBJ"));
    }

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(sanitize("A\u{1b}[2J").as_deref(), Some("A\u{FFFD}[2J"));
    }

    #[test]
    fn other_descriptors_are_not_strings() {
        assert_eq!(decode(&[]), None);
        assert_eq!(decode(&[2]), None);
        assert_eq!(decode(&[2, 3]), None);
        assert_eq!(decode(&[0, 3, 65, 0]), None);
        assert_eq!(decode(&[4, 2, 65, 0]), None);
        assert_eq!(decode(&descriptor("\0\0")), None);
        assert_eq!(first_language(&[2, 3]), None);
        assert_eq!(first_language(&[4, 3, 7, 4]), Some(0x0407));
    }
}
