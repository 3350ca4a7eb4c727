//! Single requests: counted, logged, and retried where a stall may mean "too fast"; and the waits
//! between them.

use std::time::Duration;

use super::error::DfuError;
use super::pacing::TRANSFER_TIMEOUT;
use super::session::{RECOVERY_LIMIT, Session};
use super::status::{Request, State, StatusReport};
use crate::transport::{UsbError, UsbErrorKind};

/// A stall first counts as "too fast" (F070/F072): the request is repeated after each of these.
pub(super) const STALL_RETRY_PAUSES: [Duration; 4] = [
    Duration::from_millis(2),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(50),
];
/// After a bus error (EPROTO on Linux) the device is asked again after each of these: one may be a
/// glitch; after a pulled cable they go on until the hub reports it, up to 256 ms later (the
/// bInterval of a high-speed hub, USB 2.0 §11.12.4).
const BUS_ERROR_PAUSES: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(300)];
/// GETSTATE needs no work of the device. MicroPython's mboot before 0006c902 never answers it.
const GET_STATE_TIMEOUT: Duration = Duration::from_millis(500);
/// Waits are divided into slices of this length, so that a cancel is noticed.
const WAIT_SLICE: Duration = Duration::from_millis(50);
/// A cancelled job waits for a running operation, to report correctly what is erased: as long as
/// [`Session::recover`] would wait for the device to be idle anyway.
const CANCEL_GRACE: Duration = RECOVERY_LIMIT;

impl Session {
    pub(super) fn get_state(&mut self) -> Result<State, DfuError> {
        let mut byte = [0u8; 1];
        self.transfer_in(Request::GetState, 0, &mut byte, GET_STATE_TIMEOUT)?;
        let [state] = byte;
        Ok(state.into())
    }

    /// GETSTATUS; a stall is retried after growing pauses.
    pub(super) fn get_status(&mut self, timeout: Duration) -> Result<StatusReport, DfuError> {
        self.retry_on_stall(|s| s.get_status_once(timeout))
    }

    pub(super) fn get_status_once(&mut self, timeout: Duration) -> Result<StatusReport, DfuError> {
        let mut bytes = [0u8; 6];
        let received = self.transfer_in(Request::GetStatus, 0, &mut bytes, timeout)?;
        let report = bytes.get(..received).and_then(StatusReport::parse);
        let report = report.ok_or(DfuError::ShortAnswer {
            request: Request::GetStatus,
            received,
            expected: 6,
        })?;
        if report.state == State::Error && report.string != 0 {
            self.reason = report.string;
        }
        Ok(report)
    }

    /// Repeats a request that stalls, after growing pauses; switches to the reported times.
    pub(super) fn retry_on_stall<T>(
        &mut self,
        mut request: impl FnMut(&mut Self) -> Result<T, DfuError>,
    ) -> Result<T, DfuError> {
        for pause in STALL_RETRY_PAUSES {
            match request(self) {
                Err(error) if error.is_stall() => {
                    self.use_reported_times("the board refused a request");
                    self.wait(pause)?;
                }
                other => return other,
            }
        }
        request(self).map_err(|error| match error {
            DfuError::Usb { request, source } => DfuError::Usb {
                request,
                source: self.gone_if_left(source),
            },
            error => error,
        })
    }

    /// Windows fails a transfer to a device that has left like one that the device refuses; only its
    /// list of devices shows the difference.
    fn gone_if_left(&mut self, error: UsbError) -> UsbError {
        let doubtful = matches!(error.kind, UsbErrorKind::Io | UsbErrorKind::Stall);
        if doubtful && self.transport.has_left() {
            return UsbError::new(UsbErrorKind::Gone, error.detail);
        }
        error
    }

    /// From now on waits as long as the device reports, and notes the reason.
    pub(super) fn use_reported_times(&mut self, why: &str) {
        if self.pacing.use_reported_times() {
            log::info!("{why}: the full reported bwPollTimeout is waited from now on");
            self.note(format!(
                "{why}: from now on Upfuse gives it all the time that it asks for"
            ));
        }
    }

    /// Waits, and stops at a cancel.
    ///
    /// # Errors
    /// [`DfuError::Cancelled`]
    pub(super) fn wait(&mut self, duration: Duration) -> Result<(), DfuError> {
        let mut left = duration;
        while !left.is_zero() {
            self.check_cancel()?;
            let slice = left.min(WAIT_SLICE);
            self.clock.sleep(slice);
            left -= slice;
        }
        Ok(())
    }

