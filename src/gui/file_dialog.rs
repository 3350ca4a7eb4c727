//! The system's file dialogs: the only module that names `rfd`. A dialog runs on a thread of its
//! own, so that the window goes on living; its answer arrives through a channel.

use std::path::PathBuf;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::state::PathFor;

/// What to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub purpose: PathFor,
    pub folder: Option<PathBuf>,
    /// Proposed name of a file to save.
    pub name: String,
}

/// `path` is `None` when the dialog was cancelled, or there is no dialog to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub purpose: PathFor,
    pub path: Option<PathBuf>,
}

/// At most one dialog at a time.
pub(super) struct Dialogs {
    answers: Receiver<Answer>,
    answer: Sender<Answer>,
    wake: std::sync::Arc<dyn Fn() + Send + Sync>,
    open: Option<PathFor>,
}

impl std::fmt::Debug for Dialogs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialogs").field("open", &self.open).finish()
    }
}

impl Dialogs {
    /// `wake` is called, on another thread, when an answer has arrived.
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (answer, answers) = bounded(4);
        Self {
            answers,
            answer,
            wake: std::sync::Arc::new(wake),
            open: None,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Opens a dialog. There is to be one at a time: ask [`Self::is_open`] first.
    ///
    /// # Errors
    /// When no thread could be started.
    pub(super) fn ask(&mut self, question: Question) -> std::io::Result<()> {
        let purpose = question.purpose;
        let answer = self.answer.clone();
        let wake = std::sync::Arc::clone(&self.wake);
        // rfd wants the dialog made on the main thread and allows it to be awaited on another.
        let dialog = build(&question);
        let future: std::pin::Pin<Box<dyn Future<Output = Option<rfd::FileHandle>> + Send>> =
            match purpose {
                PathFor::Firmware | PathFor::Input => Box::pin(dialog.pick_file()),
                PathFor::ExtractFolder => Box::pin(dialog.pick_folder()),
                _ => Box::pin(dialog.save_file()),
            };
        std::thread::Builder::new()
            .name("file dialog".to_owned())
            .spawn(move || {
                let path = block_on(future).map(|file| file.path().to_owned());
                answer.send(Answer { purpose, path }).ok();
                wake();
            })?;
        self.open = Some(purpose);
        Ok(())
    }

    /// The answer, once there is one.
    pub(super) fn poll(&mut self) -> Option<Answer> {
        let answer = self.answers.try_recv().ok()?;
        self.open = None;
        Some(answer)
    }
}

fn build(question: &Question) -> rfd::AsyncFileDialog {
    let mut dialog = rfd::AsyncFileDialog::new().set_title(title(question.purpose));
    for (name, extensions) in filters(question.purpose) {
        dialog = dialog.add_filter(*name, &both_cases(extensions));
    }
    if let Some(folder) = question.folder.as_deref().filter(|f| f.is_dir()) {
        dialog = dialog.set_directory(folder);
    }
    if !question.name.is_empty() {
        dialog = dialog.set_file_name(&question.name);
    }
    dialog
}

fn title(purpose: PathFor) -> &'static str {
    match purpose {
        PathFor::Firmware | PathFor::Input => "Choose a firmware file",
        PathFor::MakeFile => "Save the firmware as",
        PathFor::ExtractFolder => "Extract into a folder",
        PathFor::Backup => "Save a backup as",
        PathFor::ReadOut => "Save what was read as",
        PathFor::Log => "Save the log as",
        PathFor::BatchRecord => "Save the batch record as",
    }
}

type Filter = (&'static str, &'static [&'static str]);

const READABLE: &[Filter] = &[
    (
        "Firmware",
        &[
            "dfu", "hex", "ihex", "ihx", "h86", "s19", "s28", "s37", "srec", "mot", "sx", "elf",
            "axf", "bin",
        ],
    ),
    ("DfuSe", &["dfu"]),
    ("Intel HEX", &["hex", "ihex", "ihx", "h86"]),
    ("S-record", &["s19", "s28", "s37", "srec", "mot", "sx"]),
    ("ELF", &["elf", "axf"]),
    ("Binary", &["bin"]),
    ("All files", &["*"]),
];

const WRITABLE: &[Filter] = &[
    ("DfuSe", &["dfu"]),
    ("Intel HEX", &["hex"]),
    ("S-record", &["s19"]),
    ("Binary", &["bin"]),
];

fn filters(purpose: PathFor) -> &'static [Filter] {
    match purpose {
        PathFor::Firmware | PathFor::Input => READABLE,
        PathFor::ExtractFolder => &[],
        PathFor::Backup | PathFor::ReadOut | PathFor::MakeFile => WRITABLE,
        PathFor::Log => &[("Text", &["txt", "log"])],
        PathFor::BatchRecord => &[("CSV", &["csv"])],
    }
}

/// The portal's patterns tell `.HEX` from `.hex`.
fn both_cases(extensions: &[&str]) -> Vec<String> {
    extensions
        .iter()
        .flat_map(|e| [(*e).to_owned(), e.to_uppercase()])
        .collect()
}

/// Runs a future to its end on this thread, parked while it waits.
fn block_on<T>(mut future: std::pin::Pin<Box<dyn Future<Output = T> + Send>>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(value) => return value,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialog_lists_every_extension_that_a_name_promises_a_format_with() {
        for extension in ["h86", "sx"] {
            let named = filters(PathFor::Firmware)
                .iter()
                .filter(|(_, extensions)| extensions.contains(&extension))
                .count();
            assert_eq!(
                named, 2,
                "{extension}: under its format and under \"Firmware\""
            );
        }
    }
}
