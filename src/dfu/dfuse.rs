//! DfuSe on top of DFU 1.1 (UM0424, AN3156): commands as downloads with wBlockNum 0, data at
//! `(wBlockNum - 2) × wTransferSize + address pointer`.
//!
//! AN3156 can also be read as "× the length of this request". Numbers above 2 are therefore only
//! used for full blocks of wTransferSize bytes; a shorter one is always block 2 after a fresh Set
//! Address, which means the same under both readings.

use std::time::Duration;

use super::error::DfuError;
use super::pacing::{Operation, TRANSFER_TIMEOUT};
use super::requests::STALL_RETRIES;
use super::session::{Believed, Cursor, Session};
use super::status::{Request, State, Status, StatusReport};
use crate::address::Address;

const COMMAND_BLOCK: u16 = 0;
pub(super) const FIRST_DATA_BLOCK: u16 = 2;
/// The last wBlockNum used before the address is set anew; the field has 16 bits.
const LAST_BLOCK: u64 = 0xFFFE;
const SET_ADDRESS: u8 = 0x21;
const ERASE: u8 = 0x41;
const READ_UNPROTECT: u8 = 0x92;

/// Before a refusal is believed, the request is repeated after this pause.
pub(super) const SECOND_OPINION: Duration = Duration::from_millis(50);
/// H743 rev V: an erase in bank 2 stays dfuDNBUSY for ever (betaflight PR#1861). Longer than any
/// real sector erase.
const WEDGE_PATIENCE: Duration = Duration::from_secs(10);
/// Once it is known to happen: the longest real erase of a 128 KiB sector (AN2606 V9.1 note).
const KNOWN_WEDGE_PATIENCE: Duration = Duration::from_secs(4);

impl Session {
    /// Sets the address pointer.
    ///
    /// # Errors
    /// [`DfuError::Device`] with errTARGET for an address the device does not have.
    pub fn set_address(&mut self, at: Address) -> Result<(), DfuError> {
        self.cursor = Cursor::None;
        self.perform(
            Operation::SetAddress,
            COMMAND_BLOCK,
            &command(SET_ADDRESS, at),
        )
    }

    /// Erases the sector of `size` bytes that begins at `at`.
    ///
    /// # Errors
    /// [`DfuError`]; a write-protected sector is no error to the device (AN2662).
    pub fn erase_sector(&mut self, at: Address, size: u64) -> Result<(), DfuError> {
        self.cursor = Cursor::None;
        self.perform(Operation::Erase(size), COMMAND_BLOCK, &command(ERASE, at))
    }

    /// Erases everything that the device lets be erased.
    ///
    /// # Errors
    /// [`DfuError`]
    pub fn mass_erase(&mut self) -> Result<(), DfuError> {
        self.cursor = Cursor::None;
        self.perform(Operation::MassErase, COMMAND_BLOCK, &[ERASE])
    }

    /// Removes read protection, which erases everything. The device resets itself, so that losing
    /// it afterwards is success.
    ///
    /// # Errors
    /// [`DfuError::Device`] when it refuses.
    pub fn read_unprotect(&mut self) -> Result<(), DfuError> {
        self.cursor = Cursor::None;
        let result = self.attempt(Operation::ReadUnprotect, COMMAND_BLOCK, &[READ_UNPROTECT]);
        self.forget();
        match result {
            Err(
                DfuError::Usb {
                    request: Request::GetStatus,
                    ..
                }
                | DfuError::Stuck { .. },
            ) => Ok(()),
            Err(error) if error.is_gone() => Ok(()),
            other => other,
        }
    }

    /// Writes one block of at most wTransferSize bytes at `at`. Consecutive full blocks need one
    /// Set Address in all; blocks may be left out in between.
    ///
    /// # Errors
    /// [`DfuError`]
    pub fn download(&mut self, at: Address, data: &[u8]) -> Result<(), DfuError> {
        let length = self.block_length(data.len(), Request::Download)?;
        let full = length == self.transfer_size;
        let block = match self.cursor {
            Cursor::Download(base) if full => self.block_number(base, at),
            _ => None,
        };
        let block = match block {
            Some(block) => block,
            None => {
                self.set_address(at)?;
                FIRST_DATA_BLOCK
            }
        };
        if block == FIRST_DATA_BLOCK {
            self.cursor = if full {
                Cursor::Download(at)
            } else {
                Cursor::None
            };
        }
        self.perform(Operation::Write(length), block, data)
    }

    pub(super) fn block_length(&self, length: usize, request: Request) -> Result<u16, DfuError> {
        u16::try_from(length)
            .ok()
            .filter(|n| (1..=self.transfer_size).contains(n))
            .ok_or(DfuError::ShortAnswer {
                request,
                received: length,
                expected: usize::from(self.transfer_size),
            })
    }

    /// The wBlockNum of the full block at `at`, counted from `base`.
    pub(super) fn block_number(&self, base: Address, at: Address) -> Option<u16> {
        let size = u64::from(self.transfer_size);
        let offset = at.offset_from(base)?;
        if !offset.is_multiple_of(size) {
            return None;
        }
        let block = (offset / size).checked_add(u64::from(FIRST_DATA_BLOCK))?;
        u16::try_from(block).ok().filter(|_| block <= LAST_BLOCK)
    }

