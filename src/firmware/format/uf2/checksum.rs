//! The MD5 of a region of memory, which a block may state.

use md5::{Digest, Md5};

use super::block::Block;
use crate::address::{Address, AddressRange, ByteSize};
use crate::firmware::contents::ImageTarget;
use crate::firmware::error::{Fault, Refusal};

/// The region with this MD5 once the file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RegionMd5 {
    offset: u64,
    range: AddressRange,
    md5: [u8; 16],
}

impl RegionMd5 {
    /// `None` if the block states none, or of a region that is empty or no region.
    pub(super) fn of(block: &Block<'_>) -> Option<Self> {
        let (start, rest) = block.md5?.split_first_chunk::<4>()?;
        let (length, md5) = rest.split_first_chunk::<4>()?;
        let start = Address(u32::from_le_bytes(*start));
        let range = AddressRange::new(start, u64::from(u32::from_le_bytes(*length)))?;
        Some(Self {
            offset: block.offset,
            range,
            md5: *md5.first_chunk()?,
        })
        .filter(|region| !region.range.is_empty())
    }

    fn check(&self, target: &ImageTarget) -> Result<(), Refusal> {
        let mut bytes = vec![0; self.range.len_usize()];
        target.copy_to(self.range, &mut bytes);
        match <[u8; 16]>::from(Md5::digest(&bytes)) == self.md5 {
            true => Ok(()),
            false => Err(Fault::Md5 { range: self.range }.at_offset(self.offset)),
        }
    }
}

/// Regions follow each other, so more bytes than the file holds a few times are a trick to keep us
/// busy.
const MOST_TIMES: u64 = 4;

/// Checks each region that the file holds completely; returns a note if some were left unchecked.
///
/// # Errors
/// When the bytes of a region give another MD5.
pub(super) fn check_all(
    regions: &[RegionMd5],
    target: &ImageTarget,
) -> Result<Option<String>, Refusal> {
    let ranges = target.ranges();
    let is_covered = |region: &&RegionMd5| {
        let after = ranges.partition_point(|range| range.start() <= region.range.start());
        let before = after.checked_sub(1).and_then(|at| ranges.get(at));
        before.is_some_and(|range| range.contains_range(region.range))
    };
    let mut left = target.bytes().saturating_mul(MOST_TIMES);
    let mut last = None;
    for region in regions.iter().filter(is_covered) {
        // The blocks of a region all state the same.
        if last.replace((region.range, region.md5)) == Some((region.range, region.md5)) {
            continue;
        }
        let Some(rest) = left.checked_sub(region.range.len()) else {
            let checked = ByteSize(target.bytes().saturating_mul(MOST_TIMES) - left);
            return Ok(Some(format!(
                "The file states more checksums than it has data: only those of {checked} are checked"
            )));
        };
        left = rest;
        region.check(target)?;
    }
    Ok(None)
}
