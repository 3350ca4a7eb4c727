//! How fast a batch goes.

use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

/// Times are since the window was opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Throughput {
    since: Duration,
    passed: Vec<Duration>,
    /// The sum of the jobs' durations.
    spent: Duration,
}

impl Throughput {
    pub(super) fn since(now: Duration) -> Self {
        Self {
            since: now,
            ..Self::default()
        }
    }

    pub(super) fn passed(&mut self, now: Duration, duration: Duration) {
        self.passed.push(now);
        self.spent += duration;
    }

    /// Boards that passed per hour, over the hour up to the latest one; known after a minute.
    pub fn boards_per_hour(&self) -> Option<f64> {
        let last = *self.passed.last()?;
        let from = self.since.max(last.saturating_sub(HOUR));
        let boards = self.passed.iter().filter(|at| **at > from).count();
        let time = last.saturating_sub(from);
        let hours = time.as_secs_f64() / HOUR.as_secs_f64();
        let boards = f64::from(u32::try_from(boards).ok()?);
        (time >= MINUTE).then(|| boards / hours)
    }

    /// The mean duration of the jobs that passed.
    pub fn time_per_board(&self) -> Option<Duration> {
        let boards = u32::try_from(self.passed.len()).ok()?;
        self.spent.checked_div(boards)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn boards_per_hour_are_those_of_the_last_hour() {
        let mut throughput = Throughput::since(seconds(100));
        throughput.passed(seconds(110), seconds(8));
        assert_eq!(throughput.boards_per_hour(), None);
        throughput.passed(seconds(160), seconds(10));
        assert_eq!(throughput.boards_per_hour(), Some(120.0));
        assert_eq!(throughput.time_per_board(), Some(seconds(9)));
        // After a break of an hour, the earlier ones do not count.
        throughput.passed(seconds(160 + 3600), seconds(9));
        assert_eq!(throughput.boards_per_hour(), Some(1.0));
    }

    #[test]
    fn nothing_is_known_before_the_first_board() {
        let throughput = Throughput::default();
        assert_eq!(throughput.boards_per_hour(), None);
        assert_eq!(throughput.time_per_board(), None);
    }
}
