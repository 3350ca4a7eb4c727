//! The job profile: a JSON file that describes a batch, to hand to a colleague. It names the firmware
//! with its hash, the options, where the record goes, and how many boards there are.
//!
//! Paths are relative to the folder of the profile where they lie in it. What this version does not
//! know is refused: an option that is ignored would be another job.

mod refusal;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::gui::state::options::typed_ranges;
use crate::io_error::reason;
use crate::printable::printable;
use refusal::Fault;

/// The number in the file; a change that older versions would misread raises it.
const VERSION: u64 = 1;
/// The longest file, in bytes.
const LIMIT: u64 = 64 * 1024;
/// The longest path, and the longest name of a batch, in bytes.
const LONGEST_PATH: usize = 4096;
const LONGEST_NAME: usize = 240;
const LONGEST_RANGES: usize = 4096;
/// The largest count of boards that a profile may ask for.
pub(super) const MOST_BOARDS: usize = 1_000_000;

/// A profile whose paths do not depend on its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobProfile {
    pub firmware: PathBuf,
    /// Of the firmware file: 64 hexadecimal digits in lower case.
    pub sha256: String,
    /// Where a file without addresses goes, if a person chose it.
    pub address: Option<Address>,
    pub options: JobOptions,
    /// The folder for a backup of each board.
    pub backup_folder: Option<PathBuf>,
    pub record_folder: Option<PathBuf>,
    /// 1 to [`MOST_BOARDS`].
    pub count: Option<usize>,
    /// The name of the batch, or nothing.
    pub batch: String,
}

/// The options of each upgrade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobOptions {
    pub verify: bool,
    pub only_what_differs: bool,
    pub keep: bool,
    pub start: bool,
    pub mass_erase: bool,
    pub compatible_timing: bool,
    /// Ranges that stay as they are, as a person typed them; or nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub keep_ranges: String,
    /// Only this alternate setting of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<u8>,
}

/// As it is in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    upfuse_job: u64,
    firmware: String,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    options: JobOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    backup_folder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record_folder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    batch: String,
}

/// What every version has.
#[derive(Deserialize)]
struct Head {
    upfuse_job: u64,
}

/// Whether a file is a job profile, by its name: `.upfuse` or `.upfuse.json`.
pub(super) fn is_job_profile(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_lowercase();
    name.ends_with(".upfuse") || name.ends_with(".upfuse.json")
}

impl JobProfile {
    /// Reads the profile at `path`.
    ///
    /// # Errors
    /// A sentence: the file cannot be read, is larger than 64 KiB, or is refused by
    /// [`JobProfile::parse`].
    pub fn read(path: &Path) -> Result<Self, String> {
        let unreadable = |error| format!("It cannot be read: {}", reason(&error));
        // Checked before opening: opening a pipe would wait for its writer.
        if !path.metadata().map_err(unreadable)?.is_file() {
            return Err("It is no file".to_owned());
        }
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        let read = file.take(LIMIT + 1).read_to_end(&mut bytes);
        read.map_err(unreadable)?;
        let whole = std::path::absolute(path).map_err(unreadable)?;
        Self::parse(&bytes, whole.parent().unwrap_or(Path::new("")))
    }

    /// `folder` holds the profile.
    ///
    /// # Errors
    /// A sentence with the line, where there is one: no job profile, one of a newer version, one with
    /// a field that is unknown or missing, or with a value out of its bounds.
    pub fn parse(bytes: &[u8], folder: &Path) -> Result<Self, String> {
        if bytes.len() as u64 > LIMIT {
            return Err("It is larger than 64 KiB, which no job profile is".to_owned());
        }
        let head: Head =
            serde_json::from_slice(bytes).map_err(|error| refusal::damaged(&error, bytes))?;
        if head.upfuse_job > VERSION {
            return Err(format!(
                "It was made by a newer Upfuse (version {} of the format, this one knows {VERSION}). \
                 Update Upfuse",
                head.upfuse_job
            ));
        }
        let written: Written =
            serde_json::from_slice(bytes).map_err(|error| refusal::changed(&error, bytes))?;
        written
            .checked(folder)
            .map_err(|fault| fault.in_words(bytes))
    }

