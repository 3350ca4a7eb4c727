//! One relevant device, examined.

use super::facts::ProgramId;
use super::family::{self, BoardFamily};
use super::identity;
use super::kind::{Access, Core, Dialect, Kind, Obstacle};
use super::senders::senders_for;
use super::targets::bootloader_in_flash;
use crate::memory::{LayoutError, MemoryMap};
use crate::transport::{DeviceRecord, FunctionalDescriptor, Place};

/// A device that is, or may become, a board to upgrade.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub record: DeviceRecord,
    pub kind: Kind,
    pub access: Access,
    /// The number of its DFU interface, for `Bus::open`.
    pub interface: Option<u8>,
    /// One for each alternate setting of the DFU interface.
    pub targets: Vec<Target>,
    pub functional: Option<FunctionalDescriptor>,
    /// "STM32F2 or F4, 1 MiB"
    pub label: String,
    /// The label is inferred from the memory map, not reported by the device.
    pub likely: bool,
    /// Remarks about this device, one sentence each.
    pub notes: Vec<String>,
    /// The program it ran before it was detached into DFU mode, if known.
    pub previous_program: Option<ProgramId>,
}

/// One alternate setting of a DFU interface.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub alternate: u8,
    /// "Internal Flash"; without a readable layout, the name as reported.
    pub name: String,
    /// The layout string as the board sent it.
    pub layout: Option<String>,
    /// The layout's memory, corrected where the string is known to be wrong; an error if no memory
    /// can be written at an address.
    pub map: Result<MemoryMap, LayoutError>,
}

impl Found {
    /// `1-4.2`; a board that leaves and returns keeps it.
    pub fn place(&self) -> &Place {
        &self.record.place
    }

    /// The `state` of `list --json`, which scripts rely on.
    pub fn state(&self) -> &'static str {
        match (self.kind, &self.access) {
            (Kind::RunTime, _) => "run-time",
            (Kind::Application(_), _) => "application",
            (Kind::DebugProbe, _) => "debug-probe",
            (Kind::Bootloader(_), Access::Ready) => "ready",
            (Kind::Bootloader(_), Access::Settling(obstacle) | Access::Blocked(obstacle)) => {
                match obstacle {
                    Obstacle::NoAccess(_) => "no-access",
                    Obstacle::WrongDriver(_) => "wrong-driver",
                    Obstacle::InUse => "in-use",
                }
            }
        }
    }

    /// The core that its programs are for.
    pub(crate) fn core(&self) -> Core {
        family::core(&self.record)
    }

    /// The family of its microcontroller, inferred from the memory map.
    pub(crate) fn family(&self) -> Option<BoardFamily> {
        let is_dfuse = self.kind == Kind::Bootloader(Dialect::DfuSe);
        let family = || family::memory_family(&self.record, &self.targets, self.functional);
        is_dfuse.then(family)?.map(BoardFamily)
    }

    /// Its bootloader may leave the bus and stop instead of starting the program: STM32H563 and H573
    /// (chcbaram/stm32h563-core, seen with a debugger), H743 with ROM V9.0 (ST community 148238; DFU
    /// does not show the version).
    pub(crate) fn may_hang_at_start(&self) -> bool {
        let h743 = |rest: &str| !rest.starts_with('A');
        self.label.starts_with("STM32H5") || self.label.strip_prefix("STM32H7").is_some_and(h743)
    }

    /// What to warn of before everything is erased; `None` for a bootloader in ROM.
    pub(crate) fn erase_warning(&self) -> Option<String> {
        let maps = self.targets.iter().filter_map(|t| t.map.as_ref().ok());
        let size = maps.filter_map(bootloader_in_flash).next()?;
        Some(format!(
            "The bootloader of {} probably lives in the first {size} of its flash: this may erase it \
             for good",
            self.label
        ))
    }

    /// In DFU mode, whether or not it can be opened.
    pub fn is_bootloader(&self) -> bool {
        matches!(self.kind, Kind::Bootloader(_))
    }

    /// In DFU mode, and it can be opened.
    pub fn is_ready(&self) -> bool {
        self.is_bootloader() && self.access == Access::Ready
    }

    /// Ready, and with memory that can be written.
    pub fn can_upgrade(&self) -> bool {
        let is_writable = match self.kind {
            Kind::Bootloader(Dialect::DfuSe) => self.targets.iter().any(|t| t.map.is_ok()),
            Kind::Bootloader(Dialect::Plain) => self
                .functional
                .is_none_or(FunctionalDescriptor::can_download),
            _ => false,
        };
        self.access == Access::Ready && is_writable
    }

    /// The `protocol` of `list --json`, which scripts rely on; `None` unless in DFU mode.
    pub fn protocol(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Bootloader(Dialect::DfuSe) => Some("dfuse"),
            Kind::Bootloader(Dialect::Plain) => Some("dfu"),
            Kind::Bootloader(Dialect::Partitions) => Some("partitions"),
            Kind::RunTime | Kind::Application(_) | Kind::DebugProbe => None,
        }
    }

    /// In DFU mode, and without addresses.
    pub fn is_plain(&self) -> bool {
        self.kind == Kind::Bootloader(Dialect::Plain)
    }

    /// A run-time interface that can be opened: a DETACH brings it into DFU mode.
    pub fn can_detach(&self) -> bool {
        self.kind == Kind::RunTime && self.interface.is_some() && self.access == Access::Ready
    }

    /// A running program with a run-time DFU interface whose maker is not known to make boards.
    pub fn is_perhaps_no_board(&self) -> bool {
        self.kind == Kind::RunTime && !identity::makes_boards(self.record.vendor)
    }

    /// A running program with a run-time DFU interface that is known not to be a board's.
    pub fn is_no_board(&self) -> bool {
        self.kind == Kind::RunTime && identity::makes_other_devices(self.record.vendor)
    }

    /// A running program without a DFU interface that may be one that enters DFU mode when it is
    /// asked over its serial port.
    pub fn may_be_asked(&self) -> bool {
        matches!(self.kind, Kind::Application(_)) && !senders_for(&self.record).is_empty()
    }

    /// Its program may enter DFU mode when it is asked.
    pub fn can_enter_dfu(&self) -> bool {
        self.can_detach() || self.may_be_asked()
    }

    /// [`Self::can_enter_dfu`], and it may be offered unasked.
    pub fn offers_dfu_mode(&self) -> bool {
        self.can_enter_dfu() && !self.is_perhaps_no_board()
    }

    pub fn target(&self, alternate: u8) -> Option<&Target> {
        self.targets.iter().find(|t| t.alternate == alternate)
    }

    /// The memory of one alternate setting, if its layout could be read.
    pub fn map(&self, alternate: u8) -> Option<&MemoryMap> {
        self.target(alternate)?.map.as_ref().ok()
    }
}
