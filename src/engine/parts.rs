//! A file in parts, with a restart of the board between them, as one job: what is written next, and
//! one report of it all.

use std::sync::Arc;
use std::time::Duration;

use super::board::Board;
use super::chosen::image_for;
use super::error::JobError;
use super::event::{Outcome, Report};
use super::options::UpgradeOptions;
use super::phase::Phase;
use super::planning::plan_upgrade;
use super::task::Task;
use crate::dfu::DfuError;
use crate::discovery::Dialect;
use crate::firmware::{Image, Stage};
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

/// A sentence for each part of the file that is written after a restart of the board.
pub(crate) fn later_parts(image: &Image) -> Vec<String> {
    let later = (2usize..).zip(&image.later);
    let sentence = |(number, stage): (usize, &Stage)| {
        let ranges = stage.target.ranges();
        let ranges: Vec<String> = ranges.iter().map(ToString::to_string).collect();
        let ranges = ranges.join(", ");
        format!("Part {number}, after a restart of the board: {ranges}")
    };
    later.map(sentence).collect()
}

/// An upgrade in parts.
#[derive(Debug)]
pub(crate) struct Parts {
    image: Image,
    options: UpgradeOptions,
    part: Part,
    /// The first later part that the bootloader takes that the job began with, if it takes any.
    taken_now: Option<usize>,
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
        let takes = |number: &usize| {
            let part = image.part(*number);
            part.is_some_and(|part| plan_upgrade(board, &part, &UpgradeOptions::default()).is_ok())
        };
        Ok(Some(Self {
            taken_now: (2..=of).find(takes),
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

    /// The part is on the board, which refused to restart.
    fn not_restarted(&self, outcome: Outcome) -> Outcome {
        let next = Part {
            number: self.part.number + 1,
            ..self.part
        };
        match outcome {
            Outcome::Failed(JobError::Dfu {
                phase: Phase::Start,
                source,
                ..
            }) if next.number <= next.of && !source.is_gone() && source != DfuError::Cancelled => {
                Outcome::Failed(JobError::NotRestarted {
                    next,
                    takes_next: self.taken_now == Some(next.number),
                    source,
                })
            }
            other => other,
        }
    }

    /// The whole job, of which `last` is the end.
    fn report(&self, mut last: Report) -> Box<Report> {
        last.outcome = self.not_restarted(last.outcome);
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
