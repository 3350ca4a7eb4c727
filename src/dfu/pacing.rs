//! When to poll a busy device.
//!
//! bwPollTimeout can be trusted neither as a lower nor as an upper bound: an F745 reports 104 ms
//! for 12 ms of work (fwupd#2696), L0/L4 report 10 ms where 40 are needed (ST DfuSe 3.0.6), and
//! Cube's example truncates it to eight bits. So: poll immediately with a long USB timeout, since
//! most ROMs hold the answer until they are done; learn the busy time of those that answer
//! dfuDNBUSY; and wait the reported time with those that stall when polled too early (F070/F072: ST
//! community 772965, openmv#1508).

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::wait_bounds::WaitBounds;

/// For requests that a device answers without working on them.
pub(super) const TRANSFER_TIMEOUT: Duration = Duration::from_secs(5);

/// What dfu-util waits where the reported time is nonsense (quirks.h, DEFAULT_POLLTIMEOUT).
const DEFAULT_POLL: Duration = Duration::from_millis(5);

/// An operation that a download starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Operation {
    SetAddress,
    /// A block of this many bytes.
    Write(u16),
    /// A sector of this many bytes.
    Erase(u64),
    MassErase,
    ReadUnprotect,
    /// Option bytes: the ROM erases and writes them, and resets.
    WriteOptions,
    /// An empty download.
    Leave,
    /// Plain DFU: a block of this many bytes. The first one may erase everything.
    Block(u16),
    /// Plain DFU: storing the firmware, once all of it was sent.
    Manifest,
}

impl Operation {
    /// How long one GETSTATUS may stay unanswered. An F7 holds it for the 2.2 s of a 128 KiB
    /// erase (fwupd#6249); others need tens of seconds for a whole chip.
    pub(crate) const fn status_timeout(self) -> Duration {
        match self {
            Self::SetAddress | Self::Write(_) | Self::Leave => TRANSFER_TIMEOUT,
            Self::Erase(_)
            | Self::ReadUnprotect
            | Self::WriteOptions
            | Self::Block(_)
            | Self::Manifest => Duration::from_secs(35),
            Self::MassErase => Duration::from_secs(120),
        }
    }

    /// Memory may have other contents after it, also if it fails.
    pub(crate) fn changes_memory(self) -> bool {
        !matches!(self, Self::SetAddress | Self::Leave)
    }

    /// bwPollTimeout, unless it is longer than any such operation takes: then [`DEFAULT_POLL`].
    pub(crate) fn believable(self, reported: Duration) -> Duration {
        if reported > self.status_timeout() {
            DEFAULT_POLL
        } else {
            reported
        }
    }

    /// How long the operation may take altogether before the device counts as stuck.
    pub(crate) fn limit(self, reported: Duration) -> Duration {
        self.status_timeout().max(reported * 10)
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::SetAddress => "setting the address",
            Self::Write(_) | Self::Block(_) => "writing",
            Self::Erase(_) => "erasing",
            Self::MassErase => "mass erase",
            Self::ReadUnprotect => "removing read protection",
            Self::WriteOptions => "writing option bytes",
            Self::Leave => "leaving DFU mode",
            Self::Manifest => "storing the firmware",
        })
    }
}

/// The pacing that a person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pace {
    /// As fast as the device allows; the reported times once it turns out to need them.
    #[default]
    Adaptive,
    /// Always the reported times, and a pause before each request (`--compatible-timing`).
    Compatible,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum PacingMode {
    Adaptive,
    /// Waits the reported bwPollTimeout: from the start, or for the rest of the session once the
    /// device stalled or timed out when polled early.
    Reported,
}

/// The shortest wait after a stall, whatever was reported.
const STALL_PAUSE: Duration = Duration::from_millis(5);
const MILLISECOND: Duration = Duration::from_millis(1);

/// One device's pacing, for one connection.
#[derive(Debug)]
pub(super) struct Pacing {
    mode: PacingMode,
    pause: Duration,
    learned: HashMap<Operation, WaitBounds>,
    observed: BTreeMap<Operation, Observed>,
}

/// The durations of one kind of operation, for the log.
#[derive(Clone, Copy, Debug, Default)]
struct Observed {
    count: u32,
    total: Duration,
    reported: Duration,
}

