//! The colour classes of the memory map.

/// The colour class of a piece of memory. Where several share a pixel, the last one here wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Paint {
    /// Not touched by the job.
    Untouched,
    /// Outside the image, but erased with its sector.
    Lost,
    /// In the image, not compared yet.
    Covered,
    /// Already equal to the image.
    Matches,
    /// Read back (a read-out or a backup).
    Read,
    /// Written and read back equal.
    Verified,
    /// The rest of a sector in which the job ended: blank, or half written.
    PartlyWritten,
    /// Written, not read back.
    Written,
    /// To be written.
    Differs,
    /// Erased, not written yet.
    Erased,
    /// The board left while this was being erased or written.
    Uncertain,
    /// Read back different.
    Mismatch,
}

impl Paint {
    pub const ALL: [Self; 12] = [
        Self::Covered,
        Self::Matches,
        Self::Differs,
        Self::Erased,
        Self::Written,
        Self::PartlyWritten,
        Self::Verified,
        Self::Mismatch,
        Self::Uncertain,
        Self::Read,
        Self::Lost,
        Self::Untouched,
    ];

    /// The text in the legend.
    pub fn label(self) -> &'static str {
        match self {
            Self::Untouched => "not changed",
            Self::Lost => "also erased",
            Self::Covered => "in the file",
            Self::Matches => "already up to date",
            Self::Read => "read",
            Self::Verified => "verified",
            Self::Written => "written",
            Self::PartlyWritten => "partly written",
            Self::Differs => "to write",
            Self::Erased => "erased",
            Self::Uncertain => "unknown",
            Self::Mismatch => "verify failed",
        }
    }
}
