//! Work that may take longer than a frame and is no job on a board: reading and writing files.
//! Each runs on a thread of its own and answers through a channel.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::state::firmware::Facts;

/// How a chore ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// What was done, or why it was not, as a sentence for the person.
    Said(Result<String, String>),
    /// Files were made, or why they were not.
    Made(Result<String, String>),
    /// How far the making of files is, in bytes of input.
    Making {
        doing: String,
        done: u64,
        total: u64,
    },
    /// What is in a file, or why it cannot be used.
    Looked {
        path: PathBuf,
        look: Result<Facts, String>,
    },
}

pub(super) struct Chores {
    done: (Sender<Done>, Receiver<Done>),
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl std::fmt::Debug for Chores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chores")
    }
}

impl Chores {
    /// `wake` is called, on another thread, when a chore has ended.
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            done: bounded(16),
            wake: Arc::new(wake),
        }
    }

    pub(super) fn begin(&self, work: impl FnOnce() -> Done + Send + 'static) {
        self.begin_telling(|_| work());
    }

    /// The same for work that tells how far it is.
    pub(super) fn begin_telling(&self, work: impl FnOnce(&dyn Fn(Done)) -> Done + Send + 'static) {
        let done = self.done.0.clone();
        let wake = Arc::clone(&self.wake);
        std::thread::spawn(move || {
            let tell = |news| {
                // Nobody listening any more: the window has closed.
                done.send(news).ok();
                wake();
            };
            tell(work(&tell));
        });
    }

    pub(super) fn poll(&self) -> Option<Done> {
        self.done.1.try_recv().ok()
    }
}
