//! Why a job failed: facts only. [`super::advice()`] lists what to do about it.

use std::path::PathBuf;

use super::doubt::Doubt;
use super::parts::Part;
use super::phase::Phase;
use super::plain::PlainRefusal;
use crate::address::{Address, AddressRange, ByteSize};
use crate::dfu::{DfuError, Request, Status};
use crate::firmware::{Family, families_text};
use crate::memory::LayoutError;
use crate::option_bytes::Refusal;
use crate::printable::printable_path;
use crate::transport::{Place, SerialError, UsbError, UsbErrorKind};

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum JobError {
    #[error("the board at {place} cannot be opened: {source}")]
    Open { place: Place, source: UsbError },
    #[error("{source}")]
    Serial { place: Place, source: SerialError },
    /// Asked over its serial port, the program gave no answer that is known.
    #[error("on {port} no program answered that Upfuse can ask to enter DFU mode")]
    UnknownProgram {
        place: Place,
        port: String,
        /// Into DFU mode without the program, for each that it may be.
        buttons: Vec<&'static str>,
    },
    /// A known program.
    #[error("{program} does not enter DFU mode: {why}")]
    NotEntered {
        program: &'static str,
        why: String,
        buttons: &'static str,
    },
    /// Asked to enter DFU mode, and still running or gone.
    #[error("the board did not come to {place} in DFU mode within {seconds} s")]
    NotInDfuMode {
        place: Place,
        seconds: u64,
        /// Steps for a person, from the diagnosis of the board.
        steps: Vec<String>,
    },
    /// The board left.
    #[error("there is no board at {0}")]
    NoBoard(Place),
    /// Replugged or replaced since it was listed.
    #[error("the board at {0} is not the one that was listed")]
    BoardChanged(Place),
    /// Listed, but not ready for a job.
    #[error("the board at {place} is not ready: {state}")]
    NotReady {
        place: Place,
        state: String,
        /// Steps for a person, from the diagnosis of the board.
        steps: Vec<String>,
    },
    /// The board restarted, and not in DFU mode, as it was set to.
    #[error(
        "the new option bytes could not be read back: with the new {field}, the BOOT0 pin no longer \
         starts the bootloader, and the board starts its program"
    )]
    OptionBytesUnread { field: &'static str },
    /// Another job is running on it.
    #[error("a job is already running on the board at {0}")]
    AlreadyRunning(Place),

    #[error("the board has no target {alternate}; its targets: {}", list(.available))]
    NoTarget { alternate: u8, available: Vec<u8> },
    #[error("the file has no target {alternate}; its targets: {}", list(.available))]
    NoImageTarget { alternate: u8, available: Vec<u8> },
    #[error("target {alternate}: {source}")]
    Layout { alternate: u8, source: LayoutError },
    /// Option bytes, OTP, partitions: a job must not erase or write them.
    #[error("target {alternate}, {name}, is not flash memory that Upfuse erases or writes")]
    NotFlash { alternate: u8, name: String },
    /// The file begins in the board's flash and ends beyond it.
    #[error("too big for this board: {}", sizes(*.needs, *.has))]
    TooBig {
        /// Bytes from the start of the board's flash.
        needs: u64,
        has: u64,
    },
    #[error("outside this board's memory: {range}; {name} has {}", list(.regions))]
    DoesNotFit {
        range: AddressRange,
        name: String,
        regions: Vec<AddressRange>,
    },
    #[error("the sector {sector} cannot be {what}")]
    NotAllowed {
        sector: AddressRange,
        what: &'static str,
    },
    /// A flat backup needs memory between the sectors of the upgrade.
    #[error("a .bin backup needs {0} as well, which cannot be read")]
    BackupGap(AddressRange),
    /// The file has contents for several families; either several or none may be the board's.
    #[error("the file has contents for several families: {}", families_text(.families))]
    SeveralFamilies { families: Vec<Option<Family>> },
    /// The board must be restarted while the file is written.
    #[error(
        "the file is written in {parts} parts, with a restart of the board before each further one"
    )]
    Stages { parts: usize },
    /// Each part replaces something else, and the board is another one between them.
    #[error("a backup cannot be saved of a file that is written in {parts} parts")]
    BackupInParts { parts: usize },
    /// What was compared is equal.
    #[error(
        "the board holds the rest of the file, but {} not compared: the bootloader that is running \
         does not read its memory",
        were(.parts)
    )]
    PartsNotCompared { parts: Vec<Part> },
    /// A part of a file is on the board, and the next one needs a restart.
    #[error("{next} was not written: the board was not restarted for it")]
    NotRestarted {
        next: Part,
        /// The bootloader that is running takes it: the restart was made before.
        takes_next: bool,
        source: DfuError,
    },
    /// Restarted for the next part of a file.
    #[error("the board did not come back to {place} in DFU mode for {part} in {seconds} s")]
    NotBack {
        place: Place,
        part: Part,
        seconds: u64,
        /// Steps for a person, from the diagnosis of the board.
        steps: Vec<String>,
    },
    /// A range is to be kept, and everything to be erased.
    #[error("{0} cannot be kept: everything is to be erased first")]
    KeptErased(AddressRange),
    #[error("nothing is left to write: all of the file lies in ranges that are to be kept")]
    AllKept,
    /// A flat file of a whole target needs memory that the board does not let be read.
    #[error("a .bin file needs {0} as well, which cannot be read")]
    ReadGap(AddressRange),
    /// Serious doubts about the file, without consent.
    #[error("not written: {}", list_doubts(.0))]
    Doubtful(Vec<Doubt>),
    /// The board has no addresses.
    #[error(transparent)]
    Plain(PlainRefusal),
    #[error("the device cannot {0}, according to its functional descriptor")]
    NotCapable(&'static str),

    #[error("{} failed{}: {source}", .phase.noun(), at_range(.at))]
    Dfu {
        phase: Phase,
        /// The sector or the blocks of the failed operation.
        at: Option<AddressRange>,
        source: DfuError,
    },
    #[error(
        "the board holds 0x{found:02X} at {address} instead of 0x{expected:02X} \
         ({})",
        differing(*.sectors)
    )]
    Mismatch {
        /// The first byte that differs.
        address: Address,
        expected: u8,
        found: u8,
        /// Sectors that differ.
        sectors: u32,
    },
    /// A board without addresses gives other bytes back.
    #[error("the board gives back 0x{found:02X} at byte {offset} instead of 0x{expected:02X}")]
    Differs {
        /// From the first byte of the file.
        offset: u64,
        expected: u8,
        found: u8,
    },
    /// A board without addresses gives fewer bytes back than the file has, or none.
    #[error("the board does not give its program back: it cannot be {0}")]
    GivesNothing(&'static str),
    #[error("the board announces no option bytes")]
    NoOptionBytes,
    #[error("the option bytes stay as they are: {0}")]
    OptionBytes(Refusal),
    /// Since a person saw the plan.
    #[error("the board's option bytes are not those that the plan was made for")]
    OptionBytesChanged,
    /// Two reads of the same range gave different bytes.
    #[error("the option bytes at {0} read differently each time")]
    OptionBytesUnstable(AddressRange),
    /// Read back after they were written.
    #[error(
        "the board holds 0x{found:02X} at {at} of its option bytes instead of 0x{expected:02X}"
    )]
    OptionBytesDiffer {
        at: Address,
        expected: u8,
        found: u8,
    },
    /// The ROM reports success for what it does not write (AN2662).
    #[error("write-protected by the option bytes: {units}, {}", list(.ranges))]
    WriteProtected {
        /// "sectors 0-1"
        units: String,
        ranges: Vec<AddressRange>,
    },
    /// Longer than any such memory.
    #[error("the board sends without end")]
    Endless,
    #[error("{why}: {}", printable_path(.path))]
    File { path: PathBuf, why: String },
    #[error("internal error: {0}")]
    Internal(String),
}

