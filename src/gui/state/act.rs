//! What a person wants, carried out: changes of the state, and effects for the outside.

use std::path::PathBuf;
use std::time::Duration;

use crate::address::AddressRange;
use crate::engine::{EraseScope, Task};
use crate::gui::action::Action;
use crate::transport::Place;
use crate::worker::Command;

use super::availability::first_letter_up;
use super::batch::Armed;
use super::job::{Job, JobKind};
use super::log::Level;
use super::memory::{ROW, parse_needle};
use super::{Effect, Modal, SaveText, Screen, State, report, upgrade};

/// Everything the views can ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    Do(Action),
    /// Chooses this board alone.
    ChooseBoard(Place),
    /// Takes a board into the choice or out of it.
    ToggleBoard(Place),
    OpenFile(PathBuf),
    /// The address of a file that has none was typed.
    AddressTyped,
    /// An option was changed.
    OptionsChanged,
    ShowTarget(u8),
    PlugSimulated(String),
    UnplugSimulated(Place),
    BackupWanted(bool),
    BackupTo(PathBuf),
    SaveReadOutTo(PathBuf),
    /// A sector of the map was picked.
    PickRange(AddressRange),
    WholeTarget,
    ReadTarget(u8),
    CloseBanner(usize),
    CloseModal,
    /// The modal's question was answered with its dangerous button.
    Confirm,
    /// The window is asked to close.
    CloseRequested,
    ForgetResult(Place),
    CopyText(String),
    OpenLink(&'static str),
    InstallUdevRule,
    /// A step's button: brings the board at this place into DFU mode.
    EnterDfuMode(Place),
    RemoveProtection(Place),
}

impl State {
    pub fn act(&mut self, now: Duration, intent: Intent) -> Vec<Effect> {
        self.now = now;
        match intent {
            Intent::Do(action) => return self.take_action(action),
            Intent::ChooseBoard(place) => {
                self.boards.choose(&place);
                self.refresh();
            }
            Intent::ToggleBoard(place) => {
                self.boards.toggle(&place);
                self.refresh();
            }
            Intent::OpenFile(path) => {
                self.screen = Screen::Upgrade;
                self.address.clear();
                return vec![self.load(path)];
            }
            Intent::AddressTyped => return self.reload(),
            Intent::OptionsChanged => self.refresh(),
            Intent::ShowTarget(alternate) => {
                self.shown_target = alternate;
                self.draw();
            }
            Intent::PlugSimulated(name) => {
                return vec![Effect::Send(Command::PlugSimulated(name))];
            }
            Intent::UnplugSimulated(place) => {
                return vec![Effect::Send(Command::UnplugSimulated(place))];
            }
            Intent::BackupWanted(true) => return vec![Effect::ChooseBackup],
            Intent::BackupWanted(false) => {
                self.once.backup = None;
                self.refresh();
            }
            Intent::BackupTo(path) => {
                self.once.backup = Some(path);
                self.refresh();
            }
            Intent::SaveReadOutTo(path) => return self.save_read_out(path).into_iter().collect(),
            Intent::PickRange(range) => self.range.set(range),
            Intent::WholeTarget => self.range.set_whole(),
            Intent::ReadTarget(alternate) => {
                self.range.alternate = alternate;
                self.range.set_whole();
                self.shown_target = alternate;
                self.draw();
            }
            Intent::CloseBanner(index) => {
                if index < self.banners.len() {
                    self.banners.remove(index);
                }
            }
            Intent::CloseModal => self.modal = None,
            Intent::Confirm => return self.confirmed(),
            Intent::CloseRequested => {
                if self.running().next().is_none() {
                    return vec![Effect::Close];
                }
                self.modal = Some(Modal::ConfirmClose);
            }
            Intent::ForgetResult(place) => {
                self.jobs.remove(&place);
                self.refresh();
            }
            Intent::CopyText(text) => return vec![Effect::Copy(text)],
            Intent::OpenLink(link) => return vec![Effect::OpenLink(link)],
            Intent::InstallUdevRule => return vec![Effect::InstallUdevRule],
            Intent::EnterDfuMode(place) => {
                self.boards.choose(&place);
                return self.take_action(Action::EnterDfuMode);
            }
            Intent::RemoveProtection(place) => {
                self.boards.choose(&place);
                return self.take_action(Action::RemoveProtection);
            }
        }
        Vec::new()
    }

