//! What fields are for, and who may change them.

mod words;

pub(super) use words::*;

/// What a field governs: it decides who may change it and what is said about that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    ReadProtection,
    BrownOut,
    Watchdog,
    /// Reset on entry of a low-power mode.
    LowPower,
    Boot(Boot),
    /// Which bank the part starts from.
    Bank,
    WriteProtection(Wrp),
    UserData,
    /// Erasing and checking of SRAM.
    Ram,
    Locked(Lock),
}

/// The part a field has in the choice of the memory to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boot {
    /// The value with which the BOOT0 pin decides.
    PinDecidesAt(u32),
    /// nBOOT0: decides where the pin does not.
    Bit,
    /// nBOOT1: 1 for the bootloader.
    One,
    /// Where the part starts with BOOT0 low.
    AddressLow,
    /// Where the part starts with BOOT0 high; the value of the bootloader.
    AddressHigh(u32),
}

/// How a field protects flash against writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrp {
    /// A bit for each unit, the lowest for unit `first`.
    Bits {
        first: u32,
        /// The value of a protected unit's bit: 0 or 1.
        protected: u32,
    },
    /// The first page of an area.
    Start(Area),
    /// The last page of an area.
    End(Area),
}

/// The write-protected areas of parts with page ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    A1,
    B1,
    A2,
    B2,
}

/// Why a field is never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Read-out or secure areas: what they hide is lost to the owner as well.
    SecureArea,
    /// The bootloader may become unreachable for good.
    BootLock,
    TrustZone,
    /// Belongs to ST's firmware for the radio.
    Radio,
    /// The flash is arranged in another way: its content becomes meaningless.
    FlashLayout,
    /// The pins or their supply: a wrong value can damage the part or make it unreachable.
    Pins,
    /// It has no effect that is worth the risk.
    Other,
}

impl Lock {
    /// Why, in words.
    pub fn reason(self) -> &'static str {
        match self {
            Self::SecureArea => {
                "it hides flash from everyone, and often cannot be undone without erasing"
            }
            Self::BootLock => "the bootloader may become unreachable for good",
            Self::TrustZone => {
                "it changes the security of the whole part, and has no simple way back"
            }
            Self::Radio => "it belongs to ST's firmware for the radio",
            Self::FlashLayout => "it rearranges the flash, whose contents become meaningless",
            Self::Pins => "a wrong value can damage the part or make it unreachable",
            Self::Other => "Upfuse only shows it",
        }
    }
}

/// What the values mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Values {
    /// Each value that is allowed.
    List(&'static [(u32, &'static str)]),
    /// As `List`; any other value means `otherwise`.
    ListOr(&'static [(u32, &'static str)], &'static str),
    /// Any number.
    Number,
    /// The address is the value times this.
    Times(u32),
}

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) role: Role,
    pub(super) values: Values,
}
