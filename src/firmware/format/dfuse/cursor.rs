//! Reads little-endian fields one after the other; what does not fit is refused with its offset.

use crate::firmware::error::{Fault, Refusal};

/// A place in the file's body.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    pub(super) fn offset(&self) -> u64 {
        self.at as u64
    }

    pub(super) fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], Refusal> {
        let end = self.at.checked_add(length);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| {
            Fault::CutShort {
                what,
                needed: length as u64,
                left: self.left() as u64,
            }
            .at_offset(self.offset())
        })?;
        self.at = self.at.saturating_add(length);
        Ok(taken)
    }

    pub(super) fn u8(&mut self, what: &'static str) -> Result<u8, Refusal> {
        let byte = self.take(1, what)?;
        Ok(byte.first().copied().unwrap_or_default())
    }

    pub(super) fn u32(&mut self, what: &'static str) -> Result<u32, Refusal> {
        let bytes = self.take(4, what)?;
        let number = bytes.first_chunk().copied().unwrap_or_default();
        Ok(u32::from_le_bytes(number))
    }

    pub(super) fn signature(
        &mut self,
        wanted: &[u8],
        shown: &str,
        what: &'static str,
    ) -> Result<(), Refusal> {
        let at = self.offset();
        let found = self.take(wanted.len(), what)?;
        if found == wanted {
            return Ok(());
        }
        let found = format!("\"{}\"", found.escape_ascii());
        Err(Fault::unexpected(found, shown).at_offset(at))
    }
}