    fn take_action(&mut self, action: Action) -> Vec<Effect> {
        if self.available(action).is_err() {
            return Vec::new();
        }
        match action {
            Action::ChooseFile => return vec![Effect::ChooseFirmware],
            Action::ReloadFile => return self.reload(),
            Action::Upgrade if self.once.mass_erase => {
                self.modal = Some(Modal::ConfirmMassErase);
            }
            Action::Upgrade => return self.upgrade_chosen(),
            Action::Verify => return self.verify_chosen(),
            Action::Stop => return self.stop(),
            Action::StartProgram => {
                return self.run_on_focus(JobKind::Start, Task::Start { at: None });
            }
            Action::EnterDfuMode => return self.run_on_focus(JobKind::Detach, Task::Detach),
            Action::Rescan => return vec![Effect::Send(Command::Rescan)],
            Action::TrySimulatedBoard => {
                return vec![Effect::Send(Command::PlugSimulated("f407".to_owned()))];
            }
            Action::BoardDetails => self.modal = Some(Modal::BoardDetails),
            Action::NameBoard => self.ask_name(),
            Action::RemoveProtection => self.modal = Some(Modal::ConfirmUnprotect),
            Action::ReadMemory => return self.read(JobKind::Read),
            Action::BlankCheck => return self.read(JobKind::BlankCheck),
            Action::SaveReadOut => {
                let name = self.read_out_name();
                return vec![Effect::ChooseReadOut { name }];
            }
            Action::EraseRange => self.modal = Some(Modal::ConfirmEraseRange),
            Action::EraseAll => self.modal = Some(Modal::ConfirmEraseAll),
            Action::FindInMemory => self.find(),
            Action::GoToAddress => self.go_to(),
            Action::ArmBatch => self.modal = Some(Modal::ArmBatch),
            Action::DisarmBatch => self.batch.disarm(),
            Action::SaveBatchRecord => {
                let (what, text) = (SaveText::BatchRecord, self.batch.csv());
                return vec![Effect::SaveText { what, text }];
            }
            Action::CopyReport => return vec![Effect::Copy(report::text(self))],
            Action::SaveLog => {
                let (what, text) = (SaveText::Log, self.log.text());
                return vec![Effect::SaveText { what, text }];
            }
            Action::ClearLog => self.log.clear(),
            Action::ShowUpgrade => self.show(Screen::Upgrade),
            Action::ShowReadAndErase => self.show(Screen::ReadAndErase),
            Action::ShowFiles => self.show(Screen::Files),
            Action::ShowLog => self.show(Screen::Log),
            Action::ShowShortcuts => self.modal = Some(Modal::Shortcuts),
            Action::ShowAbout => self.modal = Some(Modal::About),
            Action::Quit => return self.act(self.now, Intent::CloseRequested),
        }
        Vec::new()
    }

    fn show(&mut self, screen: Screen) {
        self.screen = screen;
        self.show_chosen_target();
        self.draw();
    }

    /// The map of the reading place is that of the target in its form.
    fn show_chosen_target(&mut self) {
        if self.screen == Screen::ReadAndErase {
            self.shown_target = self.range.alternate;
        }
    }

