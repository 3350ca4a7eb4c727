//! Work that may take longer than a frame and is no job on a board: writing files. Each runs on a
//! thread of its own and answers through a channel.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

/// How a chore ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Done {
    pub path: PathBuf,
    /// # Errors
    /// A sentence for the person.
    pub result: Result<(), String>,
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

    /// Runs `work`, which writes `path`.
    pub(super) fn begin(
        &self,
        path: PathBuf,
        work: impl FnOnce(&std::path::Path) -> Result<(), String> + Send + 'static,
    ) {
        let done = self.done.0.clone();
        let wake = Arc::clone(&self.wake);
        std::thread::spawn(move || {
            let result = work(&path);
            // Nobody listening any more: the window has closed.
            done.send(Done { path, result }).ok();
            wake();
        });
    }

    pub(super) fn poll(&self) -> Option<Done> {
        self.done.1.try_recv().ok()
    }
}
