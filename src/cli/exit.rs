//! Exit codes and failures: only this file maps errors to exit codes. Scripts rely on them.

use std::process::ExitCode;

use crate::dfu::DfuError;
use crate::discovery::driver;
use crate::engine::{JobError, Outcome, advice};
use crate::simulator::Board;
use crate::transport::{SerialErrorKind, UsbErrorKind};
use crate::worker::UnknownBoard;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    Done = 0,
    Internal = 1,
    Usage = 2,
    NoDevice = 3,
    SeveralDevices = 4,
    /// No permission, wrong driver, or in use.
    NotReady = 5,
    BadFile = 6,
    /// Does not fit, protected, not writable, doubtful, or not confirmed; or a file of the command,
    /// such as its record, could not be written.
    Refused = 7,
    DeviceFailed = 8,
    Mismatch = 9,
    TimedOut = 10,
    Cancelled = 130,
}

impl Exit {
    pub(super) fn for_outcome(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Cancelled => Self::Cancelled,
            Outcome::Failed(error) => Self::for_job_error(error),
        }
    }

    fn for_job_error(error: &JobError) -> Self {
        match error {
            JobError::NoBoard(_) | JobError::BoardChanged(_) | JobError::UnknownProgram { .. } => {
                Self::NoDevice
            }
            JobError::Serial { source, .. } => Self::for_serial_error(source.kind),
            JobError::Open { source, .. } => Self::for_open_error(source.kind),
            JobError::NotReady { .. } | JobError::AlreadyRunning(_) => Self::NotReady,
            JobError::NoTarget { .. }
            | JobError::NoImageTarget { .. }
            | JobError::Layout { .. }
            | JobError::NotFlash { .. }
            | JobError::TooBig { .. }
            | JobError::DoesNotFit { .. }
            | JobError::NotAllowed { .. }
            | JobError::BackupGap(_)
            | JobError::SeveralFamilies { .. }
            | JobError::Stages { .. }
            | JobError::BackupInParts { .. }
            | JobError::PartsNotCompared { .. }
            | JobError::KeptErased(_)
            | JobError::AllKept
            | JobError::ReadGap(_)
            | JobError::Doubtful(_)
            | JobError::NotCapable(_)
            | JobError::Plain(_)
            | JobError::GivesNothing(_)
            | JobError::File { .. }
            | JobError::NotEntered { .. }
            | JobError::Dfu {
                source: DfuError::Protected { .. },
                ..
            } => Self::Refused,
            JobError::OptionBytes(refusal) if refusal.is_usage() => Self::Usage,
            JobError::NoOptionBytes
            | JobError::OptionBytes(_)
            | JobError::OptionBytesChanged
            | JobError::WriteProtected { .. } => Self::Refused,
            JobError::Dfu { .. }
            | JobError::NotRestarted { .. }
            | JobError::Endless
            | JobError::OptionBytesUnread { .. }
            | JobError::OptionBytesUnstable(_) => Self::DeviceFailed,
            JobError::Mismatch { .. }
            | JobError::Differs { .. }
            | JobError::OptionBytesDiffer { .. } => Self::Mismatch,
            JobError::NotBack { .. } | JobError::NotInDfuMode { .. } => Self::TimedOut,
            JobError::Internal(_) => Self::Internal,
        }
    }

    fn for_serial_error(kind: SerialErrorKind) -> Self {
        match kind {
            SerialErrorKind::NoPort | SerialErrorKind::Access | SerialErrorKind::Busy => {
                Self::NotReady
            }
            SerialErrorKind::Gone => Self::NoDevice,
            SerialErrorKind::Io => Self::DeviceFailed,
        }
    }

    /// Of `upfuse driver`, and of `upfuse-driver` itself.
    pub fn for_driver(outcome: &driver::Outcome) -> Self {
        match outcome {
            driver::Outcome::Done { .. } | driver::Outcome::AlreadyDone => Self::Done,
            driver::Outcome::NotPluggedIn => Self::NoDevice,
            driver::Outcome::Refused { .. } => Self::Refused,
            driver::Outcome::InUse { .. } | driver::Outcome::Failed { .. } => Self::NotReady,
        }
    }

    fn for_open_error(kind: UsbErrorKind) -> Self {
        match kind {
            UsbErrorKind::Access | UsbErrorKind::Busy | UsbErrorKind::WrongDriver => Self::NotReady,
            UsbErrorKind::Gone | UsbErrorKind::NoUsb => Self::NoDevice,
            UsbErrorKind::Stall
            | UsbErrorKind::Timeout
            | UsbErrorKind::Io
            | UsbErrorKind::NotInRecord => Self::DeviceFailed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The end of `--help`.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    internal error
  2    wrong usage
  3    no device
  4    several devices: choose one
  5    no permission, wrong driver, or in use
  6    bad firmware file
  7    refused: does not fit, protected, not writable, doubtful, or not confirmed;
       or a file could not be written
  8    the device or USB failed
  9    verify found a difference
  10   timed out waiting
  130  cancelled";

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub exit: Exit,
    /// An identifier for scripts.
    pub code: &'static str,
    pub message: String,
    pub advice: Vec<String>,
}

impl Failure {
    pub fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit,
            code,
            message: message.into(),
            advice: Vec::new(),
        }
    }

    pub fn advise(mut self, line: impl Into<String>) -> Self {
        self.advice.push(line.into());
        self
    }

    /// What a job would have been refused for.
    pub(super) fn from_job(error: &JobError) -> Self {
        let exit = Exit::for_job_error(error);
        let failure = Self::new(exit, error.code(), error.to_string());
        advice(error).into_iter().fold(failure, Self::advise)
    }

    /// A usage error that clap cannot detect.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }
}

impl From<UnknownBoard> for Failure {
    fn from(error: UnknownBoard) -> Self {
        Self::usage(error.to_string()).advise(format!("There are: {}", Board::names().join(", ")))
    }
}
