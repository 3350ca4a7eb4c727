//! Families whose option bytes are registers: L5, U5, U0, H7, H5.

use crate::option_bytes::meaning::Area::{A1, A2, B1, B2};
use crate::option_bytes::meaning::*;
use crate::option_bytes::part::{Kind, Row, Unit, row};
use crate::option_bytes::storage::Storage;

const L5_U5: &[Row] = &[
    row("RDP", RDP_TRUSTZONE, 0, 0, 8),
    row("BOR_LEV", BOR_L4, 0, 8, 3),
    row("nRST_STOP", RESET_AT_STOP, 0, 12, 1),
    row("nRST_STDBY", RESET_AT_STANDBY, 0, 13, 1),
    row("nRST_SHDW", RESET_AT_SHUTDOWN, 0, 14, 1),
    row("IWDG_SW", WATCHDOG, 0, 16, 1),
    row("IWDG_STOP", WATCHDOG_IN_STOP, 0, 17, 1),
    row("IWDG_STDBY", WATCHDOG_IN_STANDBY, 0, 18, 1),
    row("WWDG_SW", WATCHDOG, 0, 19, 1),
    row("SWAP_BANK", SWAPPED, 0, 20, 1),
    row("SRAM2_RST", RAM_RESET, 0, 25, 1),
    row("nSWBOOT0", PIN_AT_1, 0, 26, 1),
    row("nBOOT0", N_BOOT0, 0, 27, 1),
    row("TZEN", TRUSTZONE, 0, 31, 1),
    row("NSBOOTADD0", BOOT_ADDRESS_128, 0x04, 7, 25),
    row("NSBOOTADD1", BOOT_ADDRESS_128, 0x08, 7, 25),
    row("SECBOOTADD0", BOOT_ADDRESS_128, 0x0C, 7, 25),
    row("BOOT_LOCK", BOOT_LOCK, 0x0C, 0, 1),
    row("SECWM1_PSTRT", SECURE, 0x10, 0, 7),
    row("SECWM1_PEND", SECURE, 0x10, 16, 7),
    row("HDP1_PEND", SECURE, 0x14, 16, 7),
    row("HDP1EN", SECURE, 0x14, 31, 1),
    row("WRP1A_STRT", wrp_start(A1), 0x18, 0, 7),
    row("WRP1A_END", wrp_end(A1), 0x18, 16, 7),
    row("WRP1B_STRT", wrp_start(B1), 0x1C, 0, 7),
    row("WRP1B_END", wrp_end(B1), 0x1C, 16, 7),
    row("SECWM2_PSTRT", SECURE, 0x20, 0, 7),
    row("SECWM2_PEND", SECURE, 0x20, 16, 7),
    row("HDP2_PEND", SECURE, 0x24, 16, 7),
    row("HDP2EN", SECURE, 0x24, 31, 1),
    row("WRP2A_STRT", wrp_start(A2), 0x28, 0, 7),
    row("WRP2A_END", wrp_end(A2), 0x28, 16, 7),
    row("WRP2B_STRT", wrp_start(B2), 0x2C, 0, 7),
    row("WRP2B_END", wrp_end(B2), 0x2C, 16, 7),
];

const REGISTERS: Kind = Kind {
    name: "",
    regions: &[0x4002_2040],
    announced: 0..0,
    page: 8192,
    flash: 0..0,
    storage: Storage::Registers,
    unit: Unit::Page,
    rows: &[],
    factory: &[],
    is_settable: false,
    mark: None,
    fixed: None,
    prefixes: &[],
    note: None,
};

