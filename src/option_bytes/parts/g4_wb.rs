//! G4, WB, G0 and C0.

use super::l4::{BOOT_BITS, USER};
use crate::option_bytes::meaning::Area::{A1, A2, B1, B2};
use crate::option_bytes::meaning::*;
use crate::option_bytes::part::{Kind, Mark, Row, Unit, row, row2};
use crate::option_bytes::storage::Storage;

const G4_PINS: &[Row] = &[
    row("NRST_MODE", RESET_PIN, 0, 28, 2),
    row("IRHEN", RESET_HOLD, 0, 30, 1),
];
const G4_RAM: &[Row] = &[
    row("SRAM_PE", RAM_CHECK, 0, 24, 1),
    row("CCMSRAM_RST", RAM_RESET, 0, 25, 1),
];
const G4_PCROP: &[Row] = &[
    row("PCROP1_STRT", PCROP_ADDRESS, 0x08, 0, 15),
    row("PCROP1_END", PCROP_ADDRESS, 0x10, 0, 15),
    row("PCROP_RDP", PCROP_RDP, 0x10, 31, 1),
    row("SEC_SIZE1", SECURE, 0x28, 0, 8),
    row("BOOT_LOCK", BOOT_LOCK, 0x28, 16, 1),
];
const G43_PCROP: &[Row] = &[
    row("PCROP1_STRT", PCROP_ADDRESS, 0x08, 0, 14),
    row("PCROP1_END", PCROP_ADDRESS, 0x10, 0, 14),
    row("PCROP_RDP", PCROP_RDP, 0x10, 31, 1),
    row("SEC_SIZE1", SECURE, 0x28, 0, 7),
    row("BOOT_LOCK", BOOT_LOCK, 0x28, 16, 1),
];
const WRP_6: &[Row] = &[
    row("WRP1A_STRT", wrp_start(A1), 0x18, 0, 6),
    row("WRP1A_END", wrp_end(A1), 0x18, 16, 6),
    row("WRP1B_STRT", wrp_start(B1), 0x20, 0, 6),
    row("WRP1B_END", wrp_end(B1), 0x20, 16, 6),
];
const WRP_7: &[Row] = &[
    row("WRP1A_STRT", wrp_start(A1), 0x18, 0, 7),
    row("WRP1A_END", wrp_end(A1), 0x18, 16, 7),
    row("WRP1B_STRT", wrp_start(B1), 0x20, 0, 7),
    row("WRP1B_END", wrp_end(B1), 0x20, 16, 7),
];
const WRP_8: &[Row] = &[
    row("WRP1A_STRT", wrp_start(A1), 0x18, 0, 8),
    row("WRP1A_END", wrp_end(A1), 0x18, 16, 8),
    row("WRP1B_STRT", wrp_start(B1), 0x20, 0, 8),
    row("WRP1B_END", wrp_end(B1), 0x20, 16, 8),
];

/// notes.tk233.xyz, read from a G431: OPTR, WRP1AR and WRP1BR.
const G43_FACTORY: &[(usize, usize, u32)] = &[
    (0, 0x00, 0xFFEF_F8AA),
    (0, 0x18, 0xFFC0_FFFF),
    (0, 0x20, 0xFFC0_FFFF),
];
const G4_FACTORY: &[(usize, usize, u32)] = &[(0, 0x00, 0xFFEF_F8AA)];

const G4: Kind = Kind {
    name: "",
    regions: &[0x1FFF_7800],
    // 48 announced, 40 delivered on a G431 (ST community 574813).
    announced: 48..49,
    page: 2048,
    flash: 0..0,
    storage: Storage::Words,
    unit: Unit::Page,
    rows: &[],
    factory: G4_FACTORY,
    is_settable: true,
    mark: None,
    // RM0440: reserved. A C0 has zeros in 31 and 30 (RM0490).
    fixed: Some((0, 0x8000_8800)),
    prefixes: &[],
    note: None,
};

