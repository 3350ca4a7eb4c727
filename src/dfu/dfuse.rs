//! DfuSe on top of DFU 1.1 (UM0424, AN3156): commands as downloads with wBlockNum 0, data at
//! `(wBlockNum - 2) × wTransferSize + address pointer`.
//!
//! AN3156 can also be read as "× the length of this request". Numbers above 2 are therefore only
//! used for full blocks of wTransferSize bytes; a shorter one is always block 2 after a fresh Set
//! Address, which means the same under both readings.

use std::time::Duration;

use super::error::DfuError;
use super::pacing::{Operation, TRANSFER_TIMEOUT};
use super::requests::STALL_RETRY_PAUSES;
use super::session::{Cursor, EraseEnd, ExpectedState, Session};
use super::status::{Request, State, Status, StatusReport};
use crate::address::Address;

pub(super) const COMMAND_BLOCK: u16 = 0;
pub(super) const FIRST_DATA_BLOCK: u16 = 2;
/// The last wBlockNum used before the address is set again; the field has 16 bits.
const LAST_BLOCK: u64 = 0xFFFE;
const SET_ADDRESS: u8 = 0x21;
const ERASE: u8 = 0x41;

/// A refused request is repeated after this pause, before the refusal counts.
pub(super) const REFUSAL_RETRY_PAUSE: Duration = Duration::from_millis(50);
/// H743 rev V: an erase in bank 2 stays dfuDNBUSY forever (betaflight PR#1861). Longer than any
/// real sector erase.
const HANG_LIMIT: Duration = Duration::from_secs(10);
/// Once the device has hung: the longest real erase of a 128 KiB sector (AN2606 V9.1 note).
const KNOWN_HANG_LIMIT: Duration = Duration::from_secs(4);

