//! The meanings of all fields, in words. The numbers are those of the reference manuals; families share
//! them.

use super::{Area, Boot, Lock, Meaning, Role, Values, Wrp};

const fn list(role: Role, values: &'static [(u32, &'static str)]) -> Meaning {
    Meaning {
        role,
        values: Values::List(values),
    }
}

const fn locked(lock: Lock, values: Values) -> Meaning {
    Meaning {
        role: Role::Locked(lock),
        values,
    }
}

const fn rdp(values: &'static [(u32, &'static str)]) -> Meaning {
    Meaning {
        role: Role::ReadProtection,
        values: Values::ListOr(values, RDP_ON),
    }
}

const RDP_OFF: &str = "level 0: the flash can be read";
const RDP_ON: &str = "level 1: the flash cannot be read";
const RDP_FOR_EVER: &str = "level 2: locked for ever";

pub(in crate::option_bytes) const LEVEL_0: u32 = 0xAA;
/// What ST's tools write for level 1; any value that is neither level 0 nor level 2.
pub(in crate::option_bytes) const LEVEL_1: u32 = 0xBB;
/// Permanent on every family that has it.
pub(in crate::option_bytes) const LEVEL_2: u32 = 0xCC;

pub(in crate::option_bytes) const RDP: Meaning =
    rdp(&[(LEVEL_0, RDP_OFF), (LEVEL_2, RDP_FOR_EVER)]);
/// The F1 has no level 2, and another key: 0xAA protects.
pub(in crate::option_bytes) const RDP_F1: Meaning = rdp(&[(0xA5, RDP_OFF)]);
/// L5 and U5.
pub(in crate::option_bytes) const RDP_TRUSTZONE: Meaning = rdp(&[
    (LEVEL_0, RDP_OFF),
    (0x55, "level 0.5: the secure flash cannot be read"),
    (LEVEL_2, RDP_FOR_EVER),
]);
/// H5, in place of RDP; its steps go one way.
pub(in crate::option_bytes) const PRODUCT_STATE: Meaning = locked(
    Lock::TrustZone,
    Values::ListOr(
        &[
            (0xED, "open"),
            (0x17, "provisioning"),
            (0x2E, "root of trust provisioned"),
        ],
        "closed or locked",
    ),
);

/// F2, F4, F7: the scale runs down.
pub(in crate::option_bytes) const BOR_F4: Meaning = list(
    Role::BrownOut,
    &[
        (0, "reset below 2.7 V"),
        (1, "reset below 2.4 V"),
        (2, "reset below 2.1 V"),
        (3, "off"),
    ],
);
/// L0, L1. Lower values are off as well, and read as such.
pub(in crate::option_bytes) const BOR_L0: Meaning = Meaning {
    role: Role::BrownOut,
    values: Values::ListOr(
        &[
            (0, "off"),
            (8, "reset below 1.8 V"),
            (9, "reset below 2.0 V"),
            (10, "reset below 2.4 V"),
            (11, "reset below 2.6 V"),
            (12, "reset below 2.9 V"),
        ],
        "off",
    ),
};
/// L4, L4+, G4, L5, U5, WB.
pub(in crate::option_bytes) const BOR_L4: Meaning = list(
    Role::BrownOut,
    &[
        (0, "reset below 1.7 V"),
        (1, "reset below 2.0 V"),
        (2, "reset below 2.2 V"),
        (3, "reset below 2.5 V"),
        (4, "reset below 2.8 V"),
    ],
);
pub(in crate::option_bytes) const BOR_H7: Meaning = list(
    Role::BrownOut,
    &[
        (0, "off"),
        (1, "reset below 2.1 V"),
        (2, "reset below 2.4 V"),
        (3, "reset below 2.7 V"),
    ],
);
pub(in crate::option_bytes) const BOR_ENABLED: Meaning =
    list(Role::BrownOut, &[(0, "off"), (1, "on")]);
/// G0, C0, U0.
pub(in crate::option_bytes) const BOR_FALLING: Meaning = list(
    Role::BrownOut,
    &[
        (0, "reset below 2.0 V"),
        (1, "reset below 2.2 V"),
        (2, "reset below 2.5 V"),
        (3, "reset below 2.8 V"),
    ],
);
pub(in crate::option_bytes) const BOR_RISING: Meaning = list(
    Role::BrownOut,
    &[
        (0, "starts above 2.1 V"),
        (1, "starts above 2.3 V"),
        (2, "starts above 2.6 V"),
        (3, "starts above 2.9 V"),
    ],
);

