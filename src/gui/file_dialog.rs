//! The system's file dialogs: the only module that names `rfd`. A dialog runs on a thread of its
//! own, so that the window stays responsive; its answer arrives through a channel.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::block_on::block_on;
use super::state::PathFor;
use super::state::path::{Dialog, Filter};
use super::text::capitalised;
use crate::firmware::{ARCHIVES, Format};

/// No one cancels a dialog faster than this: a quicker answer means that none was shown.
const TOO_FAST_FOR_A_PERSON: Duration = Duration::from_millis(400);
const NO_DIALOG: &str = "This system has no file dialog (on Linux, xdg-desktop-portal provides one). \
                         Type the path instead";
const DIALOG_IS_OPEN: &str = "A file dialog is already open: look behind this window and on the \
                              taskbar, or type the path here";

/// A path to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub purpose: PathFor,
    pub folder: Option<PathBuf>,
    /// Proposed name of a file to save.
    pub name: String,
    /// Since the window was opened.
    pub asked_at: Duration,
}

impl Question {
    pub(super) fn proposed(&self) -> PathBuf {
        self.folder.clone().unwrap_or_default().join(&self.name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Path(PathFor, PathBuf),
    Cancelled,
    NoDialog(DialogFailure),
}

/// No dialog could be shown for the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DialogFailure {
    pub question: Question,
    pub why: &'static str,
}

/// How a dialog ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ended {
    Chosen(PathBuf),
    /// Without a path: by a person, or because it was not shown.
    Empty,
    NotShown,
}

/// Dialogs that `rfd` could not show.
static NOT_SHOWN: AtomicUsize = AtomicUsize::new(0);

/// Takes note of what `rfd` logs: its answer for a dialog that it could not show, perhaps after many
/// seconds of waiting for the portal, is the same as for one that a person cancelled.
pub(super) fn follow_log(record: &log::Record<'_>) {
    if record.level() == log::Level::Error && record.target().starts_with("rfd") {
        NOT_SHOWN.fetch_add(1, Ordering::SeqCst);
    }
}

/// At most one dialog at a time.
pub(super) struct Dialogs {
    answers: Receiver<Ended>,
    answer: Sender<Ended>,
    wake: std::sync::Arc<dyn Fn() + Send + Sync>,
    open: Option<Question>,
}

impl std::fmt::Debug for Dialogs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialogs").field("open", &self.open).finish()
    }
}

impl Dialogs {
    /// `wake` is called, on another thread, when an answer has arrived.
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (answer, answers) = bounded(1);
        Self {
            answers,
            answer,
            wake: std::sync::Arc::new(wake),
            open: None,
        }
    }

    /// Opens a dialog.
    ///
    /// # Errors
    /// When one is open already, or no thread could be started.
    pub(super) fn ask(&mut self, question: Question) -> Result<(), DialogFailure> {
        if self.open.is_some() {
            let why = DIALOG_IS_OPEN;
            return Err(DialogFailure { question, why });
        }
        let answer = self.answer.clone();
        let wake = std::sync::Arc::clone(&self.wake);
        // rfd wants the dialog made on the main thread and allows it to be awaited on another.
        let dialog = build(&question);
        let future: std::pin::Pin<Box<dyn Future<Output = Option<rfd::FileHandle>> + Send>> =
            match question.purpose.row().dialog {
                Dialog::Open => Box::pin(dialog.pick_file()),
                Dialog::Folder => Box::pin(dialog.pick_folder()),
                Dialog::Save => Box::pin(dialog.save_file()),
            };
        let thread = std::thread::Builder::new()
            .name("file dialog".to_owned())
            .spawn(move || {
                let failed_before = NOT_SHOWN.load(Ordering::SeqCst);
                let ended = match block_on(future) {
                    Some(file) => Ended::Chosen(file.path().to_owned()),
                    None if NOT_SHOWN.load(Ordering::SeqCst) != failed_before => Ended::NotShown,
                    None => Ended::Empty,
                };
                answer.send(ended).ok();
                wake();
            });
        if thread.is_err() {
            let why = NO_DIALOG;
            return Err(DialogFailure { question, why });
        }
        self.open = Some(question);
        Ok(())
    }

    /// The answer, if it has arrived.
    pub(super) fn poll(&mut self, now: Duration) -> Option<Answer> {
        let ended = self.answers.try_recv().ok()?;
        let question = self.open.take()?;
        let too_fast = now.saturating_sub(question.asked_at) < TOO_FAST_FOR_A_PERSON;
        Some(match ended {
            Ended::Chosen(path) => Answer::Path(question.purpose, path),
            Ended::Empty if !too_fast => Answer::Cancelled,
            Ended::Empty | Ended::NotShown => {
                let why = NO_DIALOG;
                Answer::NoDialog(DialogFailure { question, why })
            }
        })
    }
}

