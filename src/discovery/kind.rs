//! The kind of a device and its access: the two facts that everything else follows from.

use std::fmt;

use crate::transport::UsbErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// In DFU mode.
    Bootloader(Dialect),
    /// A program with a run-time DFU interface, which starts the bootloader on request.
    RunTime,
    /// A program without one.
    Application(Program),
    /// The port of a debugger.
    DebugProbe,
}

/// The protocol of a bootloader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// DfuSe: memory at addresses.
    DfuSe,
    /// DFU 1.1 without addresses.
    Plain,
    /// An STM32MP1, MP2 or N6: partitions under the ID of the STM32 bootloaders.
    Partitions,
}

/// The kind of processor that a program is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Core {
    /// Cortex-M: a program begins with its vector table.
    Arm,
    /// A program begins with its first instruction.
    RiscV,
}

/// `Arm`
impl fmt::Display for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Arm => "Arm",
            Self::RiscV => "RISC-V",
        })
    }
}

/// The program of a device that is not in DFU mode.
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

/// Whether a device can be opened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// It can be opened, or need not be.
    Ready,
    /// Plugged in a moment ago: the obstacle may still go away.
    Settling(Obstacle),
    Blocked(Obstacle),
}

/// Why a device cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Obstacle {
    NoAccess(UsbErrorKind),
    /// Windows: bound to this driver, or to none.
    WrongDriver(Option<String>),
    InUse,
}
