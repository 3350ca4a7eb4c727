//! The files that boards are read into: one for each board, overwritten only after confirmation, a backup never.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Context;
use super::confirm::confirm;
use super::exit::{Exit, Failure};
use crate::discovery::Found;
use crate::engine::{self, SaveTo};
use crate::firmware::{self, Existing, Format, writable_extensions};
use crate::io_error::reason;
use crate::printable::printable_path;
use crate::transport::Place;
use crate::wall_clock::Moment;

/// What the files are, for [`super::Files`].
pub(super) const BACKUP: &str = "the backup";
pub(super) const READ_OUT: &str = "the file of the memory";

/// `path` for one board; for several, the board's place goes into each name.
///
/// # Errors
/// A file exists already, and overwriting it was not confirmed.
pub(super) fn file_for_each_board(
    path: &Path,
    boards: &[Found],
    context: &Context,
) -> Result<BTreeMap<Place, SaveTo>, Failure> {
    approved(READ_OUT, path_for_each_board(path, boards), context)
}

/// Refuses a name whose extension is no format that can be written.
pub(super) fn check_extension(path: &Path) -> Result<(), Failure> {
    Format::for_output(path).map(drop).map_err(|_| {
        let (path, known) = (printable_path(&path), writable_extensions());
        Failure::usage(format!("'{path}' does not end in {known}"))
    })
}

/// Where the contents before an upgrade go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backup<'a> {
    /// A file, or a folder for files with new names.
    pub(super) to: &'a Path,
    /// The firmware file, whose name begins the new names.
    pub(super) firmware: &'a Path,
    /// Every board on the bus.
    pub(super) all: &'a [Found],
}

impl Backup<'_> {
    /// # Errors
    /// A file exists already: an earlier backup may be the only copy of what it holds. It is
    /// another file of the command; the folder cannot be created.
    pub(super) fn for_each_board(
        self,
        boards: &[Found],
        context: &Context,
    ) -> Result<BTreeMap<Place, SaveTo>, Failure> {
        if is_folder(self.to) {
            create_folder(self.to)?;
            return approved(BACKUP, self.new_files(boards), context);
        }
        let paths = path_for_each_board(self.to, boards);
        context.files.for_boards(BACKUP, &paths).check()?;
        if let Some(earlier) = paths.values().find(|path| path.exists()) {
            let earlier = printable_path(earlier);
            let message = format!("there is a file {earlier} already, and no backup replaces one");
            return Err(Failure::new(Exit::Refused, "file", message)
                .advise("Give another name, or a folder: there every backup gets a new name"));
        }
        approved(BACKUP, paths, context)
    }

    fn new_files(self, boards: &[Found]) -> BTreeMap<Place, PathBuf> {
        let now = Moment::now();
        let file = self.firmware.file_name().unwrap_or_default();
        let path = |board: &Found| {
            let name = engine::backup_board(board, self.all);
            engine::new_backup(self.to, &file.to_string_lossy(), name, now)
        };
        let each = boards.iter();
        each.map(|board| (board.place().clone(), path(board)))
            .collect()
    }
}

/// Whether backups get new names there: a folder, or one that is to be created.
pub(super) fn is_folder(to: &Path) -> bool {
    let is_named_so = || {
        let name = to.as_os_str().to_string_lossy();
        to.extension().is_none() || name.ends_with(std::path::is_separator)
    };
    to.is_dir() || !to.exists() && is_named_so()
}

fn create_folder(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        let (folder, why) = (printable_path(&folder), reason(&error));
        let message = format!("cannot create the folder for backups ({folder}): {why}");
        Failure::new(Exit::Refused, "file", message)
    })
}

fn path_for_each_board(path: &Path, boards: &[Found]) -> BTreeMap<Place, PathBuf> {
    let path = |board: &Found| match boards {
        [_] => path.to_owned(),
        _ => with_place(path, board.place()),
    };
    let each = boards.iter();
    each.map(|board| (board.place().clone(), path(board)))
        .collect()
}

/// Asks about each file that exists already.
fn approved(
    what: &'static str,
    paths: BTreeMap<Place, PathBuf>,
    context: &Context,
) -> Result<BTreeMap<Place, SaveTo>, Failure> {
    context.files.for_boards(what, &paths).check()?;
    let mut files = BTreeMap::new();
    for (place, path) in paths {
        let existing = match path.exists() {
            true => Existing::Replace,
            false => Existing::Refuse,
        };
        // Before the work begins whose result is saved, and before a question.
        firmware::check_save(&path, existing)?;
        if existing == Existing::Replace {
            confirm(
                &context.options,
                &format!("Overwrite {}?", printable_path(&path)),
            )?;
        }
        files.insert(place, SaveTo { path, existing });
    }
    Ok(files)
}

/// `out.dfu` at `1-4.2` is `out-1-4.2.dfu`.
fn with_place(path: &Path, place: &Place) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push("-");
    name.push(&place.0);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_several_boards_gets_its_own_file() {
        let place = Place("1-4.2".to_owned());
        let name = with_place(Path::new("/tmp/out.dfu"), &place);
        assert_eq!(name, Path::new("/tmp/out-1-4.2.dfu"));
        assert_eq!(with_place(Path::new("out"), &place), Path::new("out-1-4.2"));
    }
}
