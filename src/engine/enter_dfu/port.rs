//! A serial port with the time limits of a conversation.

use std::sync::Arc;
use std::time::Duration;

use super::NotEntered;
use crate::dfu::Cancel;
use crate::transport::{Clock, OpenedSerial, SerialPort};

/// Between two looks at the cancel flag.
const SLICE: Duration = Duration::from_millis(50);
/// An answer is over when nothing has come for this long.
const SILENCE: Duration = Duration::from_millis(30);
/// Bytes are taken within this time by any program that reads its port.
const WRITE_LIMIT: Duration = Duration::from_secs(1);
/// No answer is longer; a program that sends without end is none that is asked.
const LONGEST_ANSWER: usize = 16 * 1024;

pub(super) struct Port<'a> {
    port: Box<dyn SerialPort>,
    clock: Arc<dyn Clock>,
    cancel: &'a Cancel,
}

impl<'a> Port<'a> {
    pub(super) fn new(opened: OpenedSerial, cancel: &'a Cancel) -> Self {
        Self {
            port: opened.port,
            clock: opened.clock,
            cancel,
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), NotEntered> {
        self.check()?;
        Ok(self.port.write(bytes, WRITE_LIMIT)?)
    }

    pub(super) fn set_baud_rate(&mut self, baud_rate: u32) -> Result<(), NotEntered> {
        self.check()?;
        Ok(self.port.set_baud_rate(baud_rate)?)
    }

    pub(super) fn drop_dtr(&mut self) -> Result<(), NotEntered> {
        Ok(self.port.set_dtr(false)?)
    }

    pub(super) fn wait(&self, duration: Duration) -> Result<(), NotEntered> {
        self.clock.sleep(duration);
        self.check()
    }

    /// Drops what the program has sent so far.
    pub(super) fn drop_input(&mut self) -> Result<(), NotEntered> {
        self.read_on(&mut Vec::new(), self.after(REQUEST_PAUSE))
    }

    /// What comes within `limit`, or until it is complete and the program pauses.
    pub(super) fn read_until(
        &mut self,
        limit: Duration,
        is_complete: impl Fn(&[u8]) -> bool,
    ) -> Result<Vec<u8>, NotEntered> {
        let deadline = self.after(limit);
        let mut answer = Vec::new();
        while !is_complete(&answer) && answer.len() < LONGEST_ANSWER {
            let left = deadline.saturating_sub(self.clock.now());
            if left.is_zero() {
                return Ok(answer);
            }
            self.check()?;
            self.read(&mut answer, left.min(SLICE))?;
        }
        self.read_on(&mut answer, deadline)?;
        Ok(answer)
    }

    /// Reads until the program pauses, at latest until `deadline`.
    fn read_on(&mut self, into: &mut Vec<u8>, deadline: Duration) -> Result<(), NotEntered> {
        while into.len() < LONGEST_ANSWER {
            let left = deadline.saturating_sub(self.clock.now());
            if left.is_zero() || self.read(into, left.min(SILENCE))? == 0 {
                return Ok(());
            }
        }
        Ok(())
    }

    fn read(&mut self, into: &mut Vec<u8>, timeout: Duration) -> Result<usize, NotEntered> {
        let mut buffer = [0; 512];
        let count = self.port.read(&mut buffer, timeout)?;
        into.extend(buffer.iter().take(count));
        Ok(count)
    }

    fn after(&self, limit: Duration) -> Duration {
        self.clock.now().saturating_add(limit)
    }

    fn check(&self) -> Result<(), NotEntered> {
        match self.cancel.is_cancelled() {
            true => Err(NotEntered::Cancelled),
            false => Ok(()),
        }
    }
}

/// How long a program that sends without end is listened to before it is asked all the same.
const REQUEST_PAUSE: Duration = Duration::from_millis(200);
