//! Starts the jobs of a batch, and keeps its record on disk.

use std::path::{Path, PathBuf};

use crate::engine::Task;
use crate::gui::sound::Sound;
use crate::printable::printable_path;
use crate::transport::Place;
use crate::wall_clock::Moment;

use super::batch::{Armed, BatchOptions, Mark};
use super::batch_record::{HEADER, Record, RecordOutcome};
use super::begin::Order;
use super::boards::Entry;
use super::log::Level;
use super::{Effect, Modal, Screen, State, options};

impl State {
    pub(super) fn ask_to_arm(&mut self) {
        self.show(Screen::Batch);
        self.modal = Some(Modal::ArmBatch);
    }

    /// The options as they are set now.
    pub fn batch_options(&self) -> BatchOptions {
        BatchOptions {
            upgrade: self.upgrade_options(),
            backups: self.backups(),
            pace: options::pace(&self.settings.options),
        }
    }

    /// The batch as the form describes it; `None` if it cannot begin.
    fn batch_to_arm(&self) -> Option<Armed> {
        let (loaded, count) = (self.firmware.loaded()?, self.batch_form.count().ok()?);
        Some(Armed {
            image: loaded.image.clone(),
            file: loaded.digest(),
            options: self.batch_options(),
            count,
        })
    }

    /// Boards that the batch would begin with: they are ready, and the file suits them.
    pub fn boards_for_batch(&self) -> usize {
        let armed = self.batch_to_arm();
        let suits = |entry: &&Entry| armed.as_ref().is_some_and(|armed| armed.suits(entry));
        self.boards.ready().filter(suits).count()
    }

    pub(super) fn arm_batch(&mut self) -> Vec<Effect> {
        let Some(armed) = self.batch_to_arm() else {
            return Vec::new();
        };
        let text = format!("The batch has started, with {}", armed.file.name);
        let batch = self.batch_form.name.trim().to_owned();
        let operator = self.settings.operator.trim().to_owned();
        self.batch_form.changing_options = false;
        self.batch.arm(self.now, armed, batch, operator);
        self.note(Level::Info, None, text);
        let folder = self.records_folder();
        self.batch.record_file = folder.map(|folder| new_record(folder, Moment::now()));
        let header = self.batch.record_file.iter().map(|path| Effect::Record {
            path: path.clone(),
            text: HEADER.to_owned(),
        });
        let mut effects: Vec<Effect> = header.collect();
        // A profile may name one that is not there yet.
        effects.extend(self.backups().map(Effect::CreateFolder));
        effects.extend(self.run_batch());
        effects
    }

    /// Where the next record goes; nowhere on a system without a home folder.
    pub fn records_folder(&self) -> Option<&Path> {
        let chosen = self.settings.records_folder.as_ref();
        chosen
            .or(self.own_records_folder.as_ref())
            .map(PathBuf::as_path)
    }

    /// What a person does next.
    pub fn batch_prompt(&self) -> String {
        let passed = self.batch.count(RecordOutcome::Pass);
        let count = self.batch.armed.as_ref().and_then(|armed| armed.count);
        if let Some(count) = count.filter(|count| passed >= *count) {
            return match count {
                1 => "The board is done".to_owned(),
                _ => format!("All {count} boards are done"),
            };
        }
        if self.batch.records.is_empty() && self.batch.running() == 0 {
            return "Plug in the first board".to_owned();
        }
        let mut slots = self.batch.slots.values();
        if slots.any(|slot| slot.mark == Mark::Pass && !slot.is_empty()) {
            return "Unplug what has passed, and plug in the next board".to_owned();
        }
        "Plug in the next board".to_owned()
    }

