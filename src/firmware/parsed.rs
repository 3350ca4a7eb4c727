//! What a format's parser hands back; the file's own facts are added by `load`.

use super::assemble::Pieces;
use super::error::{Fault, Refusal};
use super::image::{ImageTarget, MadeFor};
use crate::address::{Address, ByteSize};

#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) targets: Vec<ImageTarget>,
    pub(super) made_for: Option<MadeFor>,
    pub(super) crc: Option<u32>,
    pub(super) entry: Option<Address>,
    pub(super) notes: Vec<String>,
}

impl Parsed {
    /// One target, alternate setting 0, for the formats that know no others.
    ///
    /// # Errors
    /// When pieces contradict each other, or when there are none.
    pub(super) fn assembled(pieces: Pieces, entry: Option<Address>) -> Result<Self, Refusal> {
        let assembled = pieces.assemble()?;
        if assembled.segments.is_empty() {
            return Err(Fault::NoData.of_file());
        }
        Ok(Self {
            targets: vec![ImageTarget {
                alternate: 0,
                name: None,
                segments: assembled.segments,
            }],
            entry,
            notes: repeated(assembled.repeated).into_iter().collect(),
            ..Self::default()
        })
    }

    #[cfg(test)]
    pub(super) fn flat(&self) -> Vec<(u32, Vec<u8>)> {
        let segments = self.targets.iter().flat_map(|t| &t.segments);
        segments
            .map(|s| (s.range().start().0, s.data().to_vec()))
            .collect()
    }
}

/// The note about bytes that a file gives more than once.
pub(super) fn repeated(bytes: u64) -> Option<String> {
    (bytes > 0).then(|| {
        format!(
            "{} are given more than once, each time with the same value",
            ByteSize(bytes)
        )
    })
}
