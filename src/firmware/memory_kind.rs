//! What kind of memory an address of an STM32 is (memory maps of the reference manuals).

use std::fmt;

use crate::address::Address;

/// As far as the address shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemoryKind {
    Flash,
    Ram,
    /// On FMC, QUADSPI or OCTOSPI. The bootloaders in ROM do not set these up (AN2606).
    External,
    /// Option bytes, one-time memory, and the bootloader itself.
    System,
    Other,
}

impl MemoryKind {
    pub(crate) fn of(address: Address) -> Self {
        match address.0 {
            0x0800_0000..0x1000_0000 => Self::Flash,
            0x1FF0_0000..0x2000_0000 => Self::System,
            0x1000_0000..0x1010_0000 | 0x2000_0000..0x4000_0000 => Self::Ram,
            0x6000_0000..0xA000_0000 | 0xC000_0000..0xE000_0000 => Self::External,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for MemoryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flash => "the microcontroller's flash",
            Self::Ram => "RAM",
            Self::External => "external memory",
            Self::System => "option bytes or system memory",
            Self::Other => "other memory",
        })
    }
}
