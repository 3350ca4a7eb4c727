//! Plain DFU 1.1: a stream of numbered blocks without addresses (DFU 1.1 §6 and §7).
//!
//! No block is sent or requested twice: devices that count for themselves would store it twice, or
//! skip one (dapboot dfu.c, embassy-usb-dfu dfu.rs). Nor is a device polled before the time that it
//! asks for: in dfuDNBUSY any request may lead to dfuERROR (DFU 1.1 §A.2.5; TinyUSB 0.9,
//! dfu_device.c).

use std::time::Duration;

use super::dfuse::REFUSAL_RETRY_PAUSE;
use super::error::DfuError;
use super::pacing::{Operation, TRANSFER_TIMEOUT};
use super::session::{ExpectedState, Session};
use super::status::{Request, State, Status, StatusReport};
use crate::transport::{FunctionalDescriptor, UsbErrorKind};

/// wTimeout of a DETACH in DFU mode, in milliseconds, as dfu-util sends it.
const DETACH_TIMEOUT: u16 = 1000;

/// How long a device that is not manifestation-tolerant may be in dfuMANIFEST beyond the time that it
/// asks for. It need not show dfuMANIFEST-WAIT-RESET (embassy-usb 0.6 never does): the host resets it
/// (DFU 1.1 §7).
const MANIFEST_GRACE: Duration = Duration::from_secs(3);

/// What a device did when the download was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DownloadEnd {
    /// It stored the firmware and is idle.
    Idle,
    /// It stored the firmware and waits for a bus reset, or stays in dfuMANIFEST until one.
    AwaitsReset,
    /// It accepted the end and left the bus.
    Left,
    /// It accepted the end and answers nothing more, as a device may that is not
    /// manifestation-tolerant (DFU 1.1 §7).
    Silent,
}

impl Session {
    /// Waits from the start as long as the device asks.
    pub(crate) fn obey_reported_times(&mut self) {
        self.pacing.use_reported_times();
    }

    /// Sends block `number` of the stream and waits until it is stored. The first one begins a
    /// download from dfuIDLE.
    ///
    /// # Errors
    /// After any, the download has to begin again.
    pub(crate) fn download_block(&mut self, number: u16, data: &[u8]) -> Result<(), DfuError> {
        self.check_cancel()?;
        let length = self.block_length(data.len(), Request::Download)?;
        let operation = Operation::Block(length);
        self.forget_state();
        self.reason = 0;
        let first = self.send_block(operation, number, data)?;
        match self.wait_for_end(operation, first)? {
            ExpectedState::DownloadIdle => {
                self.expected_state = ExpectedState::DownloadIdle;
                Ok(())
            }
            // It forgot the blocks before: the next one would be its first.
            _ => Err(DfuError::UnexpectedState {
                operation: operation.to_string(),
                state: State::Idle,
            }),
        }
    }

    /// The block itself. If its transfer failed, the reported state decides whether the device has
    /// it.
    fn send_block(
        &mut self,
        operation: Operation,
        number: u16,
        data: &[u8],
    ) -> Result<StatusReport, DfuError> {
        let failed = match self.transfer_out(Request::Download, number, data) {
            Ok(()) => return self.get_status(operation.status_timeout()),
            Err(error) if error.is_gone() => return Err(error),
            Err(error) => error,
        };
        match self.get_status(TRANSFER_TIMEOUT) {
            Ok(report) if report.state == State::Error => Err(DfuError::device(operation, report)),
            Ok(report) if matches!(report.state, State::DownloadSync | State::DownloadBusy) => {
                Ok(report)
            }
            Err(error) if error.is_gone() => Err(error),
            _ => Err(failed),
        }
    }

