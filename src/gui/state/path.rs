//! The paths that a person gives: one row for each purpose, with its dialog. [`State::path_given`]
//! uses them.

use std::path::{Path, PathBuf};

use super::{Effect, State};
use crate::wall_clock::Moment;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathFor {
    Firmware,
    /// A job profile to open, and one to save.
    Job,
    SaveJob,
    /// The folder for backups.
    Backups,
    /// The folder for records of batches.
    Records,
    ReadOut,
    /// A file with option bytes to restore, and one to save.
    OptionBytes,
    SaveOptionBytes,
    /// A file to compare with the bytes in view.
    CompareWith,
    Log,
    TrafficRecord,
    BatchRecord,
    /// An input of the files screen.
    Input,
    MakeFile,
    ExtractFolder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    Open,
    Save,
    Folder,
}

/// A file at a typed path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileThere {
    pub bytes: u64,
    /// When it was changed last, if the system has noted it.
    pub changed: Option<Moment>,
}

impl FileThere {
    pub fn at(path: &Path) -> Option<Self> {
        let facts = path.metadata().ok()?;
        Some(Self {
            bytes: facts.len(),
            changed: facts.modified().ok().and_then(Moment::of_file),
        })
    }
}

/// The files that a dialog lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Every format that can be read.
    Readable,
    /// Every format that can be written.
    Writable,
    Only(&'static str, &'static [&'static str]),
    Any,
}

/// The dialog for a path.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub title: &'static str,
    pub dialog: Dialog,
    pub filter: Filter,
    /// Proposes a name for the file to save.
    name: fn(&State) -> String,
}

const JOB: Filter = Filter::Only("Upfuse job", &["upfuse", "json"]);

impl PathFor {
    pub fn row(self) -> Row {
        use Filter::{Only, Writable};
        match self {
            Self::Firmware | Self::Input => Row {
                title: "Choose a firmware file",
                dialog: Dialog::Open,
                filter: Filter::Readable,
                name: |_| String::new(),
            },
            Self::CompareWith => Row {
                title: "Choose a file to compare with",
                dialog: Dialog::Open,
                filter: Filter::Readable,
                name: |_| String::new(),
            },
            Self::Job => Row {
                title: "Open a job profile",
                dialog: Dialog::Open,
                filter: JOB,
                name: |_| String::new(),
            },
            Self::SaveJob => save("Save the job profile as", JOB, State::job_name),
            Self::Backups => folder("Choose a folder for backups"),
            Self::Records => folder("Choose a folder for records of batches"),
            Self::ReadOut => save("Save memory as", Writable, State::read_out_name),
            Self::OptionBytes => Row {
                title: "Choose a file with option bytes",
                dialog: Dialog::Open,
                filter: Filter::Readable,
                name: |_| String::new(),
            },
            Self::SaveOptionBytes => save("Save the option bytes as", Writable, |_| {
                "option-bytes.dfu".to_owned()
            }),
            Self::Log => {
                let text = Only("Text", &["txt", "log"]);
                save("Save the log as", text, |_| "upfuse-log.txt".to_owned())
            }
            Self::TrafficRecord => {
                // A name that an issue on GitHub accepts.
                let lines = Only("Text", &["txt", "jsonl"]);
                save("Record USB traffic in", lines, |_| {
                    "upfuse-usb.txt".to_owned()
                })
            }
            Self::BatchRecord => {
                let csv = Only("CSV", &["csv"]);
                save("Save the batch record as", csv, |_| {
                    "upfuse-batch.csv".to_owned()
                })
            }
            Self::MakeFile => save("Save the firmware as", Writable, |state| {
                format!("{}.dfu", state.files.stem())
            }),
            Self::ExtractFolder => folder("Extract into a folder"),
        }
    }
}

fn save(title: &'static str, filter: Filter, name: fn(&State) -> String) -> Row {
    Row {
        title,
        dialog: Dialog::Save,
        filter,
        name,
    }
}

fn folder(title: &'static str) -> Row {
    Row {
        title,
        dialog: Dialog::Folder,
        filter: Filter::Any,
        name: |_| String::new(),
    }
}

impl State {
    pub(super) fn ask_path(&self, purpose: PathFor) -> Vec<Effect> {
        let name = (purpose.row().name)(self);
        vec![Effect::AskPath { purpose, name }]
    }

