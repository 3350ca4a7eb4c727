//! An upgrade of a board that runs its program: the program is asked to enter DFU mode, and the
//! upgrade begins when the board is ready at the same port.

use std::time::Duration;

use super::begin::Order;
use super::boards::{BoardStatus, Entry};
use super::job::{FileDigest, Job, Seen};
use super::log::Level;
use super::{Effect, Modal, State};
use crate::discovery::{DFU_MODE_WITHIN, Diagnosis};
use crate::engine::Task;
use crate::transport::Place;

/// What a board is brought into DFU mode for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterEntering {
    Nothing,
    Upgrade,
}

/// A program at its port that may be stopped, as long as the window is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stoppable {
    place: Place,
    identity: (u16, u16),
    serial: Option<String>,
}

impl From<&Entry> for Stoppable {
    fn from(entry: &Entry) -> Self {
        let record = &entry.found.record;
        Self {
            place: record.place.clone(),
            identity: (record.vendor, record.product),
            serial: record.serial.clone(),
        }
    }
}

/// The upgrade that follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Following {
    place: Place,
    /// The file that was asked for: another one needs another click.
    file: Option<FileDigest>,
}

impl State {
    /// The board in view, if it runs a program that can be asked to enter DFU mode, and no other is
    /// chosen.
    pub(crate) fn enters_first(&self) -> Option<&Entry> {
        let entry = self.boards.focus()?;
        let none_chosen = self.boards.chosen().next().is_none();
        (none_chosen && entry.offers_dfu_mode()).then_some(entry)
    }

    /// The upgrade begins as soon as this board is in DFU mode.
    pub(crate) fn upgrade_follows(&self, place: &Place) -> bool {
        self.following
            .as_ref()
            .is_some_and(|next| next.place == *place)
    }

    pub(super) fn enter_dfu_mode(&mut self) -> Vec<Effect> {
        let place = self.boards.focus_place().cloned();
        let enter = |place| self.enter(&place, AfterEntering::Nothing);
        place.map(enter).unwrap_or_default()
    }

    /// A person agreed to stop the program.
    pub(super) fn stop_program(&mut self, place: &Place, then: AfterEntering) -> Vec<Effect> {
        self.stoppable
            .extend(self.boards.entry(place).map(Stoppable::from));
        self.enter(place, then)
    }

    pub(super) fn enter_and_upgrade(&mut self, place: &Place) -> Vec<Effect> {
        self.enter(place, AfterEntering::Upgrade)
    }

    /// Asks first where the program may hold something that is dangerous when it stops.
    fn enter(&mut self, place: &Place, then: AfterEntering) -> Vec<Effect> {
        let entry = self.boards.entry(place);
        let asks = |entry: &&Entry| {
            entry.found.may_be_asked() && !self.stoppable.contains(&Stoppable::from(*entry))
        };
        if entry.filter(asks).is_some() {
            let place = place.clone();
            self.modal = Some(Modal::ConfirmStop { place, then });
            return Vec::new();
        }
        match then {
            AfterEntering::Nothing => {
                let effect = self.run(place, Order::new(Task::EnterDfu));
                effect.into_iter().collect()
            }
            AfterEntering::Upgrade => self.enter_then_upgrade(place),
        }
    }

    fn enter_then_upgrade(&mut self, place: &Place) -> Vec<Effect> {
        let effect = self.run(place, Order::new(Task::EnterDfu));
        self.following = effect.as_ref().map(|_| Following {
            place: place.clone(),
            file: self.digest(),
        });
        self.group.clear();
        effect.into_iter().collect()
    }

    /// A board on its way into DFU mode keeps its row, and there the name that a person gave it.
    pub(super) fn keep_rows(&self, entries: &mut Vec<Entry>) {
        for before in &self.boards.entries {
            let place = before.place();
            match entries.iter_mut().find(|entry| entry.place() == place) {
                Some(entry) if entry.found.previous_program.is_some() => {
                    entry.own_name = entry.own_name.take().or_else(|| before.own_name.clone());
                }
                Some(_) => {}
                None if self.jobs.get(place).is_some_and(Job::is_entering_dfu_mode) => {
                    entries.push(Entry {
                        away: true,
                        ..before.clone()
                    });
                    entries.sort_by(|a, b| a.place().cmp(b.place()));
                }
                None => {}
            }
        }
    }

    /// Looks for the boards that were asked to enter DFU mode.
    pub(super) fn note_entered(&mut self) {
        for job in self.jobs.values_mut().filter(|job| job.awaits_dfu_mode()) {
            let entry = self.boards.entry(&job.place);
            if entry.is_some_and(|entry| entry.found.is_bootloader()) {
                job.note_seen(Seen::InDfuMode);
            }
        }
    }

    /// Gives up on boards that were asked to enter DFU mode and did not; returns the time until the
    /// next one is given up.
    pub fn expire_waits(&mut self, now: Duration) -> Option<Duration> {
        self.now = now;
        let mut next: Option<Duration> = None;
        let mut late = Vec::new();
        for job in self.jobs.values().filter(|job| job.awaits_dfu_mode()) {
            let left = DFU_MODE_WITHIN.saturating_sub(job.phase_time(now));
            if left.is_zero() {
                late.push(job.place.clone());
            } else {
                next = Some(next.map_or(left, |next| next.min(left)));
            }
        }
        for place in late {
            let steps = self.steps_for(&place);
            if let Some(job) = self.jobs.get_mut(&place) {
                job.note_seen(Seen::NotInTime(steps));
            }
        }
        let jobs = &self.jobs;
        let is_awaited = |place: &Place| jobs.get(place).is_some_and(Job::is_entering_dfu_mode);
        let entries = &mut self.boards.entries;
        entries.retain(|entry| !entry.away || is_awaited(entry.place()));
        next
    }

    /// What helps the board at this place, or any board, into DFU mode.
    fn steps_for(&self, place: &Place) -> Vec<String> {
        let own = self
            .boards
            .entry(place)
            .and_then(|entry| entry.problem.as_ref());
        let help = own.or(self.general.first());
        help.map(Diagnosis::advice).unwrap_or_default()
    }

    /// Called after every change of the boards and at the end of every job.
    pub(super) fn follow_up(&mut self) -> Vec<Effect> {
        self.note_entered();
        let Some(next) = self.following.clone() else {
            return Vec::new();
        };
        let job = self.jobs.get(&next.place);
        if job.is_some_and(|job| job.is_running() || job.awaits_dfu_mode()) {
            return Vec::new();
        }
        let entered = job.is_some_and(|job| job.seen == Seen::InDfuMode);
        let entry = self.boards.entry(&next.place).filter(|_| entered);
        let is_settling = |entry: &Entry| !entry.is_ready() && entry.problem.is_none();
        if entry.is_some_and(is_settling) {
            return Vec::new();
        }
        // A board that needs help shows its steps, and is upgraded by hand after them.
        let ready = entry.is_some_and(|entry| entry.status() == BoardStatus::Ready);
        self.following = None;
        if !ready || next.file != self.digest() {
            return Vec::new();
        }
        self.boards.choose(&next.place);
        self.refresh();
        match self.can_upgrade() {
            Ok(()) => self.upgrade_chosen(),
            Err(why) => {
                self.note(Level::Warning, Some(next.place.to_string()), why);
                // The file's panel shows the reason, not a result.
                self.jobs.remove(&next.place);
                self.refresh();
                Vec::new()
            }
        }
    }
}
