//! The serial port of the board's program.

use std::time::Duration;

use super::super::serial::{Line, Port, Serial};
use super::{Mode, Unit};

/// Received bytes that are kept.
const KEPT: usize = 64 * 1024;

impl Unit {
    /// The port that the bus shows now.
    pub(in super::super) fn serial(&mut self, now: Duration) -> Option<Serial> {
        self.advance(now);
        self.port.as_ref()?;
        self.application()?.serial
    }

    /// Bytes for the program. `false` if no program with a port runs.
    pub(in super::super) fn serial_write(&mut self, bytes: &[u8], now: Duration) -> bool {
        self.advance(now);
        let Some(port) = &mut self.port else {
            return false;
        };
        port.receive(bytes, now);
        let room = KEPT.saturating_sub(self.serial_received.len());
        self.serial_received.extend(bytes.iter().take(room));
        self.advance(now);
        true
    }

    /// At most `most` bytes from the program: none if it has sent none. `None` if no program with a
    /// port runs.
    pub(in super::super) fn serial_read(&mut self, most: usize, now: Duration) -> Option<Vec<u8>> {
        self.advance(now);
        Some(self.port.as_mut()?.take(most))
    }

    pub(in super::super) fn line(&mut self, now: Duration) -> Option<Line> {
        self.advance(now);
        self.port.as_ref().map(Port::line)
    }

    /// `false` if no program with a port runs.
    pub(in super::super) fn set_line(&mut self, line: Line, now: Duration) -> bool {
        self.advance(now);
        let Some(port) = &mut self.port else {
            return false;
        };
        port.set_line(line, now);
        self.advance(now);
        true
    }

    /// What the board's programs were sent so far, over all serial ports.
    pub(in super::super) fn serial_received(&self) -> &[u8] {
        &self.serial_received
    }

    /// When the program does something next without the host.
    pub(in super::super) fn next_serial_event(&self) -> Option<Duration> {
        self.port.as_ref()?.next_event()
    }

    /// When the program leaves the bus by itself.
    pub(in super::super) fn restarts_at(&self) -> Option<Duration> {
        self.port.as_ref()?.restarts_at()
    }

    /// Lets the time that has passed take effect on the program.
    pub(super) fn advance_port(&mut self, now: Duration) {
        let (Mode::Application, Some(port)) = (self.mode, &mut self.port) else {
            return;
        };
        port.advance(now);
        if let Some((at, next)) = port.restarted(now) {
            self.leave(at, next);
        }
    }
}
