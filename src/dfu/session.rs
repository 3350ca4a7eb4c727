//! One connection to a DFU device: keeps track of its state and address pointer, so that callers
//! only name the data and its address. This file holds the start of a connection: to dfuIDLE from any
//! state.

use std::sync::Arc;
use std::time::Duration;

use super::cancel::Cancel;
use super::error::DfuError;
use super::pacing::{Operation, Pace, Pacing, TRANSFER_TIMEOUT};
use super::status::{Request, State};
use crate::address::Address;
use crate::printable::printable;
use crate::transport::{Clock, Opened, Transport};

/// How long a device may take to reach dfuIDLE: another program may have left it erasing.
pub(super) const RECOVERY_LIMIT: Duration = Operation::Erase(0).status_timeout();
/// How often its status is read at most. Enough for [`RECOVERY_LIMIT`] at pauses that grow, and an
/// end for a device that answers immediately and never gets there.
const RECOVERY_TRIES: u32 = 300;
/// The first and the longest pause between two reads of a busy device.
const RECOVERY_PAUSE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(200));

/// libusb refuses longer control transfers on Linux and Windows (linux_usbfs.c and
/// windows_winusb.c, MAX_CTRL_BUFFER_LENGTH).
const LONGEST_TRANSFER: u16 = 4096;

/// Control transfers so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransferCounts {
    pub total: u64,
    pub downloads: u64,
    pub uploads: u64,
    pub statuses: u64,
}

/// How the erase of a sector ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EraseEnd {
    Reported,
    /// It stayed dfuDNBUSY until CLRSTATUS: it hung at its end (H743 rev V), or it failed
    /// (usbd_dfu.c).
    Cleared,
}

/// The direction of the last block transfer, and the address that blocks are counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    None,
    Upload(Address),
    Download(Address),
}

/// The state that the last request left the device in. `Unknown` after any failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExpectedState {
    Unknown,
    Idle,
    DownloadIdle,
    UploadIdle,
    /// Plain DFU: nothing but a bus reset makes it answer again.
    AwaitsReset,
}

/// Whether the device can upload only the first bytes of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PeekSupport {
    Untested,
    Supported,
    /// The device counts blocks by the length of the request, or refuses short requests.
    Unsupported,
}

