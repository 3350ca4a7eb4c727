//! When to ask a busy device again.
//!
//! bwPollTimeout can be trusted neither as a lower nor as an upper bound: an F745 reports 104 ms
//! for 12 ms of work (fwupd#2696), L0/L4 report 10 ms where 40 are needed (ST DfuSe 3.0.6), and
//! Cube's example truncates it to eight bits. So: ask at once with a long USB timeout, since most
//! ROMs hold the answer until they are done; learn the busy time of those that answer dfuDNBUSY;
//! and obey the reported time from then on with those that stall when asked too early (F070/F072:
//! ST community 772965, openmv#1508).

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// For requests that a device answers without working on them.
pub(super) const TRANSFER_TIMEOUT: Duration = Duration::from_secs(5);

/// What a download sets in motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Operation {
    SetAddress,
    /// A block of this many bytes.
    Write(u16),
    /// A sector of this many bytes.
    Erase(u64),
    MassErase,
    ReadUnprotect,
}

impl Operation {
    /// How long one GETSTATUS may stay unanswered. An F7 holds it for the 2.2 s of a 128 KiB
    /// erase (fwupd#6249); others need tens of seconds for a whole chip.
    pub(crate) const fn status_timeout(self) -> Duration {
        match self {
            Self::SetAddress | Self::Write(_) => TRANSFER_TIMEOUT,
            Self::Erase(_) | Self::ReadUnprotect => Duration::from_secs(35),
            Self::MassErase => Duration::from_secs(120),
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
            Self::Write(_) => "writing",
            Self::Erase(_) => "erasing",
            Self::MassErase => "mass erase",
            Self::ReadUnprotect => "removing read protection",
        })
    }
}

/// How a person wants the device to be paced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pace {
    /// As fast as the device allows; obedient as soon as it shows that it needs that.
    #[default]
    Adaptive,
    /// The reported times always, and a pause before each request (`--compatible-timing`).
    Compatible,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum PacingMode {
    Adaptive,
    /// Waits the reported bwPollTimeout. For good, once a device stalled or timed out when asked
    /// early.
    Obedient,
}

/// Never wait less than this after a stall, whatever was reported.
const STALL_PAUSE: Duration = Duration::from_millis(5);
const MILLISECOND: Duration = Duration::from_millis(1);
/// Learning stops when the bounds are this close: a further question costs as much.
const CLOSE_ENOUGH: Duration = Duration::from_micros(300);

/// Bounds on how long to wait for an operation, from what the device answered. In waits as they
/// were asked for: a host that always sleeps a little longer, and the time that the question
/// itself takes on the bus, are learned along.
#[derive(Clone, Copy, Debug)]
struct Learned {
    /// Seen busy after this wait.
    low: Duration,
    /// Seen done after this wait.
    high: Duration,
    /// How often it may still be asked earlier than at the known end, to find a closer one.
    early_looks: u8,
}

/// Enough to halve the bounds to a few percent.
const EARLY_LOOKS: u8 = 8;

impl Learned {
    /// When to ask first: in the middle while the bounds are apart, else when it was done.
    fn first_wait(self) -> Duration {
        if self.early_looks == 0 || !self.is_apart() {
            self.high
        } else {
            self.low + self.gap() / 2
        }
    }

    /// The bounds are worth another early look.
    fn is_apart(self) -> bool {
        let gap = self.gap();
        gap > CLOSE_ENOUGH && gap > self.high / 32
    }

    /// None once the known end was followed down below what was seen busy before.
    fn gap(self) -> Duration {
        self.high.saturating_sub(self.low)
    }

    /// Done at the first question.
    fn done_at(&mut self, done: Duration) {
        if done < self.high {
            self.high = done;
            self.early_looks = self.early_looks.saturating_sub(1);
        } else if self.early_looks == 0 || !self.is_apart() {
            self.high = self.high.saturating_sub(self.drift());
        }
    }

    /// Busy when asked first, and done in the end.
    fn busy_at(&mut self, busy: Duration, done: Duration) {
        if busy < self.high {
            self.low = busy;
            self.high = self.high.max(done);
            self.early_looks = self.early_looks.saturating_sub(1);
            return;
        }
        // Busy even at the known end. A little late is the unsteady hand of host and bus; much
        // later means that the device became slower.
        let later = done - self.high;
        let step = if later > self.high / 4 {
            later
        } else {
            self.drift() * LATE_WEIGHT
        };
        self.high += step;
        self.low = busy;
        self.early_looks = 0;
    }

    /// Once the end is known it is followed in small steps: down a little each time the device was
    /// done, up [`LATE_WEIGHT`] times that when it was not. So about one question in as many comes
    /// too early, which costs less than to wait for the slowest every time.
    fn drift(self) -> Duration {
        (self.high / 400).max(Duration::from_micros(20))
    }
}

const LATE_WEIGHT: u32 = 19;

/// One device's pacing, for one connection.
#[derive(Debug)]
pub(super) struct Pacing {
    mode: PacingMode,
    pause: Duration,
    learned: HashMap<Operation, Learned>,
    observed: BTreeMap<Operation, Observed>,
}

