//! One block of a UF2 file.

use crate::address::Address;
use crate::firmware::error::{Fault, Refusal};
use crate::firmware::family::Family;

/// Length of a block in bytes.
pub(super) const LENGTH: usize = 512;
pub(super) const START: [u32; 2] = [0x0A32_4655, 0x9E5D_5157];
pub(super) const END: u32 = 0x0AB1_6F30;
/// Length of the area for payload and tags.
pub(super) const AREA: usize = 476;

pub(super) const NOT_MAIN_FLASH: u32 = 1;
pub(super) const FILE_CONTAINER: u32 = 0x1000;
pub(super) const FAMILY: u32 = 0x2000;
pub(super) const MD5: u32 = 0x4000;
pub(super) const TAGS: u32 = 0x8000;

/// Start, length and MD5 of a region, at the end of the area.
const MD5_LENGTH: usize = 24;

/// Whether `bytes` begin like a block.
pub(in crate::firmware::format) fn is_uf2(bytes: &[u8]) -> bool {
    let (words, _) = bytes.as_chunks::<4>();
    words.len() >= 2
        && words
            .iter()
            .zip(START)
            .all(|(word, magic)| u32::from_le_bytes(*word) == magic)
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    /// Of the block in the file.
    pub(super) offset: u64,
    flags: u32,
    pub(super) address: Address,
    pub(super) payload: &'a [u8],
    pub(super) number: u32,
    /// The number of blocks that this one is part of.
    pub(super) total: u32,
    family_or_size: u32,
    /// What follows the payload in the area, without the MD5.
    pub(super) rest: &'a [u8],
    pub(super) md5: Option<&'a [u8; MD5_LENGTH]>,
}

impl<'a> Block<'a> {
    /// # Errors
    /// When a magic number is wrong, or the payload is longer than its area.
    pub(super) fn parse(bytes: &'a [u8; LENGTH], offset: u64) -> Result<Self, Refusal> {
        let (words, _) = bytes.as_chunks::<4>();
        let word = |at: usize| words.get(at).map_or(0, |word| u32::from_le_bytes(*word));
        let area = bytes.get(32..32 + AREA).unwrap_or_default();
        for (at, magic) in [(0, START[0]), (1, START[1]), (127, END)] {
            let found = word(at);
            if found != magic {
                let expected = format!("0x{magic:08X}, which every UF2 block has there");
                let fault = Fault::unexpected(format!("0x{found:08X}"), expected);
                return Err(fault.at_offset(offset + 4 * at as u64));
            }
        }
        let flags = word(2);
        let (area, md5) = match area.split_last_chunk() {
            Some((area, md5)) if flags & MD5 != 0 => (area, Some(md5)),
            _ => (area, None),
        };
        let length = usize::try_from(word(4)).unwrap_or(usize::MAX);
        let Some((payload, rest)) = area.split_at_checked(length) else {
            let found = format!("a payload of {length} bytes");
            let fault = Fault::unexpected(found, format!("up to {}", area.len()));
            return Err(fault.at_offset(offset + 16));
        };
        Ok(Self {
            offset,
            flags,
            address: Address(word(3)),
            payload,
            number: word(5),
            total: word(6),
            family_or_size: word(7),
            rest,
            md5,
        })
    }

    /// It belongs to a file for a file system, not to flash. The flag for blocks outside the main
    /// flash counts for nothing then.
    pub(super) fn is_of_file(&self) -> bool {
        self.flags & FILE_CONTAINER != 0
    }

    /// A comment, or data for another memory.
    pub(super) fn is_outside_flash(&self) -> bool {
        self.flags & NOT_MAIN_FLASH != 0 && !self.is_of_file()
    }

    pub(super) fn has_tags(&self) -> bool {
        self.flags & TAGS != 0
    }

    pub(super) fn family(&self) -> Option<Family> {
        let is_family = self.flags & FAMILY != 0 && !self.is_of_file();
        is_family.then_some(Family(self.family_or_size))
    }
}
