//! Operations after which the device resets itself, and waiting until it is back: removing read
//! protection, and writing option bytes (AN3156).

use std::time::Duration;

use super::dfuse::{COMMAND_BLOCK, FIRST_DATA_BLOCK, REFUSAL_RETRY_PAUSE};
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
        self.until_it_leaves(Operation::ReadUnprotect, COMMAND_BLOCK, &[READ_UNPROTECT])
    }

    /// Writes option bytes at the address pointer, in one block, without erasing: the ROM does that.
    /// `Ok` when the device was seen to leave, which proves nothing: a pulled cable looks like that
    /// too, and one company's tool took a stall for success while nothing was written (Inertial
    /// Sense, SN-8193). Only reading them back does.
    ///
    /// # Errors
    /// [`DfuError::Device`] and a stall when it refuses, [`DfuError::Ignored`] when it stays: parts
    /// that only a power cycle makes load them (ST community 815774).
    pub(crate) fn write_option_bytes(&mut self, data: &[u8]) -> Result<(), DfuError> {
        self.until_it_leaves(Operation::WriteOptions, FIRST_DATA_BLOCK, data)
    }

    /// Starts an operation, once, and waits until the device leaves the bus.
    fn until_it_leaves(
        &mut self,
        operation: Operation,
        block: u16,
        data: &[u8],
    ) -> Result<(), DfuError> {
        self.check_cancel()?;
        let result = self.perform_once(operation, block, data);
        self.forget_state();
        match result {
            Err(error) if error.is_gone() => Ok(()),
            Err(error @ (DfuError::Device { .. } | DfuError::Cancelled)) => Err(error),
            _ if self.leaves(operation)? => Ok(()),
            Ok(()) => Err(DfuError::Ignored {
                operation: operation.to_string(),
            }),
            Err(error) => Err(error),
        }
    }

    /// Whether the device leaves the bus, now or at the end of a running operation.
    fn leaves(&mut self, operation: Operation) -> Result<bool, DfuError> {
        let started_at = self.clock.now();
        let mut idle_since = started_at;
        while self.since(idle_since) < LEAVE_LIMIT
            && self.since(started_at) < operation.status_timeout()
        {
            match self.get_status_once(TRANSFER_TIMEOUT) {
                Err(error) if error.is_gone() => return Ok(true),
                Ok(report) if report.state == State::Error => {
                    return Err(DfuError::device(operation, report));
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
