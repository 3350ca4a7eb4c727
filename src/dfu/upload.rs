//! Reading: blocks, and only the first bytes of a block.

use super::dfuse::{FIRST_DATA_BLOCK, REFUSAL_RETRY_PAUSE};
use super::error::DfuError;
use super::pacing::TRANSFER_TIMEOUT;
use super::session::{Cursor, ExpectedState, PeekSupport, Session};
use super::status::{Request, State, Status};
use crate::address::Address;

impl Session {
    /// Reads `buffer.len()` bytes, at most wTransferSize, from `at`.
    ///
    /// # Errors
    /// [`DfuError::ShortUpload`] when the device ends early, [`DfuError::Protected`] when it
    /// reports errVENDOR twice.
    pub fn upload(&mut self, at: Address, buffer: &mut [u8]) -> Result<(), DfuError> {
        match self.try_upload(at, buffer) {
            Err(error) if error.is_stall() => self.retry_upload(at, buffer),
            // ST's OpenBootloader answers with an empty packet under read protection.
            Err(short @ DfuError::ShortUpload { .. }) => {
                match self.get_status(TRANSFER_TIMEOUT)?.state {
                    State::Error => self.retry_upload(at, buffer),
                    _ => Err(short),
                }
            }
            other => other,
        }
    }

    /// As [`Self::upload`], of memory that may end before `buffer` does. Returns how many bytes were
    /// delivered: a G431 announces 48 option bytes, and delivers 40 (ST community 574813).
    ///
    /// # Errors
    /// [`DfuError::Protected`] when it reports errVENDOR twice.
    pub(crate) fn upload_available(
        &mut self,
        at: Address,
        buffer: &mut [u8],
    ) -> Result<usize, DfuError> {
        match self.upload(at, buffer) {
            Ok(()) => Ok(buffer.len()),
            Err(DfuError::ShortUpload { missing, .. }) => Ok(buffer.len().saturating_sub(missing)),
            Err(error) => Err(error),
        }
    }

    /// After a refusal: reads the status, clears the error and tries again more slowly, before the
    /// refusal counts. A bare stall is never read protection (ST community 844573).
    fn retry_upload(&mut self, at: Address, buffer: &mut [u8]) -> Result<(), DfuError> {
        let mut refused = false;
        let mut last = None;
        for pause in [REFUSAL_RETRY_PAUSE / 10, REFUSAL_RETRY_PAUSE] {
            self.use_reported_times("the board refused a read");
            self.wait(pause)?;
            let report = self.get_status(TRANSFER_TIMEOUT)?;
            let vendor = report.state == State::Error && report.status == Status::Vendor;
            if vendor && refused {
                return self.report_read_protection();
            }
            refused = vendor;
            if report.state == State::Error && !vendor && report.status != Status::StalledPacket {
                last = Some(DfuError::device("reading", report));
            }
            self.recover()?;
            match self.try_upload(at, buffer) {
                Err(error @ DfuError::ShortUpload { .. }) => last = last.or(Some(error)),
                Err(error) if error.is_stall() => last = last.or(Some(error)),
                Err(error) if error.is_vendor() => return self.report_read_protection(),
                other => return other,
            }
        }
        let report = self.get_status(TRANSFER_TIMEOUT)?;
        if refused && report.status == Status::Vendor {
            return self.report_read_protection();
        }
        self.recover()?;
        if report.state == State::Error {
            return Err(DfuError::device("reading", report));
        }
        Err(last.unwrap_or_else(|| DfuError::device("reading", report)))
    }

    fn report_read_protection(&mut self) -> Result<(), DfuError> {
        self.recover()?;
        Err(DfuError::Protected {
            operation: "reading".to_owned(),
        })
    }

