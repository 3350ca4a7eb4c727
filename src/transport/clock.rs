//! Injected time: the only module that sleeps or reads the time.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use spin_sleep::{SpinSleeper, SpinStrategy};

/// A monotonic clock that can also wait.
pub trait Clock: Send + Sync {
    /// Time since some fixed moment.
    fn now(&self) -> Duration;
    fn sleep(&self, duration: Duration);
}

/// Systems wake a sleeping thread late by about this, so this much of each sleep is spent awake.
/// More would be more exact on a slow machine, and a load on one that upgrades many boards at once.
const WAKE_LATENCY_NS: u32 = 400_000;

/// The machine's own time.
#[derive(Debug)]
pub struct RealClock {
    start: Instant,
}

impl Default for RealClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the only access to the machine's time"
    )]
    fn default() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Clock for RealClock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the only access to the machine's time"
    )]
    fn sleep(&self, duration: Duration) {
        SpinSleeper::new(WAKE_LATENCY_NS)
            .with_spin_strategy(SpinStrategy::YieldThread)
            .sleep(duration);
    }
}

/// Time that passes only in `sleep`: a 35 s mass erase takes microseconds, and a simulated
/// upgrade's duration is exact. One per simulated board, so that the times of boards upgraded in
/// parallel do not add up.
#[derive(Debug, Default)]
pub struct VirtualClock {
    now: Mutex<Duration>,
}

impl VirtualClock {
    fn lock(&self) -> std::sync::MutexGuard<'_, Duration> {
        self.now
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Duration {
        *self.lock()
    }

    fn sleep(&self, duration: Duration) {
        let mut now = self.lock();
        *now += duration;
    }
}
