//! The 16 bytes that end every DFU file (DFU 1.1, appendix B).

use crate::firmware::contents::MadeFor;
use crate::firmware::error::{Fault, Refusal};

/// Length of the suffix in bytes.
pub(super) const LENGTH: usize = 16;
/// bcdDFU of ST's files.
pub(super) const DFUSE_VERSION: u16 = 0x011A;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Suffix {
    pub(super) made_for: MadeFor,
    /// bcdDFU
    pub(super) dfu_version: u16,
    /// bLength: suffixes longer than 16 bytes are allowed.
    pub(super) length: u8,
    pub(super) crc: u32,
}

/// Finds the suffix of `file`; one longer than the file does not count. Does not check the CRC.
pub(super) fn find(file: &[u8]) -> Option<Suffix> {
    let [
        ..,
        device_low,
        device_high,
        product_low,
        product_high,
        vendor_low,
        vendor_high,
        dfu_low,
        dfu_high,
        b'U',
        b'F',
        b'D',
        length,
        crc0,
        crc1,
        crc2,
        crc3,
    ] = file
    else {
        return None;
    };
    (usize::from(*length) >= LENGTH && usize::from(*length) <= file.len()).then_some(Suffix {
        made_for: MadeFor {
            vendor: u16::from_le_bytes([*vendor_low, *vendor_high]),
            product: u16::from_le_bytes([*product_low, *product_high]),
            version: u16::from_le_bytes([*device_low, *device_high]),
        },
        dfu_version: u16::from_le_bytes([*dfu_low, *dfu_high]),
        length: *length,
        crc: u32::from_le_bytes([*crc0, *crc1, *crc2, *crc3]),
    })
}

/// The CRC that should end `file`: CRC-32 without its final complement, over all but the last
/// four bytes (UM0391, DFU 1.1 appendix B).
pub(super) fn crc_of(file: &[u8]) -> u32 {
    let covered = file.split_last_chunk::<4>();
    !crc32fast::hash(covered.map_or(&[], |(covered, _)| covered))
}

/// Finds the suffix and checks its CRC; returns the body and the suffix.
///
/// # Errors
/// When there is no suffix, or when the CRC is wrong.
pub(super) fn split(file: &[u8]) -> Result<(&[u8], Suffix), Refusal> {
    let suffix = find(file).ok_or_else(|| {
        let at = file.len().saturating_sub(LENGTH) as u64;
        Fault::NoSuffix.at_offset(at)
    })?;
    let (stated, computed) = (suffix.crc, crc_of(file));
    if stated != computed {
        return Err(Fault::Crc { stated, computed }.at_offset(file.len() as u64 - 4));
    }
    let body = file.len() - usize::from(suffix.length);
    Ok((file.get(..body).unwrap_or(&[]), suffix))
}

/// Appends the suffix to `body`.
pub(super) fn append(body: &mut Vec<u8>, made_for: MadeFor, dfu_version: u16) {
    body.extend(made_for.version.to_le_bytes());
    body.extend(made_for.product.to_le_bytes());
    body.extend(made_for.vendor.to_le_bytes());
    body.extend(dfu_version.to_le_bytes());
    body.extend(b"UFD");
    body.push(16);
    let crc = !crc32fast::hash(body);
    body.extend(crc.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_with_an_invalid_length_is_ignored() {
        let mut file = Vec::new();
        append(&mut file, MadeFor::ST_BOOTLOADER, 0x0100);
        file[11] = 15;
        assert_eq!(find(&file), None);
        file[11] = 17;
        assert_eq!(find(&file), None);
    }
}