    fn confirmed(&mut self) -> Vec<Effect> {
        match self.modal.take() {
            Some(Modal::ConfirmMassErase) => self.upgrade_chosen(),
            Some(Modal::ConfirmEraseAll) => {
                self.run_on_focus(JobKind::Erase, Task::Erase(EraseScope::All))
            }
            Some(Modal::ConfirmEraseRange) => self.erase_range(),
            Some(Modal::ConfirmUnprotect) => self.run_on_focus(JobKind::Unprotect, Task::Unprotect),
            Some(Modal::ConfirmClose) => {
                let mut effects = self.stop();
                effects.push(Effect::Close);
                effects
            }
            Some(Modal::ArmBatch) => self.arm_batch(),
            Some(Modal::NameBoard { place, text }) => {
                self.name_board(&place, text.trim());
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn reload(&mut self) -> Vec<Effect> {
        let path = self.firmware.path().map(std::path::Path::to_owned);
        path.map(|path| self.load(path)).into_iter().collect()
    }

    fn upgrade_chosen(&mut self) -> Vec<Effect> {
        let Some(image) = self.firmware.image().cloned() else {
            return Vec::new();
        };
        let options = upgrade::options(&self.settings.options, &self.once);
        let task = Task::Upgrade { image, options };
        self.run_on_chosen(JobKind::Upgrade, &task)
    }

    fn verify_chosen(&mut self) -> Vec<Effect> {
        let Some(image) = self.firmware.image().cloned() else {
            return Vec::new();
        };
        let target = self.once.target;
        self.run_on_chosen(JobKind::Verify, &Task::Verify { image, target })
    }

    fn stop(&mut self) -> Vec<Effect> {
        self.jobs
            .values_mut()
            .filter(|job| job.is_running() && !job.stopping)
            .map(|job| {
                job.stopping = true;
                Effect::Send(Command::Cancel(job.id))
            })
            .collect()
    }

    fn run_on_chosen(&mut self, kind: JobKind, task: &Task) -> Vec<Effect> {
        let places: Vec<Place> = self.boards.chosen().map(|e| e.place.clone()).collect();
        places
            .into_iter()
            .filter_map(|place| self.run(&place, kind, task.clone()))
            .collect()
    }

    fn run_on_focus(&mut self, kind: JobKind, task: Task) -> Vec<Effect> {
        let place = self.boards.focus_place().cloned();
        place
            .and_then(|place| self.run(&place, kind, task))
            .into_iter()
            .collect()
    }

    /// Starts a job, unless one runs on that board.
    fn run(&mut self, place: &Place, kind: JobKind, task: Task) -> Option<Effect> {
        if self.is_busy(place) {
            return None;
        }
        let entry = self.boards.entry(place)?;
        let (board, serial) = (entry.title().to_owned(), entry.serial.clone());
        let id = self.next_job();
        let phases = match &task {
            Task::Upgrade { options, .. } => {
                kind.phases(options.verify, options.start, options.backup.is_some())
            }
            _ => kind.phases(true, true, false),
        };
        let mut job = Job::new(id, kind, place.clone(), board, phases);
        job.serial = serial;
        if matches!(
            task,
            Task::Upgrade { .. } | Task::Verify { .. } | Task::Survey { .. }
        ) {
            job.file = self.firmware.loaded().map(|loaded| loaded.file_fact());
        }
        self.jobs.insert(place.clone(), job);
        self.note(
            Level::Info,
            Some(place.to_string()),
            format!("{} begins", kind.noun()),
        );
        self.draw();
        Some(Effect::Send(Command::Run {
            job: id,
            place: place.clone(),
            task,
            pace: upgrade::pace(&self.settings.options),
        }))
    }

    /// The range of the form on the board that is shown; `None` is all of the target.
    ///
    /// # Errors
    /// A sentence about what is wrong with what was typed.
    pub fn chosen_range(&self) -> Result<Option<AddressRange>, String> {
        let alternate = self.range.alternate;
        let board = self
            .boards
            .ready_focus()
            .ok_or_else(|| "Choose a board on the left".to_owned())?;
        let target = board
            .targets
            .iter()
            .find(|target| target.alternate == alternate)
            .ok_or_else(|| "Choose a target".to_owned())?;
        let map = target
            .map
            .as_ref()
            .map_err(|e| first_letter_up(&e.to_string()))?;
        self.range
            .range(map)
            .map_err(|e| first_letter_up(&e.to_string()))
    }

    fn read(&mut self, kind: JobKind) -> Vec<Effect> {
        let Ok(range) = self.chosen_range() else {
            return Vec::new();
        };
        let alternate = self.range.alternate;
        let task = Task::Read {
            alternate,
            range,
            save: None,
        };
        self.run_on_focus(kind, task)
    }

    fn erase_range(&mut self) -> Vec<Effect> {
        let alternate = self.range.alternate;
        let whole = || {
            let board = self.boards.ready_focus()?;
            let target = board.targets.iter().find(|t| t.alternate == alternate)?;
            let regions = target.map.as_ref().ok()?.regions();
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
        self.run_on_focus(JobKind::Erase, Task::Erase(scope))
    }

    fn find(&mut self) {
        let needle = parse_needle(&self.hex.search);
        let after = self.hex.mark.map(|(address, _)| address);
        let Some(read_out) = &self.read_out else {
            return;
        };
        match read_out.find(&needle, after) {
            Some(address) => {
                let length = u64::try_from(needle.len()).unwrap_or(ROW);
                self.hex.mark = Some((address, length));
                self.hex.scroll_to = read_out.row_of(address);
                self.hex.message = Some(format!("Found at {address}"));
            }
            None if needle.is_empty() => self.hex.message = None,
            None => self.hex.message = Some("Not found".to_owned()),
        }
    }

    fn go_to(&mut self) {
        let Some(read_out) = &self.read_out else {
            return;
        };
        let typed: Result<crate::address::Address, _> = self.hex.go_to.trim().parse();
        self.hex.message = match typed {
            Err(error) => Some(first_letter_up(&error.to_string())),
            Ok(address) => match read_out.row_of(address) {
                Some(row) => {
                    self.hex.scroll_to = Some(row);
                    self.hex.mark = Some((address, 1));
                    None
                }
                None => Some(format!("{address} was not read")),
            },
        };
    }

    fn ask_name(&mut self) {
        let Some(entry) = self.boards.focus() else {
            return;
        };
        let text = entry.own_name.clone().unwrap_or_default();
        let place = entry.place.clone();
        self.modal = Some(Modal::NameBoard { place, text });
    }

    fn name_board(&mut self, place: &Place, name: &str) {
        let Some(entry) = self.boards.entries.iter_mut().find(|e| e.place == *place) else {
            return;
        };
        for key in &entry.keys {
            self.settings.board_names.remove(key);
        }
        entry.own_name = (!name.is_empty()).then(|| name.to_owned());
        if let (Some(key), false) = (entry.keys.first(), name.is_empty()) {
            self.settings
                .board_names
                .insert(key.clone(), name.to_owned());
        }
    }

    fn arm_batch(&mut self) -> Vec<Effect> {
        let Some(loaded) = self.firmware.loaded() else {
            return Vec::new();
        };
        let mut options = upgrade::options(&self.settings.options, &self.once);
        // One file for all boards would be overwritten by each.
        options.backup = None;
        self.batch.arm(Armed {
            image: loaded.image.clone(),
            file: loaded.file_fact(),
            options,
            pace: upgrade::pace(&self.settings.options),
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
        let effect = self.run(place, JobKind::Upgrade, task)?;
        if let Some(job) = self.jobs.get_mut(place) {
            job.file = Some(armed.file);
            self.batch.started(place, job.id);
        }
        Some(effect)
    }

    fn save_read_out(&self, path: PathBuf) -> Option<Effect> {
        let target = self.read_out.as_ref()?.target.clone();
        Some(Effect::SaveTarget { path, target })
    }

    fn read_out_name(&self) -> String {
        let target = self
            .read_out
            .as_ref()
            .and_then(|read| read.target.name.clone())
            .unwrap_or_else(|| "memory".to_owned());
        let plain: String = target
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_lowercase()
                } else {
                    '-'
                }
            })
            .collect();
        format!("{plain}.dfu")
    }
}
