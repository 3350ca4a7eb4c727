//! F2 and F4: 16 bytes at 0x1FFFC000. F7: at 0x1FFF0000. Factory values are blackmagic's table of
//! the reference manuals' (`stm32f4.c`).

use crate::option_bytes::meaning::*;
use crate::option_bytes::part::{Kind, Row, Unit, row, row2};
use crate::option_bytes::storage::Storage;

const F4_USER: &[Row] = &[
    row("RDP", RDP, 0, 8, 8),
    row("BOR_LEV", BOR_F4, 0, 2, 2),
    row("WDG_SW", WATCHDOG, 0, 5, 1),
    row("nRST_STOP", RESET_AT_STOP, 0, 6, 1),
    row("nRST_STDBY", RESET_AT_STANDBY, 0, 7, 1),
];
const fn wrp(sectors: u32) -> Row {
    row("WRP", wrp_low(0), 8, 0, sectors)
}
const SPRMOD: Row = row("SPRMOD", PCROP_MODE, 8, 15, 1);

/// Bits 31:2 of OPTCR: 0x0FFFAAED.
const FACTORY: &[(usize, usize, u32)] = &[(0, 0, 0xAAEF), (0, 8, 0x0FFF)];

const F4: Kind = Kind {
    name: "",
    regions: &[0x1FFF_C000],
    announced: 16..17,
    page: 16 << 10,
    flash: 0..0,
    storage: Storage::DoubledHalfwords,
    unit: Unit::Sector,
    rows: &[],
    factory: FACTORY,
    is_settable: true,
    mark: None,
    fixed: None,
    prefixes: &[],
    note: None,
};

const F7_USER: &[Row] = &[
    row("RDP", RDP, 0, 8, 8),
    row("BOR_LEV", BOR_F4, 0, 2, 2),
    row("WWDG_SW", WATCHDOG, 0, 4, 1),
    row("IWDG_SW", WATCHDOG, 0, 5, 1),
    row("nRST_STOP", RESET_AT_STOP, 0, 6, 1),
    row("nRST_STDBY", RESET_AT_STANDBY, 0, 7, 1),
    row("IWDG_STDBY", WATCHDOG_IN_STANDBY, 8, 14, 1),
    row("IWDG_STOP", WATCHDOG_IN_STOP, 8, 15, 1),
    row("BOOT_ADD0", BOOT_LOW_F7, 0x10, 0, 16),
    row("BOOT_ADD1", BOOT_HIGH_F7, 0x18, 0, 16),
];

/// OPTCR 0xC0FFAAFD, OPTCR1 0x00400080.
const F7_FACTORY: &[(usize, usize, u32)] = &[
    (0, 0x00, 0xAAFF),
    (0, 0x08, 0xC0FF),
    (0, 0x10, 0x0080),
    (0, 0x18, 0x0040),
];

const F7: Kind = Kind {
    regions: &[0x1FFF_0000],
    // 48 on an F72x; other strings were not seen.
    announced: 32..49,
    page: 32 << 10,
    factory: F7_FACTORY,
    ..F4
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "STM32F2",
        flash: 128..1025,
        rows: &[F4_USER, &[wrp(12)]],
        ..F4
    },
    Kind {
        name: "STM32F405, F407, F415 or F417",
        flash: 512..1025,
        rows: &[F4_USER, &[wrp(12)]],
        ..F4
    },
    Kind {
        name: "STM32F401",
        flash: 128..513,
        rows: &[F4_USER, &[wrp(8), SPRMOD]],
        ..F4
    },
    Kind {
        name: "STM32F411 or F446",
        flash: 256..513,
        rows: &[F4_USER, &[wrp(8), SPRMOD]],
        ..F4
    },
    Kind {
        name: "STM32F412",
        flash: 512..1025,
        rows: &[F4_USER, &[wrp(12), SPRMOD]],
        ..F4
    },
    // 15 bits for 16 sectors: the last one is for two.
    Kind {
        name: "STM32F413 or F423",
        flash: 1024..1537,
        rows: &[F4_USER, &[wrp(15), SPRMOD]],
        factory: &[(0, 0, 0xAAEF), (0, 8, 0x7FFF)],
        ..F4
    },
    // DB1M: RM0090; the database places it in the first word.
    Kind {
        name: "STM32F42x, F43x, F469 or F479",
        regions: &[0x1FFF_C000, 0x1FFE_C000],
        flash: 512..2049,
        rows: &[
            F4_USER,
            &[
                wrp(12),
                SPRMOD,
                row("BFB2", BANK_2, 0, 4, 1),
                row("DB1M", DUAL, 8, 14, 1),
                row2("WRP2", wrp_low(12), 8, 0, 12),
            ],
        ],
        // OPTCR1 0x0FFF0000
        factory: &[(0, 0, 0xAAEF), (0, 8, 0x0FFF), (1, 8, 0x0FFF)],
        ..F4
    },
    Kind {
        name: "STM32F72x or F73x",
        page: 16 << 10,
        flash: 64..513,
        rows: &[
            F7_USER,
            &[
                wrp(8),
                row("PCROP", PCROP_BITS, 0x20, 0, 8),
                row("PCROP_RDP", PCROP_RDP, 0x28, 15, 1),
            ],
        ],
        ..F7
    },
    Kind {
        name: "STM32F74x or F75x",
        flash: 64..1025,
        rows: &[F7_USER, &[wrp(8)]],
        ..F7
    },
    Kind {
        name: "STM32F76x or F77x",
        flash: 1024..2049,
        rows: &[
            F7_USER,
            &[
                wrp(12),
                row("nDBOOT", N_DUAL_BOOT, 8, 12, 1),
                row("nDBANK", N_DUAL, 8, 13, 1),
            ],
        ],
        factory: &[
            (0, 0x00, 0xAAFF),
            (0, 0x08, 0xFFFF),
            (0, 0x10, 0x0080),
            (0, 0x18, 0x0040),
        ],
        ..F7
    },
];
