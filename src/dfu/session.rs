//! One connection to a DFU device: keeps track of its state and address pointer, so that callers
//! only say what to read or write where. Here are its beginning and its end: to dfuIDLE from any
//! state, and out of DFU mode.

use std::sync::Arc;
use std::time::Duration;

use super::cancel::Cancel;
use super::error::DfuError;
use super::pacing::{Operation, Pace, Pacing, TRANSFER_TIMEOUT};
use super::status::{Request, State, StatusReport};
use crate::address::Address;
use crate::transport::{Clock, Opened, Transport, UsbErrorKind};

/// How long a device may take to reach dfuIDLE: another program may have left it erasing.
const RECOVERY_LIMIT: Duration = Operation::Erase(0).status_timeout();
/// How often it is asked at most. Enough for [`RECOVERY_LIMIT`] at the longest pause, and an end
/// for a device that answers at once and never gets there.
const RECOVERY_TRIES: u32 = 200;
/// The shortest and the longest pause between, whatever bwPollTimeout says.
const RECOVERY_PAUSE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(200));

/// Control transfers so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransferCounts {
    pub total: u64,
    pub downloads: u64,
    pub uploads: u64,
    pub statuses: u64,
}

/// How leaving DFU mode went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaveOutcome {
    /// The device is gone, or stopped answering: what a ROM that jumps to the program does.
    Left,
    /// It answered dfuMANIFEST and is about to go.
    Accepted,
}

/// Which way blocks were moved last, and from which address they are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    None,
    Upload(Address),
    Download(Address),
}

/// What the device's state must be by what was done last. `Unknown` after any failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Believed {
    Unknown,
    Idle,
    DownloadIdle,
    UploadIdle,
}

/// Whether the first bytes of a block can be read alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peeks {
    Untried,
    Trusted,
    /// The device counts blocks by the length of the request, or does not take short ones.
    Distrusted,
}

