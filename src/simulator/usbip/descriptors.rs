//! The standard descriptors of a simulated device, in bytes (USB 2.0 §9.6, DFU 1.1 §4).

use crate::transport::{FunctionalDescriptor, InterfaceRecord};

use super::super::board::{Identity, SerialEncoding};
use super::super::serial::{NOTIFICATION_ENDPOINT, Serial};

const DEVICE: u8 = 1;
const CONFIGURATION: u8 = 2;
const STRING: u8 = 3;
const INTERFACE: u8 = 4;
const ENDPOINT: u8 = 5;
const ASSOCIATION: u8 = 11;
const CLASS_SPECIFIC: u8 = 0x24;
pub(super) const FUNCTIONAL: u8 = 0x21;
/// US English.
const LANGUAGE: u16 = 0x0409;
/// Strings 1 to 3 are the device's own, the interfaces' follow.
const FIRST_INTERFACE_STRING: usize = 4;
/// Longest string a descriptor holds: its length is one byte.
const MOST_UNITS: usize = 126;

/// What the device shows of itself.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) identity: Identity,
    pub(super) interfaces: Vec<InterfaceRecord>,
    /// The serial port of its program.
    pub(super) serial: Option<Serial>,
}

impl Shown {
    /// The descriptor that GET_DESCRIPTOR names; `None` stalls.
    pub(super) fn descriptor(&self, kind: u8, index: u8) -> Option<Vec<u8>> {
        match (kind, index) {
            (DEVICE, _) => Some(self.device()),
            (CONFIGURATION, 0) => Some(self.configuration()),
            (STRING, 0) => Some(descriptor(STRING, &LANGUAGE.to_le_bytes())),
            (STRING, _) => self.string(index),
            (FUNCTIONAL, _) => self
                .interfaces
                .iter()
                .find_map(|interface| interface.functional)
                .map(functional),
            _ => None,
        }
    }

    fn device(&self) -> Vec<u8> {
        let [v0, v1] = self.identity.vendor.to_le_bytes();
        let [p0, p1] = self.identity.product.to_le_bytes();
        let [d0, d1] = self.identity.version.to_le_bytes();
        let number = |text: &Option<String>, number| if text.is_some() { number } else { 0 };
        let strings = &self.identity;
        let [class, subclass, protocol] = self.serial.map_or([0; 3], |serial| serial.device_class);
        // USB 2.0, 64-byte packets, one configuration.
        let body = [
            0x00,
            0x02,
            class,
            subclass,
            protocol,
            64,
            v0,
            v1,
            p0,
            p1,
            d0,
            d1,
            number(&strings.manufacturer, 1),
            number(&strings.product_name, 2),
            number(&strings.serial, 3),
            1,
        ];
        descriptor(DEVICE, &body)
    }

    fn configuration(&self) -> Vec<u8> {
        let mut rest = Vec::new();
        for (position, interface) in self.interfaces.iter().enumerate() {
            let name = interface.name.as_ref();
            let name = name.and_then(|_| u8::try_from(FIRST_INTERFACE_STRING + position).ok());
            let (association, endpoints, serial) = self.serial_descriptors(interface);
            rest.extend(association);
            let body = [
                interface.number,
                interface.alternate,
                endpoints,
                interface.class,
                interface.subclass,
                interface.protocol,
                name.unwrap_or(0),
            ];
            rest.extend(descriptor(INTERFACE, &body));
            rest.extend(serial);
            rest.extend(interface.functional.map(functional).unwrap_or_default());
        }
        let total = u16::try_from(rest.len() + 9).unwrap_or(u16::MAX);
        let [t0, t1] = total.to_le_bytes();
        let count = self.interfaces.iter().filter(|i| i.alternate == 0).count();
        let count = u8::try_from(count).unwrap_or(u8::MAX);
        // Configuration 1, self-powered, 100 mA.
        let mut bytes = descriptor(CONFIGURATION, &[t0, t1, count, 1, 0, 0xC0, 50]);
        bytes.extend(rest);
        bytes
    }

