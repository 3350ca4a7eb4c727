//! The files that boards are read into: one for each board, overwritten only after confirmation.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Options;
use super::confirm::confirm;
use super::exit::Failure;
use crate::discovery::Found;
use crate::engine::SaveTo;
use crate::firmware::Existing;
use crate::transport::Place;

/// `path` for one board; for several, the board's place goes into each name.
///
/// # Errors
/// A file exists already, and overwriting it was not confirmed.
pub(super) fn file_for_each_board(
    path: &Path,
    boards: &[Found],
    options: &Options,
) -> Result<BTreeMap<Place, SaveTo>, Failure> {
    let mut files = BTreeMap::new();
    for board in boards {
        let path = match boards {
            [_] => path.to_owned(),
            _ => with_place(path, board.place()),
        };
        let existing = if path.exists() {
            confirm(options, &format!("Overwrite {}?", path.display()))?;
            Existing::Replace
        } else {
            Existing::Refuse
        };
        files.insert(board.place().clone(), SaveTo { path, existing });
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
