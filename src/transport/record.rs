//! The description of one device from a scan of the bus, before discovery classifies it.

use std::cmp::Ordering;
use std::fmt;

use super::UsbErrorKind;

/// Where a device is plugged in: bus and port path, `1-4.2`; a simulated board `sim-1`. Boards
/// are identified by it, because serial numbers repeat. In order of the ports: `1-2` before `1-10`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place(pub String);

impl Place {
    /// A simulated board is plugged in there.
    pub fn is_simulated(&self) -> bool {
        self.0.starts_with("sim-")
    }

    fn numbers(&self) -> impl Iterator<Item = u32> {
        let digits = self.0.split(|c: char| !c.is_ascii_digit());
        digits.filter_map(|digits| digits.parse().ok())
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_number = self.numbers().cmp(other.numbers());
        by_number.then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One device on the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRecord {
    pub place: Place,
    /// The address on the bus; a new one means that it left and came back.
    pub address: u8,
    /// `None` where the system does not tell.
    pub speed: Option<Speed>,
    pub vendor: u16,
    pub product: u16,
    /// bcdDevice
    pub version: u16,
    pub manufacturer: Option<String>,
    pub product_name: Option<String>,
    pub serial: Option<String>,
    /// One entry for each alternate setting of each interface.
    pub interfaces: Vec<InterfaceRecord>,
    /// Why it cannot be opened. `None` also for devices that were not opened, because they are not
    /// relevant.
    pub blocked: Option<UsbErrorKind>,
    /// The driver the system bound to it, where known.
    pub driver: Option<String>,
}

impl DeviceRecord {
    /// The serial number, where it names a kind of microcontroller and no single board: "3CBJ" of
    /// a GD32VF103 with 128 KiB (dfu-util quirks.c).
    pub(crate) fn part_code(&self) -> Option<&str> {
        let serial = self.serial.as_deref()?;
        let is_code = matches!(serial.as_bytes(), [b'3', _, _, b'J']);
        (self.vendor == 0x28E9 && is_code).then_some(serial)
    }
}

/// The speed of a device's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speed {
    /// 1.5 Mbit/s
    Low,
    /// 12 Mbit/s
    Full,
    /// 480 Mbit/s
    High,
    /// 5 Gbit/s or more
    Super,
}

/// One alternate setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceRecord {
    pub number: u8,
    pub alternate: u8,
    pub class: u8,
    pub subclass: u8,
    pub protocol: u8,
    /// The string of iInterface: for DfuSe the memory layout. `None` where it could not be read.
    pub name: Option<String>,
    /// From the configuration descriptor, after this setting, the interface or the configuration.
    pub functional: Option<FunctionalDescriptor>,
}

/// The DFU functional descriptor (DFU 1.1 §4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionalDescriptor {
    /// bmAttributes
    pub attributes: u8,
    /// wDetachTimeOut, milliseconds
    pub detach_timeout: u16,
    /// wTransferSize, bytes
    pub transfer_size: u16,
    /// bcdDFUVersion
    pub dfu_version: u16,
}

impl FunctionalDescriptor {
    /// bcdDFUVersion of DfuSe (UM0424 §10.2).
    pub const DFUSE_VERSION: u16 = 0x011A;

    /// The abilities of every STM32 ROM, with the smallest block of any of them.
    pub const ST_DEFAULT: Self = Self {
        attributes: 0x0B,
        detach_timeout: 255,
        transfer_size: 1024,
        dfu_version: Self::DFUSE_VERSION,
    };

    /// Parses the first such descriptor in `bytes` (a chain of descriptors). Old devices omit the
    /// version (7 bytes): DFU 1.0.
    pub fn find(mut bytes: &[u8]) -> Option<Self> {
        while let [length, kind, rest @ ..] = bytes {
            let length = usize::from(*length);
            if length < 2 {
                return None;
            }
            if let (0x21, [attributes, d0, d1, t0, t1, version @ ..]) = (*kind, rest)
                && length >= 7
            {
                let dfu_version = match version {
                    [v0, v1, ..] if length >= 9 => u16::from_le_bytes([*v0, *v1]),
                    _ => 0x0100,
                };
                return Some(Self {
                    attributes: *attributes,
                    detach_timeout: u16::from_le_bytes([*d0, *d1]),
                    transfer_size: u16::from_le_bytes([*t0, *t1]),
                    dfu_version,
                });
            }
            bytes = bytes.get(length..)?;
        }
        None
    }

    pub fn can_download(self) -> bool {
        self.attributes & 1 != 0
    }

    pub fn can_upload(self) -> bool {
        self.attributes & 2 != 0
    }

    pub fn manifestation_tolerant(self) -> bool {
        self.attributes & 4 != 0
    }

    pub fn will_detach(self) -> bool {
        self.attributes & 8 != 0
    }

    /// ST's own bit: bitAcceleratedST in usbd_dfu.c of its USB device library.
    pub fn accelerated_upload(self) -> bool {
        self.attributes & 0x80 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_in_the_order_of_their_ports() {
        let places = [
            "1-10", "2-1", "1-2", "1-2.11", "1-2.3", "1-4.10", "1-4.2", "1-04.2",
        ];
        let sorted: std::collections::BTreeSet<Place> = places
            .iter()
            .map(|place| Place((*place).to_owned()))
            .collect();
        let sorted: Vec<&str> = sorted.iter().map(|place| place.0.as_str()).collect();
        assert_eq!(
            sorted,
            [
                "1-2", "1-2.3", "1-2.11", "1-04.2", "1-4.2", "1-4.10", "1-10", "2-1"
            ]
        );
    }

    #[test]
    fn the_functional_descriptor_of_an_f407_rom_is_parsed() {
        // rusefi/dfu_java reference/F407usb.txt
        let bytes = [9, 0x21, 0x0B, 0xFF, 0, 0, 8, 0x1A, 1];
        let found = FunctionalDescriptor::find(&bytes).unwrap();
        assert_eq!(found.transfer_size, 2048);
        assert_eq!(found.detach_timeout, 255);
        assert_eq!(found.dfu_version, 0x011A);
        assert!(found.can_upload() && found.can_download() && !found.manifestation_tolerant());
    }

    #[test]
    fn it_is_found_after_other_descriptors_and_never_out_of_bounds() {
        assert!(FunctionalDescriptor::find(&[3, 5, 0, 7, 0x21, 1, 2, 0, 0, 4]).is_some());
        assert!(FunctionalDescriptor::find(&[0, 0x21]).is_none());
        assert!(FunctionalDescriptor::find(&[9, 0x21, 1]).is_none());
        assert!(FunctionalDescriptor::find(&[200, 5, 1]).is_none());
    }
}
