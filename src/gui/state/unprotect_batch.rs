//! Removes the write protection of a board of a batch.

use std::sync::Arc;

use crate::engine::{OptionBytesChange, Outcome, Report, SaveTo, Task, backup_board, new_backup};
use crate::firmware::Existing;
use crate::option_bytes::{Change, Consent, Proposal, Wanted, propose};
use crate::transport::Place;
use crate::wall_clock::Moment;

use super::begin::Order;
use super::job::Job;
use super::option_bytes::PROTECTION;
use super::{Effect, Modal, State};

impl State {
    /// Asks once in a batch.
    pub(super) fn ask_to_unprotect(&mut self, place: &Place) -> Vec<Effect> {
        if self.batch.agreed_to_unprotect {
            return self.unprotect(place);
        }
        self.modal = Some(Modal::ConfirmBatchUnprotect(place.clone()));
        Vec::new()
    }

    /// A person agreed, for the whole batch.
    pub(super) fn agree_to_unprotect(&mut self, place: &Place) -> Vec<Effect> {
        self.batch.agreed_to_unprotect = true;
        self.unprotect(place)
    }

    fn unprotect(&mut self, place: &Place) -> Vec<Effect> {
        let is_ready = self.boards.entry(place).is_some_and(|e| e.is_ready());
        if !is_ready || !self.batch.begin_to_unprotect(Moment::now(), place) {
            return Vec::new();
        }
        let effect = self.run(
            place,
            self.batch_order(Task::ReadOptionBytes { save: None }),
        );
        match (&effect, self.jobs.get(place)) {
            (Some(_), Some(job)) => self.batch.started(place, job.id),
            _ => self.not_unprotected(place, "another job is running on it"),
        }
        effect.into_iter().chain(self.record_batch()).collect()
    }

    /// Goes on when the option bytes of a board were read.
    pub(super) fn continue_unprotecting(&mut self, place: &Place) -> Vec<Effect> {
        let job = self.jobs.get(place);
        let job = job.filter(|job| self.batch.reads_option_bytes(place, job.id));
        let Some(report) = job.and_then(Job::report) else {
            return Vec::new();
        };
        if report.outcome != Outcome::Done {
            return Vec::new();
        }
        let (units, change) = match self.unprotection(place, report) {
            Ok(change) => change,
            Err(why) => {
                self.not_unprotected(place, &why);
                return Vec::new();
            }
        };
        let task = Task::WriteOptionBytes(Arc::new(change));
        let effect = self.run(place, self.batch_order(task));
        match (&effect, self.jobs.get(place)) {
            (Some(_), Some(job)) => self.batch.removes_protection(place, job.id, units),
            _ => self.not_unprotected(place, "another job is running on it"),
        }
        effect.into_iter().collect()
    }

    /// The units that are protected, in words, and the change.
    fn unprotection(
        &self,
        place: &Place,
        report: &Report,
    ) -> Result<(String, OptionBytesChange), String> {
        let armed = self.batch.armed.as_ref().ok_or("the batch has ended")?;
        let entry = self.boards.entry(place).ok_or("the board has left")?;
        let target = entry.found.option_bytes();
        let part = target.and_then(|target| target.part);
        let part = part.ok_or("the option bytes of this board are not known")?;
        let wanted = Wanted::Fields(vec![Change {
            name: PROTECTION.to_owned(),
            value: "none".to_owned(),
        }]);
        let proposal = propose(&part, &report.option_bytes, &wanted);
        let proposal = proposal.map_err(|refusal| refusal.to_string())?;
        let units = protected_units(&proposal).ok_or("no write protection is set")?;
        // No word is typed for a board of a batch.
        let consent = Consent::default();
        proposal
            .confirm(&consent)
            .map_err(|refusal| refusal.to_string())?;
        let backups = armed.options.backups.as_deref();
        let folder = backups.or(self.records_folder());
        let folder = folder.ok_or("there is no folder for the backup of the option bytes")?;
        let all = self.boards.entries.iter().map(|entry| &entry.found);
        let board = backup_board(&entry.found, all);
        let change = OptionBytesChange {
            wanted,
            consent,
            seen: Some(report.option_bytes.clone()),
            backup: SaveTo {
                path: new_backup(folder, "option-bytes", board, Moment::now()),
                existing: Existing::Refuse,
            },
        };
        Ok((units, change))
    }

    fn not_unprotected(&mut self, place: &Place, why: &str) {
        self.batch.not_unprotected(Moment::now(), place, why);
    }

    fn batch_order(&self, task: Task) -> Order {
        let armed = self.batch.armed.as_ref();
        Order {
            pace: armed.map(|armed| armed.options.pace),
            ..Order::new(task)
        }
    }
}

/// "sectors 0-1"; `None` if nothing is protected.
fn protected_units(proposal: &Proposal) -> Option<String> {
    let mut changes = proposal.changes().iter();
    let change = changes.find(|change| change.name == PROTECTION)?;
    Some(change.before.clone())
}
