//! Every action a person can take that needs nothing but the moment: its text, tooltip and
//! shortcut, in one table. Buttons, menus, keys and the overview of shortcuts all read it.

use egui::{Key, KeyboardShortcut, Modifiers};

use super::icons::Icon;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    ChooseFile,
    TypePath,
    ReloadFile,
    Upgrade,
    Verify,
    Stop,
    StartProgram,
    EnterDfuMode,
    Rescan,
    TrySimulatedBoard,
    BoardDetails,
    NameBoard,
    RemoveProtection,
    ReadMemory,
    SaveReadOut,
    BlankCheck,
    EraseRange,
    EraseAll,
    FindInMemory,
    GoToAddress,
    ArmBatch,
    DisarmBatch,
    SaveBatchRecord,
    AddFile,
    MakeFile,
    ExtractFiles,
    CopyReport,
    SaveLog,
    ClearLog,
    ShowUpgrade,
    ShowReadAndErase,
    ShowFiles,
    ShowLog,
    ShowShortcuts,
    ShowAbout,
    Quit,
}

impl Action {
    /// In the order of the overview of shortcuts.
    pub const ALL: [Self; 36] = [
        Self::ChooseFile,
        Self::TypePath,
        Self::ReloadFile,
        Self::Upgrade,
        Self::Verify,
        Self::Stop,
        Self::StartProgram,
        Self::EnterDfuMode,
        Self::Rescan,
        Self::TrySimulatedBoard,
        Self::BoardDetails,
        Self::NameBoard,
        Self::RemoveProtection,
        Self::ReadMemory,
        Self::SaveReadOut,
        Self::BlankCheck,
        Self::EraseRange,
        Self::EraseAll,
        Self::FindInMemory,
        Self::GoToAddress,
        Self::ArmBatch,
        Self::DisarmBatch,
        Self::SaveBatchRecord,
        Self::AddFile,
        Self::MakeFile,
        Self::ExtractFiles,
        Self::CopyReport,
        Self::SaveLog,
        Self::ClearLog,
        Self::ShowUpgrade,
        Self::ShowReadAndErase,
        Self::ShowFiles,
        Self::ShowLog,
        Self::ShowShortcuts,
        Self::ShowAbout,
        Self::Quit,
    ];