/// What one kind of operation took, for the log.
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
            Pace::Compatible => (PacingMode::Obedient, MILLISECOND),
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

    /// The device stalled or timed out because it was asked too early. True the first time.
    pub(super) fn obey(&mut self) -> bool {
        let changed = self.mode == PacingMode::Adaptive;
        self.mode = PacingMode::Obedient;
        changed
    }

    /// How long to wait between the GETSTATUS that starts an operation and the next one.
    pub(super) fn first_wait(&self, operation: Operation, reported: Duration) -> Duration {
        match self.mode {
            PacingMode::Obedient => reported,
            PacingMode::Adaptive => self
                .learned
                .get(&operation)
                .map_or(Duration::ZERO, |learned| learned.first_wait()),
        }
    }

    /// How long to wait when the device was still busy `elapsed` after the start.
    pub(super) fn next_wait(
        &self,
        operation: Operation,
        elapsed: Duration,
        reported: Duration,
    ) -> Duration {
        if self.mode == PacingMode::Obedient {
            return reported.max(MILLISECOND);
        }
        let known_end = self
            .learned
            .get(&operation)
            .map_or(Duration::ZERO, |l| l.high);
        if elapsed < known_end {
            return known_end - elapsed;
        }
        if !known_end.is_zero() && elapsed < known_end + known_end / 4 {
            return (known_end / 16).max(MILLISECOND / 2);
        }
        let step = elapsed / 8;
        let remaining = reported.saturating_sub(elapsed);
        let step = if remaining.is_zero() {
            step
        } else {
            // Doubling at first, so that short work is found soon, but not past the reported end.
            step.max(elapsed).min(remaining)
        };
        step.clamp(MILLISECOND / 2, Duration::from_millis(100))
    }

    /// How long to wait after a stalled or lost GETSTATUS.
    pub(super) fn stall_wait(&self, reported: Duration) -> Duration {
        reported.max(STALL_PAUSE)
    }

    /// Remembers how long an operation took from its start to its end, and what was reported.
    pub(super) fn observe(&mut self, operation: Operation, took: Duration, reported: Duration) {
        let observed = self.observed.entry(operation).or_default();
        observed.count += 1;
        observed.total += took;
        observed.reported = reported;
    }

    /// One line for each kind of operation: what it took, and what the device said.
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

    /// Remembers that the operation was busy at `busy` (if it ever said so) and done at `done`.
    pub(super) fn learn(&mut self, operation: Operation, busy: Option<Duration>, done: Duration) {
        if self.mode == PacingMode::Obedient {
            return;
        }
        match (busy, self.learned.get_mut(&operation)) {
            // Never seen busy when asked at once: it holds its answer, there is nothing to learn.
            (None, None) => {}
            (None, Some(learned)) => learned.done_at(done),
            (Some(busy), Some(learned)) => learned.busy_at(busy, done),
            (Some(busy), None) => {
                let learned = Learned {
                    low: busy,
                    high: done,
                    early_looks: EARLY_LOOKS,
                };
                self.learned.insert(operation, learned);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    /// Asks a device that answers dfuDNBUSY for `busy`, as the session does; returns the time it
    /// took and how many questions.
    fn run(pacing: &mut Pacing, busy: Duration, reported: Duration) -> (Duration, u32) {
        let operation = Operation::Write(2048);
        let mut elapsed = pacing.first_wait(operation, reported);
        let (mut asked, mut seen_busy) = (1, None);
        while elapsed < busy {
            seen_busy = Some(elapsed);
            elapsed += pacing.next_wait(operation, elapsed, reported);
            asked += 1;
        }
        pacing.learn(operation, seen_busy, elapsed);
        (elapsed, asked)
    }

    #[test]
    fn a_device_that_holds_its_answer_is_asked_at_once() {
        let mut pacing = Pacing::new(Pace::Adaptive);
        assert_eq!(pacing.first_wait(Operation::Write(2048), ms(104)), ms(0));
        pacing.learn(Operation::Write(2048), None, ms(12));
        assert_eq!(pacing.first_wait(Operation::Write(2048), ms(104)), ms(0));
    }

    #[test]
    fn the_busy_time_of_a_device_that_answers_is_learned_and_followed() {
        for (busy, reported) in [(8_200, 9), (12_000, 104), (20_700, 21), (3_000, 1)] {
            let busy = Duration::from_micros(busy);
            let mut pacing = Pacing::new(Pace::Adaptive);
            for _ in 0..20 {
                run(&mut pacing, busy, ms(reported));
            }
            let runs: Vec<_> = (0..100)
                .map(|_| run(&mut pacing, busy, ms(reported)))
                .collect();
            let asked: u32 = runs.iter().map(|(_, asked)| asked).sum();
            assert!(asked <= 112, "{asked} questions for 100 blocks of {busy:?}");
            let total: Duration = runs.iter().map(|(elapsed, _)| *elapsed).sum();
            let excess = (total / 100).saturating_sub(busy);
            assert!(
                excess <= (busy / 20).max(CLOSE_ENOUGH),
                "{excess:?} over {busy:?}, reported {reported}"
            );
        }
    }

    #[test]
    fn a_stall_makes_it_obey_for_good() {
        let mut pacing = Pacing::new(Pace::Adaptive);
        assert!(pacing.obey());
        assert!(!pacing.obey());
        assert_eq!(pacing.first_wait(Operation::Write(2048), ms(40)), ms(40));
        pacing.learn(Operation::Write(2048), Some(ms(1)), ms(2));
        assert_eq!(pacing.first_wait(Operation::Write(2048), ms(40)), ms(40));
    }

    #[test]
    fn compatible_timing_obeys_from_the_start() {
        let pacing = Pacing::new(Pace::Compatible);
        assert_eq!(pacing.first_wait(Operation::SetAddress, ms(7)), ms(7));
        assert_eq!(pacing.pause(), ms(1));
    }

    #[test]
    fn a_device_that_became_slower_is_followed() {
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
}