    /// Boards of several families that are plugged in, as a sentence without a full stop. A file may
    /// fit into the memory of all of them.
    pub fn different_boards(&self) -> Option<String> {
        let mut kinds: Vec<(String, usize)> = Vec::new();
        for entry in self.boards.ready() {
            let found = &entry.found;
            let kind = match found.family() {
                Some(family) => family.to_string(),
                None => found.label.clone(),
            };
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, count)) => *count += 1,
                None => kinds.push((kind, 1)),
            }
        }
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let parts = kinds
            .iter()
            .map(|(kind, count)| format!("{count}\u{a0}×\u{a0}{kind}"));
        let text = parts.collect::<Vec<_>>().join(", ");
        (kinds.len() > 1).then(|| format!("Different boards are plugged in: {text}"))
    }

    pub(super) fn ask_to_end_batch(&mut self) {
        if self.batch.running() > 0 {
            self.modal = Some(Modal::EndBatch);
        } else {
            self.end_batch();
        }
    }

    /// Boards that are being upgraded are finished.
    pub(super) fn end_batch(&mut self) {
        self.batch.disarm();
        let text = match &self.batch.record_file {
            Some(path) => format!(
                "The batch has ended. Its record is in {}",
                printable_path(path)
            ),
            None => "The batch has ended".to_owned(),
        };
        self.note(Level::Info, None, text);
    }

    pub(super) fn retry(&mut self, place: &Place) -> Vec<Effect> {
        let entry = self.boards.entry(place).filter(|entry| entry.is_ready());
        let is_due = entry.is_some_and(|entry| self.batch.retry(Moment::now(), entry));
        self.begin_batch_jobs(is_due.then(|| place.clone()))
    }

    /// Starts a job on each board that is due, and records those that are skipped.
    pub(super) fn run_batch(&mut self) -> Vec<Effect> {
        let now = Moment::now();
        let start = self.batch.on_boards(self.now, now, &self.boards.entries);
        self.begin_batch_jobs(start)
    }

    fn begin_batch_jobs(&mut self, places: impl IntoIterator<Item = Place>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for place in places {
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
            backups: armed.options.backups,
            pace: Some(armed.options.pace),
            ..Order::new(Task::Upgrade {
                image: armed.image,
                options: armed.options.upgrade,
            })
        };
        let effect = self.run(place, order)?;
        if let Some(job) = self.jobs.get(place) {
            self.batch.started(place, job.id);
        }
        Some(effect)
    }

    /// The new lines of the record, and a sound for them.
    pub(super) fn record_batch(&mut self) -> Vec<Effect> {
        let new = self.batch.new_records(&self.settings.port_names);
        if new.is_empty() {
            return Vec::new();
        }
        let path = self.batch.record_file.clone();
        let text = new.iter().map(Record::line).collect();
        let record = path.map(|path| Effect::Record { path, text });
        let sound = sound(&new).filter(|_| self.settings.sounds);
        let sound = sound.map(Effect::Play);
        record.into_iter().chain(sound).collect()
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

/// For the boards that have ended.
fn sound(records: &[Record]) -> Option<Sound> {
    let ended = |record: &&Record| record.outcome != RecordOutcome::Unprotected;
    let mut ended = records.iter().filter(ended).peekable();
    ended.peek()?;
    let all_passed = ended.all(|record| record.outcome == RecordOutcome::Pass);
    Some(if all_passed { Sound::Pass } else { Sound::Fail })
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

#[cfg(test)]
mod tests {
    use super::super::batch::tests::armed;
    use super::super::batch_record::RecordHead;
    use super::*;

    fn sounds(state: &mut State, outcomes: &[RecordOutcome]) -> Vec<Sound> {
        let records = outcomes.iter().map(|outcome| Record {
            at: Moment::at(0, 0),
            head: RecordHead::default(),
            port: "1-1".to_owned(),
            serial: String::new(),
            board: String::new(),
            outcome: *outcome,
            detail: String::new(),
            seconds: String::new(),
            backup: String::new(),
            port_name: String::new(),
        });
        for record in records {
            state.batch.add(record);
        }
        let effects = state.record_batch().into_iter();
        let sounds = effects.filter_map(|effect| match effect {
            Effect::Play(sound) => Some(sound),
            _ => None,
        });
        sounds.collect()
    }

    #[test]
    fn a_board_sounds_once_and_any_that_did_not_pass_sounds_low() {
        use RecordOutcome::{Fail, Pass, Skipped, Unprotected};
        let mut state = State::default();
        assert_eq!(sounds(&mut state, &[Pass]), [Sound::Pass]);
        assert_eq!(sounds(&mut state, &[]), []);
        assert_eq!(sounds(&mut state, &[Fail]), [Sound::Fail]);
        assert_eq!(sounds(&mut state, &[Pass, Skipped]), [Sound::Fail]);
        // Its upgrade follows.
        assert_eq!(sounds(&mut state, &[Unprotected]), []);
        state.settings.sounds = false;
        assert_eq!(sounds(&mut state, &[Pass]), []);
    }

    #[test]
    fn the_end_of_a_batch_of_one_board_is_worded_for_one() {
        let mut state = State {
            batch: armed(100),
            ..State::default()
        };
        state.batch.armed.as_mut().unwrap().count = Some(1);
        sounds(&mut state, &[RecordOutcome::Pass]);
        assert_eq!(state.batch_prompt(), "The board is done");
    }

    #[test]
    fn the_prompt_counts_to_the_number_of_boards() {
        let mut state = State::default();
        assert_eq!(state.batch_prompt(), "Plug in the first board");
        sounds(&mut state, &[RecordOutcome::Fail]);
        assert_eq!(state.batch_prompt(), "Plug in the next board");
    }
}
