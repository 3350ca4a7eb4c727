//! Boards without addresses: which target gets the file, and what needs no address then.

use super::State;
use super::boards::Entry;
use super::job::Job;
use crate::transport::Place;

const NO_ADDRESSES: &str = "This board has no addresses: it erases by itself what it writes";

/// The vendor and product ID of a board, and one of its targets.
pub(super) type ChosenTarget = ((u16, u16), u8);

impl State {
    /// There are chosen boards, and none of them has addresses.
    pub fn sends_plain(&self) -> bool {
        let mut chosen = self.boards.chosen().peekable();
        chosen.peek().is_some() && chosen.all(|entry| entry.found.is_plain())
    }

    /// What the upgrade screen shows is about boards without addresses: those that are chosen or,
    /// when they have left, those of the result.
    pub(crate) fn is_about_plain(&self) -> bool {
        let of_job = |job: &Job| job.plan.as_ref().is_some_and(|plan| plan.stream.is_some());
        let left = self.boards.chosen().next().is_none();
        self.sends_plain() || left && self.shown_job().is_some_and(of_job)
    }

    /// The only target that the next upgrade writes. On boards without addresses, the one that was
    /// chosen for boards of their kind.
    pub(crate) fn target_to_write(&self) -> Option<u8> {
        if !self.sends_plain() {
            return self.one_time.target;
        }
        let (kind, alternate) = self.plain_target?;
        let mut chosen = self.boards.chosen();
        chosen
            .all(|entry| identity(entry) == kind)
            .then_some(alternate)
    }

    /// A chosen board has several targets, and no addresses: none of them is guessed.
    pub(crate) fn lacks_target(&self) -> bool {
        let mut chosen = self.boards.chosen();
        let several = chosen.any(|entry| entry.found.targets.len() > 1);
        self.sends_plain() && several && self.target_to_write().is_none()
    }

    pub(super) fn choose_target_to_write(&mut self, alternate: u8) {
        let kind = self.boards.focus().map(identity);
        self.plain_target = kind.map(|kind| (kind, alternate));
        self.refresh();
    }

    /// The vendor and product ID of a board without addresses.
    pub(super) fn plain_identity(&self, place: &Place) -> Option<(u16, u16)> {
        let entry = self.boards.entry(place)?;
        entry.found.is_plain().then(|| identity(entry))
    }

    /// The board in view has addresses, and commands to erase.
    pub(super) fn can_erase(&self) -> Result<(), String> {
        self.has_idle_board()?;
        match self.boards.ready_focus() {
            Some(board) if board.is_plain() => Err(NO_ADDRESSES.to_owned()),
            _ => Ok(()),
        }
    }
}

fn identity(entry: &Entry) -> (u16, u16) {
    (entry.found.record.vendor, entry.found.record.product)
}
