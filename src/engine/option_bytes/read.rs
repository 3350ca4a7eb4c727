//! Reading option bytes.

use super::require_target;
use crate::address::AddressRange;
use crate::discovery::OptionTarget;
use crate::engine::error::JobError;
use crate::engine::job::Job;
use crate::engine::options::SaveTo;
use crate::engine::phase::Phase;
use crate::engine::read::Destination;
use crate::firmware::{ImageTarget, Segment};
use crate::option_bytes::Block;

/// Reads the option bytes into the report, and saves them if `save` is given.
pub(in crate::engine) fn read(job: &mut Job<'_>, save: Option<&SaveTo>) -> Result<(), JobError> {
    let target = require_target(job)?;
    job.require_upload()?;
    let destination = save.map(|to| destination(to, target)).transpose()?;
    job.start_phase(Phase::Connect, 0);
    job.select(target.alternate)?;
    let blocks = read_all(job, target)?;
    if let Some(destination) = destination {
        destination.save(&[image_target(job, target, &blocks)])?;
    }
    job.report.option_bytes = blocks;
    Ok(())
}

pub(super) fn destination<'a>(
    to: &'a SaveTo,
    target: &OptionTarget,
) -> Result<Destination<'a>, JobError> {
    let destination = Destination::new(to)?;
    destination.check_gaps(&target.regions)?;
    Ok(destination)
}

/// The blocks as a target of a firmware file.
pub(super) fn image_target(job: &Job<'_>, target: &OptionTarget, blocks: &[Block]) -> ImageTarget {
    let named = job.board.targets.iter();
    let mut named = named.filter(|other| other.alternate == target.alternate);
    ImageTarget {
        alternate: target.alternate,
        name: named.next().map(|target| target.name.clone()),
        segments: blocks
            .iter()
            .filter_map(|block| Segment::new(block.start, block.bytes.clone()))
            .collect(),
    }
}

/// Reads every region, in the selected target.
pub(super) fn read_all(job: &mut Job<'_>, target: &OptionTarget) -> Result<Vec<Block>, JobError> {
    let announced = target.regions.iter().map(|region| region.len()).sum();
    job.start_phase(Phase::Read, announced);
    let blocks = read_regions(job, target)?;
    job.report.bytes_read += blocks.iter().map(|b| b.bytes.len() as u64).sum::<u64>();
    job.advance(announced);
    Ok(blocks)
}

/// Reads every region, in the selected target, whatever the job's phase is.
pub(super) fn read_regions(
    job: &mut Job<'_>,
    target: &OptionTarget,
) -> Result<Vec<Block>, JobError> {
    let regions = target.regions.iter();
    regions.map(|region| read_region(job, *region)).collect()
}

/// Reads a region in one request, as long as the board delivers. Twice: a cut answer would look like
/// a board with fewer option bytes, and the rest would be lost with the next write.
pub(super) fn read_region(job: &mut Job<'_>, region: AddressRange) -> Result<Block, JobError> {
    let first = read_once(job, region)?;
    let second = read_once(job, region)?;
    if first != second {
        return Err(JobError::OptionBytesUnstable(region));
    }
    Ok(first)
}

fn read_once(job: &mut Job<'_>, region: AddressRange) -> Result<Block, JobError> {
    let length = region.len_usize().min(job.session.transfer_size().into());
    let mut bytes = vec![0; length];
    let start = region.start();
    let buffer = &mut bytes;
    let delivered = job.dfu(Some(region), |session| {
        session.upload_available(start, buffer)
    })?;
    bytes.truncate(delivered);
    Ok(Block { start, bytes })
}