/// H743 with bootloader V9.1: an erase in bank 2 is reported as done while it runs, and a command
/// before its end can hang the part; 4 s are enough (AN2606, table 136, as lamella quotes it).
const H743_BANK_2: Address = Address(0x0810_0000);
const H743_SECTOR: u64 = 128 << 10;
const H743_ERASE: Duration = Duration::from_secs(4);
/// No flash erases 128 KiB this fast.
const TOO_FAST: Duration = Duration::from_millis(250);

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
    pub fn erase_sector(&mut self, at: Address, size: u64) -> Result<EraseEnd, DfuError> {
        self.cursor = Cursor::None;
        let hangs = self.hangs;
        let started_at = self.clock.now();
        self.perform(Operation::Erase(size), COMMAND_BLOCK, &command(ERASE, at))?;
        let took = self.since(started_at);
        if size == H743_SECTOR && at >= H743_BANK_2 && took < TOO_FAST {
            self.note(
                "an erase in bank 2 ended too early: Upfuse waits for its real end".to_owned(),
            );
            self.wait_for_operation(H743_ERASE.saturating_sub(took))?;
        }
        Ok(if self.hangs == hangs {
            EraseEnd::Reported
        } else {
            EraseEnd::Cleared
        })
    }

    /// Erases everything that the device allows.
    ///
    /// # Errors
    /// [`DfuError`]
    pub fn mass_erase(&mut self) -> Result<(), DfuError> {
        self.cursor = Cursor::None;
        self.perform(Operation::MassErase, COMMAND_BLOCK, &[ERASE])
    }

    /// Writes one block of at most wTransferSize bytes at `at`. Consecutive full blocks need a
    /// single Set Address; blocks in between may be skipped.
    ///
    /// # Errors
    /// [`DfuError`]
    pub fn download(&mut self, at: Address, data: &[u8]) -> Result<(), DfuError> {
        let length = self.block_length(data.len(), Request::Download)?;
        let full = length == self.transfer_size && self.numbers_blocks;
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

    /// Downloads `data` and waits until the operation ends. errVENDOR counts as protection only
    /// when a second, slower try fails with it too, and reading as well: ST's device library
    /// reports it for every erase or write that fails (usbd_dfu.c).
    fn perform(&mut self, operation: Operation, block: u16, data: &[u8]) -> Result<(), DfuError> {
        let cursor = self.cursor;
        match self.perform_once(operation, block, data) {
            Err(error) if error.is_vendor() => {
                self.use_reported_times("the board refused an operation");
                self.recover()?;
                if operation.changes_memory() {
                    // It may have failed half-way, and a cancel may end this before the second try.
                    self.forget_state();
                }
                self.wait(REFUSAL_RETRY_PAUSE)?;
            }
            other => return other,
        }
        self.cursor = cursor;
        match self.perform_once(operation, block, data) {
            Err(error) if error.is_vendor() => {
                self.recover()?;
                if self.refuses_reading()? {
                    return Err(DfuError::Protected {
                        operation: operation.to_string(),
                    });
                }
                self.forget_state();
                Err(error)
            }
            other => other,
        }
    }

    pub(super) fn perform_once(
        &mut self,
        operation: Operation,
        block: u16,
        data: &[u8],
    ) -> Result<(), DfuError> {
        self.check_cancel()?;
        match self.expected_state {
            ExpectedState::Idle | ExpectedState::DownloadIdle => {}
            ExpectedState::UploadIdle | ExpectedState::Unknown | ExpectedState::AwaitsReset => {
                let cursor = self.cursor;
                self.abort()?;
                self.cursor = cursor;
            }
        }
        let cursor = self.cursor;
        self.forget_state();
        self.reason = 0;
        let first = match self.send(operation, block, data)? {
            Some(report) => report,
            None => self.get_status(operation.status_timeout())?,
        };
        self.expected_state = self.wait_for_end(operation, first)?;
        self.cursor = cursor;
        Ok(())
    }

    /// The download itself. A stall may mean "too fast"; the reported status decides. A device that
    /// is busy then did accept the download: its report is returned.
    pub(super) fn send(
        &mut self,
        operation: Operation,
        block: u16,
        data: &[u8],
    ) -> Result<Option<StatusReport>, DfuError> {
        for pause in STALL_RETRY_PAUSES {
            match self.transfer_out(Request::Download, block, data) {
                Err(error) if error.is_stall() => {}
                other => return other.map(|()| None),
            }
            self.use_reported_times("the board refused data");
            self.wait(pause)?;
            let report = self.get_status(TRANSFER_TIMEOUT)?;
            match (report.state, report.status) {
                (State::Error, Status::StalledPacket) => self.clear_status()?,
                (State::Error, _) => return Err(DfuError::device(operation, report)),
                (State::DownloadBusy, _) => return Ok(Some(report)),
                _ => {}
            }
        }
        self.transfer_out(Request::Download, block, data)?;
        Ok(None)
    }

    /// Waits from the GETSTATUS that started the operation to its end.
    pub(super) fn wait_for_end(
        &mut self,
        operation: Operation,
        first: StatusReport,
    ) -> Result<ExpectedState, DfuError> {
        let started_at = self.clock.now();
        let reported = operation.believable(first.poll_timeout);
        let mut report = first;
        let mut wait = self.pacing.first_wait(operation, reported);
        let mut requested = Duration::ZERO;
        let mut busy_at = None;
        loop {
            match report.state {
                State::DownloadIdle | State::Idle if report.status != Status::Ok => {
                    return Err(DfuError::device(operation, report));
                }
                State::DownloadIdle | State::Idle => {
                    let took = self.since(started_at);
                    self.pacing.observe(operation, took, first.poll_timeout);
                    self.pacing.learn(operation, busy_at, requested);
                    return Ok(match report.state {
                        State::Idle => ExpectedState::Idle,
                        _ => ExpectedState::DownloadIdle,
                    });
                }
                State::DownloadBusy | State::DownloadSync | State::ManifestSync => {}
                State::Error => return Err(DfuError::device(operation, report)),
                state => {
                    let operation = operation.to_string();
                    return Err(DfuError::UnexpectedState { operation, state });
                }
            }
            let waited = self.since(started_at);
            if self.is_hung(operation, waited, reported) {
                return self.clear_hang();
            }
            if waited > operation.limit(reported) {
                self.clear_busy().ok();
                // Its contents are unknown all the same.
                self.forget_state();
                return Err(DfuError::Stuck {
                    operation: operation.to_string(),
                    waited,
                });
            }
            self.wait_for_operation(wait)?;
            requested += wait;
            match self.get_status_once(operation.status_timeout()) {
                Ok(next) => {
                    report = next;
                    if matches!(
                        report.state,
                        State::DownloadBusy | State::DownloadSync | State::ManifestSync
                    ) {
                        busy_at = Some(requested);
                        wait = self.pacing.next_wait(operation, requested, reported);
                    }
                }
                Err(error) if error.is_stall_or_timeout() => {
                    self.use_reported_times("the board did not answer while it was busy");
                    wait = self.pacing.stall_wait(reported);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn is_hung(&self, operation: Operation, waited: Duration, reported: Duration) -> bool {
        let limit = if self.hangs > 0 {
            KNOWN_HANG_LIMIT
        } else {
            HANG_LIMIT
        };
        matches!(operation, Operation::Erase(_)) && waited > limit.max(reported)
    }

    /// The erase may have happened, as on an H743, or failed, as in ST's device library: the caller
    /// reads the sector.
    fn clear_hang(&mut self) -> Result<ExpectedState, DfuError> {
        if self.hangs == 0 {
            self.note(
                "an erase stayed dfuDNBUSY and was cleared with CLRSTATUS: it may have succeeded \
                 (STM32H743) or failed (ST's device library)"
                    .to_owned(),
            );
        }
        self.hangs += 1;
        self.clear_busy()?;
        Ok(ExpectedState::Idle)
    }

    /// Ends a dfuDNBUSY that never ends: CLRSTATUS leads to dfuERROR with errUNKNOWN, a second one
    /// to dfuIDLE (betaflight PR#1861, dfu-buddy PR#3; usbd_dfu.c).
    fn clear_busy(&mut self) -> Result<(), DfuError> {
        self.clear_status()?;
        self.recover()
    }
}

fn command(code: u8, at: Address) -> [u8; 5] {
    let [a, b, c, d] = at.0.to_le_bytes();
    [code, a, b, c, d]
}
