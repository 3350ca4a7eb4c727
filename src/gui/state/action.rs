//! Every action of the window that takes no arguments: one row each, with its texts, icon, shortcut,
//! screen and availability. Buttons, menus, keys and the overview of shortcuts all read it.

use std::sync::LazyLock;

use super::{Screen, State};
use crate::firmware::{readable_extensions, writable_extensions};
use crate::gui::icon::Icon;

/// The properties of an action.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// On the button or in the menu.
    pub text: &'static str,
    /// For the tooltip and the overview.
    pub tooltip: &'static str,
    pub icon: Option<Icon>,
    /// `Ctrl+Shift+S`; Ctrl is Cmd on a Mac. No single key starts anything that cannot be undone.
    pub shortcut: Option<&'static str>,
    /// The only screen where it is available.
    pub screen: Option<Screen>,
    /// Whether it can be taken now; if not, the reason.
    pub available: fn(&State) -> Result<(), String>,
}

const ANY_TIME: Row = Row {
    text: "",
    tooltip: "",
    icon: None,
    shortcut: None,
    screen: None,
    available: |_| Ok(()),
};

static CHOOSE_FILE: LazyLock<String> =
    LazyLock::new(|| format!("Choose a firmware file: {}", readable_extensions()));
static SAVE_READ_OUT: LazyLock<String> =
    LazyLock::new(|| format!("Save the bytes that were read as {}", writable_extensions()));

/// Makes the enum and its rows, in the order of the overview of shortcuts.
macro_rules! actions {
    ($($name:ident($text:expr, $tooltip:expr) $($field:ident: $value:tt),*;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($name,)*
        }

        impl Action {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            #[expect(clippy::needless_update, reason = "a row may name every field")]
            pub fn row(self) -> Row {
                match self {
                    $(Self::$name => Row {
                        text: $text,
                        tooltip: $tooltip,
                        $($field: field!($field $value),)*
                        ..ANY_TIME
                    },)*
                }
            }
        }
    };
}

macro_rules! field {
    (icon $icon:ident) => {
        Some(Icon::$icon)
    };
    (shortcut $keys:literal) => {
        Some($keys)
    };
    (screen $screen:ident) => {
        Some(Screen::$screen)
    };
    (available $rule:ident) => {
        State::$rule
    };
}

