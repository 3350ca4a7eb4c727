//! Saving text, and memory that was read from a board.

use std::path::Path;

use crate::engine::plain_file;
use crate::firmware::{EncodeOptions, Existing, Format, ImageTarget, Segment, encode, save};
use crate::printable::printable_path;

pub(super) fn save_text(path: &Path, existing: Existing, text: &str) -> Result<String, String> {
    let saved = save(path, text.as_bytes(), existing).map_err(|error| error.to_string());
    describe_saved(path, saved)
}

pub(super) fn save_target(
    path: &Path,
    existing: Existing,
    target: ImageTarget,
    plain: Option<(u16, u16)>,
) -> Result<String, String> {
    let saved = || {
        let format = Format::for_output(path).map_err(|error| error.to_string())?;
        let data = target.segments.first().map_or(&[][..], Segment::data);
        let bytes = match plain {
            Some(device) => plain_file(format, data, device).map_err(|error| error.to_string())?,
            None => encode(format, &[target], EncodeOptions::of_board())
                .map_err(|error| error.to_string())?,
        };
        save(path, &bytes, existing).map_err(|error| error.to_string())
    };
    describe_saved(path, saved())
}

fn describe_saved(path: &Path, saved: Result<(), String>) -> Result<String, String> {
    match saved {
        Ok(()) => Ok(format!("Saved {}", printable_path(&path))),
        Err(why) => Err(format!("Not saved: {why}")),
    }
}