pub struct Session {
    pub(super) transport: Box<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) cancel: Cancel,
    pub(super) honour_cancel: bool,
    /// When a cancel was noticed while the device was busy.
    pub(super) cancel_noticed_at: Option<Duration>,
    pub(super) pacing: Pacing,
    pub(super) transfer_size: u16,
    /// A full block is as long as the device's own: it can be addressed by its number.
    pub(super) numbers_blocks: bool,
    pub(super) expected_state: ExpectedState,
    pub(super) cursor: Cursor,
    /// An alternate setting other than 0 was selected.
    selected_another: bool,
    /// False once a GETSTATE was not answered.
    answers_get_state: bool,
    /// How many erases stayed dfuDNBUSY.
    pub(super) hangs: u32,
    pub(super) peek_support: PeekSupport,
    /// iString of the last error; 0 for none.
    pub(super) reason: u8,
    /// A block was read: the memory is not read-protected.
    pub(super) has_read: bool,
    pub(super) counts: TransferCounts,
    /// Everything noticed, without repetitions; the first `taken_notes` were taken.
    notes: Vec<String>,
    taken_notes: usize,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("expected_state", &self.expected_state)
            .field("cursor", &self.cursor)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// `transfer_size` is wTransferSize in bytes; 0 counts as 1024, the smallest of any ROM.
    pub fn new(opened: Opened, transfer_size: u16, pace: Pace, cancel: Cancel) -> Self {
        let device_size = if transfer_size < 2 {
            1024
        } else {
            transfer_size
        };
        let transfer_size = device_size.min(LONGEST_TRANSFER);
        Self {
            transport: opened.transport,
            clock: opened.clock,
            cancel,
            honour_cancel: true,
            cancel_noticed_at: None,
            pacing: Pacing::new(pace),
            transfer_size,
            numbers_blocks: transfer_size == device_size,
            expected_state: ExpectedState::Unknown,
            cursor: Cursor::None,
            selected_another: false,
            answers_get_state: true,
            hangs: 0,
            peek_support: PeekSupport::Untested,
            reason: 0,
            has_read: false,
            counts: TransferCounts::default(),
            notes: Vec::new(),
            taken_notes: 0,
        }
    }

    /// A block was read from the device's memory.
    pub(crate) fn has_read(&self) -> bool {
        self.has_read
    }

    pub fn counts(&self) -> TransferCounts {
        self.counts
    }

    /// The duration of each kind of operation and the time that the device reported, for the log.
    pub fn pacing_lines(&self) -> Vec<String> {
        self.pacing.lines()
    }

    /// wTransferSize or 4096, whichever is less: bytes in a full block.
    pub fn transfer_size(&self) -> u16 {
        self.transfer_size
    }

    /// The notes since the last call.
    pub fn take_notes(&mut self) -> Vec<String> {
        let new = self
            .notes
            .get(self.taken_notes..)
            .unwrap_or_default()
            .to_vec();
        self.taken_notes = self.notes.len();
        new
    }

    /// Adds a note, unless it was made before. The job emits notes as events, so that window,
    /// terminal and log all have them.
    pub(super) fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// The last operation may be unfinished or lost: the contents at its address are unknown.
    pub fn is_uncertain(&self) -> bool {
        self.expected_state == ExpectedState::Unknown
    }

    /// Time on the device's clock.
    pub fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Time since `start`; zero if the clock ran backwards.
    pub fn since(&self, start: Duration) -> Duration {
        self.now().saturating_sub(start)
    }

    /// Selects an alternate setting; the device is brought to dfuIDLE first.
    ///
    /// # Errors
    /// [`DfuError::Select`], and those of [`Session::recover`].
    pub fn select(&mut self, alternate: u8) -> Result<(), DfuError> {
        self.forget_state();
        let selected = self.retry_on_stall(|s| {
            let selected = s.transport.select_alternate(alternate);
            selected.map_err(|source| DfuError::Select {
                alternate,
                source: s.gone_if_lost(source),
            })
        });
        match selected {
            // After the claim 0 is selected, as dfu-util too assumes.
            Err(error) if error.is_stall() && alternate == 0 && !self.selected_another => {}
            other => other?,
        }
        self.selected_another |= alternate != 0;
        self.recover()
    }

    /// Brings the device to dfuIDLE from any state: clears an error, aborts a transfer, waits for a
    /// running operation.
    ///
    /// # Errors
    /// When the device does not answer, or stays in a state that only a replug ends.
    pub fn recover(&mut self) -> Result<(), DfuError> {
        self.forget_state();
        let started_at = self.clock.now();
        let mut state = self.state_without_starting()?;
        let first = state;
        let mut done = Recovery::default();
        for _ in 0..RECOVERY_TRIES {
            let elapsed = self.since(started_at);
            match state {
                // Another program's operation that never ends: see `dfuse::clear_busy`.
                State::DownloadBusy if elapsed > RECOVERY_LIMIT && !done.ended_busy => {
                    done.ended_busy = true;
                    self.clear_status()?;
                }
                _ if elapsed > done.limit() => break,
                State::Idle => {
                    self.expected_state = ExpectedState::Idle;
                    if first != State::Idle {
                        log::info!("the board was in {first}{done}, and is idle now");
                        self.note(recovered_from(first).to_owned());
                    }
                    return Ok(());
                }
                // usbd_dfu.c leaves 15 here, and enters dfuERROR/errUNKNOWN at the first
                // CLRSTATUS: only a second one leads to dfuIDLE.
                State::Error | State::Unknown(_) => {
                    done.cleared += 1;
                    self.clear_status()?;
                }
                State::DownloadSync => {
                    done.aborted += 1;
                    self.abort_request()?;
                }
                // Nothing runs: this only ends the transfer.
                State::DownloadIdle | State::UploadIdle | State::ManifestSync => {
                    self.abort_request()?;
                }
                State::DownloadBusy | State::Manifest => {}
                State::AppIdle | State::AppDetach | State::ManifestWaitReset => {
                    return Err(DfuError::UnexpectedState {
                        operation: "connecting".to_owned(),
                        state,
                    });
                }
            }
            let report = self.get_status(RECOVERY_LIMIT)?;
            if matches!(report.state, State::DownloadBusy | State::Manifest) {
                let (shortest, longest) = RECOVERY_PAUSE;
                let pause = report.poll_timeout.max(elapsed / 4);
                self.wait(pause.clamp(shortest, longest))?;
            }
            state = report.state;
        }
        Err(DfuError::Stuck {
            operation: format!("recovering from {first}{done}"),
            waited: self.since(started_at),
        })
    }

    /// The device's state. GETSTATE first: in dfuDNLOAD-SYNC a GETSTATUS would start an operation
    /// that another program sent but did not start, such as an erase. Other unusual answers do not
    /// count: after an error ST's OpenBootloader returns the number of the status (usb_interface.c:
    /// 11 for errVENDOR, 1 for errTARGET).
    fn state_without_starting(&mut self) -> Result<State, DfuError> {
        if self.answers_get_state {
            match self.get_state() {
                Err(error) if error.is_gone() => return Err(error),
                Err(error) => self.answers_get_state = !error.is_timeout(),
                Ok(
                    State::AppIdle
                    | State::AppDetach
                    | State::ManifestWaitReset
                    | State::Unknown(_),
                ) => {}
                Ok(state) => return Ok(state),
            }
        }
        Ok(self.get_status(2 * TRANSFER_TIMEOUT)?.state)
    }

    /// Returns the device to dfuIDLE at the end of a job, even after a cancel.
    ///
    /// # Errors
    /// As for [`Session::recover`].
    pub fn return_to_idle(&mut self) -> Result<(), DfuError> {
        if matches!(
            self.expected_state,
            ExpectedState::Idle | ExpectedState::AwaitsReset
        ) {
            return Ok(());
        }
        let honoured = self.set_honour_cancel(false);
        let result = match self.expected_state {
            ExpectedState::DownloadIdle | ExpectedState::UploadIdle => self.abort(),
            _ => self.recover(),
        };
        self.set_honour_cancel(honoured);
        result
    }

    /// ABORT, unless the device is idle already.
    pub(super) fn abort(&mut self) -> Result<(), DfuError> {
        self.cursor = Cursor::None;
        match self.expected_state {
            ExpectedState::Idle => Ok(()),
            ExpectedState::Unknown | ExpectedState::AwaitsReset => self.recover(),
            ExpectedState::DownloadIdle | ExpectedState::UploadIdle => {
                self.abort_request()?;
                self.expected_state = ExpectedState::Idle;
                Ok(())
            }
        }
    }

    /// Adds the device's own words to an error that it reported (DFU 1.1 §6.1.2).
    pub(crate) fn explain(&mut self, error: DfuError) -> DfuError {
        let index = std::mem::take(&mut self.reason);
        let reported = matches!(error, DfuError::Device { .. });
        if index == 0 || !reported {
            return error;
        }
        let reason = self.transport.string(index);
        error.with_reason(reason.map(|text| printable(text.trim())))
    }

    /// Assumes nothing about the device's state and address pointer any more.
    pub(super) fn forget_state(&mut self) {
        self.expected_state = ExpectedState::Unknown;
        self.cursor = Cursor::None;
    }

    /// Assumes nothing that was learned about the device's memory and interface either.
    pub(super) fn forget_device(&mut self) {
        self.forget_state();
        self.has_read = false;
        self.selected_another = false;
    }

    /// Whether a cancel stops what follows. Returns what held before.
    pub(crate) fn set_honour_cancel(&mut self, honour: bool) -> bool {
        std::mem::replace(&mut self.honour_cancel, honour)
    }

    fn abort_request(&mut self) -> Result<(), DfuError> {
        self.retry_on_stall(|s| s.transfer_out(Request::Abort, 0, &[]))
    }

    /// Call it only in dfuERROR, or in a state that has no name: in other states Cube's stack answers by entering dfuERROR, and the
    /// STM32C5 ROM stalls.
    pub(super) fn clear_status(&mut self) -> Result<(), DfuError> {
        self.retry_on_stall(|s| s.transfer_out(Request::ClearStatus, 0, &[]))
    }
}

/// How often each request was sent to bring a device back to dfuIDLE, for messages.
#[derive(Clone, Copy, Debug, Default)]
struct Recovery {
    cleared: u32,
    aborted: u32,
    /// CLRSTATUS was sent in a dfuDNBUSY that did not end.
    ended_busy: bool,
}

impl Recovery {
    fn limit(self) -> Duration {
        if self.ended_busy {
            RECOVERY_LIMIT + TRANSFER_TIMEOUT
        } else {
            RECOVERY_LIMIT
        }
    }
}

fn recovered_from(state: State) -> &'static str {
    match state {
        State::Error | State::Unknown(_) => {
            "the board reported an earlier error, which was cleared"
        }
        _ => "the board was in an earlier operation, which was ended",
    }
}

impl std::fmt::Display for Recovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.cleared, self.aborted) {
            (0, 0) => Ok(()),
            (_, 0) => f.write_str(", its error was cleared"),
            (0, _) => f.write_str(", its operation was aborted"),
            _ => f.write_str(", its error was cleared and its operation aborted"),
        }
    }
}
