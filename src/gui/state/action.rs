//! Every action a person can take that needs nothing but the moment: one row each, with its texts,
//! icon, shortcut, screen, and when it can be taken. Buttons, menus, keys and the overview of
//! shortcuts all read it.

use std::sync::LazyLock;

use super::{Screen, State};
use crate::firmware::{readable_extensions, writable_extensions};
use crate::gui::icon::Icon;

/// What is known of an action.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// On the button or in the menu.
    pub text: &'static str,
    /// What it does, for the tooltip and the overview.
    pub tooltip: &'static str,
    pub icon: Option<Icon>,
    /// `Ctrl+Shift+S`; Ctrl is Cmd on a Mac. No single key does anything that cannot be undone.
    pub shortcut: Option<&'static str>,
    /// The only screen that it belongs to.
    pub screen: Option<Screen>,
    /// Whether it can be taken now, and if not, why not.
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
    LazyLock::new(|| format!("Save what was read as {}", writable_extensions()));

/// Makes the enum and its rows, in the order of the overview of shortcuts.
macro_rules! actions {
    ($($name:ident {
        text: $text:expr,
        tooltip: $tooltip:expr,
        $($field:ident: $value:expr,)*
    })*) => {
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
                        $($field: $value,)*
                        ..ANY_TIME
                    },)*
                }
            }
        }
    };
}

