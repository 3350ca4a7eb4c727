//! Known devices, by vendor and product ID.

use super::kind::{Dialect, Kind, Program};

#[derive(Clone, Copy, Debug)]
pub(super) struct Identity {
    vendor: u16,
    /// First and last product ID.
    products: (u16, u16),
    pub(super) kind: Kind,
    pub(super) name: &'static str,
}

const fn one(vendor: u16, product: u16, kind: Kind, name: &'static str) -> Identity {
    Identity {
        vendor,
        products: (product, product),
        kind,
        name,
    }
}

const fn range(vendor: u16, products: (u16, u16), kind: Kind, name: &'static str) -> Identity {
    Identity {
        vendor,
        products,
        kind,
        name,
    }
}

const DFUSE: Kind = Kind::Bootloader(Dialect::DfuSe);
const PLAIN: Kind = Kind::Bootloader(Dialect::Plain);
const PROBE: Kind = Kind::DebugProbe;
const PORT: Kind = Kind::Application(Program::VirtualComPort);
const SERIAL: Kind = Kind::Application(Program::SerialChip);
const DISK: Kind = Kind::Application(Program::MassStorage);
const MICROPYTHON: Kind = Kind::Application(Program::MicroPython);
const ARDUINO: Kind = Kind::Application(Program::Arduino);
const OTHER: Kind = Kind::Application(Program::Other);

/// The first match counts.
const TABLE: &[Identity] = &[
    // Bootloaders.
    one(0x0483, 0xDF11, DFUSE, "STM32 bootloader"),
    one(0x28E9, 0x0189, DFUSE, "GD32 bootloader"),
    one(0x2E3C, 0xDF11, DFUSE, "AT32 bootloader"),
    one(0x314B, 0x0106, DFUSE, "APM32 bootloader"),
    one(0x342D, 0xDFA0, DFUSE, "WB32 bootloader"),
    one(0x3997, 0xDF11, DFUSE, "X32 bootloader"),
    one(0x1D50, 0x607F, DFUSE, "Spark Core"),
    one(0x1D50, 0x6017, DFUSE, "Black Magic Probe bootloader"),
    // Reports DfuSe's version in its descriptor but is not DfuSe (dfu-util QUIRK_FORCE_DFU11).
    one(0x1EAF, 0x0003, PLAIN, "Maple bootloader (STM32duino)"),
    range(0x2B04, (0xD000, 0xD0FF), DFUSE, "Particle bootloader"),
    one(0x2341, 0x035B, DFUSE, "Arduino Portenta bootloader"),
    one(0x2341, 0x035F, DFUSE, "Arduino Nicla bootloader"),
    one(0x2341, 0x0364, DFUSE, "Arduino Opta bootloader"),
    one(0x2341, 0x0366, DFUSE, "Arduino GIGA bootloader"),
    // Renesas boards with names such as '@CodeFlash /0x00000000/…' that are written as plain DFU.
    one(0x2341, 0x0368, PLAIN, "Arduino Portenta C33 bootloader"),
    one(0x2341, 0x0369, PLAIN, "Arduino UNO R4 bootloader"),
    one(0x2341, 0x0374, PLAIN, "Arduino Nano R4 bootloader"),
    // docs.openmv.io: one alternate setting for each partition.
    range(0x37C5, (0x9200, 0x92FF), PLAIN, "OpenMV bootloader"),
    // DfuSe, although it reports version 1.00; this is its running program.
    one(0x0483, 0xA291, DFUSE, "NumWorks calculator"),
    // Debuggers: stlink-org/stlink src/stlink-lib/usb.h.
    one(0x0483, 0x3744, PROBE, "ST-LINK/V1"),
    one(0x0483, 0x3748, PROBE, "ST-LINK/V2"),
    one(0x0483, 0x374A, PROBE, "ST-LINK/V2-1"),
    one(0x0483, 0x374B, PROBE, "ST-LINK/V2-1"),
    one(0x0483, 0x374D, PROBE, "ST-LINK/V3 (loader)"),
    one(0x0483, 0x374E, PROBE, "ST-LINK/V3E"),
    one(0x0483, 0x374F, PROBE, "ST-LINK/V3S"),
    one(0x0483, 0x3752, PROBE, "ST-LINK/V2-1"),
    one(0x0483, 0x3753, PROBE, "ST-LINK/V3"),
    one(0x0483, 0x3754, PROBE, "ST-LINK/V3"),
    one(0x0483, 0x3757, PROBE, "ST-LINK/V3PWR"),
    // Programs.
    one(0x0483, 0x5740, PORT, "STM32 virtual COM port"),
    one(0x0483, 0x5720, DISK, "STM32 mass storage"),
    one(0x0483, 0x5741, OTHER, "Flipper Zero (U2F)"),
    one(0x0483, 0x3256, OTHER, "flight controller (HID)"),
    one(0x0483, 0x0AFB, OTHER, "STM32MP fastboot"),
    one(0x28E9, 0x018A, PORT, "GD32 virtual COM port"),
    one(0x2E3C, 0x5740, PORT, "AT32 virtual COM port"),
    one(0x314B, 0x5740, PORT, "APM32 virtual COM port"),
    one(0x3997, 0x5740, PORT, "X32 virtual COM port"),
    range(0xF055, (0x9800, 0x98FF), MICROPYTHON, "MicroPython"),
    range(0x10C4, (0xEA60, 0xEA62), SERIAL, "CP210x serial chip"),
    one(0x1A86, 0x7523, SERIAL, "CH340 serial chip"),
    one(0x1A86, 0x7522, SERIAL, "CH340 serial chip"),
    one(0x1A86, 0x5523, SERIAL, "CH341 serial chip"),
    one(0x1A86, 0x7584, SERIAL, "CH340S serial chip"),
    one(0x0403, 0x6001, SERIAL, "FT232 serial chip"),
    range(0x2341, (0x0000, 0xFFFF), ARDUINO, "Arduino"),
];