impl JobError {
    /// The device refused a read, for another reason than a wrong address or read protection.
    pub(super) fn is_refused_read(&self) -> bool {
        let Self::Dfu { source, .. } = self else {
            return false;
        };
        match source {
            DfuError::Usb { request, source } => {
                *request == Request::Upload && source.kind == UsbErrorKind::Stall
            }
            DfuError::Device { status, .. } => {
                !matches!(status, Status::Target | Status::Address | Status::Vendor)
            }
            _ => false,
        }
    }

    /// A read failed as it does beyond the end of a memory: it was refused, went unanswered, or the
    /// device left.
    pub(super) fn is_end_of_memory(&self) -> bool {
        matches!(self, Self::Dfu { source, .. } if !matches!(source, DfuError::Cancelled))
    }

    /// The device reported dfuERROR for an operation, or stalled: it did nothing.
    pub(super) fn is_refusal(&self) -> bool {
        let Self::Dfu { source, .. } = self else {
            return false;
        };
        matches!(source, DfuError::Device { .. }) || source.is_stalled_download()
    }

    /// The device stalled an upload, or reported dfuERROR for it.
    pub(super) fn is_refusal_of_upload(&self) -> bool {
        let Self::Dfu { source, .. } = self else {
            return false;
        };
        match source {
            DfuError::Usb { request, source } => {
                *request == Request::Upload && source.kind == UsbErrorKind::Stall
            }
            DfuError::Device { .. } => true,
            _ => false,
        }
    }

    /// The board left.
    pub(super) fn is_gone(&self) -> bool {
        match self {
            Self::Dfu { source, .. } => source.is_gone(),
            Self::OptionBytesUnread { .. } => true,
            _ => false,
        }
    }

    pub(super) fn is_mismatch(&self) -> bool {
        matches!(self, Self::Mismatch { .. })
    }

    /// The device refused before it began. errVENDOR is no such answer: ST's device library gives it
    /// for every erase or write that fails (usbd_dfu.c).
    pub(super) fn did_nothing(&self) -> bool {
        let Self::Dfu { source, .. } = self else {
            return false;
        };
        let refused = matches!(
            source,
            DfuError::Device {
                status: Status::Target | Status::Address | Status::StalledPacket,
                ..
            }
        );
        refused || source.is_stalled_download()
    }

