//! What is learned about one kind of operation: between which two waits it ends.

use std::time::Duration;

/// Learning stops when the bounds are this close: another poll takes as long.
pub(super) const CLOSE_ENOUGH: Duration = Duration::from_micros(300);

/// Bounds on how long to wait for an operation, learned from the device's answers. They are waits
/// as requested from the clock, so a host that always oversleeps a little, and the poll's own time
/// on the bus, are learned with them.
#[derive(Clone, Copy, Debug)]
pub(super) struct WaitBounds {
    /// The device was busy after this wait.
    low: Duration,
    /// The device was done after this wait.
    high: Duration,
    /// The shortest of all.
    fastest: Duration,
    /// How often the device may still be polled before `high`, to find a closer bound.
    early_polls: u8,
    /// The first operation may have been an unusual one: a second has confirmed the bounds.
    confirmed: bool,
    /// The last operation took much longer than `high`.
    was_slow: bool,
    /// How often in a row the device was done at the first poll.
    done_at_once: u8,
}

/// Enough to halve the bounds to a few percent.
const EARLY_POLLS: u8 = 8;
/// More than [`LATE_WEIGHT`], so that it is not reached while the end is followed in small steps.
const TOO_OFTEN_DONE: u8 = 24;

impl WaitBounds {
    pub(super) fn new(busy: Duration, done: Duration) -> Self {
        Self {
            low: busy,
            high: done,
            fastest: done,
            early_polls: EARLY_POLLS,
            confirmed: false,
            was_slow: false,
            done_at_once: 0,
        }
    }

    /// More than one operation agreed with the bounds.
    pub(super) fn is_confirmed(self) -> bool {
        self.confirmed
    }

    /// The device was done after this wait.
    pub(super) fn high(self) -> Duration {
        self.high
    }

    /// When to poll first: in the middle while the bounds are apart, else at the upper one; never
    /// later than the reported end, if the device was ever done by then.
    pub(super) fn first_wait(self, reported: Duration) -> Duration {
        let learned = if self.early_polls == 0 || !self.is_apart() {
            self.high
        } else {
            self.low + self.gap() / 2
        };
        let plausible = !reported.is_zero() && reported <= self.high + self.high / 4;
        match self.confirmed {
            false if plausible => learned.min(reported),
            false => Duration::ZERO,
            true if self.fastest <= reported => learned.min(reported),
            true => learned,
        }
    }

    /// The bounds are worth another early poll.
    fn is_apart(self) -> bool {
        let gap = self.gap();
        gap > CLOSE_ENOUGH && gap > self.high / 32
    }

    /// Zero once `high` has drifted below a wait after which the device was once busy.
    fn gap(self) -> Duration {
        self.high.saturating_sub(self.low)
    }

    /// The device was done at the first poll.
    pub(super) fn record_done(&mut self, done: Duration) {
        self.record_normal(done);
        self.done_at_once = self.done_at_once.saturating_add(1);
        if done < self.low / 2 || self.done_at_once > TOO_OFTEN_DONE {
            // `low` is of an unusual operation.
            self.search(Duration::ZERO, done);
        } else if done < self.high {
            self.high = done;
            self.early_polls = self.early_polls.saturating_sub(1);
        } else if self.early_polls == 0 || !self.is_apart() {
            self.high = self.high.saturating_sub(self.drift());
        }
    }

    /// The device was busy at the first poll, and done after `done`.
    pub(super) fn record_busy(&mut self, busy: Duration, done: Duration) {
        self.done_at_once = 0;
        if busy < self.high {
            self.record_normal(done);
            self.low = busy;
            self.high = done;
            self.early_polls = self.early_polls.saturating_sub(1);
        } else if done - self.high <= self.high / 4 {
            // Busy even at the known end: a little late is jitter of host and bus.
            self.record_normal(done);
            self.high += self.drift() * LATE_WEIGHT;
            self.low = busy;
            self.early_polls = 0;
        } else if self.was_slow {
            // Much later twice in a row: the device became slower.
            self.search(self.high, done);
        } else {
            self.was_slow = true;
        }
    }

    fn record_normal(&mut self, done: Duration) {
        self.confirmed = true;
        self.was_slow = false;
        self.fastest = self.fastest.min(done);
    }

    /// Looks for the end between two new bounds.
    fn search(&mut self, low: Duration, high: Duration) {
        (self.low, self.high) = (low, high);
        self.early_polls = EARLY_POLLS;
        self.done_at_once = 0;
    }

    /// Once the end is known it is followed in small steps: down a little each time the device was
    /// done, up [`LATE_WEIGHT`] times that when it was not. So about one poll in [`LATE_WEIGHT`]
    /// comes too early, which costs less than waiting for the slowest every time.
    fn drift(self) -> Duration {
        (self.high / 400).max(Duration::from_micros(20))
    }
}

const LATE_WEIGHT: u32 = 19;
