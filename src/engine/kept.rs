//! Preserved bytes of partly covered sectors: read before the erase, and written back around the
//! image.

use std::collections::BTreeMap;

use super::blocks::read_range;
use super::error::JobError;
use super::job::Job;
use super::plan::{Plan, TargetPlan};
use crate::address::AddressRange;
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
                job.ledger.mark_kept(target.alternate, sector.sector.index);
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
}
