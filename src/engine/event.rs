//! The events of a running job, and the report at its end. Plain data.
//!
//! A file in parts: `Part`, before the events of each, and one `Finished` for all.
//! Grammar: `Phases`, then any number of `Planned`, `Phase`, `Progress`, `Sectors` and `Note`, then
//! exactly one `Finished`, then nothing. A job that could not start has only a `Finished`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::JobError;
use super::kept::LostBytes;
use super::parts::Part;
use super::phase::Phase;
use super::plain::StreamState;
use super::plan::Plan;
use crate::dfu::TransferCounts;
use crate::firmware::Comparison;
use crate::option_bytes::Block;

#[derive(Clone, Debug, PartialEq)]
pub enum JobEvent {
    /// A part of a file begins that is written in parts.
    Part(Part),
    /// The phases that the job can enter, in order.
    Phases(Vec<Phase>),
    /// The plan: first from the file alone, then again once the board was compared.
    Planned(Plan),
    /// A phase starts.
    Phase(Phase),
    /// The progress of the current phase. Coalesced: some steps are skipped.
    Progress(Progress),
    /// Sectors that changed state since the last such event.
    Sectors(Vec<SectorChange>),
    /// For the log: slower pacing, or a quirk of the device.
    Note(String),
    /// The last event of every job.
    Finished(Box<Report>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub phase: Phase,
    /// Bytes done in this phase.
    pub done: u64,
    /// Bytes in this phase.
    pub total: u64,
    /// While writing: the end of what is written.
    pub written: Option<WrittenTo>,
    /// Since the start of the job, on the board's clock.
    pub elapsed: Duration,
}

/// All that the plan writes to a target before this address is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenTo {
    pub alternate: u8,
    /// Up to 2^32, the end of the address space.
    pub end: u64,
}

/// A sector's new state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectorChange {
    pub alternate: u8,
    /// [`crate::memory::Sector::index`]
    pub index: u32,
    pub state: SectorState,
}

/// The known state of a sector while a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SectorState {
    /// Compared equal to the image.
    Matches,
    /// Compared different from the image.
    Differs,
    /// Erased, as the board reports, and not read back, or only its first block.
    Erased,
    /// Read back after its erase, and blank.
    Blank,
    /// Some of its blocks are written.
    PartlyWritten,
    /// Its erase started, and the end was not seen.
    Uncertain,
    /// All of the image's bytes are written.
    Written,
    /// Written and read back equal.
    Verified,
    /// Read back different.
    Mismatch,
    /// Read back after its erase and not blank.
    NotErased,
    /// Read (a read-out or a backup).
    Read,
}

impl SectorState {
    /// The job erased it, and wrote nothing to it since.
    pub fn is_erased(self) -> bool {
        matches!(self, Self::Erased | Self::Blank)
    }

    /// The job erased or wrote it.
    pub fn is_changed(self) -> bool {
        matches!(
            self,
            Self::Erased
                | Self::Blank
                | Self::PartlyWritten
                | Self::Uncertain
                | Self::Written
                | Self::Verified
                | Self::Mismatch
                | Self::NotErased
        )
    }
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Done,
    Failed(JobError),
    Cancelled,
}

pub(super) const UNCHANGED: &str = "Nothing on the board was changed";
const PROGRAM_STOPPED: &str =
    "The board's program was stopped: the board is in DFU mode, its memory is unchanged";
const PROGRAM_ASKED: &str = "The board was asked to enter DFU mode; its memory is unchanged";

/// The work that a job did, and the resulting state of the board.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub outcome: Outcome,
    /// Bytes of the image that were sent, or skipped because they are blank after an erase.
    pub bytes_written: u64,
    /// Bytes that already matched.
    pub bytes_matched: u64,
    /// Bytes read back and found equal, including those that already matched.
    pub bytes_verified: u64,
    /// Bytes read from the board into a file.
    pub bytes_read: u64,
    pub sectors_erased: u32,
    /// On the board's clock.
    pub duration: Duration,
    pub transfers: TransferCounts,
    /// The contents of the board now, in a sentence or two.
    pub board_summary: String,
    /// The board was seen to leave DFU mode.
    pub started: bool,
    /// All that the job did: the board's program does not run any more, and its memory is as before.
    pub program_stopped: bool,
    /// What to do where the program may not run although the board was asked to start it.
    pub start_hint: Option<&'static str>,
    /// The file with the contents before the job, once it is completely on disk.
    pub backup: Option<PathBuf>,
    /// Bytes outside the image that the job was to keep and lost.
    pub lost: Option<LostBytes>,
    /// How far the firmware came on a board without addresses.
    pub stream: Option<StreamState>,
    /// The board did not return to dfuIDLE at the end.
    pub stuck: bool,
    /// What a verification found.
    pub comparison: Comparison,
    /// The data of a read-out, by alternate setting.
    pub read: Vec<crate::firmware::ImageTarget>,
    /// The value of an erased byte in `read`.
    pub erased: u8,
    /// The option bytes as they were read last, a block for each region; without those that were
    /// sent since and not read back.
    pub option_bytes: Vec<Block>,
}

impl Report {
    /// A file that brings back what an unfinished job has changed.
    pub fn backup_to_restore(&self) -> Option<&Path> {
        let is_same = self.program_stopped || self.board_summary == UNCHANGED;
        let changed = self.outcome != Outcome::Done && !is_same;
        self.backup.as_deref().filter(|_| changed)
    }

    /// The job brought the board into DFU mode first: that is no longer "nothing".
    pub(crate) fn after_its_program(self) -> Self {
        // A board that was lost meanwhile is in no mode that is known.
        let is_gone = matches!(&self.outcome, Outcome::Failed(error) if error.is_gone());
        let rest = self.board_summary.strip_prefix(UNCHANGED);
        match rest.filter(|_| self.outcome != Outcome::Done && !is_gone) {
            None => self,
            Some(rest) => Self {
                board_summary: format!("{PROGRAM_STOPPED}{rest}"),
                program_stopped: true,
                ..self
            },
        }
    }

    /// Of a job that was stopped while the board's program entered DFU mode.
    pub(crate) fn stopped_entering_dfu() -> Self {
        Self {
            outcome: Outcome::Cancelled,
            board_summary: PROGRAM_ASKED.to_owned(),
            program_stopped: true,
            ..Self::default()
        }
    }

    /// What is said of the board besides that nothing was changed.
    pub(crate) fn remark(&self) -> Option<&str> {
        Some(self.board_summary.as_str()).filter(|text| *text != UNCHANGED)
    }
}

impl Default for Report {
    fn default() -> Self {
        Self {
            outcome: Outcome::Done,
            bytes_written: 0,
            bytes_matched: 0,
            bytes_verified: 0,
            bytes_read: 0,
            sectors_erased: 0,
            duration: Duration::ZERO,
            transfers: TransferCounts::default(),
            board_summary: UNCHANGED.to_owned(),
            started: false,
            program_stopped: false,
            start_hint: None,
            stream: None,
            stuck: false,
            backup: None,
            lost: None,
            comparison: Comparison::default(),
            read: Vec::new(),
            erased: 0xFF,
            option_bytes: Vec::new(),
        }
    }
}
