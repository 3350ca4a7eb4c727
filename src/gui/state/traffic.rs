//! Recording the USB traffic of jobs, for a report of a real board.

use std::path::{Path, PathBuf};

use super::log::Level;
use super::{Effect, State};
use crate::io_error::reason;
use crate::printable::printable_path;
use crate::transport::recording::{KeepData, Recorder, Side};
use crate::worker::Command;

/// A record that is being written.
#[derive(Clone, Debug, PartialEq)]
pub struct TrafficRecord {
    recorder: Recorder,
    path: PathBuf,
}

impl TrafficRecord {
    pub(crate) fn new(recorder: Recorder, path: PathBuf) -> Self {
        Self { recorder, path }
    }

    /// Creates the file, or replaces it.
    ///
    /// # Errors
    /// A sentence for the person.
    pub(crate) fn create(path: PathBuf) -> Result<Self, String> {
        match Recorder::replace(&path, KeepData::Hashes, Side::Host) {
            Ok(recorder) => Ok(Self::new(recorder, path)),
            Err(error) => Err(format!(
                "Not recorded: {} ({})",
                reason(&error),
                printable_path(&path)
            )),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// For "Copy report".
    pub(super) fn describe(&self) -> String {
        // Without its folder, which may name the person.
        let name = printable_path(Path::new(self.path.file_name().unwrap_or_default()));
        let count = self.recorder.transfers();
        match self.recorder.failure() {
            Some(error) => format!("USB record: {name}, incomplete: {error}"),
            None => format!("USB record: {name}, {count} transfers so far; please attach it"),
        }
    }
}

impl State {
    pub(crate) fn begin_record(&mut self, record: TrafficRecord) -> Vec<Effect> {
        let path = printable_path(&record.path);
        self.banner(
            Level::Info,
            format!("The USB traffic of the next jobs is recorded in {path}"),
        );
        let recorder = record.recorder.clone();
        self.traffic = Some(record);
        vec![Effect::Send(Command::Record(Some(recorder)))]
    }

    /// Reports a record that can no longer be written, and ends it.
    pub(super) fn check_record(&mut self) -> Vec<Effect> {
        let record = self.traffic.as_ref();
        match record.and_then(|record| record.recorder.failure()) {
            Some(_) => self.end_record(),
            None => Vec::new(),
        }
    }

    /// Transfers of a job that is running are still recorded.
    pub(super) fn end_record(&mut self) -> Vec<Effect> {
        let Some(record) = self.traffic.take() else {
            return Vec::new();
        };
        let path = printable_path(&record.path);
        match record.recorder.failure() {
            Some(error) => self.banner(
                Level::Error,
                format!("The USB record is incomplete: {error} ({path})"),
            ),
            None => {
                let count = record.recorder.transfers();
                self.banner(Level::Good, format!("Recorded {count} transfers in {path}"));
            }
        }
        vec![Effect::Send(Command::Record(None))]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Action, Intent, PathFor, report};
    use super::*;
    use crate::gui::background::{Task, Update};

    #[test]
    fn a_record_begins_with_its_file_and_ends_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usb.jsonl");
        let mut state = State::default();
        let given = Intent::PathGiven(PathFor::TrafficRecord, path.clone());
        let effects = state.act(Duration::ZERO, given);
        let [Effect::Background(Task::StartRecord { path: asked })] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        assert_eq!(*asked, path);
        let created = Update::Recording(TrafficRecord::create(path.clone()));
        let effects = state.update(Duration::ZERO, created);
        assert!(matches!(
            effects[..],
            [Effect::Send(Command::Record(Some(_)))]
        ));
        assert!(state.available(Action::RecordTraffic).is_err());
        assert!(report::text(&state).contains("usb.jsonl, 0 transfers"));
        let effects = state.act(Duration::ZERO, Intent::Do(Action::EndRecord));
        assert!(matches!(effects[..], [Effect::Send(Command::Record(None))]));
        assert!(state.available(Action::EndRecord).is_err());
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.starts_with("{\"kind\":\"record\""));
    }

    #[test]
    fn a_record_that_breaks_off_is_reported_at_the_end_of_a_job() {
        /// Room for the first line.
        struct Full(bool);
        impl std::io::Write for Full {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                match std::mem::replace(&mut self.0, true) {
                    false => Ok(bytes.len()),
                    true => Err(std::io::ErrorKind::StorageFull.into()),
                }
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let recorder = Recorder::new(Full(false), KeepData::Hashes, Side::Host).unwrap();
        let mut state = State::default();
        state.begin_record(TrafficRecord::new(recorder.clone(), "usb.txt".into()));
        assert!(state.check_record().is_empty());
        recorder.devices(&[crate::discovery::samples::f407()]);
        let effects = state.check_record();
        assert!(matches!(effects[..], [Effect::Send(Command::Record(None))]));
        let last = state.banners.last().unwrap();
        assert!(last.text.starts_with("The USB record is incomplete"));
    }

    #[test]
    fn a_record_that_cannot_be_written_is_reported_and_not_begun() {
        let mut state = State::default();
        let created = TrafficRecord::create("/no/such/folder/usb.jsonl".into());
        assert!(
            state
                .update(Duration::ZERO, Update::Recording(created))
                .is_empty()
        );
        assert!(state.banners[0].text.starts_with("Not recorded"));
        assert!(state.available(Action::RecordTraffic).is_ok());
    }
}
