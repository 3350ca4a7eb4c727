//! Write protection behind a failed erase or write: the ROM reports success for it (AN2662), so that only
//! the option bytes name it.

use super::read::read_regions;
use crate::address::{AddressRange, push_joined};
use crate::engine::error::JobError;
use crate::engine::job::Job;
use crate::option_bytes::{WriteProtection, decode, units_in_words};

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
        Ok(Some(protected)) => protected,
        Ok(None) | Err(_) => error,
    }
}

/// What is write-protected of `touched`, as an error; `None` if nothing is.
fn protected(job: &mut Job<'_>, touched: &[AddressRange]) -> Result<Option<JobError>, JobError> {
    let target = super::require_target(job)?;
    let Some(part) = &target.part else {
        return Ok(None);
    };
    job.select(target.alternate)?;
    let blocks = read_regions(job, target)?;
    let decoded = decode(part, &blocks);
    let (WriteProtection::Units(mut units), true) =
        (decoded.write_protection, decoded.faults.is_empty())
    else {
        return Ok(None);
    };
    units.retain(|unit| touched.iter().any(|t| t.overlaps(unit.range)));
    if units.is_empty() {
        return Ok(None);
    }
    let mut protected: Vec<AddressRange> = units.iter().map(|unit| unit.range).collect();
    protected.sort_by_key(|range| range.start());
    let mut ranges = Vec::new();
    for range in protected {
        push_joined(&mut ranges, range);
    }
    Ok(Some(JobError::WriteProtected {
        units: units_in_words(part, &WriteProtection::Units(units)),
        ranges,
    }))
}