    /// The folder where a dialog opens.
    pub fn folder_for(&self, purpose: PathFor) -> Option<PathBuf> {
        let open = &self.settings.open_folder;
        let save = &self.settings.save_folder;
        match purpose.row().dialog {
            _ if purpose == PathFor::Backups && self.settings.backup_folder.is_some() => {
                self.settings.backup_folder.clone()
            }
            _ if purpose == PathFor::Records => self.records_folder().map(Path::to_owned),
            Dialog::Open => open.clone(),
            Dialog::Save | Dialog::Folder => save.as_ref().or(open.as_ref()).cloned(),
        }
    }

    fn read_out_name(&self) -> String {
        let target = self
            .read_out
            .as_ref()
            .and_then(|read| read.target.name.as_deref())
            .unwrap_or("memory");
        let plain: String = target
            .chars()
            .map(|c| match c {
                _ if c.is_ascii_alphanumeric() => c.to_ascii_lowercase(),
                _ => '-',
            })
            .collect();
        format!("{plain}.dfu")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::log::Level;
    use super::super::{Action, Intent, Modal};
    use super::*;
    use crate::firmware::Existing;
    use crate::gui::background::Task;

    #[test]
    fn the_folder_for_backups_is_asked_for_once() {
        let mut state = State::default();
        let asked = state.act(Duration::ZERO, Intent::SetBackup(true));
        let [Effect::AskPath { purpose, .. }] = asked.as_slice() else {
            panic!("{asked:?}");
        };
        assert_eq!(*purpose, PathFor::Backups);
        assert!(
            !state.settings.options.backup,
            "not before there is a folder"
        );
        state.act(Duration::ZERO, Intent::PathGiven(*purpose, "safe".into()));
        assert!(state.settings.options.backup);
        assert_eq!(state.settings.backup_folder, Some("safe".into()));
        state.act(Duration::ZERO, Intent::SetBackup(false));
        assert!(
            state
                .act(Duration::ZERO, Intent::SetBackup(true))
                .is_empty()
        );
        assert!(state.settings.options.backup);
    }

    #[test]
    fn a_typed_path_replaces_a_file_only_after_a_question() {
        let path = PathBuf::from("kept.txt");
        let typed = |state: &mut State| {
            state.modal = Some(Modal::TypePath {
                purpose: PathFor::Log,
                text: " kept.txt ".to_owned(),
                why: String::new(),
            });
            state.act(Duration::ZERO, Intent::Confirm)
        };
        let mut state = State::default();
        let effects = typed(&mut state);
        let [
            Effect::CheckTyped {
                purpose,
                path: asked,
            },
        ] = effects.as_slice()
        else {
            panic!("{effects:?}");
        };
        assert_eq!((*purpose, asked), (PathFor::Log, &path));
        let found = |bytes: Option<u64>| {
            let there = bytes.map(|bytes| FileThere {
                bytes,
                changed: None,
            });
            Intent::SavePathTyped(PathFor::Log, path.clone(), there)
        };
        let how = |effects: &[Effect]| match effects {
            [Effect::Background(Task::SaveText { path, existing, .. })] => {
                assert!(path.ends_with("kept.txt"));
                Some(*existing)
            }
            _ => None,
        };
        // There is one: Cancel keeps it, Replace replaces it.
        assert!(state.act(Duration::ZERO, found(Some(8))).is_empty());
        assert!(matches!(
            state.modal,
            Some(Modal::ConfirmReplace {
                there: FileThere { bytes: 8, .. },
                ..
            })
        ));
        assert!(state.act(Duration::ZERO, Intent::CloseModal).is_empty());
        assert_eq!(state.modal, None);
        state.act(Duration::ZERO, found(Some(8)));
        let replaced = state.act(Duration::ZERO, Intent::Confirm);
        assert_eq!(how(&replaced), Some(Existing::Replace));
        // There is none: one that appears in the meantime stays.
        let new = state.act(Duration::ZERO, found(None));
        assert_eq!(how(&new), Some(Existing::Refuse));
    }

    #[test]
    fn a_saved_log_holds_the_lines_up_to_the_moment_its_path_is_given() {
        let mut state = State::default();
        state.banner(Level::Info, "before the dialog");
        let effects = state.act(Duration::ZERO, Intent::Do(Action::SaveLog));
        let [Effect::AskPath { purpose, name }] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        assert_eq!(name, "upfuse-log.txt");
        state.banner(Level::Info, "while the dialog is open");
        let given = Intent::PathGiven(*purpose, "folder/log.txt".into());
        let saved = state.act(Duration::ZERO, given);
        let [Effect::Background(Task::SaveText { text, .. })] = saved.as_slice() else {
            panic!("{saved:?}");
        };
        assert!(text.contains("before the dialog") && text.contains("while the dialog is open"));
        assert_eq!(state.settings.save_folder, Some("folder".into()));
    }
}
