//! The firmware file: read once, on a thread of its own, and watched for a later change.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::message::Event;
use super::outbox::Outbox;
use crate::address::Address;
use crate::firmware;

/// Reads the file and answers with [`Event::Loaded`]. A parser that panics is an answer too.
pub(super) fn load(outbox: Outbox, request: u64, path: PathBuf, at: Option<Address>) {
    std::thread::spawn(move || {
        let result = firmware::load(&path, at).map(Arc::new);
        outbox.send(Event::Loaded {
            request,
            path,
            result,
        });
    });
}

/// Length and time of a file, to notice that it was written again. Looking is cheaper and more
/// certain than being notified: it works on network drives, and for files replaced by a rename.
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

    /// The path, once for each change. A file that is away just now is no change yet.
    pub(super) fn changed(&mut self) -> Option<PathBuf> {
        let now = stamp(&self.path)?;
        if self.stamp == Some(now) {
            return None;
        }
        self.stamp = Some(now);
        Some(self.path.clone())
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let facts = std::fs::metadata(path).ok()?;
    Some((facts.len(), facts.modified().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rebuilt_file_is_noticed_once_and_an_absent_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("firmware.bin");
        std::fs::write(&path, [1]).unwrap();
        let mut watched = Watched::new(path.clone());
        assert_eq!(watched.changed(), None);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(watched.changed(), None);
        std::fs::write(&path, [1, 2]).unwrap();
        assert_eq!(watched.changed(), Some(path));
        assert_eq!(watched.changed(), None);
    }
}
