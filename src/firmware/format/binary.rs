//! Raw binaries: bytes without addresses.

use crate::address::{Address, AddressRange};
use crate::firmware::contents::{ImageTarget, Parsed, Segment};
use crate::firmware::error::{EncodeError, FILE_LIMIT, Fault, Refusal};

/// Reads all bytes as data at `address`.
///
/// # Errors
/// When there are none, or when they run past the address space.
pub(super) fn parse(bytes: &[u8], address: Address) -> Result<Parsed, Refusal> {
    if bytes.is_empty() {
        return Err(Fault::NoData.of_file());
    }
    let segment = Segment::new(address, bytes).ok_or_else(|| {
        let length = bytes.len() as u64;
        Fault::PastAddressSpace { address, length }.of_file()
    })?;
    Ok(Parsed::from_segments(vec![segment]))
}

/// Writes the range from the first byte to the last, with `fill` in the gaps.
///
/// # Errors
/// When the range is larger than [`FILE_LIMIT`], or there are gaps and nothing to fill them with.
pub(super) fn write(target: &ImageTarget, fill: Option<u8>) -> Result<Vec<u8>, EncodeError> {
    let (Some(first), Some(last)) = (target.segments.first(), target.segments.last()) else {
        return Err(EncodeError::NoData);
    };
    let range = AddressRange::between(first.range().start(), last.range().end())
        .ok_or(EncodeError::NoData)?;
    if range.len() > FILE_LIMIT {
        return Err(EncodeError::Span { range });
    }
    if let (None, Some(gap)) = (fill, target.gaps().first()) {
        return Err(EncodeError::Gap(*gap));
    }
    let mut bytes = vec![fill.unwrap_or_default(); range.len_usize()];
    target.copy_to(range, &mut bytes);
    Ok(bytes)
}
