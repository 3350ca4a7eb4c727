//! Ctrl-C. While a job runs, the first press cancels the job, which leaves the board idle and
//! reports its state; the second press ends the program at once, after a last line for each board;
//! the third does not even wait for that. Without a job the first press ends the program.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, bounded};

use super::exit::{Exit, Failure};
use super::output::eprint_line;

#[derive(Debug)]
pub(super) struct Interrupt {
    pressed: Receiver<Press>,
    stage: Arc<Mutex<Stage>>,
}

/// What a press of Ctrl-C asks of running jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Press {
    Cancel,
    /// To end without waiting for them.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    NoJob,
    Running,
    Cancelling,
    Ending,
}

impl Interrupt {
    /// Installs the signal handler; possible only once.
    pub(super) fn install() -> Result<Self, Failure> {
        let (sender, pressed) = bounded(2);
        let stage = Arc::new(Mutex::new(Stage::NoJob));
        let shared = Arc::clone(&stage);
        let handler = move || {
            let mut stage = lock(&shared);
            let press = match *stage {
                Stage::Running => Press::Cancel,
                Stage::Cancelling => Press::End,
                Stage::NoJob | Stage::Ending => end(),
            };
            // A full channel or none: the jobs have ended, or their listener has gone.
            if sender.try_send(press).is_err() {
                end();
            }
            *stage = match press {
                Press::Cancel => Stage::Cancelling,
                Press::End => Stage::Ending,
            };
            if press == Press::Cancel {
                eprint_line("Stopping at the next safe moment; press Ctrl-C again to quit at once");
            }
        };
        ctrlc::set_handler(handler).map_err(|error| {
            Failure::new(
                Exit::Internal,
                "internal",
                format!("Ctrl-C cannot be handled: {error}"),
            )
        })?;
        Ok(Self { pressed, stage })
    }

    /// From now on Ctrl-C is sent to [`Interrupt::pressed`].
    pub(super) fn arm(&self) {
        *lock(&self.stage) = Stage::Running;
    }

    /// From now on Ctrl-C ends the program.
    pub(super) fn disarm(&self) {
        *lock(&self.stage) = Stage::NoJob;
    }

    pub(super) fn pressed(&self) -> &Receiver<Press> {
        &self.pressed
    }
}

/// Ends the program without waiting for anything.
pub(super) fn end() -> ! {
    std::process::exit(i32::from(Exit::Cancelled as u8))
}

fn lock(stage: &Mutex<Stage>) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}