impl Pacing {
    pub(super) fn new(pace: Pace) -> Self {
        let (mode, pause) = match pace {
            Pace::Adaptive => (PacingMode::Adaptive, Duration::ZERO),
            Pace::Compatible => (PacingMode::Reported, MILLISECOND),
        };
        Self {
            mode,
            pause,
            learned: HashMap::new(),
            observed: BTreeMap::new(),
        }
    }

    /// Pause before every request.
    pub(super) fn pause(&self) -> Duration {
        self.pause
    }

    /// From now on waits the reported times. True if it did not do so before.
    pub(super) fn use_reported_times(&mut self) -> bool {
        let changed = self.mode == PacingMode::Adaptive;
        self.mode = PacingMode::Reported;
        changed
    }

    /// How long to wait between the GETSTATUS that starts an operation and the next one.
    pub(super) fn first_wait(&self, operation: Operation, reported: Duration) -> Duration {
        match self.mode {
            PacingMode::Reported => reported,
            PacingMode::Adaptive => self
                .learned
                .get(&operation)
                .map_or(Duration::ZERO, |learned| learned.first_wait(reported)),
        }
    }

    /// How long to wait again when the device was busy `elapsed` after the start.
    pub(super) fn next_wait(
        &self,
        operation: Operation,
        elapsed: Duration,
        reported: Duration,
    ) -> Duration {
        if self.mode == PacingMode::Reported {
            return reported.max(MILLISECOND);
        }
        let known_end = self
            .learned
            .get(&operation)
            .filter(|learned| learned.is_confirmed())
            .map_or(Duration::ZERO, |learned| learned.high());
        if elapsed < known_end {
            return known_end - elapsed;
        }
        if !known_end.is_zero() && elapsed < known_end + known_end / 4 {
            return (known_end / 16).max(MILLISECOND / 2);
        }
        let step = elapsed / 8;
        let remaining = reported.saturating_sub(elapsed);
        let step = if remaining.is_zero() || !known_end.is_zero() {
            step
        } else {
            // Doubling while nothing is known, so that a short operation ends soon; not past the
            // reported end.
            step.max(elapsed).min(remaining)
        };
        step.clamp(MILLISECOND / 2, Duration::from_millis(100))
    }

    /// How long to wait after a stalled or lost GETSTATUS.
    pub(super) fn stall_wait(&self, reported: Duration) -> Duration {
        reported.max(STALL_PAUSE)
    }

    /// Records the duration of an operation, and the reported one.
    pub(super) fn observe(&mut self, operation: Operation, took: Duration, reported: Duration) {
        let observed = self.observed.entry(operation).or_default();
        observed.count += 1;
        observed.total += took;
        observed.reported = reported;
    }

