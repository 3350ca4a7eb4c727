//! Whether an action can be taken now; if not, the reason, which is shown under the button. The rows
//! of [`Action`] name these rules.

use super::boards::BoardStatus;
use super::firmware::Firmware;
use super::{Action, State};
use crate::discovery::{Access, Obstacle};

pub(super) const CHOOSE_BOARD: &str = "Choose a board";
const CHOOSE_TARGET: &str = "Choose the target to write to first";
const CHOOSE_ADDRESS: &str = "Choose where the file is written first";
const DOUBTFUL: &str = "Check the warning about the file first";
const BATCH_RUNS: &str = "A batch is running: boards are upgraded as they are plugged in";
const CHOOSE_FILE: &str = "Choose a firmware file first";

impl State {
    /// # Errors
    /// The reason, as a sentence without a full stop.
    pub fn available(&self, action: Action) -> Result<(), String> {
        (action.row().available)(self)
    }

    /// Whether an action belongs to the current screen: the keys of other screens are ignored.
    pub fn belongs_to_screen(&self, action: Action) -> bool {
        action
            .row()
            .screen
            .is_none_or(|screen| screen == self.screen)
    }

    pub(super) fn can_stop(&self) -> Result<(), String> {
        let mut running = self.running().filter(|job| !job.stopping).peekable();
        require(running.peek().is_some(), "Nothing is running")?;
        let now = "An erase of everything cannot be stopped";
        require(running.any(|job| !job.is_unstoppable()), now)
    }

    /// A result stands beside the file that it is about.
    pub(crate) fn can_choose_file(&self) -> Result<(), String> {
        let armed = self.batch.armed.as_ref().map(|armed| &armed.file);
        let of_job = self.running().find_map(|job| job.file.as_ref());
        match armed.or(of_job) {
            Some(file) => Err(format!(
                "{} is being used; choose another file when that has ended",
                file.name
            )),
            None => Ok(()),
        }
    }

    pub(super) fn can_restore(&self) -> Result<(), String> {
        self.can_choose_file()?;
        let none = "No folder for backups was chosen yet; Back up first asks for one";
        require(self.settings.backup_folder.is_some(), none)
    }

    pub(super) fn can_reload(&self) -> Result<(), String> {
        self.can_choose_file()?;
        match &self.firmware {
            Firmware::Loaded(_) | Firmware::Failed { .. } => Ok(()),
            Firmware::Loading { .. } => Err("The file is being read".to_owned()),
            Firmware::None => Err("No firmware file is chosen".to_owned()),
        }
    }

    pub(super) fn can_enter_dfu_mode(&self) -> Result<(), String> {
        match self.boards.focus() {
            Some(entry) if entry.offers_dfu_mode() => self.focus_is_idle(),
            _ => Err("Choose a board whose program can be asked to enter DFU mode".to_owned()),
        }
    }

    pub(super) fn can_install_driver(&self) -> Result<(), String> {
        require(!self.changes_driver, "A driver is being installed")?;
        let is_wrong = self.boards.focus().is_some_and(|entry| {
            let access = &entry.found.access;
            matches!(access, Access::Blocked(Obstacle::WrongDriver(_)))
        });
        require(is_wrong, "Choose a board whose driver cannot be used")
    }

    pub(super) fn has_board(&self) -> Result<(), String> {
        require(self.boards.focus().is_some(), CHOOSE_BOARD)
    }

    pub(super) fn has_read_out(&self) -> Result<(), String> {
        require(self.read_out.is_some(), "Nothing has been read yet")
    }

    pub(super) fn can_compare_with_firmware(&self) -> Result<(), String> {
        self.has_read_out()?;
        require(self.firmware.image().is_some(), CHOOSE_FILE)
    }

    pub(super) fn has_bytes_before(&self) -> Result<(), String> {
        self.has_read_out()?;
        require(
            self.read_before.is_some(),
            "No other bytes were read before these",
        )
    }

    pub(super) fn has_differences(&self) -> Result<(), String> {
        let beside = self.read_out.as_ref().and_then(|r| r.beside.as_ref());
        let differs = beside.is_some_and(|beside| !beside.comparison.is_equal());
        require(differs, "There is no difference to show")
    }

    pub(super) fn can_arm_batch(&self) -> Result<(), String> {
        self.is_no_batch_armed()?;
        self.can_save_job()?;
        require(self.open_doubts().next().is_none(), DOUBTFUL)
    }

    /// A file for every board, also for those with addresses that are plugged in later.
    pub(super) fn can_save_job(&self) -> Result<(), String> {
        self.has_file()?;
        let loaded = self.firmware.loaded();
        let lacks = loaded.is_some_and(|loaded| loaded.facts.lacks_address());
        require(!lacks, CHOOSE_ADDRESS)?;
        self.has_ranges()?;
        self.batch_form.count().map(|_| ())
    }

    /// What every board of a batch gets is the same.
    pub(crate) fn is_no_batch_armed(&self) -> Result<(), String> {
        require(
            self.batch.armed.is_none(),
            "Locked until the batch has ended",
        )
    }

