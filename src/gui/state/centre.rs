//! What the place beside the boards is about: the upgrade, or the reason why none is possible.

use super::State;
use super::boards::{BoardStatus, Entry};
use super::job::Job;
use crate::discovery::Diagnosis;

#[derive(Debug)]
pub(crate) enum Centre<'a> {
    /// The bus has not been scanned yet.
    Scanning,
    /// No board is there: how to bring one into DFU mode.
    NoBoard,
    /// The board in view is not ready: why, and the steps that help.
    Blocked(&'a Entry, &'a Diagnosis),
    /// The board in view, or the choice of one.
    Board,
}

impl State {
    pub(crate) fn centre(&self) -> Centre<'_> {
        let entry = self.boards.focus();
        if self.has_news(entry) {
            return Centre::Board;
        }
        match entry {
            _ if !self.boards.scanned => Centre::Scanning,
            Some(entry) if self.leads_to_upgrade(entry) => Centre::Board,
            Some(entry) => match &entry.problem {
                Some(problem) => Centre::Blocked(entry, problem),
                None => Centre::Board,
            },
            None if self.boards.entries.is_empty() && !self.general.is_empty() => Centre::NoBoard,
            None => Centre::Board,
        }
    }

    /// The program is asked as part of the upgrade. One that is known only by its answer is explained
    /// as long as there is no file for it.
    fn leads_to_upgrade(&self, entry: &Entry) -> bool {
        let found = &entry.found;
        found.offers_dfu_mode() && (!found.may_be_asked() || self.firmware.loaded().is_some())
    }

    /// A job runs on the board in view, or its result has not been closed.
    fn has_news(&self, entry: Option<&Entry>) -> bool {
        // A board that came back, and cannot be opened now, needs help first.
        let came_back = |job: &Job| {
            entry.is_some_and(|entry| {
                entry.status() == BoardStatus::Blocked && entry.found.record.address != job.address
            })
        };
        let job = self.shown_job();
        !self.grouped_jobs().is_empty()
            || job.is_some_and(|job| {
                job.is_running() || job.screen() == self.screen && !came_back(job)
            })
    }
}
