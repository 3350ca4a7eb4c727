//! The files that the flash of the boards is read from and written to.

use std::path::Path;

use super::{Args, Served};
use crate::address::{Address, ByteSize};
use crate::cli::Options;
use crate::cli::confirm::confirm;
use crate::cli::exit::{Exit, Failure};
use crate::firmware::{self, Existing};
use crate::io_error::reason;
use crate::printable::printable_path;

/// Fills the flash from its file, if there is one.
pub(super) fn load_flash(one: &Served) -> Result<(), Failure> {
    let Some(path) = one.flash_file.as_deref().filter(|path| path.exists()) else {
        return Ok(());
    };
    let bytes = std::fs::read(path).map_err(|error| unusable(path, &reason(&error)))?;
    one.board.fill(Address::FLASH, &bytes);
    Ok(())
}

/// Writes the flash to its file, completely or not at all.
pub(super) fn save_flash(one: &Served) -> Result<(), Failure> {
    let Some(path) = &one.flash_file else {
        return Ok(());
    };
    firmware::save(path, &one.board.flash(), Existing::Replace).map_err(Failure::from)
}

/// The files are written again and again: whatever they hold that is no flash of these boards is
/// replaced only after a question.
pub(super) fn check_files(
    args: &Args,
    served: &[Served],
    options: &Options,
) -> Result<(), Failure> {
    for one in served {
        if let Some(path) = &one.flash_file {
            check_flash_file(one, path, options)?;
        }
    }
    match &args.log {
        Some(path) => check_log(path, options),
        None => Ok(()),
    }
}

/// A file of exactly the flash's size is taken for an earlier flash of the board, as an empty one is.
fn check_flash_file(one: &Served, path: &Path, options: &Options) -> Result<(), Failure> {
    firmware::check_save(path, Existing::Replace)?;
    let Ok(facts) = path.metadata() else {
        return Ok(());
    };
    let (size, capacity) = (facts.len(), one.board.flash().len() as u64);
    let (board, name) = (one.board.name(), printable_path(&path));
    if size > capacity {
        return Err(Failure::usage(format!(
            "'{name}' holds {size} bytes, but the flash of {board} only {capacity}"
        )));
    }
    if size != 0 && size != capacity {
        let size = ByteSize(size);
        confirm(
            options,
            &format!("Overwrite {name}, which holds {size}, with the flash of {board}?"),
        )?;
    }
    Ok(())
}

fn check_log(path: &Path, options: &Options) -> Result<(), Failure> {
    match path.metadata() {
        Ok(facts) if facts.is_file() && facts.len() > 0 => {
            confirm(options, &format!("Overwrite {}?", printable_path(&path)))
        }
        Ok(facts) if facts.is_dir() => Err(unusable(path, "this is a folder")),
        // A device such as /dev/stderr is written to, not replaced.
        _ => Ok(()),
    }
}

pub(super) fn unusable(path: &Path, why: &str) -> Failure {
    let message = format!("{why} ({})", printable_path(&path));
    Failure::new(Exit::Refused, "file", message)
}
