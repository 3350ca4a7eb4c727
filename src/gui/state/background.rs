//! Starts background tasks, and applies their updates.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::files::ConversionProgress;
use super::firmware::{Facts, Firmware};
use super::log::Level;
use super::{Effect, State};
use crate::firmware::convert::Conversion;
use crate::firmware::{Existing, Image, file_on_disk};
use crate::gui::background::{LoadFailure, Reader, Task, Update};
use crate::printable::printable_path;

impl State {
    /// Applies an update of a background task. `now` is the time since the window was opened.
    pub fn update(&mut self, now: Duration, update: Update) -> Vec<Effect> {
        self.now = now;
        match update {
            Update::Loaded {
                path,
                reader: Reader::Upgrade { request },
                result,
            } => self.firmware_loaded(request, path, result),
            Update::Loaded {
                path,
                reader: Reader::Files,
                result,
            } => {
                self.remember(&path, result.is_ok());
                self.files.set_contents(
                    &path,
                    result.map(|image| Facts::new(&image)).map_err(|e| e.text),
                );
            }
            Update::Loaded {
                path,
                reader: Reader::View,
                result,
            } => self.file_to_view(&path, result),
            Update::Loaded {
                reader: Reader::Compare,
                result,
                ..
            } => self.file_to_compare(result),
            Update::Loaded {
                path,
                reader: Reader::OptionBytes,
                result,
            } => match result {
                Ok(image) => self.option_file_loaded(&path, &image),
                Err(failure) => self.banner(Level::Error, failure.text),
            },
            Update::FileChanged(path) => return self.file_changed(path),
            Update::Converting { doing, done, total } => {
                self.files.set_progress(doing, done, total);
            }
            Update::Converted(result) => {
                self.files.progress = None;
                self.ended(result);
            }
            Update::Job { path, result } => return self.job_read(&path, result),
            Update::Recording(Ok(record)) => return self.begin_record(record),
            Update::Recording(Err(why)) => self.banner(Level::Error, why),
            Update::Backups(found) => self.backups_listed(found),
            Update::DriverChanged(change) => return self.driver_changed(change),
            Update::Ended(result) => self.ended(result),
        }
        Vec::new()
    }

    pub(super) fn ended(&mut self, result: Result<String, String>) {
        match result {
            Ok(text) => self.banner(Level::Good, text),
            Err(text) => self.banner(Level::Error, text),
        }
    }

    fn remember(&mut self, path: &Path, is_open: bool) {
        if is_open {
            self.settings.remember_file(path);
        } else {
            self.settings.forget_file(path);
        }
    }

    /// Reads the firmware file for an upgrade.
    pub(super) fn load(&mut self, path: PathBuf) -> Effect {
        self.next_request += 1;
        let request = self.next_request;
        self.firmware = Firmware::Loading {
            path: path.clone(),
            request,
        };
        self.settings.remember_folder(&file_on_disk(&path));
        // The results of jobs with another file do not apply to this one.
        self.jobs.retain(|_, job| job.is_running());
        let at = self.address.trim().parse().ok();
        self.refresh();
        Effect::Background(Task::Load {
            path,
            at,
            reader: Reader::Upgrade { request },
        })
    }

    pub(super) fn reload(&mut self) -> Vec<Effect> {
        if self.can_choose_file().is_err() {
            return Vec::new();
        }
        let path = self.firmware.path().map(std::path::Path::to_owned);
        path.map(|path| self.load(path)).into_iter().collect()
    }

    fn firmware_loaded(
        &mut self,
        request: u64,
        path: PathBuf,
        result: Result<Arc<Image>, LoadFailure>,
    ) {
        let result = self.check_job(&path, result);
        match &result {
            Ok(image) => {
                let text = format!("{} read, {}", image.source.name, image.source.format.name());
                self.note(Level::Info, None, text);
            }
            Err(error) => self.note(Level::Error, None, error.text.clone()),
        }
        self.remember(&path, result.is_ok());
        self.firmware.finish_loading(request, path, result);
        self.refresh();
    }

    fn file_changed(&mut self, path: PathBuf) -> Vec<Effect> {
        self.firmware.file_changed(&path);
        self.note(
            Level::Info,
            None,
            format!("Changed on disk: {}", printable_path(&path)),
        );
        if self.settings.reload_automatically && self.running().next().is_none() {
            return vec![self.load(path)];
        }
        Vec::new()
    }

    /// `existing`: the dialog for one file has asked about replacing it; the one for a folder has not.
    pub(super) fn convert(
        &mut self,
        conversion: Result<Conversion, String>,
        existing: Existing,
    ) -> Vec<Effect> {
        match conversion {
            Ok(conversion) => {
                let progress = ConversionProgress::default();
                let cancel = progress.cancel.clone();
                self.files.progress = Some(progress);
                vec![Effect::Background(Task::Convert {
                    conversion: Box::new(conversion),
                    existing,
                    cancel,
                })]
            }
            Err(why) => {
                self.banner(Level::Error, why);
                Vec::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(state: &mut State, path: &str) -> Reader {
        match state.load(path.into()) {
            Effect::Background(Task::Load { reader, .. }) => reader,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_result_of_an_earlier_request_is_ignored() {
        let mut state = State::default();
        let earlier = open(&mut state, "first.bin");
        let current = open(&mut state, "second.bin");
        let mut answer = |path: &str, reader| {
            let update = Update::Loaded {
                path: path.into(),
                reader,
                result: Err("empty".to_owned().into()),
            };
            state.update(Duration::ZERO, update);
            matches!(state.firmware, Firmware::Loading { .. })
        };
        assert!(answer("first.bin", earlier));
        assert!(!answer("second.bin", current));
    }
}
