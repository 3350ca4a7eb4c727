//! The tasks after which the board leaves the bus: starting its program, entering DFU mode from it,
//! and removing read protection.

use super::error::JobError;
use super::event::SectorState;
use super::job::Job;
use super::phase::Phase;
use crate::address::Address;
use crate::dfu::Session;
use crate::memory::MemoryMap;

/// Starts the program at `at`, or at the start of the board's memory.
pub(super) fn start_program(job: &mut Job<'_>, at: Option<Address>) -> Result<(), JobError> {
    let mut maps = job.board.targets.iter().filter_map(|t| t.map.as_ref().ok());
    let memory_start = maps.next().and_then(MemoryMap::start);
    let at = at.or(memory_start).unwrap_or(Address::FLASH);
    if let Some(first) = job.board.targets.first() {
        job.select(first.alternate)?;
    }
    start(job, at)?;
    job.report.board_summary = format!("The program at {at} was started");
    Ok(())
}

/// Leaves DFU mode and starts the program at `at`.
pub(super) fn start(job: &mut Job<'_>, at: Address) -> Result<(), JobError> {
    job.start_phase(Phase::Start, 0);
    job.dfu(None, |session| session.leave(Some(at)))?;
    job.report.started = true;
    Ok(())
}

pub(super) fn detach(job: &mut Job<'_>) -> Result<(), JobError> {
    job.start_phase(Phase::Wait, 0);
    let functional = job.board.functional;
    job.dfu(None, |session| {
        session.detach(functional.detach_timeout, functional.will_detach())
    })?;
    job.report.board_summary = "The board was asked to enter DFU mode".to_owned();
    Ok(())
}

pub(super) fn unprotect(job: &mut Job<'_>) -> Result<(), JobError> {
    job.start_phase(Phase::Wait, 0);
    job.select(job.board.first_alternate())?;
    let unprotected = job.dfu(None, Session::read_unprotect);
    if unprotected.as_ref().is_err_and(|error| !error.is_refusal()) {
        let alternate = job.board.first_alternate();
        for sector in job.map(alternate)?.sectors().filter(|s| s.access.erase) {
            job.mark(alternate, sector.index, SectorState::Uncertain);
        }
    }
    unprotected?;
    job.report.board_summary =
        "Read protection was removed and everything erased; the board resets itself".to_owned();
    Ok(())
}
