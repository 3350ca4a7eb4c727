//! The chores themselves: each reads or writes files and says how it went.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::chores::Done;
use super::state::firmware::Facts;
use crate::discovery::udev;
use crate::firmware::convert::Conversion;
use crate::firmware::{
    EncodeOptions, Existing, ImageTarget, MadeFor, OutputFormat, encode, load, save,
};

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
        let format =
            OutputFormat::from_path(path).ok_or("the name must end in .dfu, .hex, .s19 or .bin")?;
        let options = EncodeOptions::default();
        let bytes = encode(format, &[target], MadeFor::ST_BOOTLOADER, options)
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
pub(super) fn convert(conversion: &Conversion, existing: Existing) -> Done {
    let mut go_on = |_| ControlFlow::Continue(());
    let made = conversion
        .prepare(&mut go_on)
        .and_then(|prepared| {
            let notes = prepared.notes.clone();
            Ok((prepared.write(existing, &mut go_on)?, notes))
        })
        .map_err(|error| format!("Not made: {error}"));
    Done::Said(made.map(|(files, notes)| {
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
