//! Reads consecutive little-endian fields; a field past the end is refused with its offset.

use crate::firmware::error::{Fault, Refusal};

/// A position in the file's body.
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    offset: u64,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            offset: 0,
        }
    }

    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn take(&mut self, length: usize, part: &'static str) -> Result<&'a [u8], Refusal> {
        let Some((taken, rest)) = self.rest.split_at_checked(length) else {
            return Err(Fault::CutShort {
                part,
                needed: length as u64,
                left: self.left() as u64,
            }
            .at_offset(self.offset));
        };
        self.rest = rest;
        self.offset += length as u64;
        Ok(taken)
    }

    pub(super) fn u8(&mut self, part: &'static str) -> Result<u8, Refusal> {
        let byte = self.take(1, part)?;
        Ok(byte.first().copied().unwrap_or_default())
    }

    pub(super) fn u32(&mut self, part: &'static str) -> Result<u32, Refusal> {
        let bytes = self.take(4, part)?;
        let number = bytes.first_chunk().copied().unwrap_or_default();
        Ok(u32::from_le_bytes(number))
    }

    pub(super) fn signature(
        &mut self,
        wanted: &[u8],
        shown: &str,
        part: &'static str,
    ) -> Result<(), Refusal> {
        let at = self.offset();
        let found = self.take(wanted.len(), part)?;
        if found == wanted {
            return Ok(());
        }
        let found = format!("\"{}\"", found.escape_ascii());
        Err(Fault::unexpected(found, shown).at_offset(at))
    }
}
