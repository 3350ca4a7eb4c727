//! Work that may take longer than a frame and is no job on a board: reading, watching and writing
//! files. Each task runs on its own thread and reports through a channel.

mod convert;
mod driver;
mod save;
mod watch;

use std::convert::Infallible;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::address::Address;
use crate::dfu::Cancel;
use crate::discovery::udev;
use crate::firmware::convert::Conversion;
use crate::firmware::{self, Existing, Fault, FirmwareError, Image, ImageTarget};
use crate::gui::job_profile::JobProfile;
use crate::gui::state::restore::{self, Backup};
use crate::gui::state::traffic::TrafficRecord;
use crate::transport::DeviceRecord;
use crate::worker::job::panic_text;

use convert::convert;
pub(super) use driver::DriverChange;
use save::{save_target, save_text};
use watch::Watched;

#[derive(Clone, Debug)]
pub enum Task {
    /// Reads a firmware file.
    Load {
        path: PathBuf,
        at: Option<Address>,
        reader: Reader,
    },
    SaveText {
        path: PathBuf,
        existing: Existing,
        text: String,
    },
    /// Saves memory that was read from a board; the extension chooses the format.
    SaveTarget {
        path: PathBuf,
        existing: Existing,
        target: ImageTarget,
        /// The vendor and product ID of a board without addresses.
        plain: Option<(u16, u16)>,
    },
    /// Creates a record of USB traffic. The dialog has asked about replacing it.
    StartRecord {
        path: PathBuf,
    },
    Convert {
        conversion: Box<Conversion>,
        existing: Existing,
        cancel: Cancel,
    },
    /// Reads a job profile.
    OpenJob {
        path: PathBuf,
    },
    ListBackups {
        folder: PathBuf,
    },
    /// Asks for the administrator's password.
    InstallUdevRule,
    /// Lets Windows ask for administrator rights.
    InstallDriver(Box<DeviceRecord>),
}

/// The screen that loads a firmware file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The file is watched until the next one is read for an upgrade. The number comes back with
    /// the result, so that late results are recognised.
    Upgrade {
        request: u64,
    },
    Files,
    /// To look at its bytes.
    View,
    /// To compare it with the bytes in view.
    Compare,
    /// To restore the option bytes that it holds.
    OptionBytes,
}

/// Why a firmware file cannot be used, and advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadFailure {
    pub text: String,
    pub advice: &'static str,
    /// The files in the archive of which a person may choose one.
    pub members: Vec<String>,
}

impl From<FirmwareError> for LoadFailure {
    fn from(error: FirmwareError) -> Self {
        Self {
            text: error.to_string(),
            advice: error.advice(),
            members: match error.fault {
                Fault::SeveralInside { names } | Fault::NotInside { names, .. } => names,
                _ => Vec::new(),
            },
        }
    }
}

impl From<String> for LoadFailure {
    fn from(text: String) -> Self {
        Self {
            text,
            advice: "Choose another file",
            members: Vec::new(),
        }
    }
}

/// A report of a task. Results are sentences for the person.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    Loaded {
        path: PathBuf,
        reader: Reader,
        result: Result<Arc<Image>, LoadFailure>,
    },
    /// The file loaded last for an upgrade has changed.
    FileChanged(PathBuf),
    /// How far a conversion is, in bytes of input.
    Converting {
        doing: String,
        done: u64,
        total: u64,
    },
    Converted(Result<String, String>),
    Job {
        path: PathBuf,
        result: Result<Box<JobProfile>, String>,
    },
    /// The record of USB traffic can be written, or not.
    Recording(Result<TrafficRecord, String>),
    /// The newest backups in their folder.
    Backups(Result<Vec<Backup>, String>),
    /// The driver of a board was installed, or not.
    DriverChanged(DriverChange),
    /// Any other task has ended.
    Ended(Result<String, String>),
}

pub(super) struct Background {
    outbox: Outbox,
    updates: Receiver<Update>,
    /// Dropped to end the watch on the file that was loaded before.
    watch: Option<Sender<Infallible>>,
}

impl std::fmt::Debug for Background {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Background")
    }
}

#[derive(Clone)]
struct Outbox {
    updates: Sender<Update>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outbox {
    /// A missing receiver is no error: the window has closed.
    fn send(&self, update: Update) {
        if self.updates.send(update).is_ok() {
            (self.wake)();
        }
    }
}

impl Background {
    /// `wake` is called, on another thread, after each update.
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (sender, updates) = bounded(16);
        Self {
            outbox: Outbox {
                updates: sender,
                wake: Arc::new(wake),
            },
            updates,
            watch: None,
        }
    }

    pub(super) fn poll(&self) -> Option<Update> {
        self.updates.try_recv().ok()
    }

