//! Ctrl-C. While a job runs, the first press cancels the job, which leaves the board idle and
//! reports its state; the second press ends the program at once. Without a job the first press
//! ends the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, bounded};

use super::exit::{Exit, Failure};
use super::output::eprint_line;

#[derive(Debug)]
pub(super) struct Interrupt {
    pressed: Receiver<()>,
    /// A job is running and has not been cancelled yet.
    armed: Arc<AtomicBool>,
}

impl Interrupt {
    /// Installs the signal handler; possible only once.
    pub(super) fn install() -> Result<Self, Failure> {
        let (sender, pressed) = bounded(1);
        let armed = Arc::new(AtomicBool::new(false));
        let in_job = Arc::clone(&armed);
        let handler = move || {
            if in_job.swap(false, Ordering::SeqCst) {
                eprint_line("Stopping at the next safe moment; press Ctrl-C again to quit at once");
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

    /// From now on Ctrl-C is sent to [`Interrupt::pressed`].
    pub(super) fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }

    /// From now on Ctrl-C ends the program.
    pub(super) fn disarm(&self) {
        self.armed.store(false, Ordering::SeqCst);
    }

    pub(super) fn pressed(&self) -> &Receiver<()> {
        &self.pressed
    }
}
