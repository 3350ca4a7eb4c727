//! Jobs whose board is on its way into DFU mode: between two parts of a file, or from its program.

use std::time::Duration;

use crate::dfu::Pace;
use crate::discovery::{DFU_MODE_WITHIN, Found};
use crate::engine::{JobError, Next, Outcome, Parts, Report, Task};
use crate::transport::Place;

/// As long as EdgeTX/rs-dfu waits (cli/src/write.rs, `reboot`): a driver that Windows installs first
/// takes its time.
const NEXT_PART_WITHIN: Duration = Duration::from_secs(30);

/// A job whose board restarts.
pub(super) struct Restarting {
    pub(super) place: Place,
    pub(super) then: Then,
    pub(super) pace: Pace,
    /// Of the board on the bus before the restart.
    pub(super) address: u8,
    pub(super) was_gone: bool,
    /// When the restart began.
    pub(super) since: Duration,
}

/// What follows when the board is in DFU mode.
pub(super) enum Then {
    /// The next part of a file.
    Part(Box<Parts>),
    /// The task that a running program was in the way of.
    Task(Task),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Waiting,
    Back,
    Late,
}

impl Restarting {
    /// `found` is at the place of the board.
    pub(super) fn look(&mut self, found: Option<&Found>, now: Duration) -> Look {
        // A scan may still list the board that has left.
        self.was_gone |= found.is_none_or(|found| found.record.address != self.address);
        match found {
            Some(found) if self.was_gone && found.is_ready() => Look::Back,
            _ if now.saturating_sub(self.since) >= self.then.longest() => Look::Late,
            _ => Look::Waiting,
        }
    }
}

impl Then {
    /// After the work before it ended with `report`; the report of the whole job if it is over.
    pub(super) fn after(self, report: Box<Report>) -> Result<Self, Box<Report>> {
        match self {
            Self::Part(parts) => match parts.after(*report) {
                Next::Ended(report) => Err(report),
                Next::Wait(parts) => Ok(Self::Part(parts)),
            },
            Self::Task(_) if report.outcome != Outcome::Done => Err(report),
            Self::Task(task) => Ok(Self::Task(task)),
        }
    }

    fn longest(&self) -> Duration {
        match self {
            Self::Part(_) => NEXT_PART_WITHIN,
            Self::Task(_) => DFU_MODE_WITHIN,
        }
    }

    /// The report of a job whose board did not come back in time.
    pub(super) fn not_back(&self, place: &Place, steps: Vec<String>) -> Box<Report> {
        match self {
            Self::Part(parts) => parts.not_back(place, self.longest(), steps),
            Self::Task(_) => self.failed(JobError::NotInDfuMode {
                place: place.clone(),
                seconds: self.longest().as_secs(),
                steps,
            }),
        }
    }

    /// The report of a job that could not go on.
    pub(super) fn failed(&self, error: JobError) -> Box<Report> {
        match self {
            Self::Part(parts) => parts.failed(error),
            Self::Task(_) => Box::new(Report {
                outcome: Outcome::Failed(error),
                ..Report::default()
            }),
        }
    }

    /// The report of a job that was stopped meanwhile.
    pub(super) fn stopped(&self) -> Box<Report> {
        match self {
            Self::Part(parts) => parts.stopped(),
            Self::Task(_) => Box::new(Report::stopped_entering_dfu()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::address::Address;
    use crate::discovery::Inventory;
    use crate::discovery::samples::{f407, linux, run_time};
    use crate::engine::{Board, UpgradeOptions};
    use crate::firmware::{Image, Restart, Stage, parse};

    fn in_parts() -> Image {
        let mut image = parse("a.bin", &[7; 64], Some(Address::FLASH)).unwrap();
        image.later.push(Stage {
            restart: Restart {
                marker: None,
                start: Address::FLASH,
            },
            target: image.targets[0].clone(),
        });
        image
    }

    #[test]
    fn the_board_counts_as_back_only_when_it_was_away_and_not_forever() {
        let found = Inventory::new(&[f407()], None, &linux()).found.remove(0);
        let task = Task::Upgrade {
            image: Arc::new(in_parts()),
            options: UpgradeOptions::default(),
        };
        let parts = Parts::of(&task, &Board::from(&found)).unwrap().unwrap();
        let mut restarting = Restarting {
            place: found.place().clone(),
            then: Then::Part(Box::new(parts)),
            pace: Pace::Adaptive,
            address: found.record.address,
            was_gone: false,
            since: Duration::from_secs(1),
        };
        let second = Duration::from_secs(1);
        assert_eq!(restarting.look(Some(&found), second), Look::Waiting);
        assert_eq!(
            restarting.look(Some(&found), second + NEXT_PART_WITHIN),
            Look::Late
        );
        assert_eq!(restarting.look(None, second * 2), Look::Waiting);
        assert_eq!(restarting.look(None, second + NEXT_PART_WITHIN), Look::Late);
        assert_eq!(restarting.look(Some(&found), second * 3), Look::Back);
    }

    #[test]
    fn a_program_that_does_not_enter_dfu_mode_is_a_timeout_with_the_steps_of_its_board() {
        let found = Inventory::new(&[run_time()], None, &linux())
            .found
            .remove(0);
        let mut restarting = Restarting {
            place: found.place().clone(),
            then: Then::Task(Task::Unprotect),
            pace: Pace::Adaptive,
            address: found.record.address,
            was_gone: false,
            since: Duration::ZERO,
        };
        // It restarted, and runs its program again.
        let mut again = found.clone();
        again.record.address += 1;
        let second = Duration::from_secs(1);
        assert_eq!(restarting.look(Some(&again), second), Look::Waiting);
        assert_eq!(restarting.look(Some(&again), DFU_MODE_WITHIN), Look::Late);
        let steps = vec!["Hold BOOT".to_owned()];
        let report = restarting.then.not_back(found.place(), steps.clone());
        let Outcome::Failed(error) = &report.outcome else {
            panic!("{report:?}");
        };
        assert_eq!(error.code(), "timed-out");
        assert_eq!(crate::engine::advice(error), steps);
        assert_eq!(report.board_summary, "Nothing on the board was changed");
    }

    #[test]
    fn a_board_that_does_not_come_back_is_a_timeout_with_what_it_holds() {
        let found = Inventory::new(&[f407()], None, &linux()).found.remove(0);
        let task = Task::Upgrade {
            image: Arc::new(in_parts()),
            options: UpgradeOptions::default(),
        };
        let parts = Parts::of(&task, &Board::from(&found)).unwrap().unwrap();
        let Next::Wait(parts) = parts.after(Report::default()) else {
            panic!("the first part ends the job");
        };
        let report = parts.not_back(found.place(), NEXT_PART_WITHIN, Vec::new());
        let Outcome::Failed(error) = &report.outcome else {
            panic!("{report:?}");
        };
        assert_eq!(error.code(), "timed-out");
        assert!(error.to_string().contains("part 2 of 2 in 30 s"), "{error}");
        assert_eq!(
            report.board_summary,
            "Part 1 of 2 is on the board; nothing of part 2 was written"
        );
    }
}
