//! What the tile of a port shows.

use crate::engine::JobError;
use crate::gui::state::State;
use crate::gui::state::boards::{BoardStatus, Entry};
use crate::gui::text::capitalised;
use crate::transport::Place;

use super::{BatchSlot, Mark};

/// The word of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    Empty,
    Running,
    Pass,
    Fail,
    Skipped,
    /// The board cannot be upgraded before something is done about it.
    NotReady,
}

impl Face {
    pub fn word(self) -> &'static str {
        match self {
            Self::Empty => "EMPTY",
            Self::Running => "RUNNING",
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Skipped => "SKIPPED",
            Self::NotReady => "NOT READY",
        }
    }
}

/// A port of the bench.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    pub place: Place,
    /// The name that a person gave to the port.
    pub port_name: Option<String>,
    pub face: Face,
    /// Of the running job, 0 to 1.
    pub progress: Option<f32>,
    /// The board that is there.
    pub board: Option<String>,
    pub serial: Option<String>,
    /// What happened, or what to do.
    pub text: String,
    /// All that is known, if `text` is only the reason.
    pub details: Option<String>,
    pub can_retry: bool,
    /// It failed at write protection, and a person may have that removed.
    pub can_unprotect: bool,
}

/// On the tile and in the record.
pub(super) fn unsuitable(error: &JobError) -> String {
    match error {
        JobError::DoesNotFit { .. } => {
            "The file is not for this board: it is for other memory".to_owned()
        }
        JobError::NoTarget { .. } => {
            "The file is not for this board: it needs a memory that the board does not have"
                .to_owned()
        }
        other => capitalised(&other.to_string()),
    }
}

/// On the tile and in the record.
pub(crate) const PERHAPS_DONE: &str = "Already done? Board not written";

impl State {
    /// A tile for each port that had a board in this batch, in the order of the ports.
    pub fn tiles(&self) -> Vec<Tile> {
        let blocked: Vec<&Entry> = self.batch.blocked(&self.boards.entries).collect();
        let slots = self.batch.slots.iter();
        let mut tiles: Vec<Tile> = slots
            .filter(|(place, _)| blocked.iter().all(|entry| entry.place() != *place))
            .map(|(place, slot)| self.slot_tile(place, slot))
            .collect();
        tiles.extend(blocked.into_iter().map(|entry| self.blocked_tile(entry)));
        tiles.sort_by(|a, b| a.place.cmp(&b.place));
        tiles
    }

    fn port_name(&self, place: &Place) -> Option<String> {
        self.settings.port_names.get(&place.0).cloned()
    }

    fn slot_tile(&self, place: &Place, slot: &BatchSlot) -> Tile {
        let (face, text) = match &slot.mark {
            Mark::Running if slot.is_unprotecting() => {
                (Face::Running, "Removing write protection".to_owned())
            }
            Mark::Running => (Face::Running, self.phase(place)),
            Mark::Unprotected => (
                Face::NotReady,
                "Write protection removed, not upgraded yet".to_owned(),
            ),
            Mark::Pass => (Face::Pass, "Unplug it".to_owned()),
            Mark::Fail(failure) => (Face::Fail, capitalised(&failure.reason)),
            Mark::Unsuitable(why) => (Face::Skipped, capitalised(why)),
            Mark::PerhapsDone => (
                Face::Skipped,
                format!("{PERHAPS_DONE}. To upgrade it, unplug it for 5 seconds"),
            ),
        };
        let tile = Tile {
            place: place.clone(),
            port_name: self.port_name(place),
            face,
            progress: None,
            board: Some(slot.name.clone()),
            serial: slot.serial.clone(),
            text,
            details: match &slot.mark {
                Mark::Fail(failure) => Some(capitalised(&failure.whole)),
                _ => None,
            },
            can_retry: self.batch.armed.is_some() && slot.can_retry(),
            can_unprotect: self.batch.armed.is_some() && slot.can_unprotect(),
        };
        match slot.mark {
            _ if slot.is_empty() => Tile {
                face: Face::Empty,
                board: None,
                serial: None,
                text: format!("Last: {} {}", face.word(), slot.marked.time_of_day()),
                details: None,
                ..tile
            },
            Mark::Running => Tile {
                progress: self.jobs.get(place).and_then(|job| job.fraction()),
                ..tile
            },
            _ => tile,
        }
    }

    fn phase(&self, place: &Place) -> String {
        let job = self.jobs.get(place).filter(|job| job.is_running());
        job.map_or("", |job| job.phase_label()).to_owned()
    }

    fn blocked_tile(&self, entry: &Entry) -> Tile {
        debug_assert_eq!(entry.status(), BoardStatus::Blocked);
        let status = capitalised(entry.status_text());
        Tile {
            place: entry.place().clone(),
            port_name: self.port_name(entry.place()),
            face: Face::NotReady,
            progress: None,
            board: Some(entry.title().to_owned()),
            serial: None,
            text: format!("{status}. The Upgrade screen has the steps that help"),
            details: None,
            can_retry: false,
            can_unprotect: false,
        }
    }
}
