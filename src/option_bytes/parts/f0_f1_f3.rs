//! F0, F1 and F3: 16 bytes at 0x1FFFF800. Values as in devanlai/dap42 and usbkvm, which write them
//! over DFU.

use crate::option_bytes::meaning::*;
use crate::option_bytes::part::{Kind, Mark, Row, Unit, row};
use crate::option_bytes::storage::Storage;

const USER: &[Row] = &[
    row("WDG_SW", WATCHDOG, 2, 0, 1),
    row("nRST_STOP", RESET_AT_STOP, 2, 1, 1),
    row("nRST_STDBY", RESET_AT_STANDBY, 2, 2, 1),
    row("DATA0", USER_DATA, 4, 0, 8),
    row("DATA1", USER_DATA, 6, 0, 8),
    row("WRP0", wrp_low(0), 8, 0, 8),
];
const WRP1: Row = row("WRP1", wrp_low(8), 10, 0, 8);
const WRP_REST: &[Row] = &[
    WRP1,
    row("WRP2", wrp_low(16), 12, 0, 8),
    row("WRP3", wrp_low(24), 14, 0, 8),
];
const RDP_0: &[Row] = &[row("RDP", RDP, 0, 0, 8)];
const F0_F3: &[Row] = &[
    row("nBOOT1", N_BOOT1, 2, 4, 1),
    row("VDDA_MONITOR", SUPERVISOR, 2, 5, 1),
    row("RAM_PARITY_CHECK", RAM_CHECK, 2, 6, 1),
];
const BOOT_BITS: &[Row] = &[
    row("nBOOT0", N_BOOT0, 2, 3, 1),
    row("BOOT_SEL", PIN_AT_1, 2, 7, 1),
];

/// devanlai/dap42, factory_default.options.bin
const FACTORY: &[(usize, usize, u32)] = &[
    (0, 0, 0xAA),
    (0, 2, 0xFF),
    (0, 4, 0xFF),
    (0, 6, 0xFF),
    (0, 8, 0xFF),
    (0, 10, 0xFF),
    (0, 12, 0xFF),
    (0, 14, 0xFF),
];

const F0: Kind = Kind {
    name: "",
    regions: &[0x1FFF_F800],
    announced: 16..17,
    page: 2048,
    flash: 0..0,
    storage: Storage::Bytes,
    unit: Unit::BytesThenRest(4096),
    rows: &[],
    factory: FACTORY,
    is_settable: true,
    mark: None,
    fixed: None,
    prefixes: &[],
    note: None,
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "STM32F04x or F070x6",
        page: 1024,
        flash: 16..33,
        rows: &[RDP_0, USER, F0_F3, BOOT_BITS],
        ..F0
    },
    Kind {
        name: "STM32F07x",
        flash: 64..129,
        rows: &[RDP_0, USER, WRP_REST, F0_F3],
        ..F0
    },
    Kind {
        name: "STM32F09x",
        flash: 128..257,
        rows: &[RDP_0, USER, WRP_REST, F0_F3, BOOT_BITS],
        ..F0
    },
    Kind {
        name: "STM32F301 or F302",
        flash: 32..65,
        rows: &[RDP_0, USER, &[WRP1], F0_F3],
        ..F0
    },
    Kind {
        name: "STM32F302 or F303",
        flash: 128..257,
        rows: &[RDP_0, USER, WRP_REST, F0_F3],
        ..F0
    },
    // The database has nBOOT0 and BOOT_SEL here, the reference manual does not: not offered.
    Kind {
        name: "STM32F302 or F303",
        flash: 384..513,
        rows: &[RDP_0, USER, WRP_REST, F0_F3],
        ..F0
    },
    Kind {
        name: "STM32F37x",
        flash: 64..257,
        rows: &[
            RDP_0,
            USER,
            WRP_REST,
            F0_F3,
            &[row("SDADC12_VDD", SUPERVISOR, 2, 7, 1)],
        ],
        ..F0
    },
    // Told apart by the version of its bootloader. 0xAA protects here (stlink, rdp key 0x5AA5).
    Kind {
        name: "STM32F105 or F107",
        flash: 64..257,
        rows: &[&[row("RDP", RDP_F1, 0, 0, 8)], USER, WRP_REST],
        factory: &[(0, 0, 0xA5), (0, 2, 0xFF), (0, 8, 0xFF)],
        mark: Some(Mark::Version(0x2000)),
        is_settable: false,
        ..F0
    },
];
