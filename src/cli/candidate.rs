//! What choosing needs to know of a device on the bus.

use super::choose::{Candidate, Fitness, Wanted};
use super::commands::list;
use crate::discovery::{Found, Kind, Readiness};
use crate::transport::Place;

pub(super) fn of(found: &Found, wanted: Wanted) -> Candidate {
    Candidate {
        place: Place(found.id.clone()),
        serial: found.record.serial.clone(),
        name: found.label.clone(),
        fitness: fitness(found, wanted),
        trouble: found.diagnosis.as_ref().map(|d| d.what.clone()),
        advice: list::advice(found),
    }
}

fn fitness(found: &Found, wanted: Wanted) -> Fitness {
    let ready = match (wanted, found.kind) {
        (Wanted::DfuMode, Kind::DfuSe) => found.readiness == Readiness::Ready,
        (Wanted::DfuMode, Kind::PlainDfu | Kind::Partitions) => return Fitness::Unsuitable,
        (Wanted::RunTime, Kind::RunTime) => found.can_detach(),
        _ => return Fitness::Other,
    };
    if ready {
        Fitness::Ready
    } else {
        Fitness::Blocked
    }
}
