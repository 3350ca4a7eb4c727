//! Ctrl-C. While a job runs, the first one asks it to end in order, so that the board is left idle
//! and the person hears what it now holds; the second ends the program at once. Otherwise the
//! first one does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, bounded};

use super::exit::{Exit, Failure};
use super::output::say;

#[derive(Debug)]
pub(super) struct Interrupt {
    pressed: Receiver<()>,
    /// A job is running and has not been asked to end yet.
    armed: Arc<AtomicBool>,
}

impl Interrupt {
    /// Takes over the signal. Once in the program's life.
    pub(super) fn install() -> Result<Self, Failure> {
        let (sender, pressed) = bounded(1);
        let armed = Arc::new(AtomicBool::new(false));
        let in_job = Arc::clone(&armed);
        let handler = move || {
            if in_job.swap(false, Ordering::SeqCst) {
                say("Stopping at the next safe moment; press Ctrl-C again to quit at once");
                sender.try_send(()).ok();
            } else {
                std::process::exit(i32::from(Exit::Cancelled as u8));
            }
        };
        ctrlc::set_handler(handler).map_err(|error| {
            Failure::new(
                Exit::Internal,
                "internal",
                format!("Ctrl-C cannot be handled: {error}"),
            )
        })?;
        Ok(Self { pressed, armed })
    }

    /// From now on a Ctrl-C is told through [`Interrupt::pressed`].
    pub(super) fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }

    /// From now on a Ctrl-C ends the program.
    pub(super) fn disarm(&self) {
        self.armed.store(false, Ordering::SeqCst);
    }

    pub(super) fn pressed(&self) -> &Receiver<()> {
        &self.pressed
    }
}
