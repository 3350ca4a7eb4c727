//! Several boards that were started together: how many are done, and how many are not.

use super::job::Job;
use super::log::Level;

/// How a job of the group stands; what needs a person comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    Failed,
    Stopped,
    Warned,
    Running,
    Done,
}

impl Mark {
    pub(super) fn of(job: &Job) -> Self {
        match job.verdict().map(|verdict| verdict.level) {
            None => Self::Running,
            Some(Level::Error) => Self::Failed,
            Some(Level::Warning) if job.stopping => Self::Stopped,
            Some(Level::Warning) => Self::Warned,
            Some(Level::Good | Level::Info) => Self::Done,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Warned => "with a warning",
            Self::Running => "running",
            Self::Done => "done",
        }
    }
}

/// "2 done, 3 stopped, 1 failed"
pub(crate) fn summary(jobs: &[&Job]) -> String {
    use Mark::{Done, Failed, Running, Stopped, Warned};
    let counted = [Done, Running, Warned, Stopped, Failed].map(|mark| {
        let count = jobs.iter().filter(|job| Mark::of(job) == mark).count();
        (count > 0).then(|| format!("{count} {}", mark.word()))
    });
    counted.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
