//! Starts jobs on the chosen boards.

use crate::address::AddressRange;
use crate::engine::{EraseScope, Task};
use crate::gui::text::capitalised;
use crate::transport::Place;
use crate::worker::Command;

use super::batch::Armed;
use super::job::{Job, Purpose};
use super::log::Level;
use super::{Effect, Screen, State, options};

impl State {
    pub(super) fn upgrade_chosen(&mut self) -> Vec<Effect> {
        let Some(image) = self.firmware.image().cloned() else {
            return Vec::new();
        };
        let options = options::upgrade_options(&self.settings.options, &self.one_time);
        let task = Task::Upgrade { image, options };
        self.run_on_chosen(&task)
    }

    pub(super) fn verify_chosen(&mut self) -> Vec<Effect> {
        let Some(image) = self.firmware.image().cloned() else {
            return Vec::new();
        };
        let target = self.one_time.target;
        self.run_on_chosen(&Task::Verify { image, target })
    }

    pub(super) fn stop(&mut self) -> Vec<Effect> {
        self.jobs
            .values_mut()
            .filter(|job| job.is_running() && !job.stopping)
            .map(|job| {
                job.stopping = true;
                Effect::Send(Command::Cancel(job.id))
            })
            .collect()
    }

    fn run_on_chosen(&mut self, task: &Task) -> Vec<Effect> {
        let places: Vec<Place> = self.boards.chosen().map(|e| e.place().clone()).collect();
        self.group.clone_from(&places);
        places
            .into_iter()
            .filter_map(|place| self.run(&place, task.clone(), Purpose::Result))
            .collect()
    }

    pub(super) fn run_on_focus(&mut self, task: Task) -> Vec<Effect> {
        self.run_on_focus_for(task, Purpose::Result)
    }

    fn run_on_focus_for(&mut self, task: Task, purpose: Purpose) -> Vec<Effect> {
        let place = self.boards.focus_place().cloned();
        place
            .and_then(|place| self.run(&place, task, purpose))
            .into_iter()
            .collect()
    }

    /// Starts a job, unless one runs on that board.
    fn run(&mut self, place: &Place, task: Task, purpose: Purpose) -> Option<Effect> {
        if self.is_busy(place) {
            return None;
        }
        let entry = self.boards.entry(place)?;
        let (board, serial) = (entry.title().to_owned(), entry.found.record.serial.clone());
        let id = self.next_job();
        let mut job = Job::new(id, task.clone(), purpose, place.clone(), board);
        job.serial = serial;
        if matches!(task, Task::Upgrade { .. } | Task::Verify { .. }) {
            job.file = self.firmware.loaded().map(|loaded| loaded.digest());
        }
        let text = format!("{} begins", job.noun());
        self.jobs.insert(place.clone(), job);
        self.note(Level::Info, Some(place.to_string()), text);
        self.mark_picture_stale();
        Some(Effect::Send(Command::Run {
            job: id,
            place: place.clone(),
            task,
            pace: options::pace(&self.settings.options),
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
            .ok_or_else(|| "Choose a board on the left".to_owned())?;
        let target = board
            .target(alternate)
            .ok_or_else(|| "Choose a target".to_owned())?;
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
        self.run_on_focus_for(task, purpose)
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

    pub(super) fn arm_batch(&mut self) -> Vec<Effect> {
        let Some(loaded) = self.firmware.loaded() else {
            return Vec::new();
        };
        let mut options = options::upgrade_options(&self.settings.options, &self.one_time);
        // One file for all boards would be overwritten by each.
        options.backup = None;
        self.batch.arm(Armed {
            image: loaded.image.clone(),
            file: loaded.digest(),
            options,
            pace: options::pace(&self.settings.options),
        });
        self.screen = Screen::Upgrade;
        self.note(Level::Info, None, "Batch mode is on");
        let start = self.batch.on_boards(self.now, &self.boards.entries);
        start
            .iter()
            .filter_map(|place| self.start_batch_job(place))
            .collect()
    }

    pub(super) fn start_batch_job(&mut self, place: &Place) -> Option<Effect> {
        let armed = self.batch.armed.clone()?;
        let task = Task::Upgrade {
            image: armed.image,
            options: armed.options,
        };
        let effect = self.run(place, task, Purpose::Result)?;
        if let Some(job) = self.jobs.get_mut(place) {
            job.file = Some(armed.file);
            self.batch.started(place, job.id);
        }
        Some(effect)
    }
}
