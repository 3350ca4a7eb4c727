//! Boards that were lost while a job compared them. Flash that a power cut left half written can be
//! unreadable where it has ECC (STM32H7, L4, L5, G0, G4, WB, U5, H5): the ROM hangs at reading it, and
//! an erase cures it.

use std::collections::HashMap;

use crate::discovery::Found;
use crate::engine::{JobError, Outcome, Phase, Report};
use crate::transport::Place;

/// What is the same when a board comes back to its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    vendor: u16,
    product: u16,
    serial: Option<String>,
}

impl From<&Found> for Identity {
    fn from(found: &Found) -> Self {
        Self {
            vendor: found.record.vendor,
            product: found.record.product,
            serial: found.record.serial.clone(),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct LostComparing(HashMap<Place, Identity>);

impl LostComparing {
    pub(super) fn contains(&self, found: &Found) -> bool {
        self.0.get(found.place()) == Some(&Identity::from(found))
    }

    /// Learns from the end of a job on the board that was at `place`.
    pub(super) fn learn(&mut self, place: &Place, board: Identity, report: &Report) {
        match &report.outcome {
            Outcome::Done => drop(self.0.remove(place)),
            Outcome::Failed(JobError::Dfu {
                phase: Phase::Compare,
                source,
                ..
            }) if source.is_lost_reading() => drop(self.0.insert(place.clone(), board)),
            _ => {}
        }
    }
}
