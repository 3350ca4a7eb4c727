//! When the buses are scanned besides at each reported change.

use std::time::Duration;

/// Not every change is reported: a container may get no reports, and a program that lets go of a
/// board makes none.
const SLOW: Duration = Duration::from_secs(3);
/// What follows a change is not always reported: a board is back, its permissions are set, its
/// driver is installed.
const BRISK: Duration = Duration::from_millis(250);
const BRISK_FOR: Duration = Duration::from_secs(3);

#[derive(Debug, Default)]
pub(super) struct Looks {
    stirred_at: Option<Duration>,
}

impl Looks {
    /// Something changed on a bus, or may soon.
    pub(super) fn stir(&mut self, now: Duration) {
        self.stirred_at = Some(now);
    }

    /// The time to the next scan if nothing is reported before.
    pub(super) fn until_next(&self, now: Duration) -> Duration {
        match self.stirred_at {
            Some(at) if now.saturating_sub(at) < BRISK_FOR => BRISK,
            _ => SLOW,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buses_are_scanned_often_only_for_a_while_after_a_change() {
        let second = Duration::from_secs(1);
        let mut looks = Looks::default();
        assert_eq!(looks.until_next(second), SLOW);
        looks.stir(second * 10);
        assert_eq!(looks.until_next(second * 10), BRISK);
        assert_eq!(looks.until_next(second * 12), BRISK);
        assert_eq!(looks.until_next(second * 13), SLOW);
    }
}
