//! The write protection that made an upgrade fail: removed by a person, one board at a time, after
//! one question for the whole batch. The option bytes are read, changed, and the board is upgraded
//! once more.

use crate::engine::{Outcome, Report};
use crate::gui::state::boards::Entry;
use crate::transport::Place;
use crate::wall_clock::Moment;
use crate::worker::JobId;

use super::{Batch, BatchSlot, Failure, Mark, RecordOutcome, report_fields};

/// What the job of a slot does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Step {
    #[default]
    Upgrade,
    ReadOptionBytes,
    /// The units that were protected, in words.
    RemoveProtection {
        units: String,
    },
}

impl Batch {
    /// Begins with a board that failed at its write protection; returns whether it may.
    pub(in crate::gui::state) fn begin_to_unprotect(&mut self, at: Moment, place: &Place) -> bool {
        let is_armed = self.armed.is_some();
        let slot = self.slots.get_mut(place);
        let Some(slot) = slot.filter(|slot| is_armed && slot.can_unprotect()) else {
            return false;
        };
        slot.mark = Mark::Running;
        slot.marked = at;
        slot.step = Step::ReadOptionBytes;
        slot.job = None;
        self.tally.set(slot.number, None);
        true
    }

    /// This job read the option bytes of a board whose write protection is to be removed.
    pub(in crate::gui::state) fn reads_option_bytes(&self, place: &Place, job: JobId) -> bool {
        let slot = self.slots.get(place);
        slot.is_some_and(|slot| {
            slot.job == Some(job)
                && slot.mark == Mark::Running
                && slot.step == Step::ReadOptionBytes
        })
    }

    /// The job is one of this batch.
    pub(in crate::gui::state) fn has_job(&self, place: &Place, job: JobId) -> bool {
        let slot = self.slots.get(place);
        slot.is_some_and(|slot| slot.job == Some(job))
    }

    /// The job that removes the protection of `units` has started.
    pub(in crate::gui::state) fn removes_protection(
        &mut self,
        place: &Place,
        job: JobId,
        units: String,
    ) {
        if let Some(slot) = self.slots.get_mut(place) {
            slot.job = Some(job);
            slot.step = Step::RemoveProtection { units };
        }
    }

    /// The write protection stays.
    pub(in crate::gui::state) fn not_unprotected(&mut self, at: Moment, place: &Place, why: &str) {
        let report = Report::default();
        self.end_unprotecting(at, place, failure(why, why), &report);
    }

    /// Takes the end of a job before the upgrade. What was read is for the window.
    pub(super) fn unprotecting_finished(&mut self, at: Moment, place: &Place, report: &Report) {
        let failure = match &report.outcome {
            Outcome::Done => return self.unprotected(at, place, report),
            Outcome::Cancelled => failure("stopped", "stopped"),
            Outcome::Failed(error) => failure(&error.reason(), &error.to_string()),
        };
        self.end_unprotecting(at, place, failure, report);
    }

    fn unprotected(&mut self, at: Moment, place: &Place, report: &Report) {
        let slot = self.slots.get_mut(place);
        let Some((slot, units)) = slot.and_then(|slot| match std::mem::take(&mut slot.step) {
            Step::RemoveProtection { units } => Some((slot, units)),
            // The window goes on with what was read.
            step => {
                slot.step = step;
                None
            }
        }) else {
            return;
        };
        slot.mark = Mark::Unprotected;
        slot.marked = at;
        let detail = format!("write protection removed: {units}");
        let record = slot.record(place, &self.head, RecordOutcome::Unprotected, detail);
        // Its last upgrade failed.
        self.tally.set(slot.number, Some(RecordOutcome::Fail));
        self.records.push(report_fields(record, report));
    }

    fn end_unprotecting(&mut self, at: Moment, place: &Place, failure: Failure, report: &Report) {
        let Some(slot) = self.slots.get_mut(place) else {
            return;
        };
        let (mark, outcome, detail) = failure.ending();
        slot.mark = mark;
        slot.marked = at;
        slot.step = Step::Upgrade;
        let record = slot.record(place, &self.head, outcome, detail);
        self.tally.set(slot.number, Some(outcome));
        self.records.push(report_fields(record, report));
    }

    /// The board restarted with its new option bytes, and its new address may be listed only now.
    pub(super) fn follow_restart(&mut self, entries: &[Entry]) {
        for entry in entries {
            let record = &entry.found.record;
            let Some(slot) = self.slots.get_mut(entry.place()) else {
                continue;
            };
            let is_back = slot.restarts
                && slot.mark == Mark::Running
                && slot.address != record.address
                && slot.serial == record.serial;
            if is_back {
                (slot.address, slot.gone, slot.restarts) = (record.address, None, false);
            }
        }
    }
}

impl BatchSlot {
    /// Its upgrade failed at write protection, which a person may have removed.
    pub fn can_unprotect(&self) -> bool {
        let is_protected = matches!(&self.mark, Mark::Fail(failure) if failure.is_write_protected);
        !self.is_empty() && is_protected
    }

    /// Its write protection is being removed.
    pub fn is_unprotecting(&self) -> bool {
        self.step != Step::Upgrade
    }
}

fn failure(reason: &str, whole: &str) -> Failure {
    let text = |why: &str| format!("write protection not removed: {why}");
    Failure {
        reason: text(reason),
        whole: text(whole),
        is_write_protected: false,
    }
}
