//! The first seconds of a serial port: ModemManager looks into each new one and keeps it from others
//! meanwhile, and udev sets its permissions a moment after it appears.

use std::time::Duration;

use super::{SerialError, SerialErrorKind};
use crate::transport::Clock;

const LONGEST: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(100);

/// Tries again for up to two seconds while the port is in use or not yet permitted.
pub(super) fn open<T>(
    clock: &dyn Clock,
    mut open: impl FnMut() -> Result<T, SerialError>,
) -> Result<T, SerialError> {
    let started = clock.now();
    loop {
        match open() {
            Err(error)
                if matches!(error.kind, SerialErrorKind::Busy | SerialErrorKind::Access)
                    && clock.now().saturating_sub(started) < LONGEST =>
            {
                clock.sleep(PAUSE);
            }
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::VirtualClock;

    fn opened_after(seconds: u64, kind: SerialErrorKind) -> (Result<(), SerialError>, Duration) {
        let clock = VirtualClock::default();
        let result = open(&clock, || {
            if clock.now() < Duration::from_secs(seconds) {
                return Err(SerialError::new(kind, "EBUSY"));
            }
            Ok(())
        });
        (result, clock.now())
    }

    #[test]
    fn a_port_that_another_program_holds_for_a_moment_is_opened_after_it() {
        let (result, took) = opened_after(1, SerialErrorKind::Busy);
        assert_eq!((result, took), (Ok(()), Duration::from_secs(1)));
        let (result, took) = opened_after(60, SerialErrorKind::Busy);
        assert_eq!(result.unwrap_err().kind, SerialErrorKind::Busy);
        assert_eq!(took, LONGEST);
        let (result, took) = opened_after(60, SerialErrorKind::Io);
        assert!(result.is_err() && took.is_zero());
    }
}
