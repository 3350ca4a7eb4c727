//! Leaving DFU mode, and entering it from a running program.

use std::time::Duration;

use super::dfuse::REFUSAL_RETRY_PAUSE;
use super::error::DfuError;
use super::pacing::{Operation, TRANSFER_TIMEOUT};
use super::session::Session;
use super::status::{Request, State};
use crate::address::Address;
use crate::transport::UsbErrorKind;

/// How long a device that was asked to leave may still answer. Hubs notice within 256 ms (USB 2.0
/// §11.12.4), and a program takes as long as it likes to detach from the bus.
const LEAVE_LIMIT: Duration = Duration::from_secs(3);
/// How long one GETSTATUS may stay unanswered meanwhile.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(1);

impl Session {
    /// Leaves DFU mode and starts the program at `at`, or at the device's address pointer. `Ok` when
    /// the device was seen to leave, or to answer nothing more: ROMs jump before they answer
    /// (klipper PR 5596, monome/crow#128).
    ///
    /// # Errors
    /// When the device refuses the request, [`DfuError::Ignored`] when it stays and answers.
    pub fn leave(&mut self, at: Option<Address>) -> Result<(), DfuError> {
        self.return_to_idle()?;
        if let Some(at) = at {
            self.set_address(at)?;
        }
        self.forget_state();
        let sent = self.send(Operation::Leave, 0, &[]).map(drop);
        match &sent {
            // Some disconnect as soon as they accept it (dfu-core PR#37).
            Err(error) if error.is_gone() => return Ok(()),
            // Some even while it is on the bus: GD32VF103 (dfu-util quirks.c).
            Err(error) if !error.is_broken() => return sent,
            _ => {}
        }
        self.see_leaving(sent)
    }

    /// Watches a device that was asked to leave; `sent` is the result of that request.
    pub(super) fn see_leaving(&mut self, sent: Result<(), DfuError>) -> Result<(), DfuError> {
        let started_at = self.clock.now();
        let mut unanswered = 0;
        loop {
            let seen = self.get_status_once(LEAVE_TIMEOUT);
            unanswered = match &seen {
                Err(error) if error.is_broken() => unanswered + 1,
                _ => 0,
            };
            let over = self.since(started_at) >= LEAVE_LIMIT;
            match seen {
                Err(error) if error.is_gone() => return Ok(()),
                Ok(report) if report.state == State::Error => {
                    return Err(DfuError::device(Operation::Leave, report));
                }
                // It never got the request.
                Ok(report) if sent.is_err() && !report.state.is_manifest() => return sent,
                // One lost answer says nothing.
                Err(_) if over && unanswered > 1 => return Ok(()),
                Err(_) if over && unanswered == 1 => self.clock.sleep(REFUSAL_RETRY_PAUSE),
                _ if over => {
                    return Err(DfuError::Ignored {
                        operation: Operation::Leave.to_string(),
                    });
                }
                _ => self.clock.sleep(REFUSAL_RETRY_PAUSE),
            }
        }
    }

    /// Requests DFU mode from a running application: DFU_DETACH, then a bus reset unless the device
    /// detaches automatically (DFU 1.1 §5.1).
    ///
    /// # Errors
    /// When DETACH or the reset fails for another reason than the device leaving;
    /// [`DfuError::NoPortReset`] on Windows with WinUSB.
    pub fn detach(&mut self, timeout_ms: u16, will_detach: bool) -> Result<(), DfuError> {
        self.forget_state();
        match self.transfer_out(Request::Detach, timeout_ms, &[]) {
            Ok(()) => {}
            Err(error) if error.is_gone() => return Ok(()),
            Err(error) if error.is_broken() => match self.get_status_once(TRANSFER_TIMEOUT) {
                Ok(report) if report.state == State::AppDetach => {}
                Err(later) if !later.is_stall() => return Ok(()),
                _ => return Err(error),
            },
            Err(error) => return Err(error),
        }
        if will_detach {
            return Ok(());
        }
        match self.transport.reset() {
            Err(error) if error.kind == UsbErrorKind::Gone => Ok(()),
            _ if !self.transport.resets_port() => self.restarts_without_reset(timeout_ms),
            Ok(()) => Ok(()),
            Err(source) => Err(DfuError::Usb {
                request: Request::Detach,
                source,
            }),
        }
    }

    /// libusbK and libusb0, which Windows may use instead of WinUSB, reset the port after all.
    fn restarts_without_reset(&mut self, timeout_ms: u16) -> Result<(), DfuError> {
        match self.get_status_once(TRANSFER_TIMEOUT) {
            Err(error) if !error.is_stall() => Ok(()),
            _ => Err(DfuError::NoPortReset { timeout_ms }),
        }
    }
}
