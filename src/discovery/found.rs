//! One relevant device, judged.

use std::fmt;

use super::diagnosis::Diagnosis;
use super::facts::ProgramId;
use super::identity::Program;
use crate::memory::{LayoutError, MemoryMap};
use crate::transport::{DeviceRecord, FunctionalDescriptor, UsbErrorKind};

/// A device that is, or may become, a board to upgrade.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Where it is plugged in: `1-4.2`. A board that leaves and returns keeps it.
    pub id: String,
    pub record: DeviceRecord,
    pub kind: Kind,
    pub readiness: Readiness,
    /// The number of its DFU interface, for `Bus::open`.
    pub interface: Option<u8>,
    /// One for each alternate setting of the DFU interface.
    pub targets: Vec<Target>,
    pub functional: Option<FunctionalDescriptor>,
    /// What to call it: "STM32F4, 1 MiB".
    pub label: String,
    /// The label is a conclusion from the memory map and not what the device says of itself.
    pub likely: bool,
    /// What is worth knowing of this device, one sentence each.
    pub notes: Vec<String>,
    /// It was plugged in a moment ago and cannot be opened yet, which may still pass.
    pub settling: bool,
    /// The program it ran before it was detached into DFU mode, where that is known.
    pub before: Option<ProgramId>,
    /// What stands in the way, and what to do about it; `None` where all is well or may still
    /// become so.
    pub diagnosis: Option<Diagnosis>,
}

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A DfuSe bootloader: memory at addresses.
    DfuSe,
    /// A DFU 1.1 bootloader without addresses.
    PlainDfu,
    /// An STM32MP1, MP2 or N6: partitions under the ID of the STM32 bootloaders.
    Partitions,
    /// A program with a run-time DFU interface, which can be asked to start the bootloader.
    RunTime,
    /// A program without one.
    Application(Program),
    /// The port of a debugger.
    DebugProbe,
}

/// Whether a device can be worked with now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Readiness {
    Ready,
    /// It cannot be opened, for the reason given.
    NoAccess(UsbErrorKind),
    /// Windows: bound to this driver, or to none.
    WrongDriver(Option<String>),
    InUse,
    RunTime,
    Application,
    DebugProbe,
}

impl Readiness {
    /// The word in `list --json`; scripts rely on it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NoAccess(_) => "no-access",
            Self::WrongDriver(_) => "wrong-driver",
            Self::InUse => "in-use",
            Self::RunTime => "run-time",
            Self::Application => "application",
            Self::DebugProbe => "debug-probe",
        }
    }
}

impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One alternate setting of a DFU interface.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub alternate: u8,
    /// "Internal Flash"; of a setting without a readable layout whatever it is called.
    pub name: String,
    /// The layout string as the board sent it.
    pub layout: Option<String>,
    /// The memory to go by, corrected where the string is known to be wrong; an error where
    /// there is no memory that may be written at an address.
    pub map: Result<MemoryMap, LayoutError>,
}

impl Found {
    /// In DFU mode, whether or not it can be opened.
    pub fn is_bootloader(&self) -> bool {
        matches!(self.kind, Kind::DfuSe | Kind::PlainDfu | Kind::Partitions)
    }

    /// Ready, and with memory that can be written at an address.
    pub fn can_upgrade(&self) -> bool {
        self.readiness == Readiness::Ready
            && self.kind == Kind::DfuSe
            && self.targets.iter().any(|target| target.map.is_ok())
    }

    /// A run-time interface that can be opened: a DETACH brings it into DFU mode.
    pub fn can_detach(&self) -> bool {
        self.kind == Kind::RunTime && self.interface.is_some() && self.record.blocked.is_none()
    }

    /// The memory of one alternate setting, where it could be read.
    pub fn map(&self, alternate: u8) -> Option<&MemoryMap> {
        self.targets
            .iter()
            .find(|target| target.alternate == alternate)
            .and_then(|target| target.map.as_ref().ok())
    }
}
