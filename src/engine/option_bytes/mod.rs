//! Option bytes on the wire: read as delivered, written in one block from their start, and believed
//! only when they were read back after the board's own reset.
//!
//! What may be changed, and into what, is decided in [`crate::option_bytes`]; `guard` looks once more
//! at the bytes that are about to be sent.

mod guard;
mod protected;
mod read;
mod write;

use super::error::JobError;
use super::options::SaveTo;
use crate::option_bytes::{Block, Consent, Wanted};

pub(super) use protected::name_protected;
pub(super) use read::read;
pub(super) use write::write;

/// A change of a board's option bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionBytesChange {
    pub wanted: Wanted,
    /// What was agreed to besides the change itself.
    pub consent: Consent,
    /// What the board held when a person saw the plan: refused if it holds something else now.
    pub seen: Option<Vec<Block>>,
    /// The file for what the board held before; it is on disk before anything is sent.
    pub backup: SaveTo,
}

/// What is known of the option bytes, once a job was to change them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OptionBytesState {
    /// Nothing was sent, or they were read back and are the old ones.
    AsBefore,
    /// They were sent, and not read back.
    Unknown,
    /// Read back: some are the new ones, the others the old ones.
    PartlyNew,
    /// Read back: neither the old ones nor the new ones.
    Other,
    /// Read back: the new ones.
    New,
    /// The board refuses to be read, as it was to.
    Protected,
}

impl OptionBytesState {
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::AsBefore => "The option bytes are as before",
            Self::Unknown => {
                "The new option bytes were sent; whether the board holds them is not known"
            }
            Self::PartlyNew => {
                "The first part of the option bytes holds the new values, the second the old ones"
            }
            Self::Other => "The option bytes hold neither the old values nor the new ones",
            Self::New => "The option bytes hold the new values, read back after a restart",
            Self::Protected => {
                "The board is read-protected: it refuses to be read after its restart"
            }
        }
    }
}

/// The board's target with option bytes.
fn require_target<'a>(
    job: &super::job::Job<'a>,
) -> Result<&'a crate::discovery::OptionTarget, JobError> {
    let target = job.board.option_bytes.as_ref();
    target.ok_or(JobError::NoOptionBytes)
}