pub(in crate::option_bytes) const WATCHDOG: Meaning = list(
    Role::Watchdog,
    &[
        (0, "runs from reset"),
        (1, "runs once the program starts it"),
    ],
);
pub(in crate::option_bytes) const WATCHDOG_IN_STOP: Meaning = list(
    Role::LowPower,
    &[(0, "stops in Stop mode"), (1, "runs in Stop mode")],
);
pub(in crate::option_bytes) const WATCHDOG_IN_STANDBY: Meaning = list(
    Role::LowPower,
    &[(0, "stops in Standby mode"), (1, "runs in Standby mode")],
);
pub(in crate::option_bytes) const RESET_AT_STOP: Meaning = list(
    Role::LowPower,
    &[
        (0, "resets on entering Stop mode"),
        (1, "no reset on entering Stop mode"),
    ],
);
pub(in crate::option_bytes) const RESET_AT_STANDBY: Meaning = list(
    Role::LowPower,
    &[
        (0, "resets on entering Standby mode"),
        (1, "no reset on entering Standby mode"),
    ],
);
pub(in crate::option_bytes) const RESET_AT_SHUTDOWN: Meaning = list(
    Role::LowPower,
    &[
        (0, "resets on entering Shutdown mode"),
        (1, "no reset on entering Shutdown mode"),
    ],
);

/// BOOT_SEL, nSWBOOT0.
pub(in crate::option_bytes) const PIN_AT_1: Meaning = list(
    Role::Boot(Boot::PinDecidesAt(1)),
    &[
        (0, "nBOOT0 decides, not the pin"),
        (1, "the BOOT0 pin decides"),
    ],
);
/// nBOOT_SEL: the opposite.
pub(in crate::option_bytes) const PIN_AT_0: Meaning = list(
    Role::Boot(Boot::PinDecidesAt(0)),
    &[
        (0, "the BOOT0 pin decides"),
        (1, "nBOOT0 decides, not the pin"),
    ],
);
pub(in crate::option_bytes) const N_BOOT0: Meaning = list(
    Role::Boot(Boot::Bit),
    &[
        (0, "where the pin does not decide: BOOT0 high"),
        (1, "where the pin does not decide: BOOT0 low"),
    ],
);
pub(in crate::option_bytes) const N_BOOT1: Meaning = list(
    Role::Boot(Boot::One),
    &[
        (0, "BOOT0 high starts SRAM"),
        (1, "BOOT0 high starts the bootloader"),
    ],
);
/// F7, with BOOT0 low.
pub(in crate::option_bytes) const BOOT_LOW_F7: Meaning = Meaning {
    role: Role::Boot(Boot::AddressLow),
    values: Values::Times(0x4000),
};
/// F7, with BOOT0 high: 0x00100000 is the bootloader.
pub(in crate::option_bytes) const BOOT_HIGH_F7: Meaning = Meaning {
    role: Role::Boot(Boot::AddressHigh(0x0040)),
    values: Values::Times(0x4000),
};
/// Families that are only shown.
pub(in crate::option_bytes) const BOOT_ADDRESS_SHOWN: Meaning =
    locked(Lock::BootLock, Values::Times(0x1_0000));
/// L5, U5: the lowest 7 bits are not part of it.
pub(in crate::option_bytes) const BOOT_ADDRESS_128: Meaning =
    locked(Lock::BootLock, Values::Times(0x80));

pub(in crate::option_bytes) const BANK_2: Meaning = list(
    Role::Bank,
    &[
        (0, "starts from bank 1"),
        (1, "starts from bank 2 if it holds a program"),
    ],
);
/// L1: the opposite.
pub(in crate::option_bytes) const N_BANK_2: Meaning = list(
    Role::Bank,
    &[
        (0, "starts from bank 2 if it holds a program"),
        (1, "starts from bank 1"),
    ],
);
pub(in crate::option_bytes) const SWAPPED: Meaning = locked(
    Lock::FlashLayout,
    Values::List(&[(0, "banks not swapped"), (1, "banks swapped")]),
);
pub(in crate::option_bytes) const NOT_SWAPPED: Meaning = locked(
    Lock::FlashLayout,
    Values::List(&[(0, "banks swapped"), (1, "banks not swapped")]),
);
pub(in crate::option_bytes) const DUAL: Meaning = locked(
    Lock::FlashLayout,
    Values::List(&[(0, "one bank"), (1, "two banks")]),
);
pub(in crate::option_bytes) const N_DUAL: Meaning = locked(
    Lock::FlashLayout,
    Values::List(&[(0, "two banks"), (1, "one bank")]),
);
pub(in crate::option_bytes) const N_DUAL_BOOT: Meaning = locked(
    Lock::FlashLayout,
    Values::List(&[(0, "starts from either bank"), (1, "starts from one bank")]),
);

