//! A port of the bench: its latest board, and what became of it.

use std::time::Duration;

use crate::engine::Report;
use crate::gui::state::batch_record::{Record, RecordHead, RecordOutcome};
use crate::transport::Place;
use crate::wall_clock::Moment;
use crate::worker::JobId;

use super::tally::BoardNumber;
use super::unprotect::Step;

/// A port of the bench and its latest board.
#[derive(Clone, Debug)]
pub struct BatchSlot {
    pub name: String,
    pub serial: Option<String>,
    pub mark: Mark,
    pub job: Option<JobId>,
    /// When the mark was set.
    pub marked: Moment,
    pub(super) number: BoardNumber,
    pub(super) address: u8,
    pub(super) step: Step,
    /// It restarted with other option bytes just before its upgrade.
    pub(super) restarts: bool,
    /// Its program was started: the board itself may have left and returned.
    pub(super) started: bool,
    /// The time when its board left.
    pub(super) gone: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    Running,
    Pass,
    Fail(Failure),
    /// Its write protection was removed, and its upgrade follows.
    Unprotected,
    /// The file is not for this board.
    Unsuitable(String),
    /// Perhaps the board that has just passed, perhaps another one: not written.
    PerhapsDone,
}

/// Why a board failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// For the tile.
    pub reason: String,
    /// With the phase and the addresses, for the record.
    pub whole: String,
    /// By write protection, which a person may have removed.
    pub is_write_protected: bool,
}

impl Failure {
    /// The mark, the outcome and the detail of the record.
    pub(super) fn ending(self) -> (Mark, RecordOutcome, String) {
        let detail = self.whole.clone();
        (Mark::Fail(self), RecordOutcome::Fail, detail)
    }
}

impl BatchSlot {
    /// The board has left; what is known is about the last one.
    pub fn is_empty(&self) -> bool {
        self.gone.is_some() && self.mark != Mark::Running
    }

    /// A person may have it upgraded without plugging it in again.
    pub fn can_retry(&self) -> bool {
        !self.is_empty()
            && matches!(
                self.mark,
                Mark::Fail(_) | Mark::PerhapsDone | Mark::Unprotected
            )
    }

    pub(super) fn record(
        &self,
        place: &Place,
        head: &RecordHead,
        outcome: RecordOutcome,
        detail: String,
    ) -> Record {
        Record {
            at: self.marked,
            head: head.clone(),
            port: place.to_string(),
            serial: self.serial.clone().unwrap_or_default(),
            board: self.name.clone(),
            outcome,
            detail,
            seconds: String::new(),
            backup: String::new(),
            port_name: String::new(),
        }
    }
}

/// With what the report of its job says.
pub(super) fn report_fields(record: Record, report: &Report) -> Record {
    let backup = report.backup.as_ref();
    Record {
        seconds: format!("{:.1}", report.duration.as_secs_f64()),
        backup: backup
            .map(|path| path.display().to_string())
            .unwrap_or_default(),
        ..record
    }
}
