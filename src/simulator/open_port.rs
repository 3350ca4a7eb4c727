//! The serial port of a simulated board's program, as a host program on the same machine opens it.

use std::sync::Arc;
use std::time::Duration;

use crate::transport::{Clock, SerialError, SerialErrorKind, SerialPort};

use super::serial::Line;
use super::transport::{PACKET_TIME, WAIT_SLICE};
use super::unit::{Shared, Unit};

/// DTR and RTS, as a system sets them when a port is opened.
const OPEN: u8 = 3;
const DTR: u8 = 1;
/// Bytes of a packet.
const PACKET: usize = 64;

/// An open port. Dropping it lets another open it.
pub(super) struct OpenPort {
    unit: Shared,
    clock: Arc<dyn Clock>,
    arrivals: u8,
}

impl OpenPort {
    /// Opens the port of the program that runs.
    pub(super) fn open(unit: Shared, clock: Arc<dyn Clock>) -> Result<Self, SerialError> {
        let now = clock.now();
        let mut board = unit.lock();
        let Some(line) = board.line(now) else {
            return Err(failure(SerialErrorKind::NoPort));
        };
        if let Some(kind) = board.serial_blocked {
            return Err(failure(kind));
        }
        if std::mem::replace(&mut board.serial_claimed, true) {
            return Err(failure(SerialErrorKind::Busy));
        }
        let control = OPEN;
        board.set_line(Line { control, ..line }, now);
        let arrivals = board.arrivals();
        drop(board);
        Ok(Self {
            unit,
            clock,
            arrivals,
        })
    }

    /// The board, if it has not left since the port was opened.
    fn with<T>(
        &self,
        act: impl FnOnce(&mut Unit, Duration) -> Option<T>,
    ) -> Result<T, SerialError> {
        let now = self.clock.now();
        let mut unit = self.unit.lock();
        unit.advance(now);
        let is_same = unit.arrivals() == self.arrivals;
        let done = is_same.then(|| act(&mut unit, now)).flatten();
        done.ok_or_else(|| failure(SerialErrorKind::Gone))
    }

    fn change(&self, change: impl FnOnce(Line) -> Line) -> Result<(), SerialError> {
        self.with(|unit, now| {
            let line = unit.line(now)?;
            unit.set_line(change(line), now).then_some(())
        })
    }
}

impl SerialPort for OpenPort {
    fn write(&mut self, bytes: &[u8], _timeout: Duration) -> Result<(), SerialError> {
        let packets = u32::try_from(bytes.len().div_ceil(PACKET)).unwrap_or(u32::MAX);
        self.clock.sleep(PACKET_TIME.saturating_mul(packets));
        self.with(|unit, now| unit.serial_write(bytes, now).then_some(()))
    }

    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, SerialError> {
        let deadline = self.clock.now().saturating_add(timeout);
        loop {
            let (bytes, next) = self.with(|unit, now| {
                let bytes = unit.serial_read(buffer.len(), now)?;
                Some((bytes, unit.next_serial_event()))
            })?;
            if !bytes.is_empty() {
                for (target, byte) in buffer.iter_mut().zip(&bytes) {
                    *target = *byte;
                }
                return Ok(bytes.len());
            }
            let now = self.clock.now();
            if now >= deadline {
                return Ok(0);
            }
            let until = next.map_or(deadline, |next| next.clamp(now, deadline));
            self.clock.sleep((until - now).min(WAIT_SLICE));
        }
    }

    fn set_baud_rate(&mut self, baud_rate: u32) -> Result<(), SerialError> {
        let [b0, b1, b2, b3] = baud_rate.to_le_bytes();
        self.change(|line| {
            let [_, _, _, _, rest @ ..] = line.coding;
            let [stop, parity, data] = rest;
            let coding = [b0, b1, b2, b3, stop, parity, data];
            Line { coding, ..line }
        })
    }

    fn set_dtr(&mut self, on: bool) -> Result<(), SerialError> {
        self.change(|line| {
            let others = line.control & !DTR;
            let control = if on { others | DTR } else { others };
            Line { control, ..line }
        })
    }
}

impl Drop for OpenPort {
    /// The system switches the lines off. A board that has left has none.
    fn drop(&mut self) {
        let now = self.clock.now();
        let mut unit = self.unit.lock();
        unit.serial_claimed = false;
        if unit.arrivals() == self.arrivals
            && let Some(line) = unit.line(now)
        {
            unit.set_line(Line { control: 0, ..line }, now);
        }
    }
}

fn failure(kind: SerialErrorKind) -> SerialError {
    SerialError::new(kind, "simulated board")
}