    /// # Errors
    /// When no thread can be started.
    pub(super) fn start(&mut self, task: Task) -> io::Result<()> {
        let watch = task.file_to_watch().map(|path| {
            let (watch, ended) = bounded(0);
            self.watch = Some(watch);
            (path, ended)
        });
        let outbox = self.outbox.clone();
        let name = task.name();
        let run = move || {
            // Before reading, so that a change during it is noticed.
            let watched = watch.map(|(path, ended)| (Watched::new(path), ended));
            outbox.send(task.run(&outbox));
            if let Some((mut file, ended)) = watched {
                file.watch(&ended, &outbox);
            }
        };
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)?;
        Ok(())
    }
}

impl Task {
    fn name(&self) -> &'static str {
        match self {
            Self::Load { .. } => "firmware file",
            Self::SaveText { .. } | Self::SaveTarget { .. } => "save",
            Self::StartRecord { .. } => "record",
            Self::Convert { .. } => "convert",
            Self::OpenJob { .. } => "job profile",
            Self::ListBackups { .. } => "backups",
            Self::InstallUdevRule => "udev rule",
            Self::InstallDriver(_) => "driver",
        }
    }

    fn file_to_watch(&self) -> Option<PathBuf> {
        match self {
            Self::Load {
                path,
                reader: Reader::Upgrade { .. },
                ..
            } => Some(path.clone()),
            _ => None,
        }
    }

    fn run(self, outbox: &Outbox) -> Update {
        match self {
            Self::Load { path, at, reader } => {
                let result = catch_panic(|| Ok(Arc::new(firmware::load(&path, at)?)));
                Update::Loaded {
                    path,
                    reader,
                    result,
                }
            }
            Self::SaveText {
                path,
                existing,
                text,
            } => Update::Ended(catch_panic(|| save_text(&path, existing, &text))),
            Self::SaveTarget {
                path,
                existing,
                target,
                plain,
            } => Update::Ended(catch_panic(|| save_target(&path, existing, target, plain))),
            Self::StartRecord { path } => {
                Update::Recording(catch_panic(|| TrafficRecord::create(path)))
            }
            Self::Convert {
                conversion,
                existing,
                cancel,
            } => {
                let report = |update| outbox.send(update);
                let convert = || convert(&conversion, existing, &cancel, &report);
                Update::Converted(catch_panic(convert))
            }
            Self::OpenJob { path } => {
                let result = catch_panic(|| JobProfile::read(&path).map(Box::new));
                Update::Job { path, result }
            }
            Self::ListBackups { folder } => Update::Backups(catch_panic(|| {
                restore::newest(&folder)
                    .map_err(|error| format!("The folder cannot be read: {error}"))
            })),
            Self::InstallUdevRule => Update::Ended(catch_panic(install_udev_rule)),
            Self::InstallDriver(record) => Update::DriverChanged(driver::install(&record)),
        }
    }
}

/// A panic is a failure like any other.
fn catch_panic<T, E: From<String>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(format!("Internal error: {}", panic_text(&*panic)).into()))
}

fn install_udev_rule() -> Result<String, String> {
    match udev::install_rule() {
        Ok(()) => {
            Ok("The rule is installed; plug the board in again if it is not ready".to_owned())
        }
        Err(error) => Err(format!("The rule was not installed: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Long enough for a loaded machine; a passing test never waits for it.
    const TIMEOUT: Duration = Duration::from_secs(60);

    #[test]
    fn only_the_file_loaded_last_is_watched() {
        let folder = tempfile::tempdir().unwrap();
        let mut background = Background::new(|| {});
        let before = folder.path().join("before.bin");
        let path = folder.path().join("firmware.bin");
        for (request, path) in [(6, &before), (7, &path)] {
            std::fs::write(path, [1, 2, 3, 4]).unwrap();
            background
                .start(Task::Load {
                    path: path.clone(),
                    at: None,
                    reader: Reader::Upgrade { request },
                })
                .unwrap();
            let loaded = background.updates.recv_timeout(TIMEOUT).unwrap();
            let Update::Loaded { reader, result, .. } = loaded else {
                panic!("{loaded:?}");
            };
            assert_eq!(reader, Reader::Upgrade { request });
            assert_eq!(result.unwrap().bytes(), 4);
        }
        std::fs::write(&before, [1, 2, 3, 4, 5]).unwrap();
        std::fs::write(&path, [1, 2, 3, 4, 5]).unwrap();
        let changed = background.updates.recv_timeout(TIMEOUT).unwrap();
        assert_eq!(changed, Update::FileChanged(path));
    }

    #[test]
    fn a_panic_in_a_task_is_a_failure_with_its_text() {
        let result: Result<(), String> = catch_panic(|| panic!("a defect in a parser"));
        assert_eq!(
            result,
            Err("Internal error: a defect in a parser".to_owned())
        );
    }
}
