//! The whole contract between the worker and its clients: commands in, events out.

use super::setup::UnknownBoard;
use crate::dfu::Pace;
use crate::discovery::Inventory;
use crate::engine::{JobEvent, Task};
use crate::transport::Place;
use crate::transport::recording::Recorder;

/// Chosen by the sender of [`Command::Run`]; every event of the job carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

#[derive(Clone, Debug)]
pub enum Command {
    /// Run a job on the board at `place`.
    Run {
        job: JobId,
        place: Place,
        task: Task,
        pace: Pace,
    },
    /// Stop a job at the next safe moment.
    Cancel(JobId),
    /// Plug in a simulated board, by its name ("f407").
    PlugSimulated(String),
    /// Unplug a simulated board.
    UnplugSimulated(Place),
    /// Record what passes between the boards that are opened from now on and this program; `None`
    /// ends it.
    Record(Option<Recorder>),
    /// Scan the bus now.
    Rescan,
    /// Stop all jobs and end.
    Shutdown,
}

#[derive(Clone, Debug)]
pub enum Event {
    /// The bus changed; these are all the relevant devices on it.
    Boards(Inventory),
    Job {
        job: JobId,
        place: Place,
        event: JobEvent,
    },
    /// The answer to a [`Command::PlugSimulated`] that was not carried out.
    UnknownBoard(UnknownBoard),
}