const H7_USER: &[Row] = &[
    row("RDP", RDP, 0, 8, 8),
    row("BOR_LEV", BOR_H7, 0, 2, 2),
    row("IWDG1_SW", WATCHDOG, 0, 4, 1),
    row("NRST_STOP", RESET_AT_STOP, 0, 6, 1),
    row("NRST_STBY", RESET_AT_STANDBY, 0, 7, 1),
    row("IWDG_FZ_STOP", WATCHDOG_IN_STOP, 0, 17, 1),
    row("IWDG_FZ_SDBY", WATCHDOG_IN_STANDBY, 0, 18, 1),
    row("ST_RAM_SIZE", SECURE, 0, 19, 2),
    row("SECURITY", SECURE, 0, 21, 1),
    row("IO_HSLV", LOW_SUPPLY, 0, 29, 1),
    row("PROT_AREA_START1", PCROP_ADDRESS, 0x0C, 0, 12),
    row("PROT_AREA_END1", PCROP_ADDRESS, 0x0C, 16, 12),
    row("DMEP1", SECURE, 0x0C, 31, 1),
    row("SEC_AREA_START1", SECURE, 0x14, 0, 12),
    row("SEC_AREA_END1", SECURE, 0x14, 16, 12),
    row("DMES1", SECURE, 0x14, 31, 1),
    row("BOOT_ADD0", BOOT_ADDRESS_SHOWN, 0x24, 0, 16),
    row("BOOT_ADD1", BOOT_ADDRESS_SHOWN, 0x24, 16, 16),
];
const H7_SWAP: Row = row("SWAP_BANK", SWAPPED, 0, 31, 1);
/// Bank 1; the registers of bank 2 lie behind what is announced.
const H7_WRP: Row = row("WRP", wrp_low(0), 0x1C, 0, 8);
const H7: Kind = Kind {
    regions: &[0x5200_201C],
    page: 128 << 10,
    storage: Storage::RegisterPairs,
    unit: Unit::Bytes(128 << 10),
    ..REGISTERS
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "STM32L5",
        announced: 48..49,
        page: 2048,
        flash: 256..513,
        rows: &[
            L5_U5,
            &[
                row("DB256", DUAL, 0, 21, 1),
                row("DBANK", DUAL, 0, 22, 1),
                row("SRAM2_PE", RAM_CHECK, 0, 24, 1),
                row("PA15_PUPEN", OTHER, 0, 28, 1),
            ],
        ],
        // A flash algorithm of ST and Renode's model agree.
        factory: &[
            (0, 0x00, 0x7FEF_F8AA),
            (0, 0x18, 0xFF80_FFFF),
            (0, 0x1C, 0xFF80_FFFF),
            (0, 0x28, 0xFF80_FFFF),
            (0, 0x2C, 0xFF80_FFFF),
        ],
        ..REGISTERS
    },
    // Read from a NUCLEO-U5A5 and a U575. What follows byte 0x2F sets passwords when written:
    // Inertial Sense's updater sends 40 bytes, ST's database has a bank of 48.
    Kind {
        name: "STM32U5",
        announced: 64..65,
        flash: 128..4097,
        rows: &[
            L5_U5,
            &[
                row("SRAM_RST", RAM_RESET, 0, 15, 1),
                row("DBANK", DUAL, 0, 21, 1),
                row("BKPRAM_ECC", RAM_CHECK, 0, 22, 1),
                row("SRAM3_ECC", RAM_CHECK, 0, 23, 1),
                row("SRAM2_ECC", RAM_CHECK, 0, 24, 1),
                row("PA15_PUPEN", OTHER, 0, 28, 1),
                row("IO_VDD_HSLV", LOW_SUPPLY, 0, 29, 1),
                row("IO_VDDIO2_HSLV", LOW_SUPPLY, 0, 30, 1),
                row("UNLOCK_1A", SECURE, 0x18, 31, 1),
                row("UNLOCK_1B", SECURE, 0x1C, 31, 1),
                row("UNLOCK_2A", SECURE, 0x28, 31, 1),
                row("UNLOCK_2B", SECURE, 0x2C, 31, 1),
            ],
        ],
        factory: &[
            (0, 0x00, 0x1FEF_F8AA),
            (0, 0x04, 0x0800_007F),
            (0, 0x08, 0x0BF9_007F),
            (0, 0x0C, 0x0C00_007C),
            (0, 0x18, 0xFF80_FFFF),
            (0, 0x1C, 0xFF80_FFFF),
            (0, 0x28, 0xFF80_FFFF),
            (0, 0x2C, 0xFF80_FFFF),
        ],
        is_settable: true,
        prefixes: &[0x28, 0x30],
        ..REGISTERS
    },
    Kind {
        name: "STM32U0",
        regions: &[0x4002_2020],
        announced: 136..137,
        page: 2048,
        flash: 16..257,
        rows: &[&[
            row("RDP", RDP, 0, 0, 8),
            row("BOR_EN", BOR_ENABLED, 0, 8, 1),
            row("BOR_LEV", BOR_FALLING, 0, 9, 2),
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
            row("WRP1A_STRT", wrp_start(A1), 0x0C, 0, 7),
            row("WRP1A_END", wrp_end(A1), 0x0C, 16, 7),
            row("WRP1B_STRT", wrp_start(B1), 0x10, 0, 7),
            row("WRP1B_END", wrp_end(B1), 0x10, 16, 7),
            row("HDP1_PEND", SECURE, 0x60, 0, 7),
            row("BOOT_LOCK", BOOT_LOCK, 0x60, 16, 1),
            row("HDP1EN", SECURE, 0x60, 24, 8),
        ]],
        ..REGISTERS
    },
    // Read from a dual-core board and used in test doubles: 0x1BC6AAF0.
    Kind {
        name: "STM32H74x or H75x",
        announced: 128..129,
        flash: 128..2049,
        rows: &[
            H7_USER,
            &[
                H7_SWAP,
                H7_WRP,
                row("IWDG2_SW", WATCHDOG, 0, 5, 1),
                row("BCM4", BOOT_LOCK_CORE, 0, 22, 1),
                row("BCM7", BOOT_LOCK_CORE, 0, 23, 1),
                row("NRST_STOP_D2", RESET_AT_STOP, 0, 24, 1),
                row("NRST_STBY_D2", RESET_AT_STANDBY, 0, 25, 1),
            ],
        ],
        factory: &[(0, 0x00, 0x1BC6_AAF0), (0, 0x1C, 0xFF)],
        note: Some(
            "Write protection of the second bank lies behind what the board announces: it is not \
             shown",
        ),
        ..H7
    },
    Kind {
        name: "STM32H72x or H73x",
        announced: 88..89,
        flash: 128..1025,
        rows: &[H7_USER, &[H7_WRP]],
        ..H7
    },
    // A bit for 4 sectors.
    Kind {
        name: "STM32H7A3 or H7B",
        announced: 297..298,
        page: 8192,
        flash: 128..2049,
        unit: Unit::Bytes(32 << 10),
        rows: &[
            H7_USER,
            &[
                H7_SWAP,
                row("VDDMMC_HSLV", LOW_SUPPLY, 0, 16, 1),
                row("WRP", wrp_low(0), 0x1C, 0, 32),
                row("WRP32", wrp_low(32), 0x11C, 0, 32),
            ],
        ],
        ..H7
    },
    // By the size of its flash: the C5, which has at most 1 MiB, uses the same address. Read from a
    // NUCLEO-H563ZI: 0x2D30EDF8.
    Kind {
        name: "STM32H56x or H573",
        regions: &[0x4002_2050],
        announced: 0..u32::MAX,
        page: 8192,
        flash: 2048..2049,
        rows: &[&[
            row("BOR_LEV", OTHER, 0, 0, 2),
            row("BORH_EN", OTHER, 0, 2, 1),
            row("IWDG_SW", WATCHDOG, 0, 3, 1),
            row("WWDG_SW", WATCHDOG, 0, 4, 1),
            row("NRST_STOP", RESET_AT_STOP, 0, 6, 1),
            row("NRST_STDBY", RESET_AT_STANDBY, 0, 7, 1),
            row("PRODUCT_STATE", PRODUCT_STATE, 0, 8, 8),
            row("IO_VDD_HSLV", LOW_SUPPLY, 0, 16, 1),
            row("IO_VDDIO2_HSLV", LOW_SUPPLY, 0, 17, 1),
            row("IWDG_STOP", WATCHDOG_IN_STOP, 0, 20, 1),
            row("IWDG_STDBY", WATCHDOG_IN_STANDBY, 0, 21, 1),
            row("BOOT_UBE", BOOT_LOCK_CORE, 0, 22, 8),
            row("SWAP_BANK", SWAPPED, 0, 31, 1),
        ]],
        storage: Storage::RegisterPairs,
        factory: &[(0, 0x00, 0x2D30_EDF8)],
        ..H7
    },
];
