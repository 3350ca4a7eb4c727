//! How a request or an operation of a DFU device can fail.

use std::time::Duration;

use super::status::{Request, State, Status, StatusReport};
use crate::address::Address;
use crate::transport::{UsbError, UsbErrorKind};

/// Facts only; `engine::advice` lists what to do about them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DfuError {
    /// A transfer failed and a retry did not help.
    #[error("{request} failed: {source}")]
    Usb { request: Request, source: UsbError },
    /// SET_INTERFACE or opening failed.
    #[error("target {alternate} cannot be selected: {source}")]
    Select { alternate: u8, source: UsbError },
    /// The device reported dfuERROR.
    #[error("the board reports that {}{}", .status.meaning(), quoted(.reason))]
    Device {
        operation: String,
        status: Status,
        state: State,
        /// Its own words (iString of GETSTATUS).
        reason: Option<String>,
    },
    /// errVENDOR, twice, and for reading: read protection is active (AN3156).
    #[error("the board's memory is read-protected")]
    Protected { operation: String },
    /// It did not do what it accepted.
    #[error("the device accepted {operation}, but stayed on the bus")]
    Ignored { operation: String },
    /// It left, and is not back in DFU mode at its place.
    #[error("the device left, and did not come back within {} s", .waited.as_secs())]
    Away { waited: Duration },
    /// It was detached and waits this long, in milliseconds, for a bus reset.
    #[error("the board waits for a reset of its USB port, which this system cannot make")]
    NoPortReset { timeout_ms: u16 },
    /// A state that the protocol does not allow here.
    #[error("the board is in an unexpected state after {operation}")]
    UnexpectedState { operation: String, state: State },
    /// dfuDNBUSY, or no answer, beyond every reasonable time.
    #[error("{operation} did not end within {} s", .waited.as_secs())]
    Stuck { operation: String, waited: Duration },
    /// An answer too short or too long to make sense.
    #[error("{request} returned {received} bytes instead of {expected}")]
    ShortAnswer {
        request: Request,
        received: usize,
        expected: usize,
    },
    /// An upload ended before its last byte.
    #[error("reading ended at {at}, {missing} bytes early")]
    ShortUpload { at: Address, missing: usize },
    /// Plain DFU: a block was too short, and not the last one.
    #[error("block {block} of the board's memory is incomplete: {received} bytes")]
    CutUpload { block: u16, received: usize },
    #[error("cancelled")]
    Cancelled,
}

impl DfuError {
    /// The device reported dfuERROR.
    pub(super) fn device(operation: impl std::fmt::Display, report: StatusReport) -> Self {
        Self::Device {
            operation: operation.to_string(),
            status: report.status,
            state: report.state,
            reason: None,
        }
    }

    /// The same, with the device's own words.
    pub(super) fn with_reason(self, text: Option<String>) -> Self {
        match self {
            Self::Device {
                operation,
                status,
                state,
                reason,
            } => Self::Device {
                operation,
                status,
                state,
                reason: text.or(reason),
            },
            other => other,
        }
    }

    /// What the device answered, in the words of the protocol.
    pub fn protocol(&self) -> Option<String> {
        match self {
            Self::Device {
                operation,
                status,
                state,
                ..
            } => Some(format!("{status} in {state} after {operation}")),
            Self::Protected { operation } => Some(format!("{} after {operation}", Status::Vendor)),
            Self::UnexpectedState { operation, state } => {
                Some(format!("{state} after {operation}"))
            }
            _ => None,
        }
    }

    pub(super) fn is_stall(&self) -> bool {
        self.usb_kind() == Some(UsbErrorKind::Stall)
    }

    /// The device refused the download itself; one that stalls a GETSTATUS may have begun.
    pub(crate) fn is_stalled_download(&self) -> bool {
        self.is_stall()
            && matches!(
                self,
                Self::Usb {
                    request: Request::Download,
                    ..
                }
            )
    }

    /// errVENDOR: read protection, or a request that came too early.
    pub(super) fn is_vendor(&self) -> bool {
        matches!(
            self,
            Self::Device {
                status: Status::Vendor,
                ..
            }
        )
    }

    /// How a busy device refuses a request.
    pub(super) fn is_stall_or_timeout(&self) -> bool {
        let kind = self.usb_kind();
        matches!(kind, Some(UsbErrorKind::Stall | UsbErrorKind::Timeout))
    }

    /// The transfer ended without an answer: the device may have acted on it, and left.
    pub(super) fn is_broken(&self) -> bool {
        let kind = self.usb_kind();
        matches!(kind, Some(UsbErrorKind::Io | UsbErrorKind::Timeout))
    }

    /// The device did not answer a read, or left at it.
    pub(crate) fn is_lost_reading(&self) -> bool {
        self.is_gone() || self.is_broken()
    }

    pub(super) fn is_timeout(&self) -> bool {
        self.usb_kind() == Some(UsbErrorKind::Timeout)
    }

    fn usb_kind(&self) -> Option<UsbErrorKind> {
        match self {
            Self::Usb { source, .. } | Self::Select { source, .. } => Some(source.kind),
            _ => None,
        }
    }

    /// The device left the bus.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Away { .. }) || self.usb_kind() == Some(UsbErrorKind::Gone)
    }
}

fn quoted(reason: &Option<String>) -> String {
    reason
        .as_ref()
        .map(|text| format!(": \"{text}\""))
        .unwrap_or_default()
}
