//! Comparing: reads only as much of each sector as is needed to decide whether it must be written.
//! A sector that differs in its first block costs one transfer; one that matches is read
//! completely.

use super::blocks::BlockReader;
use super::error::JobError;
use super::event::SectorState;
use super::job::Job;
use super::phase::Phase;
use super::plan::{Action, Plan, SectorPlan, TargetPlan};
use crate::address::AddressRange;
use crate::firmware::ImageTarget;

/// Bytes of one packet on endpoint 0.
const PEEK: usize = 64;

/// What the blocks of a target are compared with.
#[derive(Clone, Copy)]
struct Contents<'a> {
    part: &'a ImageTarget,
    erased: u8,
}

impl Contents<'_> {
    fn is_blank(self, found: &[u8]) -> bool {
        found.iter().all(|byte| *byte == self.erased)
    }
}

/// Decides every undecided sector of the plan.
pub(super) fn compare(job: &mut Job<'_>, plan: &mut Plan) -> Result<(), JobError> {
    job.start_phase(Phase::Compare, plan.totals().undecided_bytes);
    for target in &mut plan.targets {
        let compared = compare_target(job, target);
        if job.if_readable(compared)?.is_none() {
            compare_target(job, target)?;
        }
    }
    plan.options.verify &= job.is_readable();
    Ok(())
}

fn compare_target(job: &mut Job<'_>, target: &mut TargetPlan) -> Result<(), JobError> {
    let contents = Contents {
        part: &target.part,
        erased: target.erased,
    };
    job.select(target.alternate)?;
    let mut reader = BlockReader::new(job, target.alternate)?;
    let mut previous = Action::Undecided;
    for sector in &mut target.sectors {
        if sector.action != Action::Undecided {
            mark(job, target.alternate, sector);
            continue;
        }
        let unreadable = !job.is_readable() || !sector.sector.access.read;
        let streak = previous == Action::EraseAndWrite;
        sector.action = if unreadable || (streak && start_differs(job, contents, sector)?) {
            Action::EraseAndWrite
        } else {
            compare_sector(job, &mut reader, contents, sector)?
        };
        if sector.is_written_from_its_start() {
            job.ledger
                .add_blank_start(target.alternate, sector.sector.index);
        }
        previous = sector.action;
        if sector.action == Action::EraseAndWrite && !sector.sector.access.erase {
            return Err(JobError::NotAllowed {
                sector: sector.sector.range,
                what: "erased",
            });
        }
        mark(job, target.alternate, sector);
        job.advance(sector.covered_bytes());
    }
    Ok(())
}

fn mark(job: &mut Job<'_>, alternate: u8, sector: &SectorPlan) {
    let state = match sector.action {
        Action::Leave => SectorState::Matches,
        _ => SectorState::Differs,
    };
    job.mark(alternate, sector.sector.index, state);
    if sector.action == Action::Leave {
        let bytes = sector.covered_bytes();
        job.report.bytes_matched += bytes;
        job.report.bytes_verified += bytes;
    }
}

/// Compares only the first bytes. Worth its transfer if the sector before differed: the rest of the
/// file then usually differs too, and on parts with pages as small as a block a whole upload for
/// each would take as long as verifying.
fn start_differs(
    job: &mut Job<'_>,
    contents: Contents<'_>,
    plan: &SectorPlan,
) -> Result<bool, JobError> {
    let start = plan.sector.range.start();
    let covered = |range: &AddressRange| {
        let first = plan.covered.first();
        first.is_some_and(|covered| covered.contains_range(*range))
    };
    let Some(range) = AddressRange::new(start, PEEK as u64).filter(covered) else {
        return Ok(false);
    };
    let mut found = [0u8; PEEK];
    let valid = job.dfu(Some(range), |session| session.peek(start, &mut found))?;
    let mut wanted = [0u8; PEEK];
    contents.part.copy_to(range, &mut wanted);
    Ok(valid && found != wanted && !contents.is_blank(&found))
}

/// Stops at the first block that is neither equal to the image nor blank.
fn compare_sector(
    job: &mut Job<'_>,
    reader: &mut BlockReader<'_>,
    contents: Contents<'_>,
    plan: &SectorPlan,
) -> Result<Action, JobError> {
    let (mut matches, mut blank) = (true, true);
    for extent in plan.extents() {
        for block in reader.blocks(extent) {
            let found = reader.read(job, block)?;
            blank = blank && contents.is_blank(found);
            matches = matches && matches_image(found, block, contents.part);
            if !matches && !blank {
                return Ok(Action::EraseAndWrite);
            }
        }
    }
    Ok(if matches {
        Action::Leave
    } else {
        Action::Write
    })
}

/// Whether a block that holds `found` matches the image; bytes outside the image always match.
fn matches_image(found: &[u8], block: AddressRange, part: &ImageTarget) -> bool {
    let mut wanted = found.to_vec();
    part.copy_to(block, &mut wanted);
    wanted == found
}
