//! Files that are known to be something else than firmware. As raw bytes they would make a board
//! unusable.
//!
//! A table of our own: a general library of signatures knows hundreds of types, many by two bytes
//! that a raw binary may begin with, but neither Git LFS pointers nor the text of a failed download.

use std::fmt;

/// The type of a file that is not firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign {
    kind: Kind,
    name: &'static str,
}

/// What the types have in common: the same next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Archive,
    /// The page or the answer of a server instead of the file itself.
    Page,
    Pointer,
    /// A program for a computer.
    Program,
    /// A program for another processor than the board's.
    OtherProcessor,
    /// A library or object code: it is not linked.
    Unlinked,
    /// A job profile of this program.
    Job,
    Text,
    Picture,
    Media,
    Document,
}

/// `a ZIP archive`
impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Foreign {
    /// The next step for a person.
    pub(super) fn advice(self) -> &'static str {
        match self.kind {
            Kind::Archive => "Unpack it first, then choose the firmware file inside",
            Kind::Page => {
                "Download the firmware file itself: on GitHub, open the file and choose Download \
                 raw file"
            }
            Kind::Pointer => {
                "Download the firmware file itself: on its page choose Download raw file, or run \
                 git lfs pull"
            }
            Kind::Program => {
                "This program runs on a computer; it may contain the firmware or install it. \
                 Choose the firmware file itself"
            }
            Kind::OtherProcessor => {
                "Choose the file that is built for the board: its processor is an Arm or a RISC-V \
                 of 32 bits"
            }
            Kind::Unlinked => "Choose the linked program: the .elf, .hex, .bin or .dfu file",
            Kind::Job => {
                "It describes a batch: open it in the window, which loads the firmware that it names"
            }
            Kind::Text | Kind::Picture | Kind::Media | Kind::Document => "Choose another file",
        }
    }
}

/// Bytes at an offset that identify a type.
struct Row {
    at: usize,
    magic: &'static [u8],
    kind: Kind,
    name: &'static str,
}

const fn row(kind: Kind, at: usize, magic: &'static [u8], name: &'static str) -> Row {
    Row {
        at,
        magic,
        kind,
        name,
    }
}

