//! What choosing needs to know of a device on the bus.

use super::choose::{Candidate, Fitness, Wanted};
use super::list;
use crate::discovery::{Found, Kind, Readiness};
use crate::transport::Place;

pub(super) fn of(found: &Found, wanted: Wanted) -> Candidate {
    Candidate {
        place: Place(found.id.clone()),
        serial: found.record.serial.clone(),
        name: found.label.clone(),
        fitness: fitness(found, wanted),
        advice: list::advice(found),
    }
}

fn fitness(found: &Found, wanted: Wanted) -> Fitness {
    let (relevant, ready) = match wanted {
        Wanted::DfuMode => (found.is_bootloader(), found.readiness == Readiness::Ready),
        Wanted::RunTime => (found.kind == Kind::RunTime, found.can_detach()),
    };
    match (relevant, ready) {
        (false, _) => Fitness::Other,
        (true, true) => Fitness::Ready,
        (true, false) => Fitness::Blocked,
    }
}
