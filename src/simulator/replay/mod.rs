//! Boards that answer as a record says: how a real board comes to the tests.
//!
//! A replayed board knows no protocol. It compares each request with the next one of the record and
//! gives the recorded answer; the first difference ends it. Its time is that of the record, and passes
//! at once.

mod departure;
mod matching;
mod player;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::transport::recording::Recording;
use crate::transport::{Bus, Changes, DeviceRecord, Opened, Place, UsbError, UsbErrorKind};

pub use departure::Departure;
pub use matching::Matching;
use player::{Player, ReplayTransport};

type Shared = Arc<Mutex<Player>>;

/// A bus with the boards of a record, at `sim-r1`, `sim-r2`, … Clones share them, so that one can be in
/// the worker while another is asked for the result.
#[derive(Clone, Debug)]
pub struct Replay {
    players: Vec<Shared>,
}

/// What a replay came to, if it did not depart from the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Transfers that were answered.
    pub transfers: u64,
    /// Blocks of which the record has only the hash, and that were answered with made-up bytes.
    pub made_up: u64,
}

impl Replay {
    pub fn new(recording: Recording, matching: Matching) -> Self {
        let boards = (1u32..).zip(recording.boards);
        let players = boards.map(|(number, (_, entries))| {
            let place = Place(format!("sim-r{number}"));
            Arc::new(Mutex::new(Player::new(place, entries, matching)))
        });
        Self {
            players: players.collect(),
        }
    }

    /// # Errors
    /// The first departure of any board from the record. A job that ended before its record did is one,
    /// too; boards that no job opened are none.
    pub fn result(&self) -> Result<Replayed, Departure> {
        let mut all = Replayed::default();
        for player in &self.players {
            let one = lock(player).result()?;
            all.transfers += one.transfers;
            all.made_up += one.made_up;
        }
        Ok(all)
    }
}

fn lock(player: &Shared) -> MutexGuard<'_, Player> {
    player.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bus for Replay {
    fn scan(&mut self) -> Result<Vec<DeviceRecord>, UsbError> {
        Ok(self
            .players
            .iter()
            .filter_map(|player| lock(player).scan())
            .collect())
    }

    fn watch(&mut self, changes: Changes) {
        for player in &self.players {
            lock(player).watch(changes.clone());
        }
    }

    fn open(&mut self, place: &Place, interface: u8) -> Result<(Opened, DeviceRecord), UsbError> {
        let mut players = self.players.iter();
        let player = players
            .find(|player| lock(player).place() == place)
            .ok_or_else(|| UsbError::new(UsbErrorKind::Gone, "no replayed board there"))?;
        let (clock, record) = lock(player).open(interface)?;
        let opened = Opened {
            transport: Box::new(ReplayTransport::new(Arc::clone(player), interface)),
            clock,
        };
        Ok((opened, record))
    }
}