    /// What a serial port adds to an interface: descriptors before it, its number of endpoints,
    /// descriptors after it (USB CDC 1.2 §5.2.3; as in usbcfg.c of DiSlord/NanoVNA-D).
    fn serial_descriptors(&self, interface: &InterfaceRecord) -> (Vec<u8>, u8, Vec<u8>) {
        const BULK: u8 = 2;
        const INTERRUPT: u8 = 3;
        let none = (Vec::new(), 0, Vec::new());
        let Some(serial) = self.serial else {
            return none;
        };
        let number = interface.number;
        let data = number.saturating_add(1);
        match (interface.class, interface.subclass) {
            (0x02, 0x02) => {
                // Only a composite device associates its interfaces.
                let association = match serial.device_class {
                    [0xEF, 2, 1] => {
                        descriptor(ASSOCIATION, &[number, 2, 2, 2, interface.protocol, 0])
                    }
                    _ => Vec::new(),
                };
                let mut rest = descriptor(CLASS_SPECIFIC, &[0x00, 0x10, 0x01]);
                rest.extend(descriptor(CLASS_SPECIFIC, &[0x01, 0x00, data]));
                rest.extend(descriptor(CLASS_SPECIFIC, &[0x02, 0x02]));
                rest.extend(descriptor(CLASS_SPECIFIC, &[0x06, number, data]));
                let address = NOTIFICATION_ENDPOINT | 0x80;
                rest.extend(descriptor(ENDPOINT, &[address, INTERRUPT, 8, 0, 0xFF]));
                (association, 1, rest)
            }
            (0x0A, _) => {
                let mut rest = descriptor(ENDPOINT, &[serial.data_endpoint, BULK, 64, 0, 0]);
                let address = serial.data_endpoint | 0x80;
                rest.extend(descriptor(ENDPOINT, &[address, BULK, 64, 0, 0]));
                (Vec::new(), 2, rest)
            }
            _ => none,
        }
    }

    fn string(&self, index: u8) -> Option<Vec<u8>> {
        let own = match index {
            1 => self.identity.manufacturer.as_ref(),
            2 => self.identity.product_name.as_ref(),
            3 => self.identity.serial.as_ref(),
            _ => {
                let position = usize::from(index).checked_sub(FIRST_INTERFACE_STRING)?;
                self.interfaces.get(position)?.name.as_ref()
            }
        };
        let own = own?;
        if index == 3 && self.identity.serial_encoding == SerialEncoding::Utf8 {
            return Some(descriptor(STRING, own.as_bytes()));
        }
        let units = own.encode_utf16().take(MOST_UNITS);
        let body: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        Some(descriptor(STRING, &body))
    }
}

fn functional(functional: FunctionalDescriptor) -> Vec<u8> {
    let [d0, d1] = functional.detach_timeout.to_le_bytes();
    let [t0, t1] = functional.transfer_size.to_le_bytes();
    let [v0, v1] = functional.dfu_version.to_le_bytes();
    descriptor(FUNCTIONAL, &[functional.attributes, d0, d1, t0, t1, v0, v1])
}

fn descriptor(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len() + 2).unwrap_or(u8::MAX);
    let mut bytes = vec![length, kind];
    bytes.extend(body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::{Board, SimulatedBoard, Time};
    use crate::transport::Place;

    fn shown(name: &str) -> Shown {
        let board = Board::by_name(name).unwrap();
        let board = SimulatedBoard::new(board, Place("sim-1".into()), Time::Virtual);
        let (identity, interfaces) = board.unit.lock().shown(board.clock.now()).unwrap();
        Shown {
            identity,
            interfaces,
            serial: board.unit.lock().serial(board.clock.now()),
        }
    }

    #[test]
    fn the_functional_descriptor_follows_the_last_alternate_setting() {
        // rusefi/dfu_java reference/F407usb.txt
        let bytes = shown("f407").descriptor(2, 0).unwrap();
        assert_eq!(bytes.len(), 9 + 4 * 9 + 9);
        assert_eq!(bytes[..9], [9, 2, 54, 0, 1, 1, 0, 0xC0, 50]);
        assert_eq!(bytes[9..18], [9, 4, 0, 0, 0, 0xFE, 1, 2, 4]);
        assert_eq!(bytes[36..45], [9, 4, 0, 3, 0, 0xFE, 1, 2, 7]);
        assert_eq!(bytes[45..], [9, 0x21, 0x0B, 0xFF, 0, 0, 8, 0x1A, 1]);
    }

    #[test]
    fn strings_are_utf_16_and_layouts_are_whole() {
        let f407 = shown("f407");
        let layout = f407.descriptor(3, 4).unwrap();
        let text = "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg";
        assert_eq!(usize::from(layout[0]), 2 + 2 * text.len());
        assert_eq!(layout[2..6], [b'@', 0, b'I', 0]);
        assert_eq!(f407.descriptor(3, 0).unwrap(), [4, 3, 0x09, 0x04]);
        assert_eq!(f407.descriptor(3, 8), None);
        assert_eq!(f407.descriptor(3, 0xEE), None);
    }

    #[test]
    fn a_gd32s_serial_number_is_utf_8() {
        // dfu-util quirks.c
        assert_eq!(
            shown("gd32vf103").descriptor(3, 3).unwrap(),
            *b"\x06\x033CBJ"
        );
    }

    #[test]
    fn the_device_descriptor_of_an_st_rom() {
        let bytes = shown("f407").descriptor(1, 0).unwrap();
        assert_eq!(
            bytes,
            [
                18, 1, 0, 2, 0, 0, 0, 64, 0x83, 0x04, 0x11, 0xDF, 0, 0x22, 1, 2, 3, 1
            ]
        );
    }
}
