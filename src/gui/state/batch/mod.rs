//! A batch: while it is armed, every matching board is upgraded automatically when it is plugged in.
//! A person arms it, with a file; it is never armed at launch.

mod form;
mod options;
mod slot;
mod tally;
mod throughput;
pub mod tile;
mod unprotect;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::discovery::is_unique;
use crate::engine::{JobError, Outcome, Report, plan_upgrade};
use crate::firmware::Image;
use crate::transport::Place;
use crate::wall_clock::Moment;
use crate::worker::JobId;

use super::batch_record::{HEADER, Record, RecordHead, RecordOutcome};
use super::boards::{BoardStatus, Entry};
use super::job::FileDigest;
pub use form::BatchForm;
pub use options::BatchOptions;
use slot::report_fields;
pub use slot::{BatchSlot, Failure, Mark};
use tally::{BoardNumber, Tally};
use throughput::Throughput;
use tile::{PERHAPS_DONE, unsuitable};
use unprotect::Step;

/// A board that returns to its port within this time may be the one that was done: otherwise it
/// would be upgraded forever while BOOT0 is held.
const SAME_BOARD: Duration = Duration::from_secs(5);

/// The file and options for every board; fixed when the batch is armed.
#[derive(Clone, Debug)]
pub struct Armed {
    pub image: Arc<Image>,
    pub file: FileDigest,
    pub options: BatchOptions,
    /// The number of boards to upgrade, if a person gave one.
    pub count: Option<usize>,
}

#[derive(Debug, Default)]
pub struct Batch {
    /// The name of this machine, for the record.
    pub host: String,
    pub armed: Option<Armed>,
    /// One for each port that had a board since the batch was armed.
    pub slots: BTreeMap<Place, BatchSlot>,
    /// Of this batch, or of the last one.
    pub records: Vec<Record>,
    /// Where the records are, line by line.
    pub record_file: Option<PathBuf>,
    /// Boards that passed in earlier batches since the window was opened.
    pub passed_before: usize,
    pub throughput: Throughput,
    /// The write protection of any board of this batch may be removed.
    pub(super) agreed_to_unprotect: bool,
    tally: Tally,
    head: RecordHead,
    /// The doubts about the file that were accepted, for the record.
    accepted: String,
    /// Records that are in the file, or on their way.
    recorded: usize,
}

/// What a board is to the slot of its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrival {
    /// It has been there all the time, or its job goes on.
    Stays,
    /// Back from the reset that this program asked for.
    Returned,
    PerhapsDone,
    New,
    /// Back with its write protection removed.
    Unprotected,
}

impl Batch {
    pub fn arm(&mut self, now: Duration, armed: Armed, batch: String, operator: String) {
        self.passed_before += self.count(RecordOutcome::Pass);
        self.head = RecordHead {
            batch,
            operator,
            file: armed.file.name.clone(),
            sha256: armed.file.sha256.clone(),
            host: self.host.clone(),
        };
        self.accepted = armed.options.accepted();
        self.armed = Some(armed);
        self.slots.clear();
        self.records.clear();
        self.tally = Tally::default();
        self.recorded = 0;
        self.agreed_to_unprotect = false;
        self.throughput = Throughput::since(now);
    }

    pub fn disarm(&mut self) {
        self.armed = None;
    }

    /// Boards of this batch whose last attempt ended so.
    pub fn count(&self, outcome: RecordOutcome) -> usize {
        self.tally.count(outcome)
    }

    /// Attempts that failed on boards that were then tried again.
    pub fn failed_before(&self) -> usize {
        let records = self.records.iter();
        let failed = records.filter(|record| record.outcome == RecordOutcome::Fail);
        failed
            .count()
            .saturating_sub(self.count(RecordOutcome::Fail))
    }

    /// Boards that are being upgraded.
    pub fn running(&self) -> usize {
        let slots = self.slots.values();
        slots.filter(|slot| slot.mark == Mark::Running).count()
    }