pub(super) fn identify(vendor: u16, product: u16) -> Option<&'static Identity> {
    TABLE.iter().find(|identity| {
        let (first, last) = identity.products;
        identity.vendor == vendor && (first..=last).contains(&product)
    })
}

/// The device is in DFU mode whenever it has this ID.
pub(super) fn is_bootloader(vendor: u16, product: u16) -> bool {
    identify(vendor, product).is_some_and(|known| matches!(known.kind, Kind::Bootloader(_)))
}

/// Vendors whose running programs are offered to be switched into DFU mode: makers of the
/// bootloaders above, of MicroPython and OpenMV boards, and the shared IDs of open hardware. Others
/// have run-time DFU interfaces too, a laptop's Bluetooth (05ac, 0a5c) for example.
const BOARD_MAKERS: &[u16] = &[
    0x0483, 0x28E9, 0x2E3C, 0x314B, 0x342D, 0x3997, 0x1D50, 0x1EAF, 0x2B04, 0x2341, 0xF055, 0x37C5,
    0x16C0, 0x1209,
];

/// Vendors of devices that are no boards and have run-time DFU interfaces all the same: they are not
/// listed unless asked for.
const OTHER_DEVICES: &[(u16, &str)] = &[
    // `dfu-util -l` on a Mac: "Found Runtime: [05ac:828b]", its Bluetooth.
    (0x05AC, "Apple"),
    // lsusb of laptops: 0a5c:21e8, their Bluetooth.
    (0x0A5C, "Broadcom"),
    // dfu-util's device-logs: a Bluetooth adapter.
    (0x04BF, "TDK"),
    // lsusb of a Traktor Kontrol F1, with a functional descriptor of DFU 1.0.
    (0x17CC, "Native Instruments"),
];

pub(super) fn makes_other_devices(vendor: u16) -> bool {
    OTHER_DEVICES.iter().any(|(other, _)| *other == vendor)
}

pub(super) fn makes_boards(vendor: u16) -> bool {
    BOARD_MAKERS.contains(&vendor)
}

/// The vendors of [`makes_boards`], as a udev rule lists them.
#[cfg(test)]
pub(super) fn board_makers() -> String {
    let vendors: Vec<String> = BOARD_MAKERS.iter().map(|v| format!("{v:04x}")).collect();
    vendors.join("|")
}

/// Vendor, first and last product ID of every known bootloader.
#[cfg(test)]
pub(super) fn bootloader_ids() -> Vec<(u16, u16, u16)> {
    TABLE
        .iter()
        .filter(|identity| matches!(identity.kind, Kind::Bootloader(_)))
        .map(|identity| (identity.vendor, identity.products.0, identity.products.1))
        .collect()
}
