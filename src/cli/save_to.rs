//! Files for what is read from boards: one for each board, and none written over unasked.

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
/// A file is there already, and nobody agreed to write over it.
pub(super) fn one_each(
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
            confirm(options, &format!("Write over {}?", path.display()))?;
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
    fn with_several_boards_each_gets_a_file_of_its_own() {
        let place = Place("1-4.2".to_owned());
        let name = with_place(Path::new("/tmp/out.dfu"), &place);
        assert_eq!(name, Path::new("/tmp/out-1-4.2.dfu"));
        assert_eq!(with_place(Path::new("out"), &place), Path::new("out-1-4.2"));
    }
}