/// G0 and C0; C0 has the levels of BOR in the other order.
const G0_USER: &[Row] = &[
    row("RDP", RDP, 0, 0, 8),
    row("BOR_EN", BOR_ENABLED, 0, 8, 1),
    row("nRST_STOP", RESET_AT_STOP, 0, 13, 1),
    row("nRST_STDBY", RESET_AT_STANDBY, 0, 14, 1),
    row("nRST_SHDW", RESET_AT_SHUTDOWN, 0, 15, 1),
    row("IWDG_SW", WATCHDOG, 0, 16, 1),
    row("IWDG_STOP", WATCHDOG_IN_STOP, 0, 17, 1),
    row("IWDG_STDBY", WATCHDOG_IN_STANDBY, 0, 18, 1),
    row("WWDG_SW", WATCHDOG, 0, 19, 1),
    row("RAM_PARITY_CHECK", RAM_CHECK, 0, 22, 1),
    row("nBOOT_SEL", PIN_AT_0, 0, 24, 1),
    row("nBOOT1", N_BOOT1, 0, 25, 1),
    row("nBOOT0", N_BOOT0, 0, 26, 1),
    row("NRST_MODE", RESET_PIN, 0, 27, 2),
    row("IRHEN", RESET_HOLD, 0, 29, 1),
    row("PCROP1A_STRT", PCROP_ADDRESS, 0x08, 0, 8),
    row("PCROP1A_END", PCROP_ADDRESS, 0x10, 0, 8),
    row("PCROP_RDP", PCROP_RDP, 0x10, 31, 1),
    row("SEC_SIZE", SECURE, 0x70, 0, 6),
    row("BOOT_LOCK", BOOT_LOCK, 0x70, 16, 1),
];
const G0: Kind = Kind {
    fixed: None,
    announced: 49..129,
    factory: &[(0, 0x00, 0xFFFF_FEAA)],
    is_settable: false,
    ..G4
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "STM32G43x or G44x",
        flash: 32..129,
        rows: &[USER, BOOT_BITS, G4_RAM, G4_PINS, G43_PCROP, WRP_6],
        factory: G43_FACTORY,
        ..G4
    },
    // Bit 22, PB4_PUEN, is kept as it is.
    Kind {
        name: "STM32G491 or G4A1",
        flash: 256..513,
        rows: &[USER, BOOT_BITS, G4_RAM, G4_PINS, G4_PCROP, WRP_8],
        ..G4
    },
    Kind {
        name: "STM32G47x, G48x or G414",
        regions: &[0x1FFF_7800, 0x1FFF_F800],
        flash: 128..513,
        rows: &[
            USER,
            BOOT_BITS,
            G4_RAM,
            G4_PINS,
            G4_PCROP,
            WRP_7,
            &[
                row("BFB2", BANK_2, 0, 20, 1),
                row("DBANK", DUAL, 0, 22, 1),
                row2("PCROP2_STRT", PCROP_ADDRESS, 0x08, 0, 15),
                row2("PCROP2_END", PCROP_ADDRESS, 0x10, 0, 15),
                row2("WRP2A_STRT", wrp_start(A2), 0x18, 0, 7),
                row2("WRP2A_END", wrp_end(A2), 0x18, 16, 7),
                row2("WRP2B_STRT", wrp_start(B2), 0x20, 0, 7),
                row2("WRP2B_END", wrp_end(B2), 0x20, 16, 7),
                row2("SEC_SIZE2", SECURE, 0x28, 0, 8),
            ],
        ],
        ..G4
    },
    // Flipper's ob.data names what belongs to the radio; OPTR as its recovery writes it.
    Kind {
        name: "STM32WB55 or WB35",
        regions: &[0x1FFF_8000],
        fixed: None,
        announced: 128..129,
        page: 4096,
        flash: 256..1025,
        rows: &[WB, BOOT_BITS, WRP_8],
        factory: &[
            (0, 0x00, 0x3FFF_F1AA),
            (0, 0x18, 0x0000_00FF),
            (0, 0x20, 0x0000_00FF),
        ],
        ..G4
    },
    Kind {
        name: "STM32G0",
        flash: 32..513,
        rows: &[
            G0_USER,
            &[
                row("BORF_LEV", BOR_FALLING, 0, 9, 2),
                row("BORR_LEV", BOR_RISING, 0, 11, 2),
                row("nSWAP_BANK", NOT_SWAPPED, 0, 20, 1),
                row("DUAL_BANK", DUAL, 0, 21, 1),
            ],
            WRP_7,
        ],
        ..G0
    },
    // Told apart by its engineering bytes.
    Kind {
        name: "STM32C0",
        mark: Some(Mark::Engineering(0x1FFF_7500)),
        announced: 0..u32::MAX,
        flash: 16..257,
        rows: &[
            G0_USER,
            &[
                row("BORR_LEV", BOR_RISING, 0, 9, 2),
                row("BORF_LEV", BOR_FALLING, 0, 11, 2),
                row("HSE_NOT_REMAPPED", OTHER, 0, 21, 1),
                row("SECURE_MUXING_EN", OTHER, 0, 23, 1),
            ],
            WRP_6,
        ],
        // RM0490
        factory: &[(0, 0x00, 0x3FFF_FFAA)],
        ..G0
    },
];

const WB: &[Row] = &[
    row("RDP", RDP, 0, 0, 8),
    row("ESE", RADIO, 0, 8, 1),
    row("BOR_LEV", BOR_L4, 0, 9, 3),
    row("nRST_STOP", RESET_AT_STOP, 0, 12, 1),
    row("nRST_STDBY", RESET_AT_STANDBY, 0, 13, 1),
    row("nRST_SHDW", RESET_AT_SHUTDOWN, 0, 14, 1),
    row("IWDG_SW", WATCHDOG, 0, 16, 1),
    row("IWDG_STOP", WATCHDOG_IN_STOP, 0, 17, 1),
    row("IWDG_STDBY", WATCHDOG_IN_STANDBY, 0, 18, 1),
    row("WWDG_SW", WATCHDOG, 0, 19, 1),
    row("nBOOT1", N_BOOT1, 0, 23, 1),
    row("SRAM2_PE", RAM_CHECK, 0, 24, 1),
    row("SRAM2_RST", RAM_RESET, 0, 25, 1),
    row("PCROP1A_STRT", PCROP_ADDRESS, 0x08, 0, 9),
    row("PCROP1A_END", PCROP_ADDRESS, 0x10, 0, 9),
    row("PCROP_RDP", PCROP_RDP, 0x10, 31, 1),
    row("PCROP1B_STRT", PCROP_ADDRESS, 0x28, 0, 9),
    row("PCROP1B_END", PCROP_ADDRESS, 0x30, 0, 9),
    row("IPCCDBA", RADIO, 0x68, 0, 14),
    row("SFSA", RADIO, 0x70, 0, 8),
    row("FSD", RADIO, 0x70, 8, 1),
    row("DDS", RADIO, 0x70, 12, 1),
    row("SBRV", RADIO, 0x78, 0, 18),
    row("SBRSA", RADIO, 0x78, 18, 5),
    row("BRSD", RADIO, 0x78, 23, 1),
    row("SNBRSA", RADIO, 0x78, 25, 5),
    row("NBRSD", RADIO, 0x78, 30, 1),
    row("C2OPT", RADIO, 0x78, 31, 1),
];
