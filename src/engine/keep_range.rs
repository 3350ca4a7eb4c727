//! Ranges that an upgrade leaves as they are, although the file covers them: settings inside an
//! image, calibration.

use super::error::JobError;
use super::options::UpgradeOptions;
use crate::address::{AddressRange, push_joined};
use crate::firmware::{ImageTarget, Segment};

/// Sorted, touching ones joined.
pub(super) fn sorted(ranges: &[AddressRange]) -> Vec<AddressRange> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let mut joined = Vec::new();
    for range in sorted {
        push_joined(&mut joined, range);
    }
    joined
}

/// The part of a file that is written: all but the ranges to keep, which must be sorted.
pub(super) fn without(part: &ImageTarget, kept: &[AddressRange]) -> ImageTarget {
    if kept.is_empty() {
        return part.clone();
    }
    let rest = |segment: &Segment| {
        let ranges = segment.range().without(kept);
        let pieces = ranges.into_iter();
        let pieces = pieces.filter_map(|range| Segment::new(range.start(), segment.slice(range)?));
        pieces.collect::<Vec<_>>()
    };
    ImageTarget {
        segments: part.segments.iter().flat_map(rest).collect(),
        ..part.clone()
    }
}

/// # Errors
/// When a range is to be kept although everything is erased.
pub(super) fn check(options: &UpgradeOptions) -> Result<(), JobError> {
    match options.keep_ranges.first().filter(|_| options.mass_erase) {
        Some(range) => Err(JobError::KeptErased(*range)),
        None => Ok(()),
    }
}
