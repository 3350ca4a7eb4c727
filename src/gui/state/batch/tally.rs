//! How many boards ended how. The record has a line for each attempt, this has one for each board.

use crate::discovery::is_unique;

use super::RecordOutcome;

/// The boards of a batch, in the order of their arrival.
#[derive(Debug, Default)]
pub(super) struct Tally {
    boards: Vec<Counted>,
}

#[derive(Debug)]
struct Counted {
    serial: Option<String>,
    /// Of its last attempt; nothing while it is being upgraded.
    outcome: Option<RecordOutcome>,
}

/// A board of a [`Tally`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BoardNumber(usize);

impl Tally {
    pub(super) fn add(&mut self, serial: Option<&str>) -> BoardNumber {
        let number = BoardNumber(self.boards.len());
        self.boards.push(Counted {
            serial: serial.map(str::to_owned),
            outcome: None,
        });
        number
    }

    /// The board that did not pass and has this serial number, unless the number proves nothing.
    pub(super) fn returned(&self, serial: Option<&str>) -> Option<BoardNumber> {
        let same = |board: &Counted| {
            board.serial.as_deref() == serial
                && matches!(
                    board.outcome,
                    Some(RecordOutcome::Fail | RecordOutcome::Skipped)
                )
        };
        let at = self.boards.iter().rposition(same);
        at.filter(|_| is_unique(serial)).map(BoardNumber)
    }

    /// Nothing while an attempt goes on.
    pub(super) fn set(&mut self, board: BoardNumber, outcome: Option<RecordOutcome>) {
        if let Some(board) = self.boards.get_mut(board.0) {
            board.outcome = outcome;
        }
    }

    pub(super) fn count(&self, outcome: RecordOutcome) -> usize {
        let boards = self.boards.iter();
        boards
            .filter(|board| board.outcome == Some(outcome))
            .count()
    }
}