    pub(super) fn is_batch_armed(&self) -> Result<(), String> {
        require(self.batch.armed.is_some(), "No batch is running")
    }

    pub(super) fn has_batch_records(&self) -> Result<(), String> {
        let none = "No board has been upgraded in a batch yet";
        require(!self.batch.records.is_empty(), none)
    }

    pub(super) fn can_record(&self) -> Result<(), String> {
        require(self.traffic.is_none(), "USB traffic is being recorded")
    }

    pub(super) fn is_recording(&self) -> Result<(), String> {
        require(self.traffic.is_some(), "USB traffic is not being recorded")
    }

    pub(super) fn can_convert(&self) -> Result<(), String> {
        self.files.ready()
    }

    pub(super) fn has_log(&self) -> Result<(), String> {
        require(!self.log.is_empty(), "The log is empty")
    }

    pub(super) fn can_upgrade(&self) -> Result<(), String> {
        require(self.batch.armed.is_none(), BATCH_RUNS)?;
        self.has_placed_file()?;
        let is_away = self.boards.focus().is_some_and(|entry| entry.away);
        require(!is_away, "The board is entering DFU mode")?;
        match self.enters_first() {
            Some(_) => self.focus_is_idle()?,
            None => self.has_idle_board()?,
        }
        self.has_ranges()?;
        not_for(self.unsuitable.upgrade.as_ref())?;
        self.is_not_write_protected()?;
        require(self.open_doubts().next().is_none(), DOUBTFUL)
    }

    pub(super) fn can_verify(&self) -> Result<(), String> {
        require(self.batch.armed.is_none(), BATCH_RUNS)?;
        self.has_placed_file()?;
        self.has_idle_board()?;
        self.has_ranges()?;
        not_for(self.unsuitable.verify.as_ref())
    }

    /// A file, and where it goes on the chosen boards.
    fn has_placed_file(&self) -> Result<(), String> {
        self.has_file()?;
        require(!self.lacks_target(), CHOOSE_TARGET)?;
        require(!self.lacks_address(), CHOOSE_ADDRESS)
    }

    /// What is typed as ranges to keep is such.
    fn has_ranges(&self) -> Result<(), String> {
        let ranges = self.one_time.ranges();
        ranges
            .map(|_| ())
            .map_err(|error| format!("Check the range to keep: {error}"))
    }

    fn has_file(&self) -> Result<(), String> {
        match &self.firmware {
            Firmware::Loaded(_) => Ok(()),
            Firmware::None => Err(CHOOSE_FILE.to_owned()),
            Firmware::Loading { .. } => Err("The file is being read".to_owned()),
            Firmware::Failed { error, .. } if !error.members.is_empty() => {
                Err("Choose a file in the archive first".to_owned())
            }
            Firmware::Failed { .. } => {
                Err("The file cannot be used; choose another one".to_owned())
            }
        }
    }

    pub(super) fn has_idle_board(&self) -> Result<(), String> {
        if self.boards.ready().next().is_none() {
            let status = self.boards.focus().map(|entry| entry.status());
            return Err(if self.boards.entries.is_empty() {
                "Connect a board in DFU mode".to_owned()
            } else if status == Some(BoardStatus::Application) {
                "This board runs its program; put it into DFU mode first".to_owned()
            } else {
                "No board is ready yet; follow the steps shown for it".to_owned()
            });
        }
        require(self.boards.chosen().next().is_some(), CHOOSE_BOARD)?;
        self.focus_is_idle()
    }

    fn focus_is_idle(&self) -> Result<(), String> {
        let busy = self
            .boards
            .focus_place()
            .and_then(|place| self.jobs.get(place))
            .filter(|job| job.is_running());
        match busy {
            Some(job) => Err(format!("{} is running on this board", job.noun())),
            None => Ok(()),
        }
    }

    pub(super) fn can_use_range(&self) -> Result<(), String> {
        self.has_idle_board()?;
        self.chosen_range().map(|_| ())
    }

    /// Option bytes, OTP and the like can only be read.
    pub(super) fn can_erase_range(&self) -> Result<(), String> {
        self.can_erase()?;
        self.can_use_range()?;
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
        require(erasable, "This memory cannot be erased")?;
        // Empty fields are the whole target, and that has a button of its own.
        require(range.is_some(), "Type a range, or choose sectors")
    }

    /// The number of boards that the upgrade button will start.
    pub fn upgrade_count(&self) -> usize {
        self.boards
            .chosen()
            .filter(|entry| !self.is_busy(entry.place()))
            .count()
    }
}

fn not_for(board: Option<&String>) -> Result<(), String> {
    match board {
        Some(board) => Err(format!("The file is not for {board}")),
        None => Ok(()),
    }
}

fn require(condition: bool, otherwise: &str) -> Result<(), String> {
    if condition {
        Ok(())
    } else {
        Err(otherwise.to_owned())
    }
}
