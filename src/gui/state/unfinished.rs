//! The backups of boards whose upgrade changed them and did not end: what they held before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::boards::Entry;
use crate::discovery::is_unique;
use crate::engine::{Outcome, Report};
use crate::transport::Place;

#[derive(Debug, Default)]
pub(super) struct Unfinished(BTreeMap<Place, Kept>);

#[derive(Debug)]
struct Kept {
    serial: Option<String>,
    backup: PathBuf,
}

impl Unfinished {
    /// The backup from before the first upgrade that did not end.
    pub(super) fn backup(&self, place: &Place, serial: Option<&str>) -> Option<PathBuf> {
        let kept = self.0.get(place)?;
        (kept.serial.as_deref() == serial).then(|| kept.backup.clone())
    }

    /// Takes the end of an upgrade into account. A later backup, of the half-written state, never
    /// takes the place of the first one.
    pub(super) fn finished(&mut self, place: &Place, serial: Option<&str>, report: &Report) {
        if report.outcome == Outcome::Done {
            self.0.remove(place);
        } else if let Some(backup) = report.backup_to_restore()
            && self.backup(place, serial).is_none()
        {
            let kept = Kept {
                serial: serial.map(str::to_owned),
                backup: Path::to_owned(backup),
            };
            self.0.insert(place.clone(), kept);
        }
    }

    /// Forgets a board without a serial number of its own when it leaves: the next one at this
    /// port may be another.
    pub(super) fn boards_changed(&mut self, entries: &[Entry]) {
        self.0.retain(|place, kept| {
            is_unique(kept.serial.as_deref()) || entries.iter().any(|entry| entry.place() == place)
        });
    }
}
