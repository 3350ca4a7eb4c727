//! Preserved bytes of partly covered sectors: read before the erase, and written back around the
//! image, also by a job that ends early.

use std::collections::BTreeMap;
use std::fmt;

use super::blocks::read_range;
use super::erase::erase_sector;
use super::error::JobError;
use super::event::{JobEvent, SectorState};
use super::job::Job;
use super::ledger::count_sectors;
use super::phase::Phase;
use super::plan::{Plan, SectorPlan, TargetPlan};
use super::write::write_block;
use crate::address::{AddressRange, ByteSize, push_joined};
use crate::firmware::{ImageTarget, Segment};

/// The old contents of the sectors for which [`Plan::keeps`] is true, by alternate setting.
#[derive(Debug, Default)]
pub(super) struct KeptData(BTreeMap<u8, ImageTarget>);

impl KeptData {
    /// Reads each sector that will be erased and that the image covers only partly.
    pub(super) fn read(job: &mut Job<'_>, plan: &Plan) -> Result<Self, JobError> {
        let mut kept = Self::default();
        for target in &plan.targets {
            let mut segments = Vec::new();
            for sector in target.sectors.iter().filter(|s| plan.keeps(s)) {
                job.require_upload()?;
                job.select(target.alternate)?;
                let range = sector.sector.range;
                let bytes = read_range(job, target.alternate, range)?;
                segments.extend(Segment::new(range.start(), bytes));
            }
            if !segments.is_empty() {
                let old = ImageTarget {
                    alternate: target.alternate,
                    name: None,
                    segments,
                };
                kept.0.insert(target.alternate, old);
            }
        }
        Ok(kept)
    }

    /// The final contents of `block`: the image's bytes over the kept ones over the erased value.
    pub(super) fn contents(&self, target: &TargetPlan, block: AddressRange) -> Vec<u8> {
        let mut data = vec![target.erased; block.len_usize()];
        if let Some(old) = self.0.get(&target.alternate) {
            old.copy_to(block, &mut data);
        }
        target.part.copy_to(block, &mut data);
        data
    }

    /// Completes the sectors that a job which ends early erased and did not write completely, so
    /// that their kept bytes are not lost. Stops at an error that is no answer of the board.
    pub(super) fn write_back(&self, job: &mut Job<'_>, plan: &Plan) -> Result<(), JobError> {
        // After a failed operation it is unknown where the writing ended.
        let may_continue = !job.session.is_uncertain();
        let open: Vec<(&TargetPlan, &SectorPlan)> = kept_sectors(plan)
            .filter(|(target, sector)| needs_writing(job.ledger.state(target.alternate, sector)))
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        let count = count_sectors(open.len(), "is", "are");
        job.emit(JobEvent::Note(format!(
            "Before the end: the rest of {count} written back"
        )));
        let bytes = open.iter().map(|(_, s)| s.covered_bytes()).sum();
        job.enter_phase(Phase::Write, bytes);
        let mut refused = Ok(());
        for (target, sector) in open {
            match self.complete(job, plan, target, sector, may_continue) {
                Err(error) if error.is_refusal() || error.is_mismatch() => refused = Err(error),
                other => other?,
            }
        }
        refused
    }

    /// Erases a sector again unless its contents are known, and writes what is not written yet.
    fn complete(
        &self,
        job: &mut Job<'_>,
        plan: &Plan,
        target: &TargetPlan,
        sector: &SectorPlan,
        may_continue: bool,
    ) -> Result<(), JobError> {
        job.select(target.alternate)?;
        let whole = sector.sector.range;
        let rest = match job.ledger.state(target.alternate, sector) {
            Some(state) if state.is_erased() => Some(whole),
            Some(SectorState::PartlyWritten) if may_continue => {
                job.not_written(target.alternate, whole)
            }
            _ => None,
        };
        if rest.is_none() {
            erase_sector(job, target.alternate, sector.sector)?;
        }
        let size = u32::from(job.session.transfer_size());
        for block in rest.unwrap_or(whole).blocks(size) {
            write_block(job, plan, self, target, block)?;
        }
        Ok(())
    }

    /// The kept bytes that are not on the board any more; blank ones are no loss.
    pub(super) fn lost(&self, job: &Job<'_>, plan: &Plan) -> Option<LostBytes> {
        let mut lost = LostBytes {
            ranges: Vec::new(),
            is_certain: true,
        };
        for (target, sector) in kept_sectors(plan) {
            let state = job.ledger.state(target.alternate, sector);
            if !needs_writing(state) && state != Some(SectorState::Mismatch) {
                continue;
            }
            for gap in sector.sector.range.without(&sector.covered) {
                let old = self.contents(target, gap);
                if old.iter().any(|byte| *byte != target.erased) {
                    push_joined(&mut lost.ranges, gap);
                    lost.is_certain &= state.is_some_and(SectorState::is_erased);
                }
            }
        }
        (!lost.ranges.is_empty()).then_some(lost)
    }
}

fn kept_sectors(plan: &Plan) -> impl Iterator<Item = (&TargetPlan, &SectorPlan)> {
    let all = plan.targets.iter();
    all.flat_map(|target| target.sectors.iter().map(move |sector| (target, sector)))
        .filter(|(_, sector)| plan.keeps(sector))
}

/// It may be erased, and not all of it is written since.
fn needs_writing(state: Option<SectorState>) -> bool {
    use SectorState as S;
    let open = [S::PartlyWritten, S::Uncertain, S::NotErased];
    state.is_some_and(|state| state.is_erased() || open.contains(&state))
}

/// Bytes outside the image that were to be kept and could not be written back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostBytes {
    pub ranges: Vec<AddressRange>,
    /// All of them are erased; otherwise some may be on the board.
    pub is_certain: bool,
}

impl LostBytes {
    /// In bytes.
    pub fn total(&self) -> u64 {
        self.ranges.iter().map(|range| range.len()).sum()
    }
}

/// A sentence without its full stop.
impl fmt::Display for LostBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.is_certain { "is" } else { "may be" };
        let ranges: Vec<String> = self.ranges.iter().map(ToString::to_string).collect();
        write!(
            f,
            "Data that was to be kept {verb} lost: {} at {}",
            ByteSize(self.total()),
            ranges.join(", ")
        )
    }
}
