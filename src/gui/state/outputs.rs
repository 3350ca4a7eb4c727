//! No file that is saved takes the place of one that is still needed, whatever a dialog has asked.

use std::path::Path;

use super::log::Level;
use super::path::Dialog;
use super::{PathFor, State};
use crate::engine::is_backup;
use crate::firmware::is_same;
use crate::printable::printable_path;

impl State {
    /// Refuses `path` with a banner if saving there would destroy a file that is needed.
    pub(super) fn refuses_output(&mut self, purpose: PathFor, path: &Path) -> bool {
        let needed = match purpose.row().dialog {
            Dialog::Save => self.needed(purpose, path),
            // Nothing in a folder is replaced.
            Dialog::Open | Dialog::Folder => None,
        };
        if let Some(what) = needed {
            let path = printable_path(&path);
            let text = format!("Not saved: {path} is {what} itself. Choose another file");
            self.banner(Level::Error, text);
        }
        needed.is_some()
    }

    /// What the file is, if something still reads or writes it, or nothing else has what it holds.
    fn needed(&self, purpose: PathFor, path: &Path) -> Option<&'static str> {
        // A file of the files screen may be made again: the upgrade notices that it changed.
        let firmware = self
            .firmware
            .path()
            .filter(|_| purpose != PathFor::MakeFile);
        let traffic = self.traffic.as_ref().map(|record| record.path());
        let batch = self.batch.record_file.as_deref();
        let files = [
            ("the firmware file", firmware),
            ("the record of USB traffic", traffic),
            ("the record of the batch", batch),
        ];
        let mut files = files.into_iter();
        files
            .find(|(_, file)| file.is_some_and(|file| is_same(file, path)))
            .map(|(what, _)| what)
            .or_else(|| is_backup(path).then_some("a backup"))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::time::Duration;

    use super::super::traffic::TrafficRecord;
    use super::super::{FileThere, Intent, Modal};
    use super::*;
    use crate::engine::new_backup;
    use crate::wall_clock::Moment;

    const SAVED: [PathFor; 4] = [
        PathFor::Log,
        PathFor::TrafficRecord,
        PathFor::BatchRecord,
        PathFor::MakeFile,
    ];

    /// Files of every kind that is needed.
    fn state(folder: &Path) -> (State, [PathBuf; 4]) {
        let path = |name: &str| folder.join(name);
        let backup = new_backup(folder, "fw.dfu", "1-4", Moment::at(0, 0));
        let files = [path("fw.dfu"), path("usb.txt"), path("batch.csv"), backup];
        for file in &files {
            fs::write(file, "precious").unwrap();
        }
        let mut state = State::default();
        state.load(files[0].clone());
        let record = TrafficRecord::create(files[1].clone()).unwrap();
        state.begin_record(record);
        state.batch.record_file = Some(files[2].clone());
        state.banners.clear();
        (state, files)
    }

    #[test]
    fn a_file_that_is_needed_is_never_saved_over() {
        let folder = tempfile::tempdir().unwrap();
        let (mut state, files) = state(folder.path());
        for file in files {
            let other_name = folder.path().join(".").join(file.file_name().unwrap());
            for purpose in SAVED {
                let is_allowed = purpose == PathFor::MakeFile && file.ends_with("fw.dfu");
                let given = Intent::PathGiven(purpose, other_name.clone());
                let there = FileThere::at(&other_name);
                let typed = Intent::SavePathTyped(purpose, other_name.clone(), there);
                for intent in [given, typed] {
                    let effects = state.act(Duration::ZERO, intent);
                    assert!(effects.is_empty() || is_allowed, "{purpose:?} {effects:?}");
                    let asks = matches!(state.modal.take(), Some(Modal::ConfirmReplace { .. }));
                    let says = |banner: &super::super::Banner| banner.text.contains("itself");
                    let refused = state.banners.drain(..).any(|banner| says(&banner));
                    assert!(refused != is_allowed, "{purpose:?} {}", file.display());
                    assert!(!refused || !asks);
                }
            }
        }
    }

    #[test]
    fn any_other_file_is_saved() {
        let folder = tempfile::tempdir().unwrap();
        let (mut state, _) = state(folder.path());
        let given = Intent::PathGiven(PathFor::Log, folder.path().join("log.txt"));
        assert_eq!(state.act(Duration::ZERO, given).len(), 1);
        assert!(state.banners.is_empty());
    }
}
