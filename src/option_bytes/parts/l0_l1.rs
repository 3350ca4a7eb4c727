//! L0 and L1: 32 bytes announced at 0x1FF80000.

use crate::option_bytes::meaning::*;
use crate::option_bytes::part::{Kind, Row, Unit, row};
use crate::option_bytes::storage::Storage;

const USER: &[Row] = &[
    row("RDP", RDP, 0, 0, 8),
    row("BOR_LEV", BOR_L0, 4, 0, 4),
    row("IWDG_SW", WATCHDOG, 4, 4, 1),
    row("nRST_STOP", RESET_AT_STOP, 4, 5, 1),
    row("nRST_STDBY", RESET_AT_STANDBY, 4, 6, 1),
    row("WRP0", wrp_high(0), 0x08, 0, 16),
    row("WRP16", wrp_high(16), 0x0C, 0, 16),
    row("WRP32", wrp_high(32), 0x10, 0, 16),
];
const WRP48: Row = row("WRP48", wrp_high(48), 0x14, 0, 16);
const WRP64: &[Row] = &[
    row("WRP64", wrp_high(64), 0x18, 0, 16),
    row("WRP80", wrp_high(80), 0x1C, 0, 16),
];
const SPRMOD: Row = row("SPRMOD", PCROP_MODE, 0, 8, 1);
const N_BFB2: Row = row("nBFB2", N_BANK_2, 4, 7, 1);

const L1: Kind = Kind {
    name: "",
    regions: &[0x1FF8_0000],
    announced: 32..33,
    page: 256,
    flash: 0..0,
    storage: Storage::Halfwords,
    unit: Unit::Bytes(4096),
    rows: &[],
    // OBR 0x00F80000
    factory: &[
        (0, 0x00, 0x00AA),
        (0, 0x04, 0x00F8),
        (0, 0x08, 0),
        (0, 0x0C, 0),
        (0, 0x10, 0),
        (0, 0x14, 0),
        (0, 0x18, 0),
        (0, 0x1C, 0),
    ],
    is_settable: true,
    mark: None,
    fixed: None,
    prefixes: &[],
    note: None,
};

pub(super) const KINDS: &[Kind] = &[
    // BFB2 is left out: only parts with two banks have it, and every L0 announces 192 KiB.
    Kind {
        name: "STM32L07x or L08x",
        page: 128,
        flash: 32..193,
        rows: &[
            USER,
            &[
                row("WPRMOD", PCROP_MODE, 0, 8, 1),
                row("nBOOT1", N_BOOT1, 4, 15, 1),
            ],
        ],
        // Meetjestad's programmer.py
        factory: &[
            (0, 0x00, 0x00AA),
            (0, 0x04, 0x8070),
            (0, 0x08, 0),
            (0, 0x0C, 0),
            (0, 0x10, 0),
        ],
        ..L1
    },
    Kind {
        name: "STM32L100xC, L15xxC or L162xC",
        flash: 256..257,
        rows: &[USER, &[WRP48, SPRMOD]],
        ..L1
    },
    Kind {
        name: "STM32L15xxD or L162xD",
        flash: 384..385,
        rows: &[USER, &[WRP48, N_BFB2], WRP64],
        ..L1
    },
    Kind {
        name: "STM32L15xxE or L162xE",
        flash: 512..513,
        rows: &[USER, &[WRP48, SPRMOD, N_BFB2], WRP64],
        note: Some(
            "Write protection above 384 KiB is stored outside of what the board announces: it is \
             neither shown nor changed",
        ),
        ..L1
    },
];
