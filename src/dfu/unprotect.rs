//! Removing read protection, after which the device resets itself, and waiting until it is back.

use std::time::Duration;

use super::dfuse::{COMMAND_BLOCK, REFUSAL_RETRY_PAUSE};
use super::error::DfuError;
use super::pacing::{Operation, TRANSFER_TIMEOUT};
use super::session::Session;
use super::status::State;

const READ_UNPROTECT: u8 = 0x92;
/// How long a reset takes to be noticed: longer than a hub needs (256 ms, USB 2.0 §11.12.4).
const LEAVE_LIMIT: Duration = Duration::from_secs(1);
/// How long a device may be away: as long as one that enters DFU mode.
const RETURN_LIMIT: Duration = Duration::from_secs(10);
const RETURN_PAUSE: Duration = Duration::from_millis(250);

impl Session {
    /// Removes read protection, which erases everything, from a device in dfuIDLE. It then resets
    /// itself: `Ok` when it was seen to leave, which a pulled cable looks like too. ST's device
    /// library accepts the command and ignores it (usbd_dfu.c); the AT32 answers with a wrong
    /// state, and does it (flashfloppy#584).
    ///
    /// # Errors
    /// [`DfuError::Device`] and a stall when it refuses, [`DfuError::Ignored`] when it stays.
    pub fn read_unprotect(&mut self) -> Result<(), DfuError> {
        self.check_cancel()?;
        let operation = Operation::ReadUnprotect;
        let result = self.perform_once(operation, COMMAND_BLOCK, &[READ_UNPROTECT]);
        self.forget_state();
        match result {
            Err(error) if error.is_gone() => Ok(()),
            Err(error @ (DfuError::Device { .. } | DfuError::Cancelled)) => Err(error),
            _ if self.leaves()? => Ok(()),
            Ok(()) => Err(DfuError::Ignored {
                operation: operation.to_string(),
            }),
            Err(error) => Err(error),
        }
    }

    /// Whether the device leaves the bus, now or at the end of a running erase.
    fn leaves(&mut self) -> Result<bool, DfuError> {
        let started_at = self.clock.now();
        let mut idle_since = started_at;
        while self.since(idle_since) < LEAVE_LIMIT
            && self.since(started_at) < Operation::ReadUnprotect.status_timeout()
        {
            match self.get_status_once(TRANSFER_TIMEOUT) {
                Err(error) if error.is_gone() => return Ok(true),
                Ok(report) if report.state == State::Error => {
                    return Err(DfuError::device(Operation::ReadUnprotect, report));
                }
                Ok(report) if report.state == State::DownloadBusy => idle_since = self.clock.now(),
                _ => {}
            }
            self.clock.sleep(REFUSAL_RETRY_PAUSE);
        }
        Ok(false)
    }

    /// Waits until a device that reset itself is back at its place, and opens it there. A cancel
    /// changes nothing: where the device is then, it comes to by itself.
    ///
    /// # Errors
    /// [`DfuError::Away`] when it did not come back in DFU mode.
    pub fn wait_for_return(&mut self) -> Result<(), DfuError> {
        self.forget_state();
        let started_at = self.clock.now();
        while self.since(started_at) < RETURN_LIMIT {
            self.clock.sleep(RETURN_PAUSE);
            match self.transport.reopen() {
                Ok(()) => {
                    self.forget_device();
                    return Ok(());
                }
                Err(error) => log::debug!("waiting for the device to come back: {error}"),
            }
        }
        Err(DfuError::Away {
            waited: self.since(started_at),
        })
    }
}