/// None of these begins like a vector table: the first word would be a stack pointer outside RAM or
/// not aligned.
const ROWS: &[Row] = &[
    // In another archive; by themselves they are opened.
    row(Kind::Archive, 0, b"PK\x03\x04", "a ZIP archive"),
    row(Kind::Archive, 0, b"PK\x05\x06", "an empty ZIP archive"),
    row(Kind::Archive, 0, b"\x1F\x8B\x08", "a gzip archive"),
    row(Kind::Archive, 0, b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"),
    row(Kind::Archive, 0, b"BZh", "a bzip2 archive"),
    row(Kind::Archive, 0, b"\xFD7zXZ\0", "an xz archive"),
    row(Kind::Archive, 0, b"\x28\xB5\x2F\xFD", "a Zstandard archive"),
    row(Kind::Archive, 0, b"\x04\x22\x4D\x18", "an LZ4 archive"),
    row(Kind::Archive, 0, b"Rar!\x1A\x07", "a RAR archive"),
    row(Kind::Archive, 0, b"MSCF\0\0\0\0", "a cabinet archive"),
    row(Kind::Archive, 257, b"ustar", "a tar archive"),
    row(
        Kind::Pointer,
        0,
        b"version https://git-lfs",
        "a Git LFS pointer, not the file itself",
    ),
    // The body of raw.githubusercontent.com for a wrong address.
    row(
        Kind::Page,
        0,
        b"404: Not Found",
        "the error message of a web server",
    ),
    // As the window saves it.
    row(Kind::Job, 0, b"{\n  \"upfuse_job\":", "a job profile"),
    row(
        Kind::OtherProcessor,
        0,
        b"\0asm\x01\0\0\0",
        "a WebAssembly program",
    ),
    row(Kind::Program, 0, b"dex\n03", "an Android program"),
    row(Kind::Program, 0, b"\xFE\xED\xFA\xCE", "a macOS program"),
    row(Kind::Program, 0, b"\xFE\xED\xFA\xCF", "a macOS program"),
    row(Kind::Program, 0, b"\xCE\xFA\xED\xFE", "a macOS program"),
    row(Kind::Program, 0, b"\xCF\xFA\xED\xFE", "a macOS program"),
    row(
        Kind::Program,
        0,
        b"\xCA\xFE\xBA\xBE",
        "a macOS or Java program",
    ),
    row(
        Kind::Unlinked,
        0,
        b"!<arch>\n",
        "a library or a Debian package",
    ),
    row(Kind::Picture, 0, b"\x89PNG\r\n\x1A\n", "a PNG picture"),
    row(Kind::Picture, 0, b"\xFF\xD8\xFF", "a JPEG picture"),
    row(Kind::Picture, 0, b"GIF87a", "a GIF picture"),
    row(Kind::Picture, 0, b"GIF89a", "a GIF picture"),
    row(Kind::Picture, 8, b"WEBP", "a WebP picture"),
    row(Kind::Picture, 0, b"II*\0", "a TIFF picture"),
    row(Kind::Picture, 0, b"MM\0*", "a TIFF picture"),
    row(Kind::Media, 8, b"WAVE", "a sound file"),
    row(Kind::Media, 0, b"ID3", "a sound file"),
    row(Kind::Media, 0, b"OggS", "a sound or video file"),
    row(Kind::Picture, 4, b"ftyphei", "a HEIC picture"),
    row(Kind::Picture, 4, b"ftyphev", "a HEIC picture"),
    row(Kind::Picture, 4, b"ftypmif1", "a HEIC picture"),
    row(Kind::Picture, 4, b"ftypavif", "an AVIF picture"),
    row(Kind::Media, 4, b"ftyp", "a video or sound file"),
    row(Kind::Media, 0, b"\x1A\x45\xDF\xA3", "a Matroska video"),
    row(Kind::Media, 0, b"fLaC\0\0\0", "a FLAC sound file"),
    row(Kind::Picture, 0, b"8BPS\0\x01", "a Photoshop picture"),
    row(Kind::Document, 0, b"OTTO\0", "a font"),
    row(Kind::Document, 0, b"\0\x01\0\0\0", "a font"),
    row(
        Kind::Document,
        0,
        b"\xD4\xC3\xB2\xA1\x02\0",
        "a network capture",
    ),
    row(Kind::Document, 0, b"\x0A\x0D\x0D\x0A", "a network capture"),
    row(Kind::Document, 0, b"%PDF-", "a PDF document"),
    row(Kind::Document, 0, b"{\\rtf", "an RTF document"),
    row(
        Kind::Document,
        0,
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        "an Office document",
    ),
    row(Kind::Document, 0, b"SQLite format 3\0", "a database"),
];

impl Foreign {
    /// An ELF program for another machine (`e_machine`, System V ABI).
    pub(super) fn for_machine(machine: u16) -> Self {
        use object::elf::{EM_386, EM_AARCH64, EM_AVR, EM_MIPS, EM_X86_64, EM_XTENSA};
        let (kind, name) = match machine {
            EM_386 | EM_X86_64 => (Kind::Program, "a program for a PC"),
            EM_AARCH64 => (Kind::Program, "a program for a 64-bit Arm computer"),
            EM_AVR => (Kind::OtherProcessor, "a program for an AVR"),
            EM_XTENSA => (
                Kind::OtherProcessor,
                "a program for an Xtensa, as in an ESP32",
            ),
            EM_MIPS => (Kind::OtherProcessor, "a program for a MIPS"),
            _ => (
                Kind::OtherProcessor,
                "a program for another kind of processor",
            ),
        };
        Self { kind, name }
    }

    /// Recognises a file by its content, except plain text.
    pub(super) fn from_content(bytes: &[u8]) -> Option<Self> {
        let known = ROWS.iter().find(|row| {
            let rest = bytes.get(row.at..);
            rest.is_some_and(|rest| rest.starts_with(row.magic))
        });
        let foreign = |kind, name| Some(Self { kind, name });
        match known {
            Some(row) => foreign(row.kind, row.name),
            None if is_windows_program(bytes) => foreign(Kind::Program, "a Windows program"),
            None if is_bmp(bytes) => foreign(Kind::Picture, "a BMP picture"),
            None if is_web_page(bytes) => foreign(Kind::Page, "a web page"),
            None => None,
        }
    }

    /// Recognises plain text. A format of text lines is tried before.
    pub(super) fn from_text(bytes: &[u8]) -> Option<Self> {
        let name = match bytes {
            [b'#', b'!', ..] => "a script",
            _ => "plain text",
        };
        // A few bytes of raw data may look like letters.
        let is_long = bytes.len() >= 8 || bytes.len() >= 4 && bytes.ends_with(b"\n");
        let kind = Kind::Text;
        (is_long && (is_text(bytes) || is_wide_text(bytes))).then_some(Self { kind, name })
    }
}

/// `MZ`, and `PE` where the header says (PE format, section "MS-DOS stub").
fn is_windows_program(bytes: &[u8]) -> bool {
    let stub = bytes.starts_with(b"MZ");
    let header = bytes.get(0x3C..).and_then(|rest| rest.first_chunk());
    let header = header.and_then(|word| usize::try_from(u32::from_le_bytes(*word)).ok());
    let header = header.and_then(|at| bytes.get(at..));
    stub && header.is_some_and(|rest| rest.starts_with(b"PE\0\0"))
}

/// `BM`, the length of the file, and two reserved words of zero.
fn is_bmp(bytes: &[u8]) -> bool {
    let rest = bytes.strip_prefix(b"BM");
    let Some((length, rest)) = rest.and_then(|rest| rest.split_first_chunk()) else {
        return false;
    };
    u64::from(u32::from_le_bytes(*length)) == bytes.len() as u64 && rest.starts_with(&[0; 4])
}

fn is_web_page(bytes: &[u8]) -> bool {
    const STARTS: [&[u8]; 5] = [b"<!doctype", b"<html", b"<head", b"<?xml", b"<svg"];
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let start = bytes.trim_ascii_start();
    STARTS.iter().any(|expected| {
        let head = start.get(..expected.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(expected))
    })
}

/// UTF-8 without control characters other than white space and escape sequences.
fn is_text(bytes: &[u8]) -> bool {
    const ALLOWED: [char; 5] = ['\t', '\n', '\r', '\x0C', '\x1B'];
    // Most raw files are refused by the first bytes.
    let text = std::str::from_utf8(bytes);
    text.is_ok_and(|text| {
        let mut characters = text.chars();
        characters.all(|c| !c.is_control() || ALLOWED.contains(&c))
    })
}

/// UTF-16 with its mark, as Windows writes it, of which all characters are Latin.
fn is_wide_text(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") else {
        return false;
    };
    let (pairs, []) = rest.as_chunks() else {
        return false;
    };
    !pairs.is_empty() && pairs.iter().all(|[low, high]| *high == 0 && *low != 0)
}
