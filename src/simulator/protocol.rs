//! States, statuses and requests, by the names and numbers of DFU 1.1. Not those of `crate::dfu`:
//! the device must not share a mistake with the host that is tested against it.

use std::fmt;

/// bState.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum State {
    AppIdle = 0,
    AppDetach = 1,
    Idle = 2,
    DownloadSync = 3,
    DownloadBusy = 4,
    DownloadIdle = 5,
    ManifestSync = 6,
    Manifest = 7,
    ManifestWaitReset = 8,
    UploadIdle = 9,
    Error = 10,
}

/// As the DFU specification spells it: `dfuIDLE`.
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
        })
    }
}

/// bStatus; the ones that a bootloader here can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Status {
    Ok = 0,
    Target = 1,
    File = 2,
    Write = 3,
    Erase = 4,
    Program = 6,
    Verify = 7,
    Address = 8,
    Firmware = 10,
    Vendor = 11,
    Unknown = 14,
    StalledPacket = 15,
}

/// bRequest of the class requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum RequestKind {
    Detach = 0,
    Download = 1,
    Upload = 2,
    GetStatus = 3,
    ClearStatus = 4,
    GetState = 5,
    Abort = 6,
    /// SET_INTERFACE: no class request, counted and scripted like one.
    SetInterface = 7,
}

/// As the DFU specification spells it: `DNLOAD`.
impl fmt::Display for RequestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Detach => "DETACH",
            Self::Download => "DNLOAD",
            Self::Upload => "UPLOAD",
            Self::GetStatus => "GETSTATUS",
            Self::ClearStatus => "CLRSTATUS",
            Self::GetState => "GETSTATE",
            Self::Abort => "ABORT",
            Self::SetInterface => "SET_INTERFACE",
        })
    }
}

impl RequestKind {
    pub const ALL: [Self; 8] = [
        Self::Detach,
        Self::Download,
        Self::Upload,
        Self::GetStatus,
        Self::ClearStatus,
        Self::GetState,
        Self::Abort,
        Self::SetInterface,
    ];

    /// The class request with this bRequest.
    pub fn of(request: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| *kind as u8 == request && *kind != Self::SetInterface)
    }
}
