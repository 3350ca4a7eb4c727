//! The errors of reading firmware files (with file, position, what was found and what was expected)
//! and of writing them.

use std::fmt;

use super::foreign::Foreign;
use crate::address::{Address, AddressRange, ByteSize};
use crate::printable::printable;

/// The largest file that is read or written. The largest external flash on a board that has DFU is
/// 64 MiB, which takes 180 MB as Intel HEX.
pub(crate) const FILE_LIMIT: u64 = 256 << 20;

/// A refused firmware file. The text is one sentence with the file name last.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{position}{fault} ({file})")]
pub struct FirmwareError {
    /// The file's name or path, as the caller gave it.
    pub file: String,
    pub position: Position,
    pub fault: Fault,
}

impl FirmwareError {
    /// The next step for a person.
    pub fn advice(&self) -> &'static str {
        match self.fault {
            Fault::Unreadable(_)
            | Fault::NotAFile(_)
            | Fault::EmptyFile
            | Fault::TooLarge { .. }
            | Fault::NoData => "Choose another file",
            Fault::Foreign(foreign) => foreign.advice(),
            Fault::SeveralInside { .. } | Fault::NotInside { .. } => {
                "Choose one of them, as if the archive were a folder: ARCHIVE/NAME"
            }
            Fault::NoneInside { .. } | Fault::NoArchive => "Choose another file",
            Fault::Encrypted | Fault::OtherPacking => {
                "Unpack it first, then choose the firmware file inside"
            }
            _ => "Download or build the file again, or choose another one",
        }
    }
}

/// Where in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The file as a whole.
    File,
    /// A line of a text file, counted from 1.
    Line(u32),
    /// A byte of a binary file, counted from 0.
    Offset(u64),
}

/// `line 12: `, or nothing for the whole file.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Line(line) => write!(f, "line {line}: "),
            Self::Offset(offset) => write!(f, "byte offset 0x{offset:X}: "),
        }
    }
}

/// The fault at the position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("cannot read the file: {0}")]
    Unreadable(String),
    #[error("not a file: {0}")]
    NotAFile(&'static str),
    #[error("the file is empty")]
    EmptyFile,
    #[error("the file is {}; the limit is {}", ByteSize(*.size), ByteSize(FILE_LIMIT))]
    TooLarge { size: u64 },
    #[error("the file holds no firmware data")]
    NoData,
    #[error("this is {0}, not firmware")]
    Foreign(Foreign),
    #[error("the archive is damaged, incomplete, or of a kind that Upfuse cannot open: {0}")]
    BadArchive(String),
    #[error("the file in the archive is encrypted")]
    Encrypted,
    #[error("the file in the archive is packed in a way that Upfuse cannot unpack")]
    OtherPacking,
    #[error("the file in the archive is larger than {}", ByteSize(FILE_LIMIT))]
    TooLargeInside,
    #[error("the archive holds no firmware file; it holds {}", list(.names))]
    NoneInside { names: Vec<String> },
    #[error("the archive holds several firmware files: {}", list(.names))]
    SeveralInside { names: Vec<String> },
    #[error("there is no {} in the archive; it holds {}", printable(.wanted), list(.names))]
    NotInside { wanted: String, names: Vec<String> },
    /// A file was named in a file that is none.
    #[error("this is a file, not a folder or an archive")]
    NoArchive,
    #[error("found {found}, expected {expected}")]
    Unexpected { found: String, expected: String },
    #[error("the file ends within {part}: {needed} bytes needed, {left} left")]
    CutShort {
        part: &'static str,
        needed: u64,
        left: u64,
    },
    #[error(
        "the file does not end in a DFU suffix (16 bytes with \"UFD\"): it is incomplete or damaged"
    )]
    NoSuffix,
    #[error("the record's checksum is 0x{stated:02X}, but its bytes give 0x{computed:02X}")]
    RecordChecksum { stated: u8, computed: u8 },
    #[error("the CRC is 0x{stated:08X}, but the file's bytes give 0x{computed:08X}")]
    Crc { stated: u32, computed: u32 },
    #[error(
        "{address} is 0x{here:02X} here, but 0x{there:02X} {}",
        Elsewhere(*.other)
    )]
    Overlap {
        address: Address,
        /// The byte at this position.
        here: u8,
        /// The byte at the other position.
        there: u8,
        other: Position,
    },
    #[error("{length} bytes from {address} run past the 32-bit address space")]
    PastAddressSpace { address: Address, length: u64 },
    #[error("the data of {range} does not give the MD5 that the file states")]
    Md5 { range: AddressRange },
    #[error("block {number} of {total} is missing, counted from 0: the file is incomplete")]
    MissingBlock { number: u32, total: u32 },
    #[error("addresses run past the 32-bit address space")]
    AddressOverflow,
    #[error("a record after the end of the file, which line {end} declares")]
    AfterEnd { end: u32 },
    #[error("the file stops without an end-of-file record (:00000001FF); the rest may be missing")]
    NoEnd,
    #[error("the count record states {stated} data records; found {counted}")]
    RecordCount { stated: u32, counted: u32 },
}

/// The first names of a list.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let mut parts: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| printable(name))
        .collect();
    match names.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        Some(more) => parts.push(format!("{more} more")),
        None if parts.is_empty() => parts.push("nothing".to_owned()),
        None => {}
    }
    parts.join(", ")
}

/// `in line 3`
struct Elsewhere(Position);

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Position::File => f.write_str("elsewhere"),
            Position::Line(line) => write!(f, "in line {line}"),
            Position::Offset(offset) => write!(f, "at byte offset 0x{offset:X}"),
        }
    }
}

/// The error of a parser: a [`FirmwareError`] without the file's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) position: Position,
    pub(super) fault: Fault,
}

impl Refusal {
    pub(super) fn in_file(self, file: &str) -> FirmwareError {
        FirmwareError {
            file: file.to_owned(),
            position: self.position,
            fault: self.fault,
        }
    }
}

impl Fault {
    pub(super) fn in_line(self, line: u32) -> Refusal {
        Refusal {
            position: Position::Line(line),
            fault: self,
        }
    }

    pub(super) fn at_offset(self, offset: u64) -> Refusal {
        Refusal {
            position: Position::Offset(offset),
            fault: self,
        }
    }

    pub(super) fn of_file(self) -> Refusal {
        Refusal {
            position: Position::File,
            fault: self,
        }
    }

    pub(super) fn unexpected(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Unexpected {
            found: found.into(),
            expected: expected.into(),
        }
    }
}

/// Why targets cannot be written in a format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    #[error("{format} files can be read, not written")]
    NotWritable { format: &'static str },
    #[error("there is no data to write")]
    NoData,
    #[error("{format} files hold one target; there are {count}")]
    SeveralTargets { format: &'static str, count: usize },
    #[error("target {0} appears twice")]
    RepeatedAlternate(u8),
    #[error("DfuSe files hold up to 255 targets; there are {0}")]
    TooManyTargets(usize),
    #[error("the name of target {alternate} has {bytes} bytes; up to 255 without NUL fit")]
    Name { alternate: u8, bytes: usize },
    #[error(
        "a flat binary of {range} would have {}, the limit is {}",
        ByteSize(.range.len()),
        ByteSize(FILE_LIMIT)
    )]
    Span { range: AddressRange },
    #[error(
        "the file would hold {0} as well, which has not been read; .dfu, .hex and .s19 hold only what is there"
    )]
    Gap(AddressRange),
    #[error("the data is too large for the format's 32-bit sizes")]
    TooLarge,
}
