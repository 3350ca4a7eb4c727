//! Starts the jobs of a batch, and keeps its record on disk.

use std::path::{Path, PathBuf};

use crate::engine::Task;
use crate::printable::printable_path;
use crate::transport::Place;
use crate::wall_clock::Moment;

use super::batch::Armed;
use super::batch_record::HEADER;
use super::begin::Order;
use super::log::Level;
use super::{Effect, Modal, Screen, State, options};

impl State {
    pub(super) fn ask_to_arm(&mut self) {
        self.modal = Some(Modal::ArmBatch {
            batch: String::new(),
            operator: self.settings.operator.clone(),
        });
    }

    pub(super) fn arm_batch(&mut self, batch: &str, operator: &str) -> Vec<Effect> {
        let Some(loaded) = self.firmware.loaded() else {
            return Vec::new();
        };
        let armed = Armed {
            image: loaded.image.clone(),
            file: loaded.digest(),
            options: self.upgrade_options(),
            backups: self.backups(),
            pace: options::pace(&self.settings.options),
        };
        let text = format!("Batch mode is on, with {}", armed.file.name);
        operator.clone_into(&mut self.settings.operator);
        self.batch.arm(armed, batch.to_owned(), operator.to_owned());
        self.screen = Screen::Upgrade;
        self.note(Level::Info, None, text);
        let folder = self.records_folder.as_deref();
        self.batch.record_file = folder.map(|folder| new_record(folder, Moment::now()));
        let header = self.batch.record_file.iter().map(|path| Effect::Record {
            path: path.clone(),
            text: HEADER.to_owned(),
        });
        let mut effects: Vec<Effect> = header.collect();
        effects.extend(self.run_batch());
        effects
    }

    pub(super) fn disarm_batch(&mut self) {
        self.batch.disarm();
        if let Some(path) = &self.batch.record_file {
            let text = format!("The record of the batch is in {}", printable_path(path));
            self.banner(Level::Info, text);
        }
    }

    /// Starts a job on each board that is due, and records those that are skipped.
    pub(super) fn run_batch(&mut self) -> Vec<Effect> {
        let now = Moment::now();
        let start = self.batch.on_boards(self.now, now, &self.boards.entries);
        let mut effects = Vec::new();
        for place in start {
            match self.start_batch_job(&place) {
                Some(effect) => effects.push(effect),
                None => self.batch.not_started(&place),
            }
        }
        effects.extend(self.record_batch());
        effects
    }

    fn start_batch_job(&mut self, place: &Place) -> Option<Effect> {
        let armed = self.batch.armed.clone()?;
        let order = Order {
            file: Some(armed.file),
            backups: armed.backups,
            ..Order::new(Task::Upgrade {
                image: armed.image,
                options: armed.options,
            })
        };
        let effect = self.run(place, order)?;
        if let Some(job) = self.jobs.get(place) {
            self.batch.started(place, job.id);
        }
        Some(effect)
    }

    /// The new lines of the record.
    pub(super) fn record_batch(&mut self) -> Option<Effect> {
        let path = self.batch.record_file.clone()?;
        let text = self.batch.new_lines();
        (!text.is_empty()).then_some(Effect::Record { path, text })
    }

    /// Lines of the record are not on disk.
    pub fn record_failed(&mut self, path: &Path, why: &str) {
        let text = format!(
            "The record of the batch cannot be written to {}: {why}. Save it with \"Save record…\"",
            printable_path(path)
        );
        self.banner(Level::Error, text);
    }
}

/// A file that does not exist yet: `batch-20261121-132539.csv`.
fn new_record(folder: &Path, now: Moment) -> PathBuf {
    let name = format!("batch-{}", now.for_file_name());
    let later = (2..).map(|number: u32| format!("{name}-{number}"));
    let names = std::iter::once(name.clone()).chain(later);
    let mut paths = names.map(|name| folder.join(format!("{name}.csv")));
    let first = folder.join(format!("{name}.csv"));
    paths.find(|path| !path.exists()).unwrap_or(first)
}
