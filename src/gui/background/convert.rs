//! Converting firmware files, with progress and a stop.

use std::ops::ControlFlow;

use super::Update;
use crate::dfu::Cancel;
use crate::firmware::Existing;
use crate::firmware::convert::{Conversion, ConvertError, Progress, Step};
use crate::printable::printable_path;

/// Converts files. `existing` is `Refuse` for a folder, because no dialog has asked about its
/// files.
pub(super) fn convert(
    conversion: &Conversion,
    existing: Existing,
    cancel: &Cancel,
    report: &dyn Fn(Update),
) -> Result<String, String> {
    let mut watch = |progress: Progress| {
        let Progress { step, done, total } = progress;
        let doing = match step {
            Step::Reading(path) => format!("Reading {}", printable_path(&path)),
            Step::Writing(path) => format!("Writing {}", printable_path(&path)),
        };
        report(Update::Converting { doing, done, total });
        match cancel.is_cancelled() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    let converted = conversion.prepare(&mut watch).and_then(|prepared| {
        let notes = prepared.notes.clone();
        Ok((prepared.write(existing, &mut watch)?, notes))
    });
    let (files, notes) = converted.map_err(|error| match error {
        ConvertError::Cancelled => "Stopped: the remaining files were not written".to_owned(),
        error => format!("Not written: {error}"),
    })?;
    let wrote = match files.as_slice() {
        [(path, _)] => format!("Wrote {}", printable_path(&path)),
        several => format!("Wrote {} files", several.len()),
    };
    let sentences: Vec<String> = std::iter::once(wrote).chain(notes).collect();
    Ok(sentences.join(". "))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::path::Path;

    use super::*;
    use crate::firmware::Format;
    use crate::firmware::convert::{Binaries, Destination, Input};

    fn conversion(folder: &Path) -> Conversion {
        let input = folder.join("in.bin");
        std::fs::write(&input, [1, 2, 3, 4]).unwrap();
        Conversion {
            family: None,
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
    fn a_conversion_reports_its_progress() {
        let folder = tempfile::tempdir().unwrap();
        let updates = RefCell::new(Vec::new());
        let conversion = conversion(folder.path());
        let report = |update| updates.borrow_mut().push(update);
        convert(&conversion, Existing::Refuse, &Cancel::default(), &report).unwrap();
        assert!(matches!(
            updates.into_inner().first(),
            Some(Update::Converting { doing, .. }) if doing.contains("in.bin")
        ));
    }

    #[test]
    fn a_stopped_conversion_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let conversion = conversion(folder.path());
        let cancel = Cancel::default();
        cancel.cancel();
        convert(&conversion, Existing::Refuse, &cancel, &|_| {}).unwrap_err();
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 1, "only the input is there");
    }
}