fn build(question: &Question) -> rfd::AsyncFileDialog {
    let row = question.purpose.row();
    let mut dialog = rfd::AsyncFileDialog::new().set_title(row.title);
    for (name, extensions) in filters(row.filter) {
        dialog = dialog.add_filter(name, &both_cases(&extensions));
    }
    if let Some(folder) = question.folder.as_deref().filter(|f| f.is_dir()) {
        dialog = dialog.set_directory(folder);
    }
    if !question.name.is_empty() {
        dialog = dialog.set_file_name(&question.name);
    }
    dialog
}

/// A name, and extensions.
type Named = (String, Vec<&'static str>);

fn filters(filter: Filter) -> Vec<Named> {
    match filter {
        Filter::Readable => readable(),
        Filter::Writable => Format::writable()
            .map(|format| (capitalised(format.name()), vec![format.extension()]))
            .collect(),
        Filter::Only(name, extensions) => vec![(name.to_owned(), extensions.to_vec())],
        Filter::Any => Vec::new(),
    }
}

/// All firmware files, those of each format, and any file.
fn readable() -> Vec<Named> {
    let firmware = Format::readable().flat_map(Format::extensions);
    let firmware = firmware.chain(ARCHIVES.iter().copied()).collect();
    let mut filters = vec![("Firmware".to_owned(), firmware)];
    filters.extend(Format::readable().map(|f| (capitalised(f.name()), f.extensions().collect())));
    filters.push(("Archives".to_owned(), ARCHIVES.to_vec()));
    filters.push(("All files".to_owned(), vec!["*"]));
    filters
}

/// The patterns of the portal are case-sensitive.
fn both_cases(extensions: &[&str]) -> Vec<String> {
    extensions
        .iter()
        .flat_map(|e| [(*e).to_owned(), e.to_uppercase()])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_that_was_not_shown_is_told_from_one_that_was_cancelled() {
        let mut dialogs = Dialogs::new(|| {});
        let question = Question {
            purpose: PathFor::Log,
            folder: Some("folder".into()),
            name: "log.txt".to_owned(),
            asked_at: Duration::from_secs(7),
        };
        let mut answer = |millis, ended| {
            dialogs.open = Some(question.clone());
            dialogs.answer.send(ended).unwrap();
            dialogs.poll(question.asked_at + Duration::from_millis(millis))
        };
        let Some(Answer::NoDialog(failure)) = answer(399, Ended::Empty) else {
            panic!("a cancelled dialog");
        };
        assert_eq!(failure.question.proposed(), PathBuf::from("folder/log.txt"));
        assert_eq!(answer(400, Ended::Empty), Some(Answer::Cancelled));
        let path = PathBuf::from("chosen");
        let chosen = Answer::Path(PathFor::Log, path.clone());
        assert_eq!(answer(1, Ended::Chosen(path)), Some(chosen));
        // A portal that never answers: known only after its 25 seconds.
        let late = answer(25_000, Ended::NotShown);
        assert!(matches!(late, Some(Answer::NoDialog(_))), "{late:?}");
    }

    #[test]
    fn an_error_that_rfd_logs_is_a_dialog_that_was_not_shown() {
        let logged = |target: &str, level| {
            let before = NOT_SHOWN.load(Ordering::SeqCst);
            follow_log(&log::Record::builder().target(target).level(level).build());
            NOT_SHOWN.load(Ordering::SeqCst) != before
        };
        assert!(logged(
            "rfd::backend::xdg_desktop_portal",
            log::Level::Error
        ));
        assert!(!logged(
            "rfd::backend::xdg_desktop_portal",
            log::Level::Warn
        ));
        assert!(!logged("egui_glow", log::Level::Error));
    }

    #[test]
    fn the_dialog_lists_all_extensions_and_each_format() {
        let filters = filters(Filter::Readable);
        let names: Vec<&str> = filters.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.first(), Some(&"Firmware"));
        assert_eq!(names.last(), Some(&"All files"));
        for format in ["DfuSe", "Intel HEX", "S-record", "ELF", "Binary"] {
            assert!(names.contains(&format), "{format}");
        }
        for extension in ["dfu", "h86", "sx", "axf", "uf2", "bin", "zip", "gz"] {
            let fitting = filters.iter().filter(|(_, all)| all.contains(&extension));
            assert_eq!(fitting.count(), 2, "{extension}");
        }
    }
}