    /// Waits for an operation that the device cannot abort: a cancel takes effect at its end, or
    /// [`CANCEL_GRACE`] after it was noticed.
    pub(super) fn wait_for_operation(&mut self, duration: Duration) -> Result<(), DfuError> {
        let mut left = duration;
        while !left.is_zero() {
            let slice = left.min(WAIT_SLICE);
            self.clock.sleep(slice);
            left -= slice;
            if self.check_cancel().is_err() {
                let noticed = *self.cancel_noticed_at.get_or_insert(self.clock.now());
                if self.since(noticed) > CANCEL_GRACE {
                    return Err(DfuError::Cancelled);
                }
            }
        }
        Ok(())
    }

    pub(crate) fn check_cancel(&self) -> Result<(), DfuError> {
        if self.honour_cancel && self.cancel.is_cancelled() {
            return Err(DfuError::Cancelled);
        }
        Ok(())
    }

    pub(super) fn transfer_out(
        &mut self,
        request: Request,
        value: u16,
        data: &[u8],
    ) -> Result<(), DfuError> {
        self.pause();
        self.count(request);
        let result = self
            .transport
            .write(request as u8, value, data, TRANSFER_TIMEOUT);
        log::trace!(
            "{request} wValue {value} {} bytes: {}",
            data.len(),
            outcome(&result)
        );
        result.map_err(|source| DfuError::Usb {
            request,
            source: self.gone_if_lost(source),
        })
    }

    /// The error to report for `error`: that the device is gone, if it is. For requests that must
    /// not be repeated, because the device may have acted on them.
    pub(super) fn gone_if_lost(&mut self, error: UsbError) -> UsbError {
        for pause in BUS_ERROR_PAUSES {
            if error.kind != UsbErrorKind::Io {
                break;
            }
            self.clock.sleep(pause);
            let request = Request::GetState as u8;
            match self.transport.read(request, 0, &mut [0], GET_STATE_TIMEOUT) {
                Err(later) if later.kind == UsbErrorKind::Gone => return later,
                Err(later) if later.kind == UsbErrorKind::Io => {}
                _ => return error,
            }
        }
        match error.kind {
            UsbErrorKind::Io => self.gone_if_left(error),
            _ => error,
        }
    }

    /// GETSTATUS, GETSTATE and UPLOAD of a block can be repeated after a bus error.
    pub(super) fn transfer_in(
        &mut self,
        request: Request,
        value: u16,
        buffer: &mut [u8],
        timeout: Duration,
    ) -> Result<usize, DfuError> {
        self.pause();
        let mut result = self.read(request, value, buffer, timeout);
        for pause in BUS_ERROR_PAUSES {
            if !matches!(&result, Err(error) if error.kind == UsbErrorKind::Io) {
                break;
            }
            self.clock.sleep(pause);
            result = self.read(request, value, buffer, timeout);
        }
        result.map_err(|source| DfuError::Usb {
            request,
            source: match source.kind {
                UsbErrorKind::Io => self.gone_if_left(source),
                _ => source,
            },
        })
    }

    /// As [`Self::transfer_in`], for requests that must not be repeated.
    pub(super) fn transfer_in_once(
        &mut self,
        request: Request,
        value: u16,
        buffer: &mut [u8],
        timeout: Duration,
    ) -> Result<usize, DfuError> {
        self.pause();
        let result = self.read(request, value, buffer, timeout);
        result.map_err(|source| DfuError::Usb {
            request,
            source: self.gone_if_lost(source),
        })
    }

    fn read(
        &mut self,
        request: Request,
        value: u16,
        buffer: &mut [u8],
        timeout: Duration,
    ) -> Result<usize, UsbError> {
        self.count(request);
        let result = self.transport.read(request as u8, value, buffer, timeout);
        match (&result, request) {
            (Ok(length), Request::GetStatus | Request::GetState) => {
                log::trace!(
                    "{request}: {:02x?}",
                    buffer.get(..*length).unwrap_or_default()
                );
            }
            _ => log::trace!("{request} wValue {value}: {}", outcome(&result)),
        }
        result
    }

    fn pause(&self) {
        let pause = self.pacing.pause();
        if !pause.is_zero() {
            self.clock.sleep(pause);
        }
    }

    fn count(&mut self, request: Request) {
        let counts = &mut self.counts;
        counts.total += 1;
        let kind = match request {
            Request::Download => &mut counts.downloads,
            Request::Upload => &mut counts.uploads,
            Request::GetStatus => &mut counts.statuses,
            _ => return,
        };
        *kind += 1;
    }
}

fn outcome<T: std::fmt::Debug>(result: &Result<T, UsbError>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => error.to_string(),
    }
}
