//! Writing the sectors that the plan writes.

use super::error::JobError;
use super::event::SectorState;
use super::job::Job;
use super::kept::KeptData;
use super::phase::Phase;
use super::plan::{Plan, TargetPlan};
use crate::address::{AddressRange, push_joined};

pub(super) fn write(job: &mut Job<'_>, plan: &Plan, kept: &KeptData) -> Result<(), JobError> {
    let bytes = plan.totals().write_bytes;
    if bytes == 0 {
        return Ok(());
    }
    job.start_phase(Phase::Write, bytes);
    for target in &plan.targets {
        let runs = runs_to_write(plan, target);
        if runs.is_empty() {
            continue;
        }
        job.select(target.alternate)?;
        let size = u32::from(job.session.transfer_size());
        for block in runs.iter().flat_map(|run| run.blocks(size)) {
            write_block(job, plan, kept, target, block)?;
        }
    }
    Ok(())
}

/// Writes the final contents of `block`, and records it.
pub(super) fn write_block(
    job: &mut Job<'_>,
    plan: &Plan,
    kept: &KeptData,
    target: &TargetPlan,
    block: AddressRange,
) -> Result<(), JobError> {
    let sent = send(job, target, block, &kept.contents(target, block))?;
    record(job, plan, target, block, sent);
    Ok(())
}

/// Runs of addresses to write, touching ones joined over sector borders.
fn runs_to_write(plan: &Plan, target: &TargetPlan) -> Vec<AddressRange> {
    let mut runs = Vec::new();
    let written = target.sectors.iter().filter(|s| s.action.writes());
    for extent in written.flat_map(|sector| plan.extents(sector)) {
        push_joined(&mut runs, extent);
    }
    runs
}

/// Whether a block changed the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    Accepted,
    /// Erased flash already holds these bytes.
    Blank,
}

fn send(
    job: &mut Job<'_>,
    target: &TargetPlan,
    block: AddressRange,
    data: &[u8],
) -> Result<Sent, JobError> {
    if data.iter().all(|byte| *byte == target.erased) {
        return Ok(Sent::Blank);
    }
    let sent = job.dfu(Some(block), |session| session.download(block.start(), data));
    let nothing_written = sent.as_ref().is_err_and(JobError::did_nothing);
    if sent.is_err() && job.session.is_uncertain() && !nothing_written {
        for touched in target.sectors_touching(block) {
            job.mark(
                target.alternate,
                touched.sector.index,
                SectorState::PartlyWritten,
            );
        }
    }
    sent.map(|()| Sent::Accepted)
}

/// Counts a written block, and marks each sector that it touches as partly or completely written.
fn record(job: &mut Job<'_>, plan: &Plan, target: &TargetPlan, block: AddressRange, sent: Sent) {
    let touched = || target.sectors_touching(block);
    let bytes = touched().map(|s| s.covered_bytes_in(block)).sum();
    job.report.bytes_written += bytes;
    for sector in touched() {
        let last = plan.extents(sector).last().copied();
        let state = match last {
            Some(last) if last.end() <= block.end() => SectorState::Written,
            _ if sent == Sent::Blank => continue,
            _ => SectorState::PartlyWritten,
        };
        job.mark(target.alternate, sector.sector.index, state);
    }
    job.advance_writing(target.alternate, block, bytes);
}
