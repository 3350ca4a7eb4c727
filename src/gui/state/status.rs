//! The status word on a board's card: what the board is doing, or how its job ended.

use super::State;
use super::boards::{BoardStatus, Entry};
use super::job::{Job, Purpose};
use super::log::Level;
use crate::engine::Task;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub kind: StatusKind,
    /// "writing 43 %", "protected"
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusKind {
    /// No job since the board arrived.
    Idle(BoardStatus),
    Working,
    Ended(Level),
}

impl State {
    pub fn status(&self, entry: &Entry) -> Status {
        let job = self.jobs.get(entry.place());
        // A board that left and returned may be another one.
        let job = job.filter(|job| job.address == entry.found.record.address);
        let idle = Status {
            kind: StatusKind::Idle(entry.status()),
            text: entry.status_text().to_owned(),
        };
        match job {
            Some(job) if job.is_running() => working(job),
            Some(job) if entry.status() == BoardStatus::Ready => ended(job).unwrap_or(idle),
            _ => idle,
        }
    }
}

fn working(job: &Job) -> Status {
    let phase = job.phase_label().to_lowercase();
    let text = match job.fraction() {
        Some(fraction) => format!("{phase} {:.0} %", (fraction * 100.0).floor()),
        None => format!("{phase}…"),
    };
    let kind = StatusKind::Working;
    Status { kind, text }
}

fn ended(job: &Job) -> Option<Status> {
    let mut level = job.verdict()?.level;
    let text = match level {
        Level::Good | Level::Info => match (&job.task, job.purpose) {
            (Task::Upgrade { .. } | Task::Verify { .. }, _) => "done",
            // These say nothing about the program: no tick.
            (Task::Read { .. }, Purpose::Result) => {
                level = Level::Info;
                "read"
            }
            (Task::Erase(_), _) => {
                level = Level::Info;
                "erased"
            }
            _ => return None,
        },
        Level::Warning if job.stopping => "stopped",
        Level::Warning => return None,
        Level::Error => "failed",
    };
    Some(Status {
        kind: StatusKind::Ended(level),
        text: text.to_owned(),
    })
}