    /// The text of a profile that will lie in `folder`.
    ///
    /// # Errors
    /// A sentence, if a path cannot be written as text.
    pub fn text(&self, folder: &Path) -> Result<String, String> {
        let optional = |path: &Option<PathBuf>| -> Result<Option<String>, String> {
            path.as_deref()
                .map(|path| relative(path, folder))
                .transpose()
        };
        let written = Written {
            upfuse_job: VERSION,
            firmware: relative(&self.firmware, folder)?,
            sha256: self.sha256.clone(),
            address: self.address.map(|at| at.to_string()),
            options: self.options.clone(),
            backup_folder: optional(&self.backup_folder)?,
            record_folder: optional(&self.record_folder)?,
            count: self.count,
            batch: self.batch.clone(),
        };
        let text = serde_json::to_string_pretty(&written).map_err(|error| error.to_string())?;
        Ok(text + "\n")
    }
}

impl Written {
    fn checked(self, folder: &Path) -> Result<JobProfile, Fault> {
        if self.upfuse_job != VERSION {
            let what = format!("its version is {}, which never was", self.upfuse_job);
            return Err(Fault::new("upfuse_job", what));
        }
        let is_digest =
            self.sha256.len() == 64 && self.sha256.chars().all(|c| c.is_ascii_hexdigit());
        if !is_digest {
            let what = "its SHA-256 is not 64 hexadecimal digits";
            return Err(Fault::new("sha256", what));
        }
        if self
            .count
            .is_some_and(|count| !(1..=MOST_BOARDS).contains(&count))
        {
            let what = format!("its number of boards is not 1 to {MOST_BOARDS}");
            return Err(Fault::new("count", what));
        }
        if self.batch.len() > LONGEST_NAME || self.batch.chars().any(char::is_control) {
            let what = "its name of the batch is too long, or no text";
            return Err(Fault::new("batch", what));
        }
        let ranges = &self.options.keep_ranges;
        if ranges.len() > LONGEST_RANGES {
            return Err(Fault::new("keep_ranges", "its list of ranges is too long"));
        }
        typed_ranges(ranges).map_err(|error| {
            Fault::new("keep_ranges", format!("a range in it is none: {error}"))
        })?;
        let address = self.address.as_deref().map(str::parse).transpose();
        let address = address
            .map_err(|error| Fault::new("address", format!("its address is wrong: {error}")))?;
        let optional = |field, path: Option<String>| {
            path.map(|path| resolved(field, &path, folder)).transpose()
        };
        Ok(JobProfile {
            firmware: resolved("firmware", &self.firmware, folder)?,
            sha256: self.sha256.to_lowercase(),
            address,
            options: self.options,
            backup_folder: optional("backup_folder", self.backup_folder)?,
            record_folder: optional("record_folder", self.record_folder)?,
            count: self.count,
            batch: self.batch,
        })
    }
}

fn resolved(field: &'static str, path: &str, folder: &Path) -> Result<PathBuf, Fault> {
    if path.is_empty() || path.len() > LONGEST_PATH || path.chars().any(char::is_control) {
        let what = format!("a path in it is none: {}", printable(path));
        return Err(Fault::new(field, what));
    }
    Ok(folder.join(path))
}

/// With `/` between folders, which every system reads.
fn relative(path: &Path, folder: &Path) -> Result<String, String> {
    let whole = std::path::absolute(path).map_err(|error| reason(&error))?;
    let no_text = || format!("The path {} is no text", whole.display());
    let Ok(inside) = whole.strip_prefix(folder) else {
        return whole.to_str().map(str::to_owned).ok_or_else(no_text);
    };
    let parts: Option<Vec<&str>> = inside.iter().map(std::ffi::OsStr::to_str).collect();
    match parts.ok_or_else(no_text)?.join("/") {
        here if here.is_empty() => Ok(".".to_owned()),
        inside => Ok(inside),
    }
}

#[cfg(test)]
mod tests;
