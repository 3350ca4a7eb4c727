//! The lines of a record.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::UsbErrorKind;
use super::data::Data;
use super::device::Device;
use super::setup::Setup;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Line {
    Record(Header),
    Device {
        board: String,
        #[serde(flatten)]
        device: Device,
    },
    Gone {
        board: String,
    },
    Open {
        board: String,
        interface: u8,
        #[serde(flatten)]
        outcome: Outcome,
    },
    Transfer(TransferLine),
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) version: u32,
    pub(super) program: String,
    pub(super) system: String,
    pub(super) usb_library: String,
    /// Who wrote it: the host, or the simulated device.
    pub(super) side: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TransferLine {
    pub(super) board: String,
    /// Counts the transfers of this board from 1.
    pub(super) n: u64,
    pub(super) at: Seconds,
    pub(super) took: Seconds,
    pub(super) request: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) setup: Option<Setup>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) out: Option<Data>,
    #[serde(default, rename = "in", skip_serializing_if = "Option::is_none")]
    pub(super) received: Option<Data>,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

/// `ok`, or the kind of error and the USB stack's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) result: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<String>,
}

/// Seconds with six decimals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Seconds(f64);

impl From<Duration> for Seconds {
    fn from(duration: Duration) -> Self {
        let micros = duration.subsec_micros();
        Self(duration.as_secs() as f64 + f64::from(micros) / 1e6)
    }
}

impl Seconds {
    /// `None` for what is no time: negative, or more than any clock shows.
    pub(super) fn duration(self) -> Option<Duration> {
        let exact = Duration::try_from_secs_f64(self.0).ok()?;
        // The number nearest to a decimal may be just below it.
        let micros = exact.checked_add(Duration::from_nanos(500))?.as_micros();
        u64::try_from(micros).ok().map(Duration::from_micros)
    }
}

const NAMES: [(UsbErrorKind, &str); 9] = [
    (UsbErrorKind::Stall, "stall"),
    (UsbErrorKind::Timeout, "timeout"),
    (UsbErrorKind::Gone, "gone"),
    (UsbErrorKind::Access, "no-access"),
    (UsbErrorKind::Busy, "in-use"),
    (UsbErrorKind::WrongDriver, "wrong-driver"),
    (UsbErrorKind::NoUsb, "no-usb"),
    (UsbErrorKind::Io, "io"),
    (UsbErrorKind::NotInRecord, "not-in-record"),
];

pub(super) fn name_of(kind: UsbErrorKind) -> &'static str {
    let mut names = NAMES.iter();
    names
        .find(|(known, _)| *known == kind)
        .map_or("io", |(_, name)| name)
}

pub(super) fn kind_of(name: &str) -> Option<UsbErrorKind> {
    let mut names = NAMES.iter();
    names
        .find(|(_, known)| *known == name)
        .map(|(kind, _)| *kind)
}
