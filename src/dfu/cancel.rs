//! A flag that stops a job at the next safe moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared by the job and those who may cancel it; clones are the same flag.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
