//! Starts jobs on the chosen boards.

use std::path::PathBuf;

use crate::address::AddressRange;
use crate::dfu::Pace;
use crate::engine::{Detail, EraseScope, SaveTo, Task, backup_board, new_backup};
use crate::firmware::Existing;
use crate::gui::text::capitalised;
use crate::transport::Place;
use crate::wall_clock::Moment;
use crate::worker::Command;

use super::availability::CHOOSE_BOARD;
use super::firmware::Loaded;
use super::job::{FileDigest, Job, Purpose};
use super::log::Level;
use super::{Effect, State, options};

/// A job before it has a board.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) task: Task,
    pub(super) purpose: Purpose,
    /// The firmware file, if the task has one.
    pub(super) file: Option<FileDigest>,
    /// The folder for a backup of the board.
    pub(super) backups: Option<PathBuf>,
    /// Other than the one that is set now.
    pub(super) pace: Option<Pace>,
}

impl Order {
    pub(super) fn new(task: Task) -> Self {
        Self {
            task,
            purpose: Purpose::Result,
            file: None,
            backups: None,
            pace: None,
        }
    }
}

impl State {
    pub(super) fn upgrade_chosen(&mut self) -> Vec<Effect> {
        if let Some(place) = self.enters_first().map(|entry| entry.place().clone()) {
            return self.enter_and_upgrade(&place);
        }
        let Some(image) = self.firmware.image().cloned() else {
            return Vec::new();
        };
        let options = self.upgrade_options();
        let order = Order {
            file: self.digest(),
            backups: self.backups(),
            ..Order::new(Task::Upgrade { image, options })
        };
        self.run_on_chosen(&order)
    }

    pub(super) fn verify_chosen(&mut self) -> Vec<Effect> {
        let Some(image) = self.firmware.image().cloned() else {
            return Vec::new();
        };
        let target = self.target_to_write();
        self.run_on_chosen(&Order {
            file: self.digest(),
            ..Order::new(Task::Verify {
                image,
                target,
                keep_ranges: self.upgrade_options().keep_ranges,
                detail: Detail::Ranges,
            })
        })
    }

    pub(super) fn stop(&mut self) -> Vec<Effect> {
        self.following = None;
        self.jobs
            .values_mut()
            .filter(|job| job.is_running() && !job.stopping)
            .map(|job| {
                job.stopping = true;
                Effect::Send(Command::Cancel(job.id))
            })
            .collect()
    }

    pub(super) fn digest(&self) -> Option<FileDigest> {
        self.firmware.loaded().map(Loaded::digest)
    }

    /// The folder for backups, if they are wanted.
    pub(super) fn backups(&self) -> Option<PathBuf> {
        let folder = self.settings.backup_folder.as_ref();
        folder.filter(|_| self.settings.options.backup).cloned()
    }

    fn run_on_chosen(&mut self, order: &Order) -> Vec<Effect> {
        let places: Vec<Place> = self.boards.chosen().map(|e| e.place().clone()).collect();
        self.group.clone_from(&places);
        places
            .into_iter()
            .filter_map(|place| self.run(&place, order.clone()))
            .collect()
    }

    pub(super) fn run_on_focus(&mut self, task: Task) -> Vec<Effect> {
        self.run_on_focus_as(Order::new(task))
    }

    fn run_on_focus_as(&mut self, order: Order) -> Vec<Effect> {
        let place = self.boards.focus_place().cloned();
        place
            .and_then(|place| self.run(&place, order))
            .into_iter()
            .collect()
    }

    /// Starts a job, unless one runs on that board.
    pub(super) fn run(&mut self, place: &Place, order: Order) -> Option<Effect> {
        if self.is_busy(place) {
            return None;
        }
        let entry = self.boards.entry(place)?;
        let (board, serial) = (entry.title().to_owned(), entry.found.record.serial.clone());
        let address = entry.found.record.address;
        let pace = order.pace;
        let pace = pace.unwrap_or_else(|| options::pace(&self.settings.options));
        let mut task = order.task;
        if let (Task::Upgrade { options, .. }, Some(folder)) = (&mut task, &order.backups) {
            let file = order.file.as_ref().map_or("", |file| file.name.as_str());
            let all = self.boards.entries.iter().map(|entry| &entry.found);
            let board = backup_board(&entry.found, all);
            options.backup = Some(SaveTo {
                path: new_backup(folder, file, board, Moment::now()),
                existing: Existing::Refuse,
            });
        }
        let id = self.next_job();
        let mut job = Job::new(id, task.clone(), order.purpose, place.clone(), board);
        job.serial = serial;
        job.address = address;
        job.file = order.file;
        job.backup_of_before = self.unfinished.backup(place, job.serial.as_deref());
        let text = job.begins();
        self.jobs.insert(place.clone(), job);
        self.note(Level::Info, Some(place.to_string()), text);
        self.mark_picture_stale();
        Some(Effect::Send(Command::Run {
            job: id,
            place: place.clone(),
            task,
            pace,
        }))
    }

    /// The form's range on the shown board; `None` is all of the target.
    ///
    /// # Errors
    /// A sentence about the fault in the form.
    pub fn chosen_range(&self) -> Result<Option<AddressRange>, String> {
        let alternate = self.range.alternate;
        let board = self
            .boards
            .ready_focus()
            .ok_or_else(|| CHOOSE_BOARD.to_owned())?;
        let target = board
            .target(alternate)
            .ok_or_else(|| "Choose a target".to_owned())?;
        if board.is_plain() {
            return Ok(None);
        }
        let map = target
            .map
            .as_ref()
            .map_err(|e| capitalised(&e.to_string()))?;
        self.range
            .range(map)
            .map_err(|e| capitalised(&e.to_string()))
    }

    pub(super) fn read(&mut self, purpose: Purpose) -> Vec<Effect> {
        let Ok(range) = self.chosen_range() else {
            return Vec::new();
        };
        let alternate = self.range.alternate;
        let task = Task::Read {
            alternate,
            range,
            save: None,
        };
        self.run_on_focus_as(Order {
            purpose,
            ..Order::new(task)
        })
    }

    pub(super) fn erase_range(&mut self) -> Vec<Effect> {
        let alternate = self.range.alternate;
        let whole = || {
            let board = self.boards.ready_focus()?;
            let regions = board.map(alternate)?.regions();
            AddressRange::between(regions.first()?.start(), regions.last()?.end())
        };
        let range = match self.chosen_range() {
            Ok(Some(range)) => Some(range),
            Ok(None) => whole(),
            Err(_) => None,
        };
        let Some(range) = range else {
            return Vec::new();
        };
        let scope = EraseScope::Range { alternate, range };
        self.run_on_focus(Task::Erase(scope))
    }
}
