//! L4 and L4+.

use crate::option_bytes::meaning::Area::{A1, A2, B1, B2};
use crate::option_bytes::meaning::*;
use crate::option_bytes::part::{Kind, Row, Unit, row, row2};
use crate::option_bytes::storage::Storage;

/// Shared with the G4.
pub(super) const USER: &[Row] = &[
    row("RDP", RDP, 0, 0, 8),
    row("BOR_LEV", BOR_L4, 0, 8, 3),
    row("nRST_STOP", RESET_AT_STOP, 0, 12, 1),
    row("nRST_STDBY", RESET_AT_STANDBY, 0, 13, 1),
    row("nRST_SHDW", RESET_AT_SHUTDOWN, 0, 14, 1),
    row("IWDG_SW", WATCHDOG, 0, 16, 1),
    row("IWDG_STOP", WATCHDOG_IN_STOP, 0, 17, 1),
    row("IWDG_STDBY", WATCHDOG_IN_STANDBY, 0, 18, 1),
    row("WWDG_SW", WATCHDOG, 0, 19, 1),
    row("nBOOT1", N_BOOT1, 0, 23, 1),
];
pub(super) const BOOT_BITS: &[Row] = &[
    row("nSWBOOT0", PIN_AT_1, 0, 26, 1),
    row("nBOOT0", N_BOOT0, 0, 27, 1),
];
const RAM: &[Row] = &[
    row("SRAM2_PE", RAM_CHECK, 0, 24, 1),
    row("SRAM2_RST", RAM_RESET, 0, 25, 1),
];
const PCROP: &[Row] = &[
    row("PCROP1_STRT", PCROP_ADDRESS, 0x08, 0, 16),
    row("PCROP1_END", PCROP_ADDRESS, 0x10, 0, 16),
    row("PCROP_RDP", PCROP_RDP, 0x10, 31, 1),
];
const WRP: &[Row] = &[
    row("WRP1A_STRT", wrp_start(A1), 0x18, 0, 8),
    row("WRP1A_END", wrp_end(A1), 0x18, 16, 8),
    row("WRP1B_STRT", wrp_start(B1), 0x20, 0, 8),
    row("WRP1B_END", wrp_end(B1), 0x20, 16, 8),
];
const WRP_41: &[Row] = &[
    row("WRP1A_STRT", wrp_start(A1), 0x18, 0, 6),
    row("WRP1A_END", wrp_end(A1), 0x18, 16, 6),
    row("WRP1B_STRT", wrp_start(B1), 0x20, 0, 6),
    row("WRP1B_END", wrp_end(B1), 0x20, 16, 6),
];
const TWO_BANKS: &[Row] = &[
    row("BFB2", BANK_2, 0, 20, 1),
    row("DUALBANK", DUAL, 0, 21, 1),
];

/// OPTR 0xFFFFF8AA: read from parts with one bank (stlink#1128, KyberStation).
const FACTORY: &[(usize, usize, u32)] = &[
    (0, 0x00, 0xFFFF_F8AA),
    (0, 0x18, 0x0000_00FF),
    (0, 0x20, 0x0000_00FF),
];
/// OPTR 0xFFEFF8AA: blackmagic's table (`stm32l4.c`).
const FACTORY_2: &[(usize, usize, u32)] = &[
    (0, 0x00, 0xFFEF_F8AA),
    (0, 0x18, 0x0000_00FF),
    (0, 0x20, 0x0000_00FF),
];
const BANK_2_UNSEEN: Option<&str> = Some(
    "Write protection of a second bank is stored outside of what the board announces: it is \
     neither shown nor changed",
);

const L4: Kind = Kind {
    name: "",
    regions: &[0x1FFF_7800],
    announced: 40..41,
    page: 2048,
    flash: 0..0,
    storage: Storage::Words,
    unit: Unit::Page,
    rows: &[],
    factory: FACTORY,
    is_settable: true,
    mark: None,
    // RM0351, RM0394: reserved.
    fixed: Some((0, 0xF000_8800)),
    prefixes: &[],
    note: None,
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "STM32L41x",
        flash: 64..129,
        rows: &[USER, BOOT_BITS, RAM, PCROP, WRP_41],
        ..L4
    },
    Kind {
        name: "STM32L43x or L44x",
        flash: 128..257,
        rows: &[USER, BOOT_BITS, RAM, PCROP, WRP],
        ..L4
    },
    Kind {
        name: "STM32L45x or L46x",
        flash: 256..513,
        rows: &[USER, BOOT_BITS, RAM, PCROP, WRP],
        ..L4
    },
    // No nSWBOOT0.
    Kind {
        name: "STM32L47x, L48x or L4x1",
        flash: 256..1025,
        rows: &[USER, RAM, PCROP, WRP, TWO_BANKS],
        factory: FACTORY_2,
        note: BANK_2_UNSEEN,
        ..L4
    },
    Kind {
        name: "STM32L496 or L4A6",
        flash: 512..1025,
        rows: &[USER, BOOT_BITS, RAM, PCROP, WRP, TWO_BANKS],
        factory: FACTORY_2,
        note: BANK_2_UNSEEN,
        ..L4
    },
    // OPTR: reset value in the SVD file of the L4R5.
    Kind {
        name: "STM32L4+",
        regions: &[0x1FF0_0000, 0x1FF0_1000],
        flash: 512..2049,
        page: 4096,
        rows: &[
            USER,
            BOOT_BITS,
            RAM,
            PCROP,
            WRP,
            &[
                row("BFB2", BANK_2, 0, 20, 1),
                row("DBANK", DUAL, 0, 22, 1),
                row2("WRP2A_STRT", wrp_start(A2), 0x18, 0, 8),
                row2("WRP2A_END", wrp_end(A2), 0x18, 16, 8),
                row2("WRP2B_STRT", wrp_start(B2), 0x20, 0, 8),
                row2("WRP2B_END", wrp_end(B2), 0x20, 16, 8),
            ],
        ],
        factory: FACTORY_2,
        is_settable: false,
        ..L4
    },
];