    /// One line for each kind of operation: its duration, and the reported one.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |(operation, observed): (&Operation, &Observed)| {
            let mean = observed
                .total
                .checked_div(observed.count)
                .unwrap_or_default();
            format!(
                "{operation:?}: {} times, {:.1} ms each; bwPollTimeout {} ms, {:?} pacing",
                observed.count,
                mean.as_secs_f64() * 1000.0,
                observed.reported.as_millis(),
                self.mode,
            )
        };
        self.observed.iter().map(line).collect()
    }

    /// Learns that the operation was busy at `busy` (if it ever was) and done at `done`.
    pub(super) fn learn(&mut self, operation: Operation, busy: Option<Duration>, done: Duration) {
        if self.mode == PacingMode::Reported {
            return;
        }
        match (busy, self.learned.get_mut(&operation)) {
            // Never busy when polled immediately: it holds its answer, there is nothing to learn.
            (None, None) => {}
            (None, Some(learned)) => learned.record_done(done),
            (Some(busy), Some(learned)) => learned.record_busy(busy, done),
            (Some(busy), None) => {
                self.learned.insert(operation, WaitBounds::new(busy, done));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::wait_bounds::CLOSE_ENOUGH;
    use super::*;

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    /// Polls a device that answers dfuDNBUSY for `busy`, as the session does; returns the time it
    /// took and the number of polls.
    fn run(pacing: &mut Pacing, busy: Duration, reported: Duration) -> (Duration, u32) {
        let operation = Operation::Write(2048);
        let mut elapsed = pacing.first_wait(operation, reported);
        let (mut polls, mut last_busy) = (1, None);
        while elapsed < busy {
            last_busy = Some(elapsed);
            elapsed += pacing.next_wait(operation, elapsed, reported);
            polls += 1;
        }
        pacing.learn(operation, last_busy, elapsed);
        (elapsed, polls)
    }

    #[test]
    fn a_device_that_holds_its_answer_is_polled_immediately() {
        let mut pacing = Pacing::new(Pace::Adaptive);
        assert_eq!(pacing.first_wait(Operation::Write(2048), ms(104)), ms(0));
        pacing.learn(Operation::Write(2048), None, ms(12));
        assert_eq!(pacing.first_wait(Operation::Write(2048), ms(104)), ms(0));
    }

    #[test]
    fn the_busy_time_of_a_device_that_answers_busy_is_learned_and_followed() {
        for (busy, reported) in [(8_200, 9), (12_000, 104), (20_700, 21), (3_000, 1)] {
            let busy = Duration::from_micros(busy);
            let mut pacing = Pacing::new(Pace::Adaptive);
            for _ in 0..20 {
                run(&mut pacing, busy, ms(reported));
            }
            let runs: Vec<_> = (0..100)
                .map(|_| run(&mut pacing, busy, ms(reported)))
                .collect();
            let polls: u32 = runs.iter().map(|(_, polls)| polls).sum();
            assert!(polls <= 112, "{polls} polls for 100 blocks of {busy:?}");
            let total: Duration = runs.iter().map(|(elapsed, _)| *elapsed).sum();
            let excess = (total / 100).saturating_sub(busy);
            assert!(
                excess <= (busy / 20).max(CLOSE_ENOUGH),
                "{excess:?} over {busy:?}, reported {reported}"
            );
        }
    }

    #[test]
    fn the_reported_times_are_used_for_the_rest_of_the_session_after_a_stall() {
        let mut pacing = Pacing::new(Pace::Adaptive);
        assert!(pacing.use_reported_times());
        assert!(!pacing.use_reported_times());
        assert_eq!(pacing.first_wait(Operation::Write(2048), ms(40)), ms(40));
        pacing.learn(Operation::Write(2048), Some(ms(1)), ms(2));
        assert_eq!(pacing.first_wait(Operation::Write(2048), ms(40)), ms(40));
    }

    #[test]
    fn compatible_timing_uses_the_reported_times_from_the_start() {
        let pacing = Pacing::new(Pace::Compatible);
        assert_eq!(pacing.first_wait(Operation::SetAddress, ms(7)), ms(7));
        assert_eq!(pacing.pause(), ms(1));
    }

    #[test]
    fn waits_adapt_to_a_device_that_becomes_slower() {
        let mut pacing = Pacing::new(Pace::Adaptive);
        for _ in 0..10 {
            run(&mut pacing, ms(8), ms(104));
        }
        let (elapsed, _) = run(&mut pacing, ms(20), ms(104));
        assert!(elapsed < ms(40));
        for _ in 0..10 {
            run(&mut pacing, ms(20), ms(104));
        }
        assert!(run(&mut pacing, ms(20), ms(104)).0 < ms(23));
    }

    /// Flash that erases while it writes, or an external one that pauses now and then.
    #[test]
    fn single_slow_operations_do_not_slow_down_the_others() {
        let slow = |every: u32, at: u32, slow: u64, fast: u64| {
            move |n: u32| ms(if n % every == at { slow } else { fast })
        };
        let patterns: [(&str, &dyn Fn(u32) -> Duration); 6] = [
            ("steady", &|_| ms(8)),
            ("a hiccup", &slow(256, 100, 500, 8)),
            ("the first is slow", &slow(256, 0, 500, 8)),
            ("128 KiB sectors", &slow(64, 0, 1000, 8)),
            ("two hiccups", &|n| {
                ms(if n == 100 || n == 101 { 500 } else { 8 })
            }),
            ("pages of 2 blocks", &slow(2, 0, 25, 4)),
        ];
        for (name, busy) in patterns {
            for reported in [None, Some(ms(0)), Some(ms(50)), Some(ms(104))] {
                let mut pacing = Pacing::new(Pace::Adaptive);
                let (mut took, mut work) = (Duration::ZERO, Duration::ZERO);
                for n in 0..256 {
                    let busy = busy(n);
                    work += busy;
                    took += run(&mut pacing, busy, reported.unwrap_or(busy)).0;
                }
                assert!(
                    took * 10 <= work * 13,
                    "{name}, reported {reported:?}: {took:?} for {work:?}"
                );
            }
        }
    }
}
