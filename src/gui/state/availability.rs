//! Whether an action can be taken now, and if not, why not: in words that stand under the button.

use super::firmware::Firmware;
use super::found::Standing;
use super::job::Job;
use super::{Screen, State};
use crate::gui::action::Action;

impl State {
    /// # Errors
    /// The reason why not, as a sentence without a full stop.
    pub fn available(&self, action: Action) -> Result<(), String> {
        match action {
            Action::Upgrade => self.may_upgrade(),
            Action::Verify => self.may_verify(),
            Action::Stop => self
                .running()
                .find(|job| !job.stopping)
                .map(|_| ())
                .ok_or_else(|| "Nothing is running".to_owned()),
            Action::ReloadFile => match &self.firmware {
                Firmware::Loaded(_) | Firmware::Failed { .. } => Ok(()),
                Firmware::Loading { .. } => Err("The file is being read".to_owned()),
                Firmware::None => Err("No firmware file is chosen".to_owned()),
            },
            Action::StartProgram | Action::EraseAll => self.need_ready_board(),
            Action::ReadMemory | Action::BlankCheck => self.may_use_range(),
            Action::EraseRange => self.may_use_range().and_then(|()| self.may_erase()),
            Action::EnterDfuMode => match self.boards.focus() {
                Some(entry) if entry.can_detach => self.need_idle(),
                _ => Err("Choose a board that runs a program with a DFU interface".to_owned()),
            },
            Action::RemoveProtection => self.need_ready_board(),
            Action::BoardDetails | Action::NameBoard => {
                self.boards.focus().map(|_| ()).ok_or_else(no_board)
            }
            Action::SaveReadOut | Action::FindInMemory | Action::GoToAddress => self
                .read_out
                .as_ref()
                .map(|_| ())
                .ok_or_else(|| "Nothing has been read yet".to_owned()),
            Action::ArmBatch => match (&self.batch.armed, self.firmware.image()) {
                (Some(_), _) => Err("Batch mode is on".to_owned()),
                (None, None) => Err("Choose a firmware file first".to_owned()),
                (None, Some(_)) => Ok(()),
            },
            Action::DisarmBatch => match &self.batch.armed {
                Some(_) => Ok(()),
                None => Err("Batch mode is off".to_owned()),
            },
            Action::MakeFile | Action::ExtractFiles => self.workshop.ready(),
            Action::SaveBatchRecord if self.batch.records.is_empty() => {
                Err("No board has been upgraded in batch mode yet".to_owned())
            }
            Action::SaveLog | Action::ClearLog if self.log.is_empty() => {
                Err("The log is empty".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn may_upgrade(&self) -> Result<(), String> {
        self.need_file()?;
        self.need_ready_board()?;
        if self.batch.armed.is_some() {
            return Err("Batch mode is on: boards are upgraded as they are plugged in".to_owned());
        }
        match &self.unsuitable {
            Some(board) => Err(format!("The file does not suit {board}")),
            None => Ok(()),
        }
    }

    fn may_verify(&self) -> Result<(), String> {
        self.need_file()?;
        self.need_ready_board()
    }

    fn need_file(&self) -> Result<(), String> {
        match &self.firmware {
            Firmware::Loaded(_) => Ok(()),
            Firmware::None => Err("Choose a firmware file first".to_owned()),
            Firmware::Loading { .. } => Err("The file is being read".to_owned()),
            Firmware::Failed { .. } => {
                Err("The file cannot be used; choose another one".to_owned())
            }
        }
    }

    fn need_ready_board(&self) -> Result<(), String> {
        if self.boards.ready().next().is_none() {
            let standing = self.boards.focus().map(|entry| entry.standing);
            return Err(if self.boards.entries.is_empty() {
                "Connect a board in DFU mode".to_owned()
            } else if standing == Some(Standing::Application) {
                "This board runs its program; bring it into DFU mode first".to_owned()
            } else {
                "No board is ready yet; follow the steps beside it".to_owned()
            });
        }
        if self.boards.chosen().next().is_none() {
            return Err("Choose a board on the left".to_owned());
        }
        self.need_idle()
    }

    fn need_idle(&self) -> Result<(), String> {
        let busy = self
            .boards
            .focus_place()
            .and_then(|place| self.jobs.get(place))
            .filter(|job| job.is_running());
        match busy {
            Some(Job { kind, .. }) => Err(format!("{} is running on this board", kind.noun())),
            None => Ok(()),
        }
    }

    fn may_use_range(&self) -> Result<(), String> {
        self.need_ready_board()?;
        self.chosen_range().map(|_| ())
    }

    /// Option bytes, OTP and the like are for looking at.
    fn may_erase(&self) -> Result<(), String> {
        let alternate = self.range.alternate;
        let range = self.chosen_range()?;
        let map = self
            .boards
            .ready_focus()
            .and_then(|board| board.map(alternate));
        let erasable = map.is_some_and(|map| match range {
            Some(range) => map.sectors_touching(range).all(|s| s.access.erase),
            None => map.runs().iter().any(|run| run.access.erase),
        });
        if erasable {
            Ok(())
        } else {
            Err("This memory cannot be erased".to_owned())
        }
    }

    /// The number of boards that the upgrade button will start.
    pub fn upgrade_count(&self) -> usize {
        self.boards
            .chosen()
            .filter(|entry| !self.is_busy(&entry.place))
            .count()
    }

    /// Whether an action belongs to what is on the screen: the keys of the others are not taken.
    pub fn is_of_this_screen(&self, action: Action) -> bool {
        let reading = [
            Action::ReadMemory,
            Action::SaveReadOut,
            Action::BlankCheck,
            Action::EraseRange,
            Action::FindInMemory,
            Action::GoToAddress,
        ];
        let upgrading = [Action::Upgrade, Action::Verify];
        match self.screen {
            Screen::Upgrade => !reading.contains(&action),
            Screen::ReadAndErase => !upgrading.contains(&action),
            Screen::Files | Screen::Log => {
                !reading.contains(&action) && !upgrading.contains(&action)
            }
        }
    }
}

fn no_board() -> String {
    "Choose a board on the left".to_owned()
}

pub(super) fn first_letter_up(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
