//! What opening a device showed, kept until the device leaves: its strings, so that scans disturb no
//! job; or why it could not be opened, so that its user is not disturbed by repeated attempts.

use std::collections::HashMap;
use std::time::Duration;

use super::strings::Strings;
use crate::transport::{UsbError, UsbErrorKind};

/// A blocked device is tried again after this time, then after twice as long, and so on.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Shorter than the worker's slow scans, of which each tries again.
const LONGEST_PAUSE: Duration = Duration::from_millis(2500);

/// A device while it stays plugged in: it has another address when it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct DeviceKey {
    pub(super) bus: u8,
    pub(super) address: u8,
    pub(super) vendor: u16,
    pub(super) product: u16,
    pub(super) version: u16,
}

#[derive(Default)]
pub(super) struct Known(HashMap<DeviceKey, Fact>);

enum Fact {
    Strings(Strings),
    Blocked {
        why: UsbErrorKind,
        pause: Duration,
        until: Duration,
    },
}

impl Known {
    /// The strings of a device, read with `read` unless they are known or it is not yet time to try
    /// again.
    pub(super) fn strings(
        &mut self,
        key: DeviceKey,
        now: Duration,
        read: impl FnOnce() -> Result<Strings, UsbError>,
    ) -> Result<Strings, UsbErrorKind> {
        let pause = match self.0.get(&key) {
            Some(Fact::Strings(strings)) => return Ok(strings.clone()),
            Some(Fact::Blocked { why, until, .. }) if now < *until => return Err(*why),
            Some(Fact::Blocked { pause, .. }) => (*pause * 2).min(LONGEST_PAUSE),
            None => FIRST_PAUSE,
        };
        match read() {
            Ok(strings) => {
                self.0.insert(key, Fact::Strings(strings.clone()));
                Ok(strings)
            }
            Err(error) => {
                let fact = Fact::Blocked {
                    why: error.kind,
                    pause,
                    until: now + pause,
                };
                self.0.insert(key, fact);
                Err(error.kind)
            }
        }
    }

    /// The strings of a device that was opened before.
    pub(super) fn get(&self, key: DeviceKey) -> Option<&Strings> {
        match self.0.get(&key)? {
            Fact::Strings(strings) => Some(strings),
            Fact::Blocked { .. } => None,
        }
    }

    /// Blocked devices are tried at once.
    pub(super) fn retry_blocked(&mut self) {
        self.0.retain(|_, fact| matches!(fact, Fact::Strings(_)));
    }

    /// Forgets all but these.
    pub(super) fn keep(&mut self, present: &[DeviceKey]) {
        self.0.retain(|key, _| present.contains(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: DeviceKey = DeviceKey {
        bus: 1,
        address: 7,
        vendor: 0x0483,
        product: 0xDF11,
        version: 0x2200,
    };

    fn busy() -> Result<Strings, UsbError> {
        Err(UsbError::new(UsbErrorKind::Busy, "in use"))
    }

    /// How often a scan every 700 ms opens a busy device.
    fn opened_within(seconds: u64, known: &mut Known) -> u32 {
        let mut opened = 0;
        for scan in 0..seconds * 1000 / 700 {
            let now = Duration::from_millis(scan * 700);
            let strings = known.strings(KEY, now, || {
                opened += 1;
                busy()
            });
            assert_eq!(strings.unwrap_err(), UsbErrorKind::Busy);
        }
        opened
    }

    #[test]
    fn a_blocked_device_is_opened_less_and_less_often() {
        let mut known = Known::default();
        assert!(opened_within(70, &mut known) <= 28);
        // After a report of the system, at once.
        known.retry_blocked();
        let strings = known.strings(KEY, Duration::ZERO, || Ok(Strings::default()));
        assert!(strings.is_ok());
    }

    #[test]
    fn a_device_that_was_opened_is_not_opened_again_until_it_leaves() {
        let mut known = Known::default();
        let read = |known: &mut Known| {
            let mut opened = false;
            let strings = known.strings(KEY, Duration::ZERO, || {
                opened = true;
                Ok(Strings::default())
            });
            assert!(strings.is_ok());
            opened
        };
        assert!(read(&mut known));
        known.retry_blocked();
        known.keep(&[KEY]);
        assert!(!read(&mut known));
        known.keep(&[]);
        assert!(read(&mut known));
    }
}
