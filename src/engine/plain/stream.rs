//! The data for a board without addresses, and how far it came.

use std::sync::Arc;

use crate::address::ByteSize;

/// The firmware as the board gets it: from its first byte to its last, in blocks.
#[derive(Clone, PartialEq, Eq)]
pub struct Stream {
    pub alternate: u8,
    /// The board's name for the alternate setting.
    pub name: String,
    pub bytes: Arc<[u8]>,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes for {}", self.bytes.len(), self.alternate)
    }
}

impl Stream {
    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// How far a stream came on a board that took at least its first block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamState {
    /// This many bytes of how many were accepted.
    Sending { sent: u64, of: u64 },
    /// All were accepted; the board did not report that it stored them.
    Sent,
    /// The board reported that it stored them, or left DFU mode to run them.
    Stored,
}

impl StreamState {
    /// The state of the board after a job that did not end well: what became of the old program,
    /// and how much of the new one was sent. A board may overwrite its program as the blocks come
    /// (dapboot, UNO R4) or keep it until the end (embassy-boot, MCUboot); it does not say which.
    pub(in crate::engine) fn sentence(self) -> String {
        match self {
            Self::Sending { sent, of } => format!(
                "Whether the old program still runs is not known. {} of {} were sent",
                ByteSize(sent),
                ByteSize(of)
            ),
            Self::Sent => {
                "Whether the old program still runs is not known. All of the new one was \
                           sent; the board did not report that it is stored"
                    .to_owned()
            }
            Self::Stored => "The board reported that the new program is stored".to_owned(),
        }
    }

    /// The board may hold a part of a program only.
    pub fn is_incomplete(self) -> bool {
        !matches!(self, Self::Stored)
    }
}
