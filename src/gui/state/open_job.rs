//! The job profile that is open: it is read into the batch screen, and never starts anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::firmware::{Existing, Image, Placement};
use crate::gui::background::{LoadFailure, Task};
use crate::gui::job_profile::{JobOptions, JobProfile};
use crate::gui::settings::Choices;
use crate::printable::printable_path;

use super::batch::BatchForm;
use super::log::Level;
use super::options::OneTimeOptions;
use super::{Effect, Screen, State};

/// The firmware file that a profile asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenJob {
    /// Of the profile, as people may see it.
    pub name: String,
    firmware: PathBuf,
    sha256: String,
}

impl State {
    /// Reads a profile; the answer is applied by [`State::job_read`].
    pub(super) fn open_job(&mut self, path: PathBuf) -> Vec<Effect> {
        if let Err(why) = self.can_choose_file() {
            self.banner(Level::Warning, why);
            return Vec::new();
        }
        vec![Effect::Background(Task::OpenJob { path })]
    }

    pub(super) fn job_read(
        &mut self,
        path: &Path,
        result: Result<Box<JobProfile>, String>,
    ) -> Vec<Effect> {
        let name = file_name(path);
        // A job or a batch may have begun in the meantime.
        let result = result.and_then(|profile| self.can_choose_file().map(|()| profile));
        let profile = match result {
            Ok(profile) => *profile,
            Err(why) => {
                self.settings.forget_file(path);
                self.banner(Level::Error, format!("{name} cannot be opened. {why}"));
                return Vec::new();
            }
        };
        self.settings.remember_file(path);
        self.note(Level::Info, None, format!("{name} is open"));
        self.open_job = Some(OpenJob {
            name,
            firmware: profile.firmware.clone(),
            sha256: profile.sha256,
        });
        self.settings.options = choices(&profile.options, profile.backup_folder.is_some());
        self.one_time = OneTimeOptions {
            mass_erase: profile.options.mass_erase,
            target: profile.options.target,
            keep_ranges: profile.options.keep_ranges,
        };
        let settings = &mut self.settings;
        settings.backup_folder = profile.backup_folder.or(settings.backup_folder.take());
        settings.records_folder = profile.record_folder.or(settings.records_folder.take());
        self.batch_form = BatchForm {
            name: profile.batch,
            count: profile
                .count
                .map(|count| count.to_string())
                .unwrap_or_default(),
            changing_options: false,
        };
        self.address = profile.address.map(|at| at.to_string()).unwrap_or_default();
        self.show(Screen::Batch);
        vec![self.load(profile.firmware)]
    }

    /// Refuses another file in the place of the profile's. A file from elsewhere closes the profile,
    /// unless it is the same.
    pub(super) fn check_job(
        &mut self,
        path: &Path,
        result: Result<Arc<Image>, LoadFailure>,
    ) -> Result<Arc<Image>, LoadFailure> {
        let (Ok(image), Some(job)) = (&result, &self.open_job) else {
            return result;
        };
        if image.source.sha256_hex() == job.sha256 {
            return result;
        }
        if path == job.firmware {
            let why = format!(
                "this is not the file that {} was made with: its SHA-256 is another one",
                job.name
            );
            return Err(LoadFailure {
                advice: "Ask for the right file, or for a new profile",
                ..why.into()
            });
        }
        let text = format!("{} was closed: this is not its firmware file", job.name);
        self.open_job = None;
        self.banner(Level::Warning, text);
        result
    }

    pub(super) fn save_job(&mut self, path: PathBuf, existing: Existing) -> Vec<Effect> {
        let text = self.job_profile().and_then(|profile| {
            let whole = std::path::absolute(&path).map_err(|error| error.to_string())?;
            profile.text(whole.parent().unwrap_or(Path::new("")))
        });
        match text {
            Ok(text) => vec![Effect::Background(Task::SaveText {
                path,
                existing,
                text,
            })],
            Err(why) => {
                self.banner(Level::Error, format!("Not saved: {why}"));
                Vec::new()
            }
        }
    }

    /// The batch screen as a profile.
    fn job_profile(&self) -> Result<JobProfile, String> {
        let loaded = self.firmware.loaded().ok_or("No firmware file is chosen")?;
        let address = match loaded.facts.placement {
            Placement::Given(at) => Some(at),
            Placement::InFile | Placement::Proven(_) | Placement::Assumed(_) => None,
        };
        let chosen = &self.settings.options;
        Ok(JobProfile {
            firmware: loaded.path.clone(),
            sha256: loaded.facts.sha256.clone(),
            address,
            options: JobOptions {
                verify: chosen.verify,
                only_what_differs: chosen.only_what_differs,
                keep: chosen.keep,
                start: chosen.start,
                mass_erase: self.one_time.mass_erase,
                compatible_timing: chosen.compatible_timing,
                keep_ranges: self.one_time.keep_ranges.clone(),
                target: self.one_time.target,
            },
            backup_folder: self.backups(),
            record_folder: self.settings.records_folder.clone(),
            count: self.batch_form.count()?,
            batch: self.batch_form.name.trim().to_owned(),
        })
    }

    pub(super) fn job_name(&self) -> String {
        let path = self.firmware.path();
        let stem = path.and_then(Path::file_stem).unwrap_or("job".as_ref());
        format!("{}.upfuse", stem.to_string_lossy())
    }
}

fn choices(options: &JobOptions, backup: bool) -> Choices {
    Choices {
        verify: options.verify,
        only_what_differs: options.only_what_differs,
        keep: options.keep,
        start: options.start,
        backup,
        compatible_timing: options.compatible_timing,
    }
}

fn file_name(path: &Path) -> String {
    printable_path(path.file_name().unwrap_or(path.as_os_str()))
}
