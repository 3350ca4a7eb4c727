//! The numbers of DFU 1.1 (§3, §6.1.2) by name.

use std::fmt;
use std::time::Duration;

/// bRequest of a class request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Request {
    Detach = 0,
    Download = 1,
    Upload = 2,
    GetStatus = 3,
    ClearStatus = 4,
    GetState = 5,
    Abort = 6,
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Detach => "DFU_DETACH",
            Self::Download => "DFU_DNLOAD",
            Self::Upload => "DFU_UPLOAD",
            Self::GetStatus => "DFU_GETSTATUS",
            Self::ClearStatus => "DFU_CLRSTATUS",
            Self::GetState => "DFU_GETSTATE",
            Self::Abort => "DFU_ABORT",
        })
    }
}

/// bState
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    AppIdle,
    AppDetach,
    Idle,
    DownloadSync,
    DownloadBusy,
    DownloadIdle,
    ManifestSync,
    Manifest,
    ManifestWaitReset,
    UploadIdle,
    Error,
    Unknown(u8),
}

impl State {
    /// The device accepted the end of a download.
    pub(super) fn is_manifest(self) -> bool {
        matches!(
            self,
            Self::ManifestSync | Self::Manifest | Self::ManifestWaitReset
        )
    }
}

impl From<u8> for State {
    fn from(value: u8) -> Self {
        match value {
            0 => Self::AppIdle,
            1 => Self::AppDetach,
            2 => Self::Idle,
            3 => Self::DownloadSync,
            4 => Self::DownloadBusy,
            5 => Self::DownloadIdle,
            6 => Self::ManifestSync,
            7 => Self::Manifest,
            8 => Self::ManifestWaitReset,
            9 => Self::UploadIdle,
            10 => Self::Error,
            other => Self::Unknown(other),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AppIdle => "appIDLE",
            Self::AppDetach => "appDETACH",
            Self::Idle => "dfuIDLE",
            Self::DownloadSync => "dfuDNLOAD-SYNC",
            Self::DownloadBusy => "dfuDNBUSY",
            Self::DownloadIdle => "dfuDNLOAD-IDLE",
            Self::ManifestSync => "dfuMANIFEST-SYNC",
            Self::Manifest => "dfuMANIFEST",
            Self::ManifestWaitReset => "dfuMANIFEST-WAIT-RESET",
            Self::UploadIdle => "dfuUPLOAD-IDLE",
            Self::Error => "dfuERROR",
            Self::Unknown(value) => return write!(f, "state {value}"),
        })
    }
}

/// bStatus
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Ok,
    Target,
    File,
    Write,
    Erase,
    CheckErased,
    Prog,
    Verify,
    Address,
    NotDone,
    Firmware,
    /// ST's ROM: read protection is active (AN3156).
    Vendor,
    UsbReset,
    PowerOnReset,
    Undefined,
    StalledPacket,
    Unknown(u8),
}

impl From<u8> for Status {
    fn from(value: u8) -> Self {
        match value {
            0 => Self::Ok,
            1 => Self::Target,
            2 => Self::File,
            3 => Self::Write,
            4 => Self::Erase,
            5 => Self::CheckErased,
            6 => Self::Prog,
            7 => Self::Verify,
            8 => Self::Address,
            9 => Self::NotDone,
            10 => Self::Firmware,
            11 => Self::Vendor,
            12 => Self::UsbReset,
            13 => Self::PowerOnReset,
            14 => Self::Undefined,
            15 => Self::StalledPacket,
            other => Self::Unknown(other),
        }
    }
}

impl Status {
    /// The device's report about itself, after "the board reports that" (DFU 1.1a, 6.1.2).
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "all is well, but it does not go on",
            Self::Target => "the file is not for it",
            Self::File => "the file failed a check of its own",
            Self::Write | Self::Prog => "it cannot write this memory",
            Self::Erase => "it cannot erase this memory",
            Self::CheckErased => "its memory is not empty after erasing",
            Self::Verify => "its memory differs from what was written",
            Self::Address => "it has no memory at this address",
            Self::NotDone => "data is missing",
            Self::Firmware => "its program is damaged",
            Self::Vendor => "it cannot do this",
            Self::UsbReset | Self::PowerOnReset => "it was reset",
            Self::Undefined | Self::Unknown(_) => "something failed",
            Self::StalledPacket => "it does not support this request",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "OK",
            Self::Target => "errTARGET",
            Self::File => "errFILE",
            Self::Write => "errWRITE",
            Self::Erase => "errERASE",
            Self::CheckErased => "errCHECK_ERASED",
            Self::Prog => "errPROG",
            Self::Verify => "errVERIFY",
            Self::Address => "errADDRESS",
            Self::NotDone => "errNOTDONE",
            Self::Firmware => "errFIRMWARE",
            Self::Vendor => "errVENDOR",
            Self::UsbReset => "errUSBR",
            Self::PowerOnReset => "errPOR",
            Self::Undefined => "errUNKNOWN",
            Self::StalledPacket => "errSTALLEDPKT",
            Self::Unknown(value) => return write!(f, "status {value}"),
        })
    }
}

/// The six bytes that answer DFU_GETSTATUS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatusReport {
    pub status: Status,
    /// bwPollTimeout
    pub poll_timeout: Duration,
    pub state: State,
    /// iString: the index of a string that describes the error; 0 for none.
    pub string: u8,
}

impl StatusReport {
    /// `None` for fewer than six bytes.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let [status, p0, p1, p2, state, string] = *bytes.first_chunk::<6>()?;
        let millis = u32::from_le_bytes([p0, p1, p2, 0]);
        Some(Self {
            status: status.into(),
            poll_timeout: Duration::from_millis(u64::from(millis)),
            state: state.into(),
            string,
        })
    }
}
