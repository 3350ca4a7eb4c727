//! Programs that offer no way into a bootloader, on IDs that others share.

use std::time::Duration;

use super::{Output, Program};

/// Takes everything and answers nothing, as a sketch that never reads its port.
pub(super) struct Silent;

impl Program for Silent {
    fn receive(&mut self, _byte: u8, _now: Duration, _out: &mut Output) {}
}

/// Sends back what it receives: a loopback, or a terminal's other end.
pub(super) struct Echo;

impl Program for Echo {
    fn receive(&mut self, byte: u8, _now: Duration, out: &mut Output) {
        out.send([byte]);
    }
}

const INTERVAL: Duration = Duration::from_millis(50);

/// Sends a line of measurements again and again, with a `$` as those of GPS receivers (NMEA 0183).
pub(super) struct Measurements {
    next: Duration,
    count: u32,
}

impl Measurements {
    pub(super) fn new(now: Duration) -> Self {
        Self {
            next: now + INTERVAL,
            count: 0,
        }
    }
}

impl Program for Measurements {
    fn receive(&mut self, _byte: u8, _now: Duration, _out: &mut Output) {}

    fn advance(&mut self, now: Duration, out: &mut Output) {
        while self.next <= now {
            self.next += INTERVAL;
            self.count = self.count.wrapping_add(1);
            out.send(format!("$MEAS,{},23.5,1013.2\r\n", self.count));
        }
    }

    fn next_event(&self) -> Option<Duration> {
        Some(self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SerialProgram, Tested};

    #[test]
    fn they_answer_nothing_that_means_anything() {
        let api_version = b"$M<\x00\x01\x01";
        let mut silent = Tested::new(SerialProgram::Silent);
        assert_eq!(silent.ask(api_version), "");
        let mut echo = Tested::new(SerialProgram::Echo);
        assert_eq!(echo.ask(api_version).as_bytes(), api_version);
        let mut measurements = Tested::new(SerialProgram::Measurements);
        assert_eq!(measurements.ask(api_version), "");
        assert_eq!(measurements.wait(49), "");
        assert_eq!(
            measurements.wait(51),
            "$MEAS,1,23.5,1013.2\r\n$MEAS,2,23.5,1013.2\r\n"
        );
    }
}
