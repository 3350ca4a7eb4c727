//! The chores themselves: each reads or writes files and says how it went.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::chores::Done;
use super::state::firmware::Facts;
use crate::dfu::Cancel;
use crate::discovery::udev;
use crate::firmware::convert::{Conversion, ConvertError, Progress, Step};
use crate::firmware::{EncodeOptions, Existing, Format, ImageTarget, encode, load, save};

/// Writes text; the dialog has asked whether a file that is there may be replaced.
pub(super) fn save_text(path: &Path, text: &str) -> Done {
    let saved = save(path, text.as_bytes(), Existing::Replace);
    Done::Said(match saved {
        Ok(()) => Ok(format!("Saved {}", path.display())),
        Err(error) => Err(format!("Not saved: {error}")),
    })
}

/// Writes what was read from a board; the extension chooses the format.
pub(super) fn save_target(path: &Path, target: ImageTarget) -> Done {
    let saved = || {
        let format = Format::for_output(path).map_err(|error| error.to_string())?;
        let bytes = encode(format, &[target], EncodeOptions::default())
            .map_err(|error| error.to_string())?;
        save(path, &bytes, Existing::Replace).map_err(|error| error.to_string())
    };
    Done::Said(match saved() {
        Ok(()) => Ok(format!("Saved {}", path.display())),
        Err::<_, String>(why) => Err(format!("Not saved: {why}")),
    })
}

/// Reads a firmware file and tells what is in it.
pub(super) fn look_at(path: PathBuf) -> Done {
    let look = load(&path, None)
        .map(|image| Facts::of(&image))
        .map_err(|error| error.to_string());
    Done::Looked { path, look }
}

/// Makes files of files. Into a folder nothing is written over: no dialog has asked about those
/// names.
pub(super) fn convert(
    conversion: &Conversion,
    existing: Existing,
    cancel: &Cancel,
    tell: &dyn Fn(Done),
) -> Done {
    let mut watch = |progress: Progress| {
        let Progress { step, done, total } = progress;
        let doing = match step {
            Step::Reading(path) => format!("Reading {}", path.display()),
            Step::Writing(path) => format!("Writing {}", path.display()),
        };
        tell(Done::Making { doing, done, total });
        match cancel.is_cancelled() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    let made = conversion
        .prepare(&mut watch)
        .and_then(|prepared| {
            let notes = prepared.notes.clone();
            Ok((prepared.write(existing, &mut watch)?, notes))
        })
        .map_err(|error| match error {
            ConvertError::Cancelled => "Stopped: the files not written yet were not made".into(),
            error => format!("Not made: {error}"),
        });
    Done::Made(made.map(|(files, notes)| {
        let mut words = match files.as_slice() {
            [(path, _)] => format!("Made {}", path.display()),
            several => format!("Made {} files", several.len()),
        };
        for note in notes {
            words.push_str(". ");
            words.push_str(&note);
        }
        words
    }))
}

/// Installs the udev rule; asks for the administrator's password.
pub(super) fn install_udev_rule() -> Done {
    Done::Said(match udev::install_rule() {
        Ok(()) => {
            Ok("The rule is installed; plug the board in again if it is not ready".to_owned())
        }
        Err(error) => Err(format!("The rule was not installed: {error}")),
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::firmware::convert::{Binaries, Destination, Input};

    fn conversion(folder: &Path) -> Conversion {
        let input = folder.join("in.bin");
        std::fs::write(&input, [1, 2, 3, 4]).unwrap();
        Conversion {
            inputs: vec![Input {
                path: input,
                at: None,
                alternate: None,
            }],
            target: None,
            names: Vec::new(),
            vendor: None,
            product: None,
            version: None,
            fill: 0xFF,
            output: Destination::Folder {
                path: folder.to_owned(),
                base: "out".into(),
                format: Format::IntelHex,
                binaries: Binaries::Flat,
            },
        }
    }

    #[test]
    fn making_files_tells_how_far_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let told = RefCell::new(Vec::new());
        let conversion = conversion(folder.path());
        let tell = |news| told.borrow_mut().push(news);
        let done = convert(&conversion, Existing::Refuse, &Cancel::default(), &tell);
        assert!(matches!(done, Done::Made(Ok(_))), "{done:?}");
        let told = told.into_inner();
        assert!(
            matches!(told.first(), Some(Done::Making { doing, .. }) if doing.contains("in.bin"))
        );
    }

    #[test]
    fn a_stopped_making_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let conversion = conversion(folder.path());
        let cancel = Cancel::default();
        cancel.cancel();
        let done = convert(&conversion, Existing::Refuse, &cancel, &|_| {});
        assert!(matches!(done, Done::Made(Err(_))), "{done:?}");
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 1, "only the input is there");
    }
}
