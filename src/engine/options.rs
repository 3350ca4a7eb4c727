//! The options of a job.

use std::path::PathBuf;

use super::doubt::Consent;
use crate::address::AddressRange;
use crate::firmware::Existing;

/// The options of an upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpgradeOptions {
    /// Read back everything that was written.
    pub verify: bool,
    /// Write even what already matches.
    pub rewrite: bool,
    /// Read and restore the bytes of partly covered sectors that the image does not cover.
    pub keep: bool,
    /// Leave these ranges as they are, although the image covers them.
    pub keep_ranges: Vec<AddressRange>,
    /// Erase the whole chip first.
    pub mass_erase: bool,
    /// Start the program afterwards.
    pub start: bool,
    /// Save the old contents to this file before anything is erased.
    pub backup: Option<SaveTo>,
    /// Only this alternate setting; `None`: all in the image.
    pub target: Option<u8>,
    /// Bring a board that runs its program into DFU mode first.
    pub enter_dfu: bool,
    /// The doubts about the file that do not stop the upgrade.
    pub consent: Consent,
}

impl Default for UpgradeOptions {
    fn default() -> Self {
        Self {
            verify: true,
            rewrite: false,
            keep: false,
            keep_ranges: Vec::new(),
            mass_erase: false,
            start: true,
            backup: None,
            target: None,
            enter_dfu: false,
            consent: Consent::default(),
        }
    }
}

/// A file for data read from a board; its extension determines the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveTo {
    pub path: PathBuf,
    /// The treatment of an existing file.
    pub existing: Existing,
}