    /// Ends the download with an empty block `number`, and waits until the device has stored the
    /// firmware.
    ///
    /// # Errors
    /// When the device refuses the end, reports an error, or was not seen to accept the end.
    pub(crate) fn end_download(
        &mut self,
        number: u16,
        functional: FunctionalDescriptor,
    ) -> Result<DownloadEnd, DfuError> {
        self.check_cancel()?;
        let operation = Operation::Manifest;
        self.forget_state();
        self.reason = 0;
        let sent = self.transfer_out(Request::Download, number, &[]);
        if let Err(error) = &sent
            && error.is_gone()
        {
            return sent.map(|()| DownloadEnd::Left);
        }
        let mut accepted = sent.is_ok();
        let mut reported = Duration::ZERO;
        let started_at = self.clock.now();
        loop {
            let seen = self.get_status_once(TRANSFER_TIMEOUT);
            let waited = self.since(started_at);
            let over = waited > operation.limit(reported);
            let is_long = waited > reported + MANIFEST_GRACE;
            match seen {
                Ok(report) if report.state == State::Error => {
                    return Err(DfuError::device(operation, report));
                }
                Ok(report) => match report.state {
                    State::Manifest if is_long && !functional.manifestation_tolerant() => {
                        self.expected_state = ExpectedState::AwaitsReset;
                        return Ok(DownloadEnd::AwaitsReset);
                    }
                    State::ManifestSync | State::Manifest if !over => {
                        accepted = true;
                        reported = operation.believable(report.poll_timeout);
                        self.wait_for_operation(reported.max(REFUSAL_RETRY_PAUSE / 10))?;
                    }
                    State::ManifestSync | State::Manifest => {
                        return Err(DfuError::Stuck {
                            operation: operation.to_string(),
                            waited: self.since(started_at),
                        });
                    }
                    State::ManifestWaitReset => {
                        self.expected_state = ExpectedState::AwaitsReset;
                        return Ok(DownloadEnd::AwaitsReset);
                    }
                    State::Idle if accepted && report.status == Status::Ok => {
                        self.expected_state = ExpectedState::Idle;
                        return Ok(DownloadEnd::Idle);
                    }
                    state => {
                        sent?;
                        let operation = operation.to_string();
                        return Err(DfuError::UnexpectedState { operation, state });
                    }
                },
                Err(error) if error.is_gone() => {
                    return accepted.then_some(DownloadEnd::Left).ok_or(error);
                }
                Err(_) if !over => self.wait_for_operation(reported.max(REFUSAL_RETRY_PAUSE))?,
                Err(_) if accepted => {
                    self.expected_state = ExpectedState::AwaitsReset;
                    return Ok(DownloadEnd::Silent);
                }
                Err(error) => return sent.and(Err(error)),
            }
        }
    }

    /// Requests block `number` of the device's memory. Returns how many bytes of `buffer` it
    /// filled: fewer than requested at the end of the memory.
    ///
    /// # Errors
    /// After any, the upload has to begin again. [`DfuError::ShortUpload`] where a short block was
    /// not the end to the device.
    pub(crate) fn upload_block(
        &mut self,
        number: u16,
        buffer: &mut [u8],
    ) -> Result<usize, DfuError> {
        self.check_cancel()?;
        self.block_length(buffer.len(), Request::Upload)?;
        self.forget_state();
        self.reason = 0;
        let received =
            match self.transfer_in_once(Request::Upload, number, buffer, TRANSFER_TIMEOUT) {
                Err(error) if error.is_stall() => {
                    let report = self.get_status(TRANSFER_TIMEOUT)?;
                    return Err(match report.state {
                        State::Error => DfuError::device("reading", report),
                        _ => error,
                    });
                }
                other => other?,
            };
        if received == buffer.len() {
            self.expected_state = ExpectedState::UploadIdle;
            self.has_read = true;
            return Ok(received);
        }
        let report = self.get_status(TRANSFER_TIMEOUT)?;
        match report.state {
            State::Idle => self.expected_state = ExpectedState::Idle,
            State::UploadIdle => {
                return Err(DfuError::CutUpload {
                    block: number,
                    received,
                });
            }
            State::Error => return Err(DfuError::device("reading", report)),
            _ => {}
        }
        Ok(received)
    }

    /// Makes a device in dfuIDLE or dfuMANIFEST-WAIT-RESET leave DFU mode: DETACH, which some take
    /// in dfuIDLE (U-Boot f_dfu.c), then a bus reset (DFU 1.1 §A.1). `Ok` when it was seen to leave.
    ///
    /// # Errors
    /// [`DfuError::Ignored`] when it stays, or the system cannot reset the port.
    pub(crate) fn leave_by_reset(&mut self) -> Result<(), DfuError> {
        if self.expected_state != ExpectedState::AwaitsReset {
            self.return_to_idle()?;
            if self.leaves_on_detach()? {
                return Ok(());
            }
        }
        self.forget_state();
        match self.transport.reset() {
            Err(error) if error.kind == UsbErrorKind::Gone => Ok(()),
            Err(source) if self.transport.resets_port() => Err(DfuError::Usb {
                request: Request::Detach,
                source,
            }),
            _ => self.see_leaving(Ok(())),
        }
    }

    fn leaves_on_detach(&mut self) -> Result<bool, DfuError> {
        self.forget_state();
        match self.transfer_out(Request::Detach, DETACH_TIMEOUT, &[]) {
            Err(error) if error.is_gone() => return Ok(true),
            // Most know DETACH only in a running program.
            Err(_) => return Ok(false),
            Ok(()) => {}
        }
        match self.see_leaving(Ok(())) {
            Ok(()) => Ok(true),
            Err(DfuError::Ignored { .. } | DfuError::Device { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