    pub(super) fn is_cancelled(&self) -> bool {
        let Self::Dfu { source, .. } = self else {
            return false;
        };
        *source == DfuError::Cancelled
    }

    /// It, or all of it, cannot be read because of read protection.
    pub(super) fn is_protected(&self) -> bool {
        let Self::Dfu { source, .. } = self else {
            return false;
        };
        matches!(source, DfuError::Protected { .. })
    }

    /// The device accepted an operation and did not do it.
    pub(super) fn is_ignored(&self) -> bool {
        let Self::Dfu { source, .. } = self else {
            return false;
        };
        matches!(source, DfuError::Ignored { .. })
    }

    /// The sentence without the names of requests; [`Self::protocol`] and the whole error have them.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Dfu {
                phase,
                at,
                source: DfuError::Usb { source, .. },
            } => format!("{} failed{}: {source}", phase.noun(), at_range(at)),
            other => other.to_string(),
        }
    }

    /// What the device answered, in the words of the protocol.
    pub fn protocol(&self) -> Option<String> {
        match self {
            Self::Dfu { source, .. } | Self::NotRestarted { source, .. } => source.protocol(),
            _ => None,
        }
    }

    /// Where there is little room: the reason alone, without the phase and the addresses.
    pub fn reason(&self) -> String {
        match self {
            Self::Dfu { source, .. } => source.to_string(),
            Self::WriteProtected { units, .. } => format!("write-protected: {units}"),
            other => other.to_string(),
        }
    }

    /// For scripts (`error.code` in `--json`).
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Serial { .. } => "serial-port",
            Self::UnknownProgram { .. } => "unknown-program",
            Self::NotEntered { .. } => "not-entered",
            Self::NoBoard(_) => "no-device",
            Self::BoardChanged(_) => "board-changed",
            Self::NotReady { .. } => "not-ready",
            Self::AlreadyRunning(_) => "in-use",
            Self::NoTarget { .. } | Self::NoImageTarget { .. } => "no-target",
            Self::Layout { .. } => "layout",
            Self::NotFlash { .. } => "not-flash",
            Self::TooBig { .. } | Self::DoesNotFit { .. } => "does-not-fit",
            Self::SeveralFamilies { .. } => "several-families",
            Self::Stages { .. } | Self::BackupInParts { .. } | Self::PartsNotCompared { .. } => {
                "stages"
            }
            Self::NotBack { .. } | Self::NotInDfuMode { .. } => "timed-out",
            Self::KeptErased(_) | Self::AllKept => "kept",
            Self::NotAllowed { .. } | Self::BackupGap(_) | Self::ReadGap(_) => "not-allowed",
            Self::Doubtful(_) => "doubtful",
            Self::NotCapable(_) => "not-capable",
            Self::Dfu {
                source: DfuError::Protected { .. },
                ..
            } => "protected",
            Self::Dfu {
                source: DfuError::Away { .. },
                ..
            }
            | Self::OptionBytesUnread { .. } => "lost-contact",
            Self::Dfu { source, .. } if source.is_gone() => "unplugged",
            Self::Dfu { .. } => "device",
            Self::Plain(_) => "no-addresses",
            Self::Mismatch { .. } | Self::Differs { .. } => "mismatch",
            Self::GivesNothing(_) => "not-readable",
            Self::Endless | Self::NotRestarted { .. } | Self::OptionBytesUnstable(_) => "device",
            Self::NoOptionBytes => "no-target",
            Self::OptionBytes(refusal) => refusal.code(),
            Self::OptionBytesChanged => "board-changed",
            Self::OptionBytesDiffer { .. } => "mismatch",
            Self::WriteProtected { .. } => "write-protected",
            Self::File { .. } => "file",
            Self::Internal(_) => "internal",
        }
    }
}

fn list(items: &[impl ToString]) -> String {
    if items.is_empty() {
        return "none".to_owned();
    }
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    items.join(", ")
}

/// What the file needs and what the board has; in bytes where fewer digits would look the same.
fn sizes(needs: u64, has: u64) -> String {
    let short = ByteSize(needs).to_string();
    if short.contains(".0 ") {
        return format!("the file needs {needs} bytes, the board has {has} bytes");
    }
    format!("the file needs {short}, the board has {}", ByteSize(has))
}

/// "part 2 of 2 was"
fn were(parts: &[Part]) -> String {
    let verb = if parts.len() == 1 { "was" } else { "were" };
    format!("{} {verb}", list(parts))
}

fn list_doubts(doubts: &[Doubt]) -> String {
    let doubts: Vec<String> = doubts.iter().map(ToString::to_string).collect();
    doubts.join("; ")
}

fn at_range(at: &Option<AddressRange>) -> String {
    at.map(|range| format!(" at {range}")).unwrap_or_default()
}

fn differing(sectors: u32) -> String {
    match sectors {
        1 => "1 sector differs".to_owned(),
        n => format!("{n} sectors differ"),
    }
}
