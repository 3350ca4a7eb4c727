//! Write protection behind a failed erase or write: the ROM reports success for it (AN2662), so that only
//! the option bytes name it.

use super::read::read_regions;
use crate::address::{AddressRange, push_joined};
use crate::engine::error::JobError;
use crate::engine::job::Job;
use crate::option_bytes::{WriteProtection, decode};

/// `error` of an erase or write of `touched`, or the write protection that caused it. Nothing of the
/// board's answer to this is reported: the error stays what it is then.
pub(in crate::engine) fn name_protected(
    job: &mut Job<'_>,
    touched: &[AddressRange],
    error: JobError,
) -> JobError {
    if !error.is_mismatch() {
        return error;
    }
    match protected(job, touched) {
        Ok(ranges) if !ranges.is_empty() => JobError::WriteProtected { ranges },
        _ => error,
    }
}

/// What is write-protected of `touched`.
fn protected(job: &mut Job<'_>, touched: &[AddressRange]) -> Result<Vec<AddressRange>, JobError> {
    let target = super::require_target(job)?;
    let Some(part) = &target.part else {
        return Ok(Vec::new());
    };
    job.select(target.alternate)?;
    let blocks = read_regions(job, target)?;
    let decoded = decode(part, &blocks);
    let mut ranges = Vec::new();
    if let (WriteProtection::Units(units), true) =
        (decoded.write_protection, decoded.faults.is_empty())
    {
        let is_touched = |range: &AddressRange| touched.iter().any(|t| t.overlaps(*range));
        let mut protected: Vec<_> = units.iter().map(|unit| unit.range).collect();
        protected.retain(is_touched);
        protected.sort_by_key(|range| range.start());
        for range in protected {
            push_joined(&mut ranges, range);
        }
    }
    Ok(ranges)
}
