//! The task of a job.

use std::sync::Arc;

use super::backup::is_backup_name;
use super::board::Board;
use super::option_bytes::OptionBytesChange;
use super::options::{SaveTo, UpgradeOptions};
use super::phase::Phase;
use crate::address::{Address, AddressRange};
use crate::discovery::Dialect;
use crate::firmware::Image;

#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    Upgrade {
        image: Arc<Image>,
        options: UpgradeOptions,
    },
    /// Compares the board with the plan of an upgrade; changes nothing.
    Compare {
        image: Arc<Image>,
        options: UpgradeOptions,
    },
    Verify {
        image: Arc<Image>,
        /// Only this alternate setting.
        target: Option<u8>,
        /// What an upgrade left as it was: not compared.
        keep_ranges: Vec<AddressRange>,
        detail: Detail,
    },
    /// Reads `range` of a target (`None`: all that is readable), and saves it if `save` is given.
    Read {
        alternate: u8,
        range: Option<AddressRange>,
        save: Option<SaveTo>,
    },
    Erase(EraseScope),
    /// Leaves DFU mode and starts the program at `at`, or at the start of flash.
    Start {
        at: Option<Address>,
    },
    /// Asks a running program to enter DFU mode, over its DFU interface or its serial port.
    EnterDfu,
    /// Removes read protection, which erases everything.
    Unprotect,
    /// Reads the option bytes, and saves them if `save` is given.
    ReadOptionBytes {
        save: Option<SaveTo>,
    },
    WriteOptionBytes(Arc<OptionBytesChange>),
}

impl Task {
    /// For people: "Upgrade".
    pub fn noun(&self) -> &'static str {
        match self {
            _ if self.restores() => "Restore",
            Self::Upgrade { .. } => "Upgrade",
            Self::Compare { .. } => "Comparison",
            Self::Verify { .. } => "Verification",
            Self::Read { .. } => "Reading",
            Self::Erase(_) => "Erasing",
            Self::Start { .. } => "Starting the program",
            Self::EnterDfu => "Entering DFU mode",
            Self::Unprotect => "Removing protection",
            Self::ReadOptionBytes { .. } => "Reading the option bytes",
            Self::WriteOptionBytes(_) => "Changing the option bytes",
        }
    }

    /// An upgrade with a backup, by its name.
    pub(crate) fn restores(&self) -> bool {
        matches!(self, Self::Upgrade { image, .. } if is_backup_name(&image.source.name))
    }

    /// A board that runs its program is brought into DFU mode for it.
    pub(crate) fn enters_dfu_first(&self) -> bool {
        matches!(self, Self::Upgrade { options, .. } if options.enter_dfu)
    }

    /// The report lists every range that differs.
    pub(crate) fn lists_differences(&self) -> bool {
        matches!(
            self,
            Self::Verify {
                detail: Detail::Ranges,
                ..
            }
        )
    }

    /// The phases that the task can enter on `board`, in order. It skips unnecessary ones when it
    /// runs.
    pub(super) fn phases(&self, board: &Board) -> Vec<Phase> {
        if board.dialect == Dialect::Plain {
            return self.phases_without_addresses(board);
        }
        let can_upload = board.functional.can_upload();
        let mut phases = vec![Phase::Connect];
        match self {
            Self::Upgrade { options, .. } => {
                phases.push(Phase::Compare);
                phases.extend(options.backup.is_some().then_some(Phase::Backup));
                phases.extend([Phase::Erase, Phase::Write]);
                phases.extend((options.verify && can_upload).then_some(Phase::Verify));
                phases.extend(options.start.then_some(Phase::Start));
            }
            Self::Compare { .. } => phases.push(Phase::Compare),
            Self::Verify { .. } => phases.push(Phase::Verify),
            Self::Read { .. } => phases.push(Phase::Read),
            Self::Erase(_) => {
                phases.push(Phase::Erase);
                phases.extend(can_upload.then_some(Phase::Verify));
            }
            Self::Start { .. } => phases.push(Phase::Start),
            Self::EnterDfu | Self::Unprotect => phases.push(Phase::Wait),
            Self::ReadOptionBytes { .. } => phases.push(Phase::Read),
            Self::WriteOptionBytes(_) => {
                phases.extend([Phase::Read, Phase::Backup, Phase::Write, Phase::Wait]);
            }
        }
        phases
    }

    fn phases_without_addresses(&self, board: &Board) -> Vec<Phase> {
        let can_upload = board.functional.can_upload();
        let mut phases = vec![Phase::Connect];
        match self {
            Self::Upgrade { options, .. } => {
                phases.extend(options.backup.is_some().then_some(Phase::Backup));
                phases.push(Phase::Write);
                phases.extend((options.verify && can_upload).then_some(Phase::Verify));
                phases.extend(options.start.then_some(Phase::Start));
            }
            Self::Verify { .. } => phases.push(Phase::Verify),
            Self::Read { .. } => phases.push(Phase::Read),
            Self::Start { .. } => phases.push(Phase::Start),
            Self::EnterDfu => phases.push(Phase::Wait),
            Self::Compare { .. }
            | Self::Erase(_)
            | Self::Unprotect
            | Self::ReadOptionBytes { .. }
            | Self::WriteOptionBytes(_) => {}
        }
        phases
    }
}

/// What a verification reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Whether the board holds the file, and where it first does not. Memory that cannot be read is
    /// refused before anything is read.
    #[default]
    Verdict,
    /// Every range that differs, in [`super::Report::comparison`]. Memory that cannot be read is
    /// left out, and refused at the end.
    Ranges,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EraseScope {
    /// Mass erase.
    All,
    /// Every sector of the target that the range touches.
    Range { alternate: u8, range: AddressRange },
}