    /// Whether the device refuses reading, too, with errVENDOR: only then is its memory
    /// read-protected. Call it in dfuIDLE; it leaves the device there.
    pub(super) fn refuses_reading(&mut self) -> Result<bool, DfuError> {
        if self.has_read {
            return Ok(false);
        }
        self.forget_state();
        let mut block = vec![0; usize::from(self.transfer_size)];
        match self.transfer_in(
            Request::Upload,
            FIRST_DATA_BLOCK,
            &mut block,
            TRANSFER_TIMEOUT,
        ) {
            Ok(received) => self.has_read = received == block.len(),
            Err(error) if error.is_gone() => return Err(error),
            Err(_) => {}
        }
        let report = self.get_status(TRANSFER_TIMEOUT)?;
        self.recover()?;
        Ok(report.state == State::Error && report.status == Status::Vendor)
    }

    fn try_upload(&mut self, at: Address, buffer: &mut [u8]) -> Result<(), DfuError> {
        self.check_cancel()?;
        let length = self.block_length(buffer.len(), Request::Upload)?;
        let full = length == self.transfer_size && self.numbers_blocks;
        let block = match self.cursor {
            Cursor::Upload(base) if full => self.block_number(base, at),
            _ => None,
        };
        let block = match block {
            Some(block) => block,
            None => {
                self.set_address(at)?;
                // UPLOAD starts from dfuIDLE only (AN3156).
                self.abort()?;
                FIRST_DATA_BLOCK
            }
        };
        if block == FIRST_DATA_BLOCK {
            self.cursor = if full {
                Cursor::Upload(at)
            } else {
                Cursor::None
            };
        }
        let cursor = self.cursor;
        self.forget_state();
        let received = self.transfer_in(Request::Upload, block, buffer, TRANSFER_TIMEOUT)?;
        if received < buffer.len() {
            return Err(DfuError::ShortUpload {
                at: at.checked_add(received as u64).unwrap_or(at),
                missing: buffer.len() - received,
            });
        }
        self.expected_state = ExpectedState::UploadIdle;
        self.cursor = cursor;
        self.has_read = true;
        Ok(())
    }

    /// Reads the first bytes of the block at `at`, for a fraction of the time of a whole block.
    /// `false` when the device does not support that; the contents of `buffer` are then undefined.
    ///
    /// A short request for a high block number reads the right address only where blocks are
    /// counted in wTransferSize (see `dfuse`). dfu-util ends every read with one; here it counts as
    /// supported once one block was read both ways with the same result.
    ///
    /// # Errors
    /// [`DfuError`]; a refusal is `false` instead.
    pub fn peek(&mut self, at: Address, buffer: &mut [u8]) -> Result<bool, DfuError> {
        let block = match self.cursor {
            Cursor::Upload(base) => self.block_number(base, at),
            _ => None,
        };
        let Some(block) = block.filter(|_| self.peek_support != PeekSupport::Unsupported) else {
            return Ok(false);
        };
        if block == FIRST_DATA_BLOCK {
            return Ok(false);
        }
        if self.peek_support == PeekSupport::Supported {
            return self.short_upload(block, buffer);
        }
        let mut whole = vec![0; usize::from(self.transfer_size)];
        self.upload(at, &mut whole)?;
        if !self.short_upload(block, buffer)? {
            return Ok(false);
        }
        // Equal bytes would match at any address.
        let distinct = buffer.iter().any(|byte| Some(byte) != buffer.first());
        if whole.starts_with(buffer) && distinct {
            self.peek_support = PeekSupport::Supported;
        } else if !whole.starts_with(buffer) {
            self.peek_support = PeekSupport::Unsupported;
            return Ok(false);
        }
        Ok(true)
    }

    fn short_upload(&mut self, block: u16, buffer: &mut [u8]) -> Result<bool, DfuError> {
        self.check_cancel()?;
        let cursor = self.cursor;
        self.forget_state();
        match self.transfer_in(Request::Upload, block, buffer, TRANSFER_TIMEOUT) {
            Ok(received) if received == buffer.len() => {
                self.expected_state = ExpectedState::UploadIdle;
                self.cursor = cursor;
                Ok(true)
            }
            Err(error) if error.is_gone() => Err(error),
            _ => {
                self.peek_support = PeekSupport::Unsupported;
                self.recover()?;
                Ok(false)
            }
        }
    }
}
