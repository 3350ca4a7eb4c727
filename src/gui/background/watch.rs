//! Watching the firmware file for changes.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::{Outbox, Update};
use crate::firmware::file_on_disk;

/// How often the firmware file is checked for changes.
const WATCH_INTERVAL: Duration = Duration::from_millis(700);

/// Length and time of a file, to notice changes. Polling is cheaper and more reliable than
/// notifications: it works on network drives, and for files replaced by a rename.
#[derive(Debug)]
pub(super) struct Watched {
    path: PathBuf,
    stamp: Option<Stamp>,
}

type Stamp = (u64, Option<SystemTime>);

impl Watched {
    pub(super) fn new(path: PathBuf) -> Self {
        let stamp = stamp(&path);
        Self { path, stamp }
    }

    /// Reports each change until the other end of `ended` is gone.
    pub(super) fn watch(&mut self, ended: &Receiver<Infallible>, outbox: &Outbox) {
        while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(WATCH_INTERVAL) {
            if self.has_changed() {
                outbox.send(Update::FileChanged(self.path.clone()));
            }
        }
    }

    /// True once for each change. A file that is absent for now has not changed yet.
    fn has_changed(&mut self) -> bool {
        let now = stamp(&self.path);
        let changed = now.is_some() && now != self.stamp;
        if changed {
            self.stamp = now;
        }
        changed
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let facts = std::fs::metadata(file_on_disk(path)).ok()?;
    Some((facts.len(), facts.modified().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rebuilt_file_is_reported_once_and_an_absent_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("firmware.bin");
        std::fs::write(&path, [1]).unwrap();
        let mut watched = Watched::new(path.clone());
        assert!(!watched.has_changed());
        std::fs::remove_file(&path).unwrap();
        assert!(!watched.has_changed());
        std::fs::write(&path, [1, 2]).unwrap();
        assert!(watched.has_changed());
        assert!(!watched.has_changed());
    }
}