    /// One download and all that follows from it. errVENDOR is believed when a second, slower try
    /// agrees.
    fn perform(&mut self, operation: Operation, block: u16, data: &[u8]) -> Result<(), DfuError> {
        let cursor = self.cursor;
        match self.attempt(operation, block, data) {
            Err(error) if error.is_vendor() => {
                self.obey("the device refused an operation");
                self.to_idle()?;
                self.wait(SECOND_OPINION)?;
            }
            other => return other,
        }
        self.cursor = cursor;
        match self.attempt(operation, block, data) {
            Err(error) if error.is_vendor() => {
                self.to_idle()?;
                Err(DfuError::Protected {
                    operation: operation.to_string(),
                })
            }
            other => other,
        }
    }

    fn attempt(&mut self, operation: Operation, block: u16, data: &[u8]) -> Result<(), DfuError> {
        self.check_cancel()?;
        match self.believed {
            Believed::Idle | Believed::DownloadIdle => {}
            Believed::UploadIdle | Believed::Unknown => {
                let cursor = self.cursor;
                self.abort()?;
                self.cursor = cursor;
            }
        }
        let cursor = self.cursor;
        self.forget();
        self.send(operation, block, data)?;
        let first = self.get_status(operation.status_timeout())?;
        self.believed = self.finish(operation, first)?;
        self.cursor = cursor;
        Ok(())
    }

    /// The download itself. A stall may mean "too fast"; what the device says of it decides.
    fn send(&mut self, operation: Operation, block: u16, data: &[u8]) -> Result<(), DfuError> {
        for pause in STALL_RETRIES {
            match self.transfer_out(Request::Download, block, data) {
                Err(error) if error.is_stall() => {}
                other => return other,
            }
            self.obey("a download stalled");
            self.wait(pause)?;
            let report = self.get_status(TRANSFER_TIMEOUT)?;
            match (report.state, report.status) {
                (State::Error, Status::StalledPacket) => self.clear_status()?,
                (State::Error, _) => return Err(DfuError::device(operation, report)),
                _ => {}
            }
        }
        self.transfer_out(Request::Download, block, data)
    }

    /// From the GETSTATUS that started the operation to its end.
    fn finish(&mut self, operation: Operation, first: StatusReport) -> Result<Believed, DfuError> {
        let begun = self.clock.now();
        let reported = first.poll_timeout;
        let mut report = first;
        let mut wait = self.pacing.first_wait(operation, reported);
        let mut asked = Duration::ZERO;
        let mut busy_at = None;
        loop {
            match report.state {
                State::DownloadIdle | State::Idle => {
                    let took = self.since(begun);
                    self.pacing.observe(operation, took, reported);
                    self.pacing.learn(operation, busy_at, asked);
                    return Ok(match report.state {
                        State::Idle => Believed::Idle,
                        _ => Believed::DownloadIdle,
                    });
                }
                State::DownloadBusy | State::DownloadSync | State::ManifestSync => {}
                State::Error => return Err(DfuError::device(operation, report)),
                state => {
                    let operation = operation.to_string();
                    return Err(DfuError::UnexpectedState { operation, state });
                }
            }
            let waited = self.since(begun);
            if self.looks_wedged(operation, waited, reported) {
                return self.unwedge();
            }
            if waited > operation.limit(reported) {
                return Err(DfuError::Stuck {
                    operation: operation.to_string(),
                    waited,
                });
            }
            self.wait_for_operation(wait)?;
            asked += wait;
            match self.status_once(operation.status_timeout()) {
                Ok(next) => {
                    report = next;
                    if matches!(report.state, State::DownloadBusy | State::DownloadSync) {
                        busy_at = Some(asked);
                        wait = self.pacing.next_wait(operation, asked, reported);
                    }
                }
                Err(error) if error.is_too_early() => {
                    self.obey("the device stalled or did not answer when asked while busy");
                    wait = self.pacing.stall_wait(reported);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn looks_wedged(&self, operation: Operation, waited: Duration, reported: Duration) -> bool {
        let patience = if self.wedges {
            KNOWN_WEDGE_PATIENCE
        } else {
            WEDGE_PATIENCE
        };
        matches!(operation, Operation::Erase(_)) && waited > patience.max(reported)
    }

    /// H7: CLRSTATUS leads to dfuERROR with errUNKNOWN, a second one to dfuIDLE; the erase did
    /// happen (betaflight PR#1861, dfu-buddy PR#3). Verification tells whether that holds.
    fn unwedge(&mut self) -> Result<Believed, DfuError> {
        if !self.wedges {
            self.note("an erase stayed dfuDNBUSY: cleared as an STM32H7 needs it".to_owned());
        }
        self.wedges = true;
        self.clear_status()?;
        self.to_idle()?;
        Ok(Believed::Idle)
    }
}

fn command(code: u8, at: Address) -> [u8; 5] {
    let [a, b, c, d] = at.0.to_le_bytes();
    [code, a, b, c, d]
}