    /// The words on the button or in the menu.
    pub fn text(self) -> &'static str {
        match self {
            Self::ChooseFile => "Choose file…",
            Self::TypePath => "Type a path…",
            Self::ReloadFile => "Reload file",
            Self::Upgrade => "Upgrade",
            Self::Verify => "Verify only",
            Self::Stop => "Stop",
            Self::StartProgram => "Start the program",
            Self::EnterDfuMode => "Enter DFU mode",
            Self::Rescan => "Look again",
            Self::TrySimulatedBoard => "Try a simulated board",
            Self::BoardDetails => "Board details…",
            Self::NameBoard => "Name this board…",
            Self::RemoveProtection => "Remove protection…",
            Self::ReadMemory => "Read",
            Self::SaveReadOut => "Save…",
            Self::BlankCheck => "Blank check",
            Self::EraseRange => "Erase this range…",
            Self::EraseAll => "Erase everything…",
            Self::FindInMemory => "Find",
            Self::GoToAddress => "Go to address",
            Self::ArmBatch => "Batch mode…",
            Self::DisarmBatch => "End batch mode",
            Self::SaveBatchRecord => "Save record…",
            Self::AddFile => "Add file…",
            Self::MakeFile => "Save as…",
            Self::ExtractFiles => "Extract to a folder…",
            Self::CopyReport => "Copy report",
            Self::SaveLog => "Save log…",
            Self::ClearLog => "Clear log",
            Self::ShowUpgrade => "Upgrade",
            Self::ShowReadAndErase => "Read & erase",
            Self::ShowFiles => "Files",
            Self::ShowLog => "Log",
            Self::ShowShortcuts => "Keyboard shortcuts",
            Self::ShowAbout => "About Upfuse",
            Self::Quit => "Quit",
        }
    }

    /// What it does, for the tooltip and the overview.
    pub fn tooltip(self) -> &'static str {
        match self {
            Self::ChooseFile => "Choose a firmware file: .dfu, .hex, .s19, .elf or .bin",
            Self::TypePath => "Open a firmware file by its path, without a file dialog",
            Self::ReloadFile => "Read the firmware file again",
            Self::Upgrade => "Compare, erase, write, verify and start the chosen board",
            Self::Verify => "Compare the board with the file and change nothing",
            Self::Stop => "Stop at the next safe moment; the board stays in DFU mode",
            Self::StartProgram => "Leave DFU mode and run what is in the board's flash",
            Self::EnterDfuMode => "Ask the running program to restart in DFU mode",
            Self::Rescan => "Look at the USB bus now",
            Self::TrySimulatedBoard => "Plug in a board that exists in this program only",
            Self::BoardDetails => "Identity, targets and sectors of the chosen board",
            Self::NameBoard => "Give this board or this port a name of your own",
            Self::RemoveProtection => "Remove the read protection; this erases everything",
            Self::ReadMemory => "Read the range from the board",
            Self::SaveReadOut => "Save what was read as .dfu, .hex, .s19 or .bin",
            Self::BlankCheck => "Read the range and tell whether every byte is 0xFF",
            Self::EraseRange => "Erase every sector that the range touches",
            Self::EraseAll => "Erase the whole flash of the chosen board",
            Self::FindInMemory => "Search the bytes that were read",
            Self::GoToAddress => "Show an address of what was read",
            Self::ArmBatch => "Upgrade every matching board that is plugged in, by itself",
            Self::DisarmBatch => "Boards plugged in from now on are left alone",
            Self::SaveBatchRecord => "Save the batch record as a CSV file",
            Self::AddFile => "Add a firmware file to look at or to convert",
            Self::MakeFile => "Make one file of the files above",
            Self::ExtractFiles => "Write each target or element into a file of its own",
            Self::CopyReport => "Copy version, system, board, file and log for a report",
            Self::SaveLog => "Save the log as a text file",
            Self::ClearLog => "Forget the lines of the log",
            Self::ShowUpgrade => "Write a firmware file to a board",
            Self::ShowReadAndErase => "Save a board's memory, look at it, erase it",
            Self::ShowFiles => "Look into firmware files, and make .dfu files",
            Self::ShowLog => "What happened so far",
            Self::ShowShortcuts => "Every shortcut of this window",
            Self::ShowAbout => "Version and licences",
            Self::Quit => "Close the window",
        }
    }

    pub fn icon(self) -> Option<Icon> {
        Some(match self {
            Self::ChooseFile => Icon::Folder,
            Self::ReloadFile | Self::Rescan => Icon::Reload,
            Self::Upgrade | Self::ShowUpgrade => Icon::Chip,
            Self::Verify | Self::BlankCheck => Icon::Check,
            Self::Stop => Icon::Stop,
            Self::StartProgram => Icon::Play,
            Self::EnterDfuMode => Icon::Swap,
            Self::TrySimulatedBoard => Icon::Plug,
            Self::BoardDetails | Self::ShowAbout => Icon::Info,
            Self::NameBoard | Self::TypePath => Icon::Pencil,
            Self::RemoveProtection => Icon::Lock,
            Self::ReadMemory | Self::ShowReadAndErase => Icon::Read,
            Self::SaveReadOut | Self::SaveLog | Self::SaveBatchRecord => Icon::Save,
            Self::EraseRange | Self::EraseAll | Self::ClearLog => Icon::Erase,
            Self::FindInMemory => Icon::Search,
            Self::GoToAddress => Icon::ChevronRight,
            Self::ArmBatch => Icon::Batch,
            Self::DisarmBatch => Icon::Cross,
            Self::AddFile => Icon::Folder,
            Self::MakeFile | Self::ExtractFiles => Icon::Save,
            Self::CopyReport => Icon::Copy,
            Self::ShowFiles => Icon::File,
            Self::ShowLog => Icon::Log,
            Self::ShowShortcuts => Icon::Keyboard,
            Self::Quit => return None,
        })
    }

    /// No single key does anything that cannot be undone.
    pub fn shortcut(self) -> Option<KeyboardShortcut> {
        const CTRL: Modifiers = Modifiers::COMMAND;
        const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
        let (modifiers, key) = match self {
            Self::ChooseFile => (CTRL, Key::O),
            Self::TypePath => (CTRL_SHIFT, Key::O),
            Self::ReloadFile => (CTRL, Key::R),
            Self::Upgrade => (CTRL, Key::Enter),
            Self::Verify => (CTRL_SHIFT, Key::Enter),
            Self::Stop => (Modifiers::NONE, Key::Escape),
            Self::Rescan => (Modifiers::NONE, Key::F5),
            Self::BoardDetails => (CTRL, Key::I),
            Self::NameBoard => (Modifiers::NONE, Key::F2),
            Self::FindInMemory => (CTRL, Key::F),
            Self::GoToAddress => (CTRL, Key::G),
            Self::ArmBatch => (CTRL, Key::B),
            Self::CopyReport => (CTRL, Key::L),
            Self::SaveReadOut => (CTRL, Key::S),
            Self::SaveLog => (CTRL_SHIFT, Key::S),
            Self::ShowUpgrade => (CTRL, Key::Num1),
            Self::ShowReadAndErase => (CTRL, Key::Num2),
            Self::ShowFiles => (CTRL, Key::Num3),
            Self::ShowLog => (CTRL, Key::Num4),
            Self::ShowShortcuts => (Modifiers::NONE, Key::F1),
            Self::Quit => (CTRL, Key::Q),
            _ => return None,
        };
        Some(KeyboardShortcut::new(modifiers, key))
    }

    /// The action whose shortcut was just pressed. Longer shortcuts come first, so that Ctrl+Shift+S
    /// is not taken for Ctrl+S.
    pub fn pressed(ctx: &egui::Context) -> Option<Self> {
        let mut known: Vec<(Self, KeyboardShortcut)> = Self::ALL
            .iter()
            .filter_map(|action| Some((*action, action.shortcut()?)))
            .collect();
        known.sort_by_key(|(_, shortcut)| !shortcut.modifiers.shift);
        ctx.input_mut(|input| {
            known
                .into_iter()
                .find(|(_, shortcut)| input.consume_shortcut(shortcut))
                .map(|(action, _)| action)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_actions_share_a_shortcut() {
        let mut seen = HashSet::new();
        for action in Action::ALL {
            if let Some(shortcut) = action.shortcut() {
                assert!(seen.insert(format!("{shortcut:?}")), "{action:?}");
            }
        }
    }

    #[test]
    fn every_action_is_in_the_table_once() {
        let all: HashSet<Action> = Action::ALL.into_iter().collect();
        assert_eq!(all.len(), Action::ALL.len());
    }

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
            if let Some(shortcut) = action.shortcut() {
                assert!(shortcut.modifiers.command, "{action:?}");
            }
        }
    }

    #[test]
    fn texts_are_sentences_without_a_full_stop() {
        for action in Action::ALL {
            for words in [action.text(), action.tooltip()] {
                assert!(!words.ends_with('.'), "{words}");
                assert!(words.starts_with(|c: char| c.is_uppercase() || !c.is_alphabetic()));
            }
        }
    }
}
