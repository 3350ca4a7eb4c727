//! Removing read protection. It counts as removed only when the board came back and can be read.

use super::blocks::BlockReader;
use super::error::JobError;
use super::event::SectorState;
use super::job::Job;
use super::ledger::Protection;
use super::phase::Phase;
use super::verify::look_at_starts;
use crate::dfu::Session;
use crate::memory::Sector;

pub(super) fn unprotect(job: &mut Job<'_>) -> Result<(), JobError> {
    job.start_phase(Phase::Wait, 0);
    let alternate = job.board.first_alternate();
    let map = job.map(alternate)?;
    let sectors: Vec<(u8, Sector)> = map
        .sectors()
        .filter(|sector| sector.access.erase)
        .map(|sector| (alternate, sector))
        .collect();
    job.select(alternate)?;
    let left = job.dfu(None, Session::read_unprotect);
    let reached = !left.as_ref().is_err_and(JobError::is_refusal);
    if reached && job.session.is_uncertain() {
        job.ledger.set_protection(Protection::Unknown);
        for (alternate, sector) in &sectors {
            job.mark(*alternate, sector.index, SectorState::Uncertain);
        }
    }
    if left.as_ref().is_err_and(JobError::is_ignored) {
        let readable = job.despite_cancel(|job| read_one_block(job, &sectors));
        if matches!(readable, Ok(true)) {
            job.ledger.set_protection(Protection::Absent);
        }
    }
    left?;
    job.dfu(None, Session::wait_for_return)?;
    job.forget_target();
    job.despite_cancel(|job| see_removed(job, &sectors))?;
    job.report.board_summary = job.ledger.sentence();
    job.dfu(None, |session| session.check_cancel())
}

/// Reads from a board that came back: read protection refuses that.
fn see_removed(job: &mut Job<'_>, sectors: &[(u8, Sector)]) -> Result<(), JobError> {
    let seen = look_at_starts(job, sectors);
    let protection = match &seen {
        Ok(()) => Protection::Removed,
        Err(error) if error.is_protected() => Protection::Present,
        Err(_) => Protection::Unknown,
    };
    job.ledger.set_protection(protection);
    seen
}

/// Whether a block of the first readable sector was read.
fn read_one_block(job: &mut Job<'_>, sectors: &[(u8, Sector)]) -> Result<bool, JobError> {
    let Some((alternate, sector)) = sectors.iter().find(|(_, sector)| sector.access.read) else {
        return Ok(false);
    };
    job.forget_target();
    job.select(*alternate)?;
    let size = u32::from(job.session.transfer_size());
    let mut reader = BlockReader::new(job, *alternate)?;
    match sector.range.blocks(size).next() {
        Some(block) => reader.read(job, block).map(|_| true),
        None => Ok(false),
    }
}
