//! What a device is, and whether it can be worked with: the two facts that all else follows from.

use crate::transport::UsbErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// In DFU mode.
    Bootloader(Dialect),
    /// A program with a run-time DFU interface, which can be asked to start the bootloader.
    RunTime,
    /// A program without one.
    Application(Program),
    /// The port of a debugger.
    DebugProbe,
}

/// What a bootloader speaks, and what is behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// DfuSe: memory at addresses.
    DfuSe,
    /// DFU 1.1 without addresses.
    Plain,
    /// An STM32MP1, MP2 or N6: partitions under the ID of the STM32 bootloaders.
    Partitions,
}

/// What runs on a device that is not in DFU mode.
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
    /// It can, or nobody needs to try.
    Ready,
    /// It was plugged in a moment ago, and what is in the way may still pass.
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
