//! Executes intents: changes of the state, and side effects.

use std::path::PathBuf;
use std::time::Duration;

use crate::address::{Address, AddressRange};
use crate::engine::{EraseScope, Task};
use crate::firmware::Existing;
use crate::gui::background::{self, Reader};
use crate::gui::sound::Sound;
use crate::transport::Place;
use crate::worker::Command;

use super::beside::Step;
use super::hex::HexField;
use super::job::Purpose;
use super::log::Level;
use super::path::{Dialog, FileThere};
use super::{Action, AfterJobs, Effect, Modal, PathFor, Screen, State, report};

/// Every request that a view can make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    Do(Action),
    /// Chooses this board alone.
    ChooseBoard(Place),
    /// Adds a board to the selection, or removes it.
    ToggleBoard(Place),
    /// Chooses every board that is ready, or none.
    ChooseAllBoards(bool),
    /// The address for a file without addresses was typed.
    AddressChanged,
    /// The file is to be written although there are doubts.
    WriteAnyway,
    /// An option was changed.
    OptionsChanged,
    ShowTarget(u8),
    /// The target that the next upgrade of a board without addresses writes.
    WriteTarget(u8),
    PlugSimulated(String),
    UnplugSimulated(Place),
    SetBackup(bool),
    /// Loads a backup, to be written by the next upgrade.
    Restore(PathBuf),
    /// Files from the command line, or dropped onto the window.
    Open(Vec<PathBuf>),
    /// A path from a dialog, from the keyboard, or dropped onto the window.
    PathGiven(PathFor, PathBuf),
    /// A path to save to, from the keyboard, and the file that is there: no dialog has asked about
    /// it.
    SavePathTyped(PathFor, PathBuf, Option<FileThere>),
    /// A sector of the map was selected.
    SelectRange(AddressRange),
    SelectWholeTarget,
    ReadTarget(u8),
    /// The new value of an option byte's field, as typed; `None` to leave it as it is.
    WantOption(String, Option<String>),
    RemoveInput(usize),
    /// Shows a difference of the comparison, by its number.
    ShowDifference(usize),
    /// Shows the bytes of a file; the address is for one without addresses.
    ViewFile(PathBuf, Option<Address>),
    StopConversion,
    CloseBanner(usize),
    CloseModal,
    /// The modal's question was answered with its dangerous button.
    Confirm,
    /// The system asks the window to close.
    CloseRequested,
    CloseWhenFinished,
    DismissResult(Place),
    CopyText(String),
    OpenLink(&'static str),
    InstallUdevRule,
    /// An action for the board at this place, which comes into view.
    DoAt(Place, Action),
    /// Sounds on or off; plays one, so that a person knows.
    SetSounds(bool),
    /// Upgrades a board of the batch once more.
    Retry(Place),
    /// Removes the write protection of a board of the batch, and upgrades it once more.
    Unprotect(Place),
    NamePort(Place),
    /// Stops the boards of the batch, and ends it.
    StopBatch,
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
            Intent::ChooseAllBoards(all) => {
                self.boards.choose_all(all);
                self.refresh();
            }
            Intent::AddressChanged => return self.reload(),
            Intent::WriteAnyway => self.write_anyway(),
            Intent::OptionsChanged => self.refresh(),
            Intent::ShowTarget(alternate) => {
                self.shown_target = alternate;
                self.mark_picture_stale();
            }
            Intent::WriteTarget(alternate) => self.choose_target_to_write(alternate),
            Intent::PlugSimulated(name) => {
                return vec![Effect::Send(Command::PlugSimulated(name))];
            }
            Intent::UnplugSimulated(place) => {
                return vec![Effect::Send(Command::UnplugSimulated(place))];
            }
            Intent::SetBackup(true) if self.settings.backup_folder.is_none() => {
                return self.ask_path(PathFor::Backups);
            }
            Intent::SetBackup(wanted) => self.settings.options.backup = wanted,
            Intent::Restore(backup) => {
                self.modal = None;
                self.show_briefly("Press Restore to write the old contents back");
                return self.path_given(PathFor::Firmware, backup);
            }
            Intent::Open(paths) => return self.open(paths),
            Intent::PathGiven(purpose, path) => return self.path_given(purpose, path),
            Intent::SavePathTyped(purpose, path, None) => {
                return self.save_to(purpose, path, Existing::Refuse);
            }
            // Before the question whether it may be replaced.
            Intent::SavePathTyped(purpose, path, Some(_))
                if self.refuses_output(purpose, &path) => {}
            Intent::SavePathTyped(purpose, path, Some(there)) => {
                self.modal = Some(Modal::ConfirmReplace {
                    purpose,
                    path,
                    there,
                });
            }
            Intent::SelectRange(range) => self.range.set(range),
            Intent::SelectWholeTarget => self.range.set_whole(),
            Intent::ReadTarget(alternate) => {
                self.range.alternate = alternate;
                self.range.set_whole();
                self.shown_target = alternate;
                self.mark_picture_stale();
            }
            Intent::WantOption(name, value) => self.want_option(name, value),
            Intent::ShowDifference(number) => self.show_difference(number),
            Intent::ViewFile(path, at) => {
                return vec![Effect::Background(background::Task::Load {
                    path,
                    at,
                    reader: Reader::View,
                })];
            }
            Intent::RemoveInput(index) => {
                if index < self.files.inputs.len() {
                    self.files.inputs.remove(index);
                }
            }
            Intent::StopConversion => {
                if let Some(progress) = &self.files.progress {
                    progress.cancel.cancel();
                }
            }
            Intent::CloseBanner(index) => {
                if index < self.banners.len() {
                    self.banners.remove(index);
                }
            }
            Intent::CloseModal => self.modal = None,
            Intent::Confirm => return self.confirmed(),
            Intent::CloseRequested => {
                if !self.asks_before_closing() {
                    return vec![Effect::Close];
                }
                self.after_jobs = AfterJobs::Stay;
                self.modal = Some(Modal::ConfirmClose);
            }
            Intent::CloseWhenFinished => {
                self.modal = None;
                self.after_jobs = AfterJobs::Close;
                self.banner(Level::Info, "The window closes when the job has ended well");
            }
            Intent::DismissResult(place) => {
                self.jobs.remove(&place);
                self.refresh();
            }
            Intent::CopyText(text) => {
                self.show_briefly("Copied");
                return vec![Effect::Copy(text)];
            }
            Intent::OpenLink(link) => return vec![Effect::OpenLink(link)],
            Intent::InstallUdevRule => {
                return vec![Effect::Background(background::Task::InstallUdevRule)];
            }
            Intent::SetSounds(wanted) => {
                self.settings.sounds = wanted;
                return wanted
                    .then_some(Effect::Play(Sound::Pass))
                    .into_iter()
                    .collect();
            }
            Intent::Retry(place) => return self.retry(&place),
            Intent::Unprotect(place) => return self.ask_to_unprotect(&place),
            Intent::NamePort(place) => {
                let name = self.settings.port_names.get(&place.0);
                let text = name.cloned().unwrap_or_default();
                self.modal = Some(Modal::NamePort { place, text });
            }
            Intent::StopBatch => {
                self.modal = None;
                self.end_batch();
                return self.stop();
            }
            Intent::DoAt(place, action) => {
                self.boards.look_at(&place);
                self.refresh();
                return self.take_action(action);
            }
        }
        Vec::new()
    }

    /// A job or a batch would end with the window.
    pub fn asks_before_closing(&self) -> bool {
        self.running().next().is_some() || self.batch.armed.is_some()
    }

    fn take_action(&mut self, action: Action) -> Vec<Effect> {
        if self.available(action).is_err() {
            return Vec::new();
        }
        match action {
            Action::ChooseFile => return self.ask_path(PathFor::Firmware),
            Action::TypePath => {
                let purpose = match self.screen {
                    Screen::Files => PathFor::Input,
                    _ => PathFor::Firmware,
                };
                self.modal = Some(Modal::TypePath {
                    purpose,
                    text: String::new(),
                    why: String::new(),
                });
            }
            Action::RestoreBackup => return self.list_backups(),
            Action::ReloadFile => return self.reload(),
            Action::Upgrade if self.one_time.mass_erase => {
                self.modal = Some(Modal::ConfirmMassErase);
            }
            Action::Upgrade => return self.upgrade_chosen(),
            Action::Verify => return self.verify_chosen(),
            // Escape alone must not stop all boards of a bench.
            Action::Stop if self.batch.armed.is_some() && self.batch.running() > 0 => {
                self.ask_to_end_batch();
            }
            Action::Stop => return self.stop(),
            Action::StartProgram if self.is_incomplete() => {
                self.modal = Some(Modal::ConfirmStart);
            }
            Action::StartProgram => {
                return self.run_on_focus(Task::Start { at: None });
            }
            Action::EnterDfuMode => return self.enter_dfu_mode(),
            Action::InstallDriver => return self.install_driver(),
            Action::ChooseBackupFolder => return self.ask_path(PathFor::Backups),
            Action::Rescan => return vec![Effect::Send(Command::Rescan)],
            Action::TrySimulatedBoard => {
                return vec![Effect::Send(Command::PlugSimulated("f407".to_owned()))];
            }
            Action::BoardDetails => self.modal = Some(Modal::BoardDetails),
            Action::NameBoard => self.ask_name(),
            Action::RemoveProtection => self.modal = Some(Modal::ConfirmUnprotect),
            Action::ReadMemory => return self.read(Purpose::Result),
            Action::BlankCheck => return self.read(Purpose::BlankCheck),
            Action::ReadOptionBytes => return self.read_option_bytes(),
            Action::ChangeOptionBytes => self.ask_to_change_option_bytes(),
            Action::DiscardOptionEdits => self.discard_option_edits(),
            Action::RemoveWriteProtection => return self.remove_write_protection(),
            Action::SaveOptionBytes => return self.ask_path(PathFor::SaveOptionBytes),
            Action::RestoreOptionBytes => return self.ask_path(PathFor::OptionBytes),
            Action::SaveReadOut => return self.ask_path(PathFor::ReadOut),
            Action::EraseRange => self.modal = Some(Modal::ConfirmEraseRange),
            Action::EraseAll => self.modal = Some(Modal::ConfirmEraseAll),
            Action::FindInMemory => self.focus_hex(HexField::Search),
            Action::GoToAddress => self.focus_hex(HexField::GoTo),
            Action::FindNext => self.find_next(),
            Action::ShowAddress => self.show_address(),
            Action::CompareWithFirmware => self.compare_with_firmware(),
            Action::CompareWithFile => return self.ask_path(PathFor::CompareWith),
            Action::CompareWithBefore => self.compare_with_before(),
            Action::NextDifference => self.step_to_difference(Step::Next),
            Action::PreviousDifference => self.step_to_difference(Step::Previous),
            Action::EndComparison => self.end_comparison(),
            Action::ArmBatch => self.ask_to_arm(),
            Action::DisarmBatch => self.ask_to_end_batch(),
            Action::ChooseRecordFolder => return self.ask_path(PathFor::Records),
            Action::OpenJob => return self.ask_path(PathFor::Job),
            Action::SaveJob => return self.ask_path(PathFor::SaveJob),
            Action::SaveBatchRecord => return self.ask_path(PathFor::BatchRecord),
            Action::AddFile => return self.ask_path(PathFor::Input),
            Action::MakeFile => return self.ask_path(PathFor::MakeFile),
            Action::ExtractFiles => return self.ask_path(PathFor::ExtractFolder),
            Action::CopyReport => {
                let text = report::text(self);
                self.show_briefly("Report copied");
                return vec![Effect::CopyReport(text)];
            }
            Action::RecordTraffic => return self.ask_path(PathFor::TrafficRecord),
            Action::EndRecord => return self.end_record(),
            Action::SaveLog => return self.ask_path(PathFor::Log),
            Action::ClearLog => self.log.clear(),
            Action::ShowUpgrade => self.show(Screen::Upgrade),
            Action::ShowBatch => self.show(Screen::Batch),
            Action::ShowReadAndErase => self.show(Screen::ReadAndErase),
            Action::ShowFiles => self.show(Screen::Files),
            Action::ShowLog => self.show(Screen::Log),
            Action::FullScreen => return vec![Effect::ToggleFullScreen],
            Action::ShowShortcuts => self.modal = Some(Modal::Shortcuts),
            Action::ShowAbout => self.modal = Some(Modal::About),
            Action::Quit => return self.act(self.now, Intent::CloseRequested),
        }
        Vec::new()
    }

    pub(super) fn show(&mut self, screen: Screen) {
        if self.screen == Screen::ReadAndErase && screen != self.screen {
            // The map of the upgrade begins with the target that is written.
            self.shown_target = 0;
            self.correct_shown_target();
        }
        self.screen = screen;
        self.show_chosen_target();
        self.mark_picture_stale();
    }

    /// On the read-and-erase screen the map shows the target of the form.
    fn show_chosen_target(&mut self) {
        if self.screen == Screen::ReadAndErase {
            self.shown_target = self.range.alternate;
        }
    }

    fn confirmed(&mut self) -> Vec<Effect> {
        match self.modal.take() {
            Some(Modal::ConfirmMassErase) => self.upgrade_chosen(),
            Some(Modal::ConfirmEraseAll) => self.run_on_focus(Task::Erase(EraseScope::All)),
            Some(Modal::ConfirmEraseRange) => self.erase_range(),
            Some(Modal::ConfirmStart) => self.run_on_focus(Task::Start { at: None }),
            Some(Modal::ConfirmUnprotect) => self.run_on_focus(Task::Unprotect),
            Some(Modal::ConfirmOptionBytes { typed }) => self.change_option_bytes(&typed),
            Some(Modal::ConfirmStop { place, then }) => self.stop_program(&place, then),
            Some(Modal::ConfirmClose) => {
                let mut effects = self.stop();
                effects.push(Effect::Close);
                effects
            }
            Some(Modal::ArmBatch) => self.arm_batch(),
            Some(Modal::EndBatch) => {
                self.end_batch();
                Vec::new()
            }
            Some(Modal::ConfirmBatchUnprotect(place)) => self.agree_to_unprotect(&place),
            Some(Modal::NamePort { place, text }) => {
                self.name_port(&place, text.trim());
                Vec::new()
            }
            Some(Modal::TypePath { purpose, text, .. }) if !text.trim().is_empty() => {
                let path = PathBuf::from(text.trim());
                match purpose.row().dialog {
                    Dialog::Save => vec![Effect::CheckTyped { purpose, path }],
                    Dialog::Open | Dialog::Folder => self.path_given(purpose, path),
                }
            }
            Some(Modal::ConfirmReplace { purpose, path, .. }) => self.path_given(purpose, path),
            Some(Modal::NameBoard { place, text }) => {
                self.name_board(&place, text.trim());
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}
