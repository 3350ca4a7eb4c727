//! Reading: blocks, and the first bytes of a block alone.

use super::dfuse::{FIRST_DATA_BLOCK, SECOND_OPINION};
use super::error::DfuError;
use super::pacing::TRANSFER_TIMEOUT;
use super::session::{Believed, Cursor, Peeks, Session};
use super::status::{Request, State, Status};
use crate::address::Address;

impl Session {
    /// Reads `buffer.len()` bytes, at most wTransferSize, from `at`.
    ///
    /// # Errors
    /// [`DfuError::ShortUpload`] when the device ends early, [`DfuError::Protected`] when it
    /// twice says errVENDOR.
    pub fn upload(&mut self, at: Address, buffer: &mut [u8]) -> Result<(), DfuError> {
        match self.try_upload(at, buffer) {
            Err(error) if error.is_stall() => self.upload_again(at, buffer),
            other => other,
        }
    }

    /// A stalled upload: asked what is wrong, cleared, and tried again more slowly before the
    /// refusal is believed. A bare stall is never read protection (ST community 844573).
    fn upload_again(&mut self, at: Address, buffer: &mut [u8]) -> Result<(), DfuError> {
        let mut refused = false;
        let mut last = None;
        for pause in [SECOND_OPINION / 10, SECOND_OPINION] {
            self.obey("an upload stalled");
            self.wait(pause)?;
            let report = self.get_status(TRANSFER_TIMEOUT)?;
            let vendor = report.state == State::Error && report.status == Status::Vendor;
            if vendor && refused {
                return self.refuse_reading();
            }
            refused = vendor;
            if report.state == State::Error && !vendor && report.status != Status::StalledPacket {
                last = Some(DfuError::device("reading", report));
            }
            self.to_idle()?;
            match self.try_upload(at, buffer) {
                Err(error) if error.is_stall() => last = last.or(Some(error)),
                Err(error) if error.is_vendor() => return self.refuse_reading(),
                other => return other,
            }
        }
        let report = self.get_status(TRANSFER_TIMEOUT)?;
        if refused && report.status == Status::Vendor {
            return self.refuse_reading();
        }
        self.to_idle()?;
        if report.state == State::Error {
            return Err(DfuError::device("reading", report));
        }
        Err(last.unwrap_or_else(|| DfuError::device("reading", report)))
    }

    fn refuse_reading(&mut self) -> Result<(), DfuError> {
        self.to_idle()?;
        Err(DfuError::Protected {
            operation: "reading".to_owned(),
        })
    }

    fn try_upload(&mut self, at: Address, buffer: &mut [u8]) -> Result<(), DfuError> {
        self.check_cancel()?;
        let length = self.block_length(buffer.len(), Request::Upload)?;
        let full = length == self.transfer_size;
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
        self.forget();
        let received = self.transfer_in(Request::Upload, block, buffer, TRANSFER_TIMEOUT)?;
        if received < buffer.len() {
            return Err(DfuError::ShortUpload {
                at: at.checked_add(received as u64).unwrap_or(at),
                missing: buffer.len() - received,
            });
        }
        self.believed = Believed::UploadIdle;
        self.cursor = cursor;
        Ok(())
    }

    /// Reads the first bytes of the block at `at`, for a fraction of what the block costs. `false`
    /// when this device cannot be trusted with that; `buffer` then means nothing.
    ///
    /// A short request for a high block number is right only where the address is counted in
    /// wTransferSize (see the module's head). dfu-util ends every read with one; here it is
    /// believed after one block was read both ways.
    ///
    /// # Errors
    /// [`DfuError`], but not a refusal: that is `false`.
    pub fn peek(&mut self, at: Address, buffer: &mut [u8]) -> Result<bool, DfuError> {
        let block = match self.cursor {
            Cursor::Upload(base) => self.block_number(base, at),
            _ => None,
        };
        let Some(block) = block.filter(|_| self.peeks != Peeks::Distrusted) else {
            return Ok(false);
        };
        if block == FIRST_DATA_BLOCK {
            return Ok(false);
        }
        if self.peeks == Peeks::Trusted {
            return self.short_upload(block, buffer);
        }
        let mut whole = vec![0; usize::from(self.transfer_size)];
        self.upload(at, &mut whole)?;
        if !self.short_upload(block, buffer)? {
            return Ok(false);
        }
        let telling = buffer.iter().any(|byte| Some(byte) != buffer.first());
        if whole.starts_with(buffer) && telling {
            self.peeks = Peeks::Trusted;
        } else if !whole.starts_with(buffer) {
            self.peeks = Peeks::Distrusted;
            return Ok(false);
        }
        Ok(true)
    }

    fn short_upload(&mut self, block: u16, buffer: &mut [u8]) -> Result<bool, DfuError> {
        self.check_cancel()?;
        let cursor = self.cursor;
        self.forget();
        match self.transfer_in(Request::Upload, block, buffer, TRANSFER_TIMEOUT) {
            Ok(received) if received == buffer.len() => {
                self.believed = Believed::UploadIdle;
                self.cursor = cursor;
                Ok(true)
            }
            Err(error) if error.is_gone() => Err(error),
            _ => {
                self.peeks = Peeks::Distrusted;
                self.to_idle()?;
                Ok(false)
            }
        }
    }
}