/// 1 = free.
pub(in crate::option_bytes) const fn wrp_low(first: u32) -> Meaning {
    Meaning {
        role: Role::WriteProtection(Wrp::Bits {
            first,
            protected: 0,
        }),
        values: Values::Number,
    }
}
/// L0, L1: 1 = protected.
pub(in crate::option_bytes) const fn wrp_high(first: u32) -> Meaning {
    Meaning {
        role: Role::WriteProtection(Wrp::Bits {
            first,
            protected: 1,
        }),
        values: Values::Number,
    }
}
pub(in crate::option_bytes) const fn wrp_start(area: Area) -> Meaning {
    Meaning {
        role: Role::WriteProtection(Wrp::Start(area)),
        values: Values::Number,
    }
}
pub(in crate::option_bytes) const fn wrp_end(area: Area) -> Meaning {
    Meaning {
        role: Role::WriteProtection(Wrp::End(area)),
        values: Values::Number,
    }
}

pub(in crate::option_bytes) const USER_DATA: Meaning = Meaning {
    role: Role::UserData,
    values: Values::Number,
};
pub(in crate::option_bytes) const RAM_CHECK: Meaning = list(
    Role::Ram,
    &[
        (0, "errors in it are detected"),
        (1, "errors in it are not detected"),
    ],
);
pub(in crate::option_bytes) const RAM_RESET: Meaning = list(
    Role::Ram,
    &[
        (0, "its contents are erased at reset"),
        (1, "its contents survive a reset"),
    ],
);
pub(in crate::option_bytes) const SUPERVISOR: Meaning = locked(
    Lock::Other,
    Values::List(&[(0, "supervisor off"), (1, "supervisor on")]),
);

/// SPRMOD, WPRMOD: turns the bits of write protection into read-out protection.
pub(in crate::option_bytes) const PCROP_MODE: Meaning = locked(
    Lock::SecureArea,
    Values::List(&[
        (0, "write protection"),
        (1, "protected sectors cannot be read either"),
    ]),
);
pub(in crate::option_bytes) const PCROP_BITS: Meaning = locked(Lock::SecureArea, Values::Number);
pub(in crate::option_bytes) const PCROP_ADDRESS: Meaning = locked(Lock::SecureArea, Values::Number);
pub(in crate::option_bytes) const PCROP_RDP: Meaning = locked(
    Lock::SecureArea,
    Values::List(&[
        (0, "kept when read protection is removed"),
        (1, "erased when read protection is removed"),
    ]),
);
pub(in crate::option_bytes) const SECURE: Meaning = locked(Lock::SecureArea, Values::Number);
pub(in crate::option_bytes) const BOOT_LOCK: Meaning = locked(
    Lock::BootLock,
    Values::List(&[(0, "off"), (1, "starts only from flash")]),
);
/// Which core starts, and from where.
pub(in crate::option_bytes) const BOOT_LOCK_CORE: Meaning = locked(Lock::BootLock, Values::Number);
pub(in crate::option_bytes) const TRUSTZONE: Meaning =
    locked(Lock::TrustZone, Values::List(&[(0, "off"), (1, "on")]));
pub(in crate::option_bytes) const RADIO: Meaning = locked(Lock::Radio, Values::Number);
pub(in crate::option_bytes) const RESET_PIN: Meaning = locked(
    Lock::Pins,
    Values::List(&[
        (0, "reserved"),
        (1, "input only"),
        (2, "no reset pin"),
        (3, "input and output"),
    ]),
);
pub(in crate::option_bytes) const RESET_HOLD: Meaning =
    locked(Lock::Pins, Values::List(&[(0, "off"), (1, "on")]));
/// High speed at low voltage.
pub(in crate::option_bytes) const LOW_SUPPLY: Meaning = locked(
    Lock::Pins,
    Values::List(&[(0, "off"), (1, "for a supply below 2.7 V only")]),
);
pub(in crate::option_bytes) const OTHER: Meaning = locked(Lock::Other, Values::Number);

/// The thresholds of 2.7 V and more, which a supply of 3.0 V may not reach when loaded.
pub(in crate::option_bytes) fn is_high_threshold(meaning: Meaning, value: u32) -> bool {
    let high: &[u32] = match meaning {
        BOR_F4 => &[0],
        BOR_L0 => &[12],
        BOR_L4 => &[4],
        _ => &[],
    };
    high.contains(&value)
}
