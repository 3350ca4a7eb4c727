//! Boards whose upgrade changed them and did not end, and the backups of what they held before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::boards::Entry;
use super::job::Job;
use crate::discovery::is_unique;
use crate::engine::{Outcome, Report};
use crate::transport::Place;

#[derive(Debug, Default)]
pub(super) struct Unfinished(BTreeMap<Place, Kept>);

#[derive(Debug)]
struct Kept {
    serial: Option<String>,
    backup: Option<PathBuf>,
    /// The upgrade ended before all of the program was written and verified.
    incomplete: bool,
}

impl Unfinished {
    /// The backup from before the first upgrade that did not end.
    pub(super) fn backup(&self, place: &Place, serial: Option<&str>) -> Option<PathBuf> {
        self.kept(place, serial)?.backup.clone()
    }

    /// The board holds a program of which only a part may be written.
    pub(super) fn is_incomplete(&self, place: &Place, serial: Option<&str>) -> bool {
        self.kept(place, serial).is_some_and(|kept| kept.incomplete)
    }

    fn kept(&self, place: &Place, serial: Option<&str>) -> Option<&Kept> {
        let kept = self.0.get(place)?;
        (kept.serial.as_deref() == serial).then_some(kept)
    }

    /// Takes the end of an upgrade into account. A later backup, of the half-written state, never
    /// takes the place of the first one.
    pub(super) fn finished(&mut self, job: &Job, report: &Report) {
        if report.outcome == Outcome::Done {
            self.0.remove(&job.place);
            return;
        }
        let before = self.kept(&job.place, job.serial.as_deref());
        let own = || report.backup_to_restore().map(Path::to_owned);
        let kept = Kept {
            serial: job.serial.clone(),
            backup: before.and_then(|kept| kept.backup.clone()).or_else(own),
            incomplete: before.is_some_and(|kept| kept.incomplete) || job.left_incomplete(),
        };
        if kept.incomplete || kept.backup.is_some() {
            self.0.insert(job.place.clone(), kept);
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
