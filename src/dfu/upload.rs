//! Reading: blocks, and the first bytes of a block alone.

use super::dfuse::{FIRST_DATA_BLOCK, SECOND_OPINION, device_error};
use super::error::DfuError;
use super::requests::{TRANSFER_TIMEOUT, is_stall, is_vendor};
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
            Err(error) if is_stall(&error) => self.upload_again(at, buffer),
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
                self.to_idle()?;
                return Err(DfuError::Protected {
                    operation: "reading".to_owned(),
                });
            }
            refused = vendor;
            if report.state == State::Error && !vendor && report.status != Status::StalledPacket {
                last = Some(device_error("reading", report));
            }
            self.to_idle()?;
            match self.try_upload(at, buffer) {
                Err(error) if is_stall(&error) => last = last.or(Some(error)),
                Err(error) if is_vendor(&error) => {
                    self.to_idle()?;
                    return Err(DfuError::Protected {
                        operation: "reading".to_owned(),
                    });
                }
                other => return other,
            }
        }
        let report = self.get_status(TRANSFER_TIMEOUT)?;
        self.to_idle()?;
        if refused && report.status == Status::Vendor {
            return Err(DfuError::Protected {
                operation: "reading".to_owned(),
            });
        }
        if report.state == State::Error {
            return Err(device_error("reading", report));
        }
        Err(last.unwrap_or_else(|| device_error("reading", report)))
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
        let missing = buffer.len().saturating_sub(received);
        if missing > 0 {
            let at = at
                .checked_add(u64::try_from(received).unwrap_or(0))
                .unwrap_or(at);
            return Err(DfuError::ShortUpload {
                at,
                missing: u64::try_from(missing).unwrap_or(0),
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
