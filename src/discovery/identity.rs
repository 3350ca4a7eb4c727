//! Who is who on the bus, by vendor and product ID.

/// What runs on a device that is not in DFU mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Program {
    VirtualComPort,
    MassStorage,
    MicroPython,
    Arduino,
    /// A USB-to-serial chip: its USB is not the microcontroller's, and never shows DFU.
    SerialChip,
    Other,
}

/// What an ID stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// In DFU mode, with memory at addresses.
    DfuSe,
    /// In DFU mode, without addresses, whatever its descriptors say.
    PlainDfu,
    DebugProbe,
    Application(Program),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Identity {
    vendor: u16,
    /// First and last product ID.
    products: (u16, u16),
    pub(super) role: Role,
    pub(super) name: &'static str,
}

const fn one(vendor: u16, product: u16, role: Role, name: &'static str) -> Identity {
    Identity {
        vendor,
        products: (product, product),
        role,
        name,
    }
}

const fn range(vendor: u16, products: (u16, u16), role: Role, name: &'static str) -> Identity {
    Identity {
        vendor,
        products,
        role,
        name,
    }
}

const PROBE: Role = Role::DebugProbe;
const PORT: Role = Role::Application(Program::VirtualComPort);
const SERIAL: Role = Role::Application(Program::SerialChip);
const ARDUINO: Role = Role::Application(Program::Arduino);

/// The first that matches counts.
const TABLE: &[Identity] = &[
    // Bootloaders.
    one(0x0483, 0xDF11, Role::DfuSe, "STM32 bootloader"),
    one(0x28E9, 0x0189, Role::DfuSe, "GD32 bootloader"),
    one(0x2E3C, 0xDF11, Role::DfuSe, "AT32 bootloader"),
    one(0x314B, 0x0106, Role::DfuSe, "APM32 bootloader"),
    one(0x342D, 0xDFA0, Role::DfuSe, "WB32 bootloader"),
    one(0x3997, 0xDF11, Role::DfuSe, "X32 bootloader"),
    one(0x1D50, 0x607F, Role::DfuSe, "Spark Core"),
    one(0x1D50, 0x6017, Role::DfuSe, "Black Magic Probe bootloader"),
    // Says DfuSe's version in its descriptor and is not (dfu-util QUIRK_FORCE_DFU11).
    one(
        0x1EAF,
        0x0003,
        Role::PlainDfu,
        "Maple bootloader (STM32duino)",
    ),
    range(0x2B04, (0xD000, 0xD0FF), Role::DfuSe, "Particle bootloader"),
    one(0x2341, 0x035B, Role::DfuSe, "Arduino Portenta bootloader"),
    one(0x2341, 0x035F, Role::DfuSe, "Arduino Nicla bootloader"),
    one(0x2341, 0x0364, Role::DfuSe, "Arduino Opta bootloader"),
    one(0x2341, 0x0366, Role::DfuSe, "Arduino GIGA bootloader"),
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
    one(
        0x0483,
        0x5720,
        Role::Application(Program::MassStorage),
        "STM32 mass storage",
    ),
    one(
        0x0483,
        0x5741,
        Role::Application(Program::Other),
        "Flipper Zero (U2F)",
    ),
    one(
        0x0483,
        0x3256,
        Role::Application(Program::Other),
        "flight controller (HID)",
    ),
    one(
        0x0483,
        0x0AFB,
        Role::Application(Program::Other),
        "STM32MP fastboot",
    ),
    one(0x28E9, 0x018A, PORT, "GD32 virtual COM port"),
    one(0x2E3C, 0x5740, PORT, "AT32 virtual COM port"),
    one(0x314B, 0x5740, PORT, "APM32 virtual COM port"),
    one(0x3997, 0x5740, PORT, "X32 virtual COM port"),
    range(
        0xF055,
        (0x9800, 0x98FF),
        Role::Application(Program::MicroPython),
        "MicroPython",
    ),
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

/// Vendor, first and last product ID of every known bootloader.
#[cfg(test)]
pub(super) fn bootloader_ids() -> Vec<(u16, u16, u16)> {
    TABLE
        .iter()
        .filter(|identity| matches!(identity.role, Role::DfuSe | Role::PlainDfu))
        .map(|identity| (identity.vendor, identity.products.0, identity.products.1))
        .collect()
}