pub struct Session {
    pub(super) transport: Box<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) cancel: Cancel,
    pub(super) heed_cancel: bool,
    /// When a cancel was noticed while the device was busy.
    pub(super) cancel_heard: Option<Duration>,
    pub(super) pacing: Pacing,
    pub(super) transfer_size: u16,
    pub(super) believed: Believed,
    pub(super) cursor: Cursor,
    /// An erase was seen to stay dfuDNBUSY for ever (H7 rev V).
    pub(super) wedges: bool,
    pub(super) peeks: Peeks,
    pub(super) counts: TransferCounts,
    /// All that was noticed, each thing once; the first `told` were taken.
    notes: Vec<String>,
    told: usize,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("believed", &self.believed)
            .field("cursor", &self.cursor)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// `transfer_size` is wTransferSize in bytes; 0 counts as 1024, the smallest any ROM has.
    pub fn new(opened: Opened, transfer_size: u16, pace: Pace, cancel: Cancel) -> Self {
        Self {
            transport: opened.transport,
            clock: opened.clock,
            cancel,
            heed_cancel: true,
            cancel_heard: None,
            pacing: Pacing::new(pace),
            transfer_size: if transfer_size < 2 {
                1024
            } else {
                transfer_size
            },
            believed: Believed::Unknown,
            cursor: Cursor::None,
            wedges: false,
            peeks: Peeks::Untried,
            counts: TransferCounts::default(),
            notes: Vec::new(),
            told: 0,
        }
    }

    pub fn counts(&self) -> TransferCounts {
        self.counts
    }

    /// What each kind of operation took, beside what the device reported: for the log.
    pub fn pacing_lines(&self) -> Vec<String> {
        self.pacing.lines()
    }

    /// wTransferSize, bytes in a full block.
    pub fn transfer_size(&self) -> u16 {
        self.transfer_size
    }

    /// What was noticed since the last call, for the log.
    pub fn take_notes(&mut self) -> Vec<String> {
        let new = self.notes.get(self.told..).unwrap_or_default().to_vec();
        self.told = self.notes.len();
        new
    }

    /// Told by the job as an event, so that window, terminal and log all have it; what is tried
    /// twice is told once.
    pub(super) fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// The device may be working on something, or may have lost it: what it holds where it was
    /// sent last is not certain.
    pub fn is_uncertain(&self) -> bool {
        self.believed == Believed::Unknown
    }

    /// Time on the device's clock.
    pub fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Time since `begun`, none where the clock ran back.
    pub fn since(&self, begun: Duration) -> Duration {
        self.now().saturating_sub(begun)
    }

    /// Selects an alternate setting; the device is brought to dfuIDLE first.
    ///
    /// # Errors
    /// [`DfuError::Select`], or whatever [`Session::to_idle`] meets.
    pub fn select(&mut self, alternate: u8) -> Result<(), DfuError> {
        self.forget();
        self.transport
            .select_alternate(alternate)
            .map_err(|source| DfuError::Select { alternate, source })?;
        self.to_idle()
    }

    /// Brings the device to dfuIDLE from any state: clears an error, aborts what was begun, waits
    /// for what is under way.
    ///
    /// # Errors
    /// When the device does not answer, or stays in a state that only a replug ends.
    pub fn to_idle(&mut self) -> Result<(), DfuError> {
        self.forget();
        let begun = self.clock.now();
        // GETSTATE first: in dfuDNLOAD-SYNC a GETSTATUS would start whatever another program sent
        // and never started, an erase for instance.
        let mut state = match self.get_state() {
            Ok(state) => state,
            Err(error) if error.is_gone() => return Err(error),
            Err(_) => self.get_status(TRANSFER_TIMEOUT)?.state,
        };
        let first = state;
        let mut done = Recovery::default();
        for _ in 0..RECOVERY_TRIES {
            if self.since(begun) > RECOVERY_LIMIT {
                break;
            }
            match state {
                State::Idle => {
                    self.believed = Believed::Idle;
                    if first != State::Idle {
                        self.note(format!("the board was in {first}{done}, and is idle now"));
                    }
                    return Ok(());
                }
                State::Error => {
                    done.cleared += 1;
                    self.clear_status()?;
                }
                State::DownloadSync
                | State::DownloadIdle
                | State::UploadIdle
                | State::ManifestSync => {
                    done.aborted += 1;
                    self.abort_request()?;
                }
                State::DownloadBusy | State::Manifest => {}
                State::AppIdle
                | State::AppDetach
                | State::ManifestWaitReset
                | State::Unknown(_) => {
                    return Err(DfuError::UnexpectedState {
                        operation: "connecting".to_owned(),
                        state,
                    });
                }
            }
            let report = self.get_status(RECOVERY_LIMIT)?;
            if matches!(report.state, State::DownloadBusy | State::Manifest) {
                let (shortest, longest) = RECOVERY_PAUSE;
                self.wait(report.poll_timeout.clamp(shortest, longest))?;
            }
            state = report.state;
        }
        Err(DfuError::Stuck {
            operation: format!("recovering from {first}{done}"),
            waited: self.since(begun),
        })
    }

    /// Puts the device into dfuIDLE whatever happened before, a cancel included. For the end of a
    /// job.
    ///
    /// # Errors
    /// As for [`Session::to_idle`].
    pub fn settle(&mut self) -> Result<(), DfuError> {
        if self.believed == Believed::Idle {
            return Ok(());
        }
        self.heed_cancel = false;
        let result = match self.believed {
            Believed::DownloadIdle | Believed::UploadIdle => self.abort(),
            _ => self.to_idle(),
        };
        self.heed_cancel = true;
        result
    }

    /// Leaves DFU mode and starts the program at `at`, or where the device's pointer stands.
    /// Whatever GETSTATUS says after the request was taken counts as success: ROMs jump before
    /// they answer (klipper PR 5596, monome/crow#128).
    ///
    /// # Errors
    /// When the device refuses the request itself.
    pub fn leave(&mut self, at: Option<Address>) -> Result<LeaveOutcome, DfuError> {
        self.settle()?;
        if let Some(at) = at {
            self.set_address(at)?;
        }
        self.forget();
        match self.transfer_out(Request::Download, 0, &[]) {
            Ok(()) => {}
            // Some disconnect as soon as they have accepted it (dfu-core PR#37).
            Err(error) if error.is_gone() => return Ok(LeaveOutcome::Left),
            Err(error) => return Err(error),
        }
        let answer = self.status_once(TRANSFER_TIMEOUT);
        match answer {
            Ok(StatusReport {
                state: State::Error,
                status,
                ..
            }) => Err(DfuError::Device {
                operation: "leaving DFU mode".to_owned(),
                status,
                state: State::Error,
            }),
            Ok(_) => Ok(LeaveOutcome::Accepted),
            Err(_) => Ok(LeaveOutcome::Left),
        }
    }

    /// Asks a running application for DFU mode: DFU_DETACH, then a bus reset unless the device
    /// detaches by itself (DFU 1.1 §5.1).
    ///
    /// # Errors
    /// When DETACH or the reset fails in a way that is not the device leaving.
    pub fn detach(&mut self, timeout_ms: u16, will_detach: bool) -> Result<(), DfuError> {
        self.forget();
        match self.transfer_out(Request::Detach, timeout_ms, &[]) {
            Ok(()) => {}
            Err(error) if error.is_gone() => return Ok(()),
            Err(error) => return Err(error),
        }
        if will_detach {
            return Ok(());
        }
        match self.transport.reset() {
            Ok(()) => Ok(()),
            Err(error) if error.kind == UsbErrorKind::Gone => Ok(()),
            Err(source) => Err(DfuError::Usb {
                request: Request::Detach,
                source,
            }),
        }
    }

    /// ABORT, if the device is not idle already.
    pub(super) fn abort(&mut self) -> Result<(), DfuError> {
        self.cursor = Cursor::None;
        match self.believed {
            Believed::Idle => Ok(()),
            Believed::Unknown => self.to_idle(),
            Believed::DownloadIdle | Believed::UploadIdle => {
                self.abort_request()?;
                self.believed = Believed::Idle;
                Ok(())
            }
        }
    }

    /// Nothing is known of the device's state any more.
    pub(super) fn forget(&mut self) {
        self.believed = Believed::Unknown;
        self.cursor = Cursor::None;
    }

    fn abort_request(&mut self) -> Result<(), DfuError> {
        self.patiently(|s| s.transfer_out(Request::Abort, 0, &[]))
    }

    /// Only ever called in dfuERROR: outside it, Cube's stack enters dfuERROR because of it and
    /// the STM32C5 ROM stalls.
    pub(super) fn clear_status(&mut self) -> Result<(), DfuError> {
        self.patiently(|s| s.transfer_out(Request::ClearStatus, 0, &[]))
    }
}

/// What was done to bring a device back to dfuIDLE, in words.
#[derive(Clone, Copy, Debug, Default)]
struct Recovery {
    cleared: u32,
    aborted: u32,
}

impl std::fmt::Display for Recovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.cleared, self.aborted) {
            (0, 0) => Ok(()),
            (_, 0) => f.write_str(", its error was cleared"),
            (0, _) => f.write_str(", what it had begun was aborted"),
            _ => f.write_str(", its error was cleared and what it had begun aborted"),
        }
    }
}
