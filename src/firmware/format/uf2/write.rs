//! Writes a UF2 file as bootloaders expect it: payloads of 256 bytes, each at a multiple of 256.

use super::block::{END, FAMILY, LENGTH, START};
use crate::address::{AddressRange, push_joined};
use crate::firmware::contents::{EncodeOptions, ImageTarget};
use crate::firmware::error::{EncodeError, FILE_LIMIT};

/// "Payload size of 256 is always correct" (README.md of microsoft/uf2); TinyUF2 takes no other.
const PAYLOAD: u32 = 256;

/// Writes the pages that `target` touches, with `fill` around its data.
///
/// # Errors
/// When the file would be larger than [`FILE_LIMIT`], or there are gaps and nothing to fill them with.
pub(in crate::firmware::format) fn write(
    target: &ImageTarget,
    options: &EncodeOptions,
) -> Result<Vec<u8>, EncodeError> {
    let mut pages: Vec<AddressRange> = Vec::new();
    for range in target.ranges() {
        push_joined(&mut pages, range.aligned_outward(PAYLOAD));
    }
    let mut gaps = pages.iter().flat_map(|page| page.without(&target.ranges()));
    if let (None, Some(gap)) = (options.fill, gaps.next()) {
        return Err(EncodeError::Gap(gap));
    }
    let total: u64 = pages
        .iter()
        .map(|range| range.len() / u64::from(PAYLOAD))
        .sum();
    let length = total * LENGTH as u64;
    if length > FILE_LIMIT {
        return Err(EncodeError::TooLarge);
    }
    let total = u32::try_from(total).map_err(|_| EncodeError::TooLarge)?;
    let mut file = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    let (flags, family) = options.family.map_or((0, 0), |family| (FAMILY, family.0));
    let blocks = pages.iter().flat_map(|range| range.blocks(PAYLOAD));
    for (number, block) in (0u32..).zip(blocks) {
        let header = [
            START[0],
            START[1],
            flags,
            block.start().0,
            PAYLOAD,
            number,
            total,
            family,
        ];
        header
            .iter()
            .for_each(|word| file.extend(word.to_le_bytes()));
        let mut payload = [options.fill.unwrap_or_default(); PAYLOAD as usize];
        target.copy_to(block, &mut payload);
        file.extend(payload);
        file.resize(file.len().next_multiple_of(LENGTH) - 4, 0);
        file.extend(END.to_le_bytes());
    }
    Ok(file)
}