actions! {
    ChooseFile {
        text: "Choose file…",
        tooltip: &CHOOSE_FILE,
        icon: Some(Icon::Folder),
        shortcut: Some("Ctrl+O"),
    }
    TypePath {
        text: "Type a path…",
        tooltip: "Open a firmware file by its path, without a file dialog",
        icon: Some(Icon::Pencil),
        shortcut: Some("Ctrl+Shift+O"),
    }
    ReloadFile {
        text: "Reload file",
        tooltip: "Read the firmware file again",
        icon: Some(Icon::Reload),
        shortcut: Some("Ctrl+R"),
        available: State::can_reload,
    }
    Upgrade {
        text: "Upgrade",
        tooltip: "Compare, erase, write, verify and start the chosen board",
        icon: Some(Icon::Chip),
        shortcut: Some("Ctrl+Enter"),
        screen: Some(Screen::Upgrade),
        available: State::can_upgrade,
    }
    Verify {
        text: "Verify only",
        tooltip: "Compare the board with the file and change nothing",
        icon: Some(Icon::Check),
        shortcut: Some("Ctrl+Shift+Enter"),
        screen: Some(Screen::Upgrade),
        available: State::can_verify,
    }
    Stop {
        text: "Stop",
        tooltip: "Stop at the next safe moment; the board stays in DFU mode",
        icon: Some(Icon::Stop),
        shortcut: Some("Escape"),
        available: State::can_stop,
    }
    StartProgram {
        text: "Start the program",
        tooltip: "Leave DFU mode and run what is in the board's flash",
        icon: Some(Icon::Play),
        available: State::has_idle_board,
    }
    EnterDfuMode {
        text: "Enter DFU mode",
        tooltip: "Ask the running program to restart in DFU mode",
        icon: Some(Icon::Swap),
        available: State::can_enter_dfu_mode,
    }
    Rescan {
        text: "Refresh",
        tooltip: "Scan the USB bus now",
        icon: Some(Icon::Reload),
        shortcut: Some("F5"),
    }
    TrySimulatedBoard {
        text: "Try a simulated board",
        tooltip: "Plug in a board that exists in this program only",
        icon: Some(Icon::Plug),
    }
    BoardDetails {
        text: "Board details…",
        tooltip: "Identity, targets and sectors of the chosen board",
        icon: Some(Icon::Info),
        shortcut: Some("Ctrl+I"),
        available: State::has_board,
    }
    NameBoard {
        text: "Name this board…",
        tooltip: "Give this board or this port a name of your own",
        icon: Some(Icon::Pencil),
        shortcut: Some("F2"),
        available: State::has_board,
    }
    RemoveProtection {
        text: "Remove protection…",
        tooltip: "Remove the read protection; this erases everything",
        icon: Some(Icon::Lock),
        available: State::has_idle_board,
    }
    ReadMemory {
        text: "Read",
        tooltip: "Read the range from the board",
        icon: Some(Icon::Read),
        screen: Some(Screen::ReadAndErase),
        available: State::can_use_range,
    }
    SaveReadOut {
        text: "Save…",
        tooltip: &SAVE_READ_OUT,
        icon: Some(Icon::Save),
        shortcut: Some("Ctrl+S"),
        screen: Some(Screen::ReadAndErase),
        available: State::has_read_out,
    }
    BlankCheck {
        text: "Blank check",
        tooltip: "Read the range and tell whether every byte is 0xFF",
        icon: Some(Icon::Check),
        screen: Some(Screen::ReadAndErase),
        available: State::can_use_range,
    }
    EraseRange {
        text: "Erase this range…",
        tooltip: "Erase every sector that the range touches",
        icon: Some(Icon::Erase),
        screen: Some(Screen::ReadAndErase),
        available: State::can_erase_range,
    }
    EraseAll {
        text: "Erase everything…",
        tooltip: "Erase the whole flash of the chosen board",
        icon: Some(Icon::Erase),
        available: State::has_idle_board,
    }
    FindInMemory {
        text: "Find",
        tooltip: "Search the bytes that were read",
        icon: Some(Icon::Search),
        shortcut: Some("Ctrl+F"),
        screen: Some(Screen::ReadAndErase),
        available: State::has_read_out,
    }
    GoToAddress {
        text: "Go to address",
        tooltip: "Show an address of what was read",
        icon: Some(Icon::ChevronRight),
        shortcut: Some("Ctrl+G"),
        screen: Some(Screen::ReadAndErase),
        available: State::has_read_out,
    }
    ArmBatch {
        text: "Batch mode…",
        tooltip: "Upgrade every matching board that is plugged in, by itself",
        icon: Some(Icon::Batch),
        shortcut: Some("Ctrl+B"),
        available: State::can_arm_batch,
    }
    DisarmBatch {
        text: "End batch mode",
        tooltip: "Boards plugged in from now on are not upgraded",
        icon: Some(Icon::Cross),
        available: State::is_batch_armed,
    }
    SaveBatchRecord {
        text: "Save record…",
        tooltip: "Save the batch record as a CSV file",
        icon: Some(Icon::Save),
        available: State::has_batch_records,
    }
    AddFile {
        text: "Add file…",
        tooltip: "Add a firmware file to look at or to convert",
        icon: Some(Icon::Folder),
    }
    MakeFile {
        text: "Save as…",
        tooltip: "Make one file of the files above",
        icon: Some(Icon::Save),
        available: State::can_convert,
    }
    ExtractFiles {
        text: "Extract to a folder…",
        tooltip: "Write each target or element into a file of its own",
        icon: Some(Icon::Save),
        available: State::can_convert,
    }
    CopyReport {
        text: "Copy report",
        tooltip: "Copy version, system, board, file and log for a report",
        icon: Some(Icon::Copy),
        shortcut: Some("Ctrl+L"),
    }
    SaveLog {
        text: "Save log…",
        tooltip: "Save the log as a text file",
        icon: Some(Icon::Save),
        shortcut: Some("Ctrl+Shift+S"),
        available: State::has_log,
    }
    ClearLog {
        text: "Clear log",
        tooltip: "Clear the log",
        icon: Some(Icon::Erase),
        available: State::has_log,
    }
    ShowUpgrade {
        text: "Upgrade",
        tooltip: "Write a firmware file to a board",
        icon: Some(Icon::Chip),
        shortcut: Some("Ctrl+1"),
    }
    ShowReadAndErase {
        text: "Read & erase",
        tooltip: "Save a board's memory, look at it, erase it",
        icon: Some(Icon::Read),
        shortcut: Some("Ctrl+2"),
    }
    ShowFiles {
        text: "Files",
        tooltip: "Look into firmware files, and make .dfu files",
        icon: Some(Icon::File),
        shortcut: Some("Ctrl+3"),
    }
    ShowLog {
        text: "Log",
        tooltip: "What happened so far",
        icon: Some(Icon::Log),
        shortcut: Some("Ctrl+4"),
    }
    ShowShortcuts {
        text: "Keyboard shortcuts",
        tooltip: "Every shortcut of this window",
        icon: Some(Icon::Keyboard),
        shortcut: Some("F1"),
    }
    ShowAbout {
        text: "About Upfuse",
        tooltip: "Version and licences",
        icon: Some(Icon::Info),
    }
    Quit {
        text: "Quit",
        tooltip: "Close the window",
        shortcut: Some("Ctrl+Q"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_destroys_hangs_on_a_single_key() {
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
    fn texts_are_sentences_without_a_full_stop() {
        for action in Action::ALL {
            for text in [action.row().text, action.row().tooltip] {
                assert!(!text.ends_with('.'), "{text}");
                assert!(text.starts_with(|c: char| c.is_uppercase() || !c.is_alphabetic()));
            }
        }
    }
}
