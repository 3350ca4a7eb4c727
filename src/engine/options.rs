//! What a person chose for a job.

use std::path::PathBuf;

use crate::firmware::Existing;

/// What a person chose for an upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpgradeOptions {
    /// Read everything back afterwards.
    pub verify: bool,
    /// Write even what already matches.
    pub rewrite: bool,
    /// Read and restore the bytes of partly covered sectors that the image does not cover.
    pub keep: bool,
    /// Erase the whole chip first.
    pub mass_erase: bool,
    /// Start the program afterwards.
    pub start: bool,
    /// Save what is there to this file before anything is erased.
    pub backup: Option<SaveTo>,
    /// Only this alternate setting; `None` is all that the image holds.
    pub target: Option<u8>,
}

impl Default for UpgradeOptions {
    fn default() -> Self {
        Self {
            verify: true,
            rewrite: false,
            keep: false,
            mass_erase: false,
            start: true,
            backup: None,
            target: None,
        }
    }
}

/// A file for what is read from a board; its extension chooses the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveTo {
    pub path: PathBuf,
    /// What happens to a file that is there already.
    pub existing: Existing,
}
