//! A file in parts, with a restart of the board between them, as one job: what is written next, and
//! one report of it all.

use std::sync::Arc;
use std::time::Duration;

use super::board::Board;
use super::chosen::image_for;
use super::error::JobError;
use super::event::{Outcome, Report};
use super::options::UpgradeOptions;
use super::task::Task;
use crate::discovery::Dialect;
use crate::firmware::Image;
use crate::transport::Place;

/// The part that a job is at, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub number: usize,
    pub of: usize,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "part {} of {}", self.number, self.of)
    }
}

/// An upgrade in parts.
#[derive(Debug)]
pub(crate) struct Parts {
    image: Image,
    options: UpgradeOptions,
    part: Part,
    /// The work of the parts that are on the board.
    before: Report,
}

/// What follows a part.
#[derive(Debug)]
pub(crate) enum Next {
    /// The board restarts, and takes the next part when it is back.
    Wait(Box<Parts>),
    /// The report of the whole job.
    Ended(Box<Report>),
}

impl Parts {
    /// `None` for a task that writes no file, or one that needs no restart, and for one that the
    /// engine refuses.
    ///
    /// # Errors
    /// A backup in one file cannot hold what the parts replace.
    pub(crate) fn of(task: &Task, board: &Board) -> Result<Option<Self>, JobError> {
        let Task::Upgrade { image, options } = task else {
            return Ok(None);
        };
        let Ok(image) = image_for(board, image) else {
            return Ok(None);
        };
        let of = image.later.len() + 1;
        if of == 1 || board.dialect == Dialect::Plain {
            return Ok(None);
        }
        if options.backup.is_some() {
            return Err(JobError::BackupInParts { parts: of });
        }
        Ok(Some(Self {
            image: image.into_owned(),
            options: options.clone(),
            part: Part { number: 1, of },
            before: Report::default(),
        }))
    }

    pub(crate) fn part(&self) -> Part {
        self.part
    }

    /// The upgrade with the part that is next. `None` if the file has no such part.
    pub(crate) fn task(&self) -> Option<Task> {
        let image = Arc::new(self.image.part(self.part.number)?);
        let mut options = self.options.clone();
        if self.part.number < self.part.of {
            options.start = true;
        }
        if self.part.number > 1 {
            // A mass erase would take what the first part wrote, and another bootloader has targets
            // of its own.
            options.mass_erase = false;
            options.target = None;
        }
        Some(Task::Upgrade { image, options })
    }

    /// After a part has ended with `report`.
    pub(crate) fn after(mut self, report: Report) -> Next {
        let is_last = self.part.number == self.part.of;
        if is_last || report.outcome != Outcome::Done {
            return Next::Ended(self.report(report));
        }
        self.before = added(&self.before, report);
        self.part.number += 1;
        Next::Wait(Box::new(self))
    }

    /// The board did not come back for the next part.
    pub(crate) fn not_back(
        &self,
        place: &Place,
        waited: Duration,
        steps: Vec<String>,
    ) -> Box<Report> {
        let error = JobError::NotBack {
            place: place.clone(),
            part: self.part,
            seconds: waited.as_secs(),
            steps,
        };
        self.failed(error)
    }

    /// The next part could not begin.
    pub(crate) fn failed(&self, error: JobError) -> Box<Report> {
        self.report(Report {
            outcome: Outcome::Failed(error),
            ..Report::default()
        })
    }

    /// Stopped while the board restarts.
    pub(crate) fn stopped(&self) -> Box<Report> {
        self.report(Report {
            outcome: Outcome::Cancelled,
            ..Report::default()
        })
    }

    /// The whole job, of which `last` is the end.
    fn report(&self, last: Report) -> Box<Report> {
        let written = self.part.number - 1;
        let done = last.outcome == Outcome::Done;
        let changed = last.remark().map(str::to_owned);
        let mut report = added(&self.before, last);
        if let (false, true) = (done, written > 0) {
            let part = self.part;
            let first = match written {
                1 => format!("Part 1 of {} is on the board", part.of),
                _ => format!("Parts 1 to {written} of {} are on the board", part.of),
            };
            report.board_summary = match changed {
                None => format!("{first}; nothing of part {} was written", part.number),
                Some(state) => format!("{first}. Of part {}: {state}", part.number),
            };
        }
        Box::new(report)
    }
}

/// `last`, with the work done `before`.
fn added(before: &Report, last: Report) -> Report {
    let mut transfers = last.transfers;
    transfers.total += before.transfers.total;
    transfers.downloads += before.transfers.downloads;
    transfers.uploads += before.transfers.uploads;
    transfers.statuses += before.transfers.statuses;
    Report {
        bytes_written: before.bytes_written + last.bytes_written,
        bytes_matched: before.bytes_matched + last.bytes_matched,
        bytes_verified: before.bytes_verified + last.bytes_verified,
        sectors_erased: before.sectors_erased + last.sectors_erased,
        duration: before.duration + last.duration,
        transfers,
        ..last
    }
}