actions! {
    ChooseFile("Choose file…", &CHOOSE_FILE)
        icon: Folder, shortcut: "Ctrl+O", available: can_choose_file;
    TypePath("Type a path…", "Open a firmware file by its path, without a file dialog")
        icon: Pencil, shortcut: "Ctrl+Shift+O";
    RestoreBackup("Restore a backup…", "Choose a backup, to write the old contents back")
        icon: Reload, available: can_restore;
    ReloadFile("Reload file", "Read the firmware file again")
        icon: Reload, shortcut: "Ctrl+R", available: can_reload;
    Upgrade("Upgrade", "Write the file to every chosen board, with the options above the button")
        icon: Chip, shortcut: "Ctrl+Enter", screen: Upgrade, available: can_upgrade;
    Verify("Verify only", "Compare the board with the file and change nothing")
        icon: Check, shortcut: "Ctrl+Shift+Enter", screen: Upgrade, available: can_verify;
    ChooseBackupFolder("Backup folder…", "Choose the folder where backups are saved")
        icon: Folder;
    Stop("Stop", "Stop at the next safe moment; the board stays in DFU mode")
        icon: Stop, shortcut: "Escape", available: can_stop;
    StartProgram("Start the program", "Leave DFU mode and run the program in the board's flash")
        icon: Play, available: has_idle_board;
    EnterDfuMode("Enter DFU mode", "Ask the running program to restart in DFU mode")
        icon: Swap, available: can_enter_dfu_mode;
    InstallDriver("Install the driver…", "Bind WinUSB to this board; Windows asks for administrator rights")
        icon: Lock, available: can_install_driver;
    Rescan("Refresh", "Scan the USB bus now")
        icon: Reload, shortcut: "F5";
    TrySimulatedBoard("Try a simulated board", "Plug in a board that exists only in this program")
        icon: Plug;
    BoardDetails("Board details…", "Identity, targets and sectors of the chosen board")
        icon: Info, shortcut: "Ctrl+I", available: has_board;
    NameBoard("Name this board…", "Give this board or this port a name of your own")
        icon: Pencil, shortcut: "F2", available: has_board;
    RemoveProtection("Remove protection…", "Remove the read protection; this erases everything")
        icon: Lock, available: can_erase;
    ReadMemory("Read", "Read the range from the board")
        icon: Read, screen: ReadAndErase, available: can_use_range;
    SaveReadOut("Save…", &SAVE_READ_OUT)
        icon: Save, shortcut: "Ctrl+S", screen: ReadAndErase, available: has_read_out;
    BlankCheck("Blank check", "Read the range and report whether every byte is erased")
        icon: Check, screen: ReadAndErase, available: can_use_range;
    ReadOptionBytes("Read the option bytes", "Read the option bytes from the board")
        icon: Read, available: can_read_option_bytes;
    ChangeOptionBytes("Change the option bytes…", "Show once more what changes, and ask")
        icon: Pencil, screen: ReadAndErase, available: can_change_option_bytes;
    DiscardOptionEdits("Discard", "Leave the option bytes as they are")
        icon: Cross, screen: ReadAndErase, available: has_option_edits;
    RemoveWriteProtection("Remove write protection…", "Read the option bytes, and ask whether every sector may be written again")
        icon: Lock, available: can_read_option_bytes;
    SaveOptionBytes("Save…", "Save the option bytes as a .dfu file")
        icon: Save, screen: ReadAndErase, available: has_option_bytes;
    RestoreOptionBytes("Restore from a file…", "Set the fields as in a file that was saved from this board")
        icon: Reload, screen: ReadAndErase, available: has_option_bytes;
    EraseRange("Erase this range…", "Erase every sector that the range touches")
        icon: Erase, screen: ReadAndErase, available: can_erase_range;
    EraseAll("Erase everything…", "Erase the whole flash of the chosen board")
        icon: Erase, available: can_erase;
    FindInMemory("Find", "Search the bytes that were read")
        icon: Search, shortcut: "Ctrl+F";
    FindNext("Next", "Find the next place")
        icon: Search, shortcut: "F3", screen: ReadAndErase, available: has_read_out;
    GoToAddress("Go to address", "Show an address in the bytes that were read")
        icon: ChevronRight, shortcut: "Ctrl+G";
    ShowAddress("Go", "Show this address")
        icon: ChevronRight, screen: ReadAndErase, available: has_read_out;
    CompareWithFirmware("With the firmware file", "Compare these bytes with the file of the upgrade")
        icon: File, screen: ReadAndErase, available: can_compare_with_firmware;
    CompareWithFile("With another file…", "Compare these bytes with a file: firmware, or memory that was saved")
        icon: Folder, screen: ReadAndErase, available: has_read_out;
    CompareWithBefore("With the bytes before", "Compare these bytes with those that were in view before")
        icon: Reload, screen: ReadAndErase, available: has_bytes_before;
    NextDifference("Next", "Show the next difference")
        shortcut: "F8", screen: ReadAndErase, available: has_differences;
    PreviousDifference("Previous", "Show the previous difference")
        shortcut: "F7", screen: ReadAndErase, available: has_differences;
    EndComparison("End comparison", "Show these bytes alone")
        icon: Cross, screen: ReadAndErase, available: has_read_out;
    ArmBatch("Start batch…", "Upgrade every matching board automatically when it is plugged in")
        icon: Batch, shortcut: "Ctrl+B", available: can_arm_batch;
    DisarmBatch("End batch", "Boards plugged in from now on are not upgraded")
        icon: Cross, available: is_batch_armed;
    ChooseRecordFolder("Record folder…", "Choose the folder where records of batches are saved")
        icon: Folder, available: is_no_batch_armed;
    OpenJob("Open profile…", "Open a job profile: firmware, options and record of a batch")
        icon: Folder, available: can_choose_file;
    SaveJob("Save profile…", "Save file, options and record as a job profile, for a colleague")
        icon: Save, available: can_save_job;
    SaveBatchRecord("Save record…", "Save the batch record as a CSV file")
        icon: Save, available: has_batch_records;
    AddFile("Add file…", "Add a firmware file to inspect or convert")
        icon: Folder;
    MakeFile("Save as…", "Combine the files above into one file")
        icon: Save, available: can_convert;
    ExtractFiles("Extract to a folder…", "Write each target or element to its own file")
        icon: Save, available: can_convert;
    CopyReport("Copy report", "Copy version, system, board, file and log for a report")
        icon: Copy, shortcut: "Ctrl+L";
    RecordTraffic("Record USB traffic…", "Record every transfer of the next jobs, for a report of this board")
        icon: Log, available: can_record;
    EndRecord("End the USB record", "Stop recording; the file is complete")
        icon: Stop, available: is_recording;
    SaveLog("Save log…", "Save the log as a text file")
        icon: Save, shortcut: "Ctrl+Shift+S", available: has_log;
    ClearLog("Clear log", "Clear the log")
        icon: Erase, available: has_log;
    ShowUpgrade("Upgrade", "Write a firmware file to a board")
        icon: Chip, shortcut: "Ctrl+1";
    ShowBatch("Batch", "Upgrade many boards, each as it is plugged in")
        icon: Batch, shortcut: "Ctrl+2";
    ShowReadAndErase("Read & erase", "Save, view and erase a board's memory")
        icon: Read, shortcut: "Ctrl+3";
    ShowFiles("Files", "Inspect and convert firmware files")
        icon: File, shortcut: "Ctrl+4";
    ShowLog("Log", "Everything that happened so far")
        icon: Log, shortcut: "Ctrl+5";
    FullScreen("Full screen", "Use the whole screen, or leave it with Escape")
        shortcut: "F11";
    ShowShortcuts("Keyboard shortcuts", "Every shortcut of this window")
        icon: Keyboard, shortcut: "F1";
    ShowAbout("About Upfuse", "Version and licences")
        icon: Info;
    Quit("Quit", "Close the window")
        shortcut: "Ctrl+Q";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destructive_actions_need_more_than_a_single_key() {
        for action in [
            Action::Upgrade,
            Action::EraseAll,
            Action::EraseRange,
            Action::RemoveProtection,
            Action::ArmBatch,
            Action::StartProgram,
        ] {
            if let Some(shortcut) = action.row().shortcut {
                assert!(shortcut.starts_with("Ctrl+"), "{action:?}");
            }
        }
    }

    #[test]
    fn texts_begin_with_a_capital_and_end_without_a_full_stop() {
        for action in Action::ALL {
            for text in [action.row().text, action.row().tooltip] {
                assert!(!text.ends_with('.'), "{text}");
                assert!(text.starts_with(|c: char| c.is_uppercase() || !c.is_alphabetic()));
            }
        }
    }
}
