//! Files that a board takes in several stages, with a restart between them.

use super::contents::{ImageTarget, Segment};
use crate::address::Address;

/// What follows after a restart. EdgeTX's H7 radios take such files: the first stage is a bootloader,
/// which then takes the rest, for external flash (EdgeTX/rs-dfu, cli/src/write.rs, `download`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub restart: Restart,
    /// Written when the board is back.
    pub target: ImageTarget,
}

/// How the board is restarted before a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restart {
    /// Written to RAM first, so that what starts stays in DFU mode.
    pub marker: Option<Segment>,
    /// The program to start.
    pub start: Address,
}