    /// The boards to upgrade now.
    pub fn on_boards(&mut self, now: Duration, at: Moment, entries: &[Entry]) -> Vec<Place> {
        let Some(armed) = self.armed.clone() else {
            return Vec::new();
        };
        for (place, slot) in &mut self.slots {
            let entry = entries.iter().find(|entry| entry.place() == place);
            let is_ready = entry.is_some_and(Entry::is_ready);
            // The program that this job started is the same board.
            let runs = slot.started && entry.is_some() && !is_ready;
            match slot.gone {
                None if !is_ready && !runs => slot.gone = Some(now),
                Some(gone) if runs && now.saturating_sub(gone) < SAME_BOARD => slot.gone = None,
                _ => {}
            }
        }
        self.follow_restart(entries);
        let mut start = Vec::new();
        for entry in entries.iter().filter(|entry| entry.is_ready()) {
            let place = entry.place();
            let mark = match self.arrival(now, entry, entries) {
                Arrival::Stays => continue,
                Arrival::Returned => {
                    if let Some(slot) = self.slots.get_mut(place) {
                        (slot.address, slot.gone) = (entry.found.record.address, None);
                    }
                    continue;
                }
                Arrival::PerhapsDone => Mark::PerhapsDone,
                Arrival::New => armed.mark(entry),
                Arrival::Unprotected => {
                    if let Some(slot) = self.slots.get_mut(place) {
                        slot.gone = None;
                    }
                    if self.retry(at, entry) {
                        start.push(place.clone());
                    }
                    continue;
                }
            };
            let number = self.number_of(entry, &mark);
            if self.receive(at, entry, mark, number) {
                start.push(place.clone());
            }
        }
        start
    }

    /// Puts a board into the slot of its port; returns whether it is to be upgraded.
    fn receive(&mut self, at: Moment, entry: &Entry, mark: Mark, number: BoardNumber) -> bool {
        let is_due = mark == Mark::Running;
        let before = self.slots.get(entry.place());
        let restarts = before.is_some_and(|slot| slot.mark == Mark::Unprotected);
        self.tally.set(number, None);
        let slot = BatchSlot {
            name: entry.title().to_owned(),
            serial: entry.found.record.serial.clone(),
            mark,
            job: None,
            marked: at,
            number,
            address: entry.found.record.address,
            step: Step::Upgrade,
            restarts,
            started: false,
            gone: None,
        };
        self.slots.insert(entry.place().clone(), slot);
        self.record_skipped(entry.place());
        is_due
    }

    /// Upgrades a board that failed or was skipped once more; returns whether it is to be upgraded.
    pub(super) fn retry(&mut self, at: Moment, entry: &Entry) -> bool {
        let slot = self.slots.get(entry.place());
        let slot = slot.filter(|slot| slot.can_retry());
        let (Some(armed), Some(slot)) = (&self.armed, slot) else {
            return false;
        };
        let (mark, number) = (armed.mark(entry), slot.number);
        self.receive(at, entry, mark, number)
    }

    /// Which board of the batch has arrived: a new one, or one that did not pass before.
    fn number_of(&mut self, entry: &Entry, mark: &Mark) -> BoardNumber {
        let serial = entry.found.record.serial.as_deref();
        let mut others = self.slots.iter().filter(|(place, slot)| {
            *place != entry.place() && !slot.is_empty() && slot.serial.as_deref() == serial
        });
        let is_other = *mark == Mark::PerhapsDone || others.next().is_some();
        let returned = self.tally.returned(serial).filter(|_| !is_other);
        returned.unwrap_or_else(|| self.tally.add(serial))
    }

