//! The tasks after which the board leaves the bus: starting its program, and entering DFU mode from
//! it.

use super::error::JobError;
use super::job::Job;
use super::phase::Phase;
use crate::address::Address;
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