    /// Boards in DFU mode that cannot be opened or used, at ports where no job runs.
    pub(crate) fn blocked<'a>(&self, entries: &'a [Entry]) -> impl Iterator<Item = &'a Entry> {
        entries.iter().filter(|entry| {
            let slot = self.slots.get(entry.place());
            entry.status() == BoardStatus::Blocked && slot.is_none_or(BatchSlot::is_empty)
        })
    }

    fn arrival(&self, now: Duration, entry: &Entry, entries: &[Entry]) -> Arrival {
        let record = &entry.found.record;
        let Some(slot) = self.slots.get(entry.place()) else {
            return Arrival::New;
        };
        if slot.mark == Mark::Unprotected && slot.serial == record.serial {
            return Arrival::Unprotected;
        }
        let was_away = slot.gone.is_some() || slot.address != record.address;
        if !was_away || slot.mark == Mark::Running {
            return Arrival::Stays;
        }
        let away = now.saturating_sub(slot.gone.unwrap_or(now));
        let was_done = matches!(slot.mark, Mark::Pass | Mark::PerhapsDone);
        if !was_done || away >= SAME_BOARD || slot.serial != record.serial {
            return Arrival::New;
        }
        let same = |other: &&Entry| other.found.record.serial == record.serial;
        let others = self
            .slots
            .iter()
            .filter(|(place, slot)| *place != entry.place() && slot.serial == record.serial);
        let repeats = entries.iter().filter(same).count() > 1 || others.count() > 0;
        if slot.started
            && slot.mark == Mark::Pass
            && is_unique(record.serial.as_deref())
            && !repeats
        {
            Arrival::Returned
        } else {
            Arrival::PerhapsDone
        }
    }

    pub fn started(&mut self, place: &Place, job: JobId) {
        if let Some(slot) = self.slots.get_mut(place) {
            slot.job = Some(job);
        }
    }

    /// Another job is running on a board that has just been listed.
    pub fn not_started(&mut self, place: &Place) {
        if let Some(slot) = self.slots.get_mut(place) {
            slot.mark = Mark::Unsuitable("another job is running on it".to_owned());
            self.record_skipped(place);
        }
    }

    /// Records the end of a batch job. Jobs that a person started are ignored.
    pub fn finished(
        &mut self,
        now: Duration,
        at: Moment,
        place: &Place,
        job: JobId,
        report: &Report,
    ) {
        let slot = self.slots.get_mut(place);
        let Some(slot) = slot.filter(|slot| slot.job == Some(job)) else {
            return;
        };
        if slot.step != Step::Upgrade {
            return self.unprotecting_finished(at, place, report);
        }
        let (mark, outcome, detail) = match &report.outcome {
            Outcome::Done => (Mark::Pass, RecordOutcome::Pass, self.accepted.clone()),
            Outcome::Failed(error) => Failure {
                reason: error.reason(),
                whole: error.to_string(),
                is_write_protected: matches!(error, JobError::WriteProtected { .. }),
            }
            .ending(),
            Outcome::Cancelled => Failure {
                reason: "stopped".to_owned(),
                whole: "stopped".to_owned(),
                is_write_protected: false,
            }
            .ending(),
        };
        if mark == Mark::Pass {
            self.throughput.passed(now, report.duration);
        }
        slot.mark = mark;
        slot.marked = at;
        slot.started = report.started;
        let record = slot.record(place, &self.head, outcome, detail);
        self.tally.set(slot.number, Some(outcome));
        self.records.push(report_fields(record, report));
    }

    fn record_skipped(&mut self, place: &Place) {
        let Some(slot) = self.slots.get(place) else {
            return;
        };
        let detail = match &slot.mark {
            Mark::Unsuitable(why) => why.clone(),
            Mark::PerhapsDone => PERHAPS_DONE.to_owned(),
            Mark::Running | Mark::Pass | Mark::Fail(_) | Mark::Unprotected => return,
        };
        let record = slot.record(place, &self.head, RecordOutcome::Skipped, detail);
        self.tally.set(slot.number, Some(RecordOutcome::Skipped));
        self.records.push(record);
    }

    /// The records that are new since the last call, with the names of their ports.
    pub(super) fn new_records(&mut self, port_names: &BTreeMap<String, String>) -> Vec<Record> {
        let new = self.records.iter_mut().skip(self.recorded);
        let new = new.map(|record| {
            let name = port_names.get(&record.port);
            record.port_name = name.cloned().unwrap_or_default();
            record.clone()
        });
        let new = new.collect();
        self.recorded = self.records.len();
        new
    }

    /// The whole record as CSV.
    pub fn csv(&self) -> String {
        let lines = self.records.iter().map(Record::line);
        std::iter::once(HEADER.to_owned()).chain(lines).collect()
    }
}

impl Armed {
    /// The file can be written to this board.
    pub(super) fn suits(&self, entry: &Entry) -> bool {
        self.mark(entry) == Mark::Running
    }

    /// What is to be done with a board that has just arrived.
    fn mark(&self, entry: &Entry) -> Mark {
        let suits = plan_upgrade(&(&entry.found).into(), &self.image, &self.options.upgrade)
            .and_then(|plan| plan.require_consent());
        match suits {
            Ok(()) => Mark::Running,
            Err(error) => Mark::Unsuitable(unsuitable(&error)),
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
