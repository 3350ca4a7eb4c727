//! The formats of firmware files, one table row each. Detection, file dialogs, help texts, readers
//! and writers all use the table: a new format needs a module and a row.

mod binary;
mod dfu_suffix;
mod dfuse;
mod elf;
mod intel_hex;
mod plain_dfu;
mod s_record;
mod text;
mod uf2;

use std::path::Path;

pub(crate) use plain_dfu::write as write_plain_dfu;

use super::contents::{EncodeOptions, ImageTarget, Parsed};
use super::error::{EncodeError, Refusal};
use crate::address::Address;

/// The properties of a format.
struct Row {
    name: &'static str,
    /// The usual extension, in lower case and without its dot.
    extension: &'static str,
    other_extensions: &'static [&'static str],
    signature: Signature,
    on_mismatch: OnMismatch,
    read: Read,
    write: Option<Write>,
}

/// How a format is recognised.
enum Signature {
    Bytes(fn(&[u8]) -> bool),
    /// By the first line that is not blank. It is tried after the byte signatures of all formats.
    FirstLine(fn(&[u8]) -> bool),
    None,
}

/// How to treat a file that has the format's extension but not its signature.
#[derive(Clone, Copy)]
pub(super) enum OnMismatch {
    /// Another format's signature decides; without one, the parser reports the error.
    Parse,
    /// Another format's signature decides; without one, the file is refused with this expectation.
    Refuse(&'static str),
    /// The file is refused with this expectation, even if it has another format's signature.
    RefuseAny(&'static str),
    /// Another format's signature decides; without one, the file is raw bytes.
    Raw,
}

enum Read {
    /// The file carries addresses.
    Addressed(fn(&[u8]) -> Result<Parsed, Refusal>),
    /// The file carries no address: its data goes to the given one.
    At(fn(&[u8], Address) -> Result<Parsed, Refusal>),
}

/// Writers get sorted segments and only targets that have some.
enum Write {
    /// Several targets in one file, sorted, no alternate setting twice.
    Targets(fn(&[&ImageTarget], &EncodeOptions) -> Result<Vec<u8>, EncodeError>),
    Target(fn(&ImageTarget, &EncodeOptions) -> Result<Vec<u8>, EncodeError>),
}

macro_rules! formats {
    ($($(#[$doc:meta])* $format:ident => $row:expr,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Format {
            $($(#[$doc])* $format,)*
        }

        impl Format {
            /// In the order in which signatures are tried and formats are listed.
            pub const ALL: &[Self] = &[$(Self::$format,)*];

            fn row(self) -> &'static Row {
                match self {
                    $(Self::$format => const { &$row },)*
                }
            }
        }
    };
}

formats! {
    /// DfuSe 1.1a (`.dfu` with "DfuSe" prefix).
    DfuSe => Row {
        name: "DfuSe",
        extension: "dfu",
        other_extensions: &[],
        signature: Signature::Bytes(|bytes| bytes.starts_with(dfuse::SIGNATURE)),
        on_mismatch: OnMismatch::RefuseAny("\"DfuSe\" at the start or a DFU suffix at the end"),
        read: Read::Addressed(dfuse::parse),
        write: Some(Write::Targets(|targets, options| dfuse::write(targets, options.made_for))),
    },
    IntelHex => Row {
        name: "Intel HEX",
        extension: "hex",
        other_extensions: &["ihex", "ihx", "h86"],
        signature: Signature::FirstLine(intel_hex::is_record),
        on_mismatch: OnMismatch::Parse,
        read: Read::Addressed(intel_hex::parse),
        write: Some(Write::Target(|target, options| {
            Ok(intel_hex::write(&target.segments, options.entry))
        })),
    },
    SRecord => Row {
        name: "S-record",
        extension: "s19",
        other_extensions: &["s28", "s37", "srec", "mot", "sx"],
        signature: Signature::FirstLine(s_record::is_record),
        on_mismatch: OnMismatch::Parse,
        read: Read::Addressed(s_record::parse),
        write: Some(Write::Target(|target, options| {
            Ok(s_record::write(&target.segments, options.entry))
        })),
    },
    Elf => Row {
        name: "ELF",
        extension: "elf",
        other_extensions: &["axf"],
        signature: Signature::Bytes(|bytes| bytes.starts_with(elf::SIGNATURE)),
        on_mismatch: OnMismatch::Refuse("an ELF file"),
        read: Read::Addressed(elf::parse),
        write: None,
    },
    /// Written in whole pages of 256 bytes.
    Uf2 => Row {
        name: "UF2",
        extension: "uf2",
        other_extensions: &[],
        signature: Signature::Bytes(uf2::is_uf2),
        on_mismatch: OnMismatch::Refuse("a UF2 file"),
        read: Read::Addressed(uf2::parse),
        write: Some(Write::Target(uf2::write)),
    },
    /// A DFU 1.0/1.1 suffix after plain bytes: no address inside.
    PlainDfu => Row {
        name: "plain DFU",
        extension: "dfu",
        other_extensions: &[],
        signature: Signature::Bytes(|bytes| dfu_suffix::find(bytes).is_some()),
        on_mismatch: OnMismatch::RefuseAny("a DFU suffix at the end"),
        read: Read::At(plain_dfu::parse),
        write: None,
    },
    /// Written flat: from the first byte to the last, gaps filled.
    Binary => Row {
        name: "binary",
        extension: "bin",
        other_extensions: &[],
        signature: Signature::None,
        on_mismatch: OnMismatch::Raw,
        read: Read::At(binary::parse),
        write: Some(Write::Target(|target, options| binary::write(target, options.fill))),
    },
}

impl Format {
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The usual extension, without its dot.
    pub fn extension(self) -> &'static str {
        self.row().extension
    }

    /// All extensions, the usual one first.
    pub(crate) fn extensions(self) -> impl Iterator<Item = &'static str> {
        let row = self.row();
        std::iter::once(row.extension).chain(row.other_extensions.iter().copied())
    }

    /// Files of this format carry no addresses.
    pub fn needs_address(self) -> bool {
        matches!(self.row().read, Read::At(_))
    }

    /// One file can hold several targets.
    pub(crate) fn holds_targets(self) -> bool {
        matches!(self.row().write, Some(Write::Targets(_)))
    }

    /// The formats that can be written.
    pub fn writable() -> impl Iterator<Item = Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(|f| f.row().write.is_some())
    }

    /// The formats that can be read, one for each extension: plain DFU is part of DfuSe.
    pub(crate) fn readable() -> impl Iterator<Item = Self> {
        let first = |extension| Self::ALL.iter().find(|f| f.extension() == extension);
        let all = Self::ALL.iter().copied();
        all.filter(move |format| first(format.extension()) == Some(format))
    }

    /// The format to write, chosen by the extension of `path`.
    ///
    /// # Errors
    /// When its extension belongs to no format that can be written.
    pub fn for_output(path: &Path) -> Result<Self, UnknownExtension> {
        let mut writable = Self::writable();
        let found = writable.find(|format| format.matches_extension(path));
        found.ok_or(UnknownExtension)
    }

    /// The format that the extension of `path` suggests.
    pub(super) fn from_extension(path: &Path) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|format| format.matches_extension(path))
    }

    pub(super) fn matches_extension(self, path: &Path) -> bool {
        let extension = path.extension().unwrap_or_default();
        self.extensions()
            .any(|known| extension.eq_ignore_ascii_case(known))
    }

    /// The format whose signature the content has; `None` without a signature, as in a raw binary.
    pub(super) fn from_content(bytes: &[u8]) -> Option<Self> {
        let line = text::lines(bytes).next().map_or(&[][..], |(_, line)| line);
        let bytes_fit =
            |format: &Self| matches!(format.row().signature, Signature::Bytes(fits) if fits(bytes));
        let line_fits = |format: &Self| matches!(format.row().signature, Signature::FirstLine(fits) if fits(line));
        let mut all = Self::ALL.iter().copied();
        all.clone().find(bytes_fit).or_else(|| all.find(line_fits))
    }

    pub(super) fn on_mismatch(self) -> OnMismatch {
        self.row().on_mismatch
    }

    /// Reads a file. `at` is the address of its data if it carries none.
    pub(super) fn read(self, bytes: &[u8], at: Address) -> Result<Parsed, Refusal> {
        match self.row().read {
            Read::Addressed(read) => read(bytes),
            Read::At(read) => read(bytes, at),
        }
    }

    /// Encodes `targets`, which must be as [`Write`] requires.
    pub(super) fn write(
        self,
        targets: &[&ImageTarget],
        options: &EncodeOptions,
    ) -> Result<Vec<u8>, EncodeError> {
        let format = self.name();
        match (&self.row().write, targets) {
            (None, _) => Err(EncodeError::NotWritable { format }),
            (Some(Write::Targets(write)), targets) => write(targets, options),
            (Some(Write::Target(write)), [only]) => write(only, options),
            (Some(Write::Target(_)), several) => Err(EncodeError::SeveralTargets {
                format,
                count: several.len(),
            }),
        }
    }
}

/// The extension belongs to no format that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name must end in {}", writable_extensions())]
pub struct UnknownExtension;

/// `.dfu, .hex or .s19`: the formats that can be written.
pub(crate) fn writable_extensions() -> String {
    any_of(Format::writable().map(|format| format!(".{}", format.extension())))
}

/// `.dfu, .hex or .elf`: the formats that can be read.
pub(crate) fn readable_extensions() -> String {
    any_of(Format::readable().map(|format| format!(".{}", format.extension())))
}

/// `DfuSe, Intel HEX or ELF`: the formats that can be read.
pub(crate) fn readable_names() -> String {
    any_of(Format::readable().map(|format| format.name().to_owned()))
}

fn any_of(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    match items.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        few => few.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_chooses_the_format_to_write() {
        let format = |name: &str| Format::for_output(Path::new(name)).ok();
        assert_eq!(format("a.DFU"), Some(Format::DfuSe));
        assert_eq!(format("a.b/c.hex"), Some(Format::IntelHex));
        assert_eq!(format("a.h86"), Some(Format::IntelHex));
        assert_eq!(format("a.mot"), Some(Format::SRecord));
        assert_eq!(format("a.sx"), Some(Format::SRecord));
        assert_eq!(format("a.bin"), Some(Format::Binary));
        assert_eq!(format("a.elf"), None);
        assert_eq!(format("hex"), None);
        for known in Format::writable() {
            let name = format!("a.{}", known.extension());
            assert_eq!(format(&name), Some(known));
        }
    }

    #[test]
    fn lists_are_made_from_the_table() {
        assert_eq!(writable_extensions(), ".dfu, .hex, .s19, .uf2 or .bin");
        assert_eq!(
            readable_extensions(),
            ".dfu, .hex, .s19, .elf, .uf2 or .bin"
        );
        assert_eq!(
            readable_names(),
            "DfuSe, Intel HEX, S-record, ELF, UF2 or binary"
        );
        assert_eq!(
            UnknownExtension.to_string(),
            "the name must end in .dfu, .hex, .s19, .uf2 or .bin"
        );
    }

    #[test]
    fn a_binary_that_begins_like_text_has_no_signature() {
        let from_content = Format::from_content;
        assert_eq!(from_content(b":\x00\x01\x20\xC1\x01\x00\x08...."), None);
        assert_eq!(from_content(b"S1\x01\x20\xC1\x01\x00\x08........"), None);
    }

    #[test]
    fn byte_signatures_are_tried_before_lines() {
        let mut suffixed = b":0100000001FE\n:00000001FF\n".to_vec();
        assert_eq!(Format::from_content(&suffixed), Some(Format::IntelHex));
        dfu_suffix::append(&mut suffixed, super::super::MadeFor::ST_BOOTLOADER, 0x0100);
        assert_eq!(Format::from_content(&suffixed), Some(Format::PlainDfu));
        let mut elf = b"\x7FELF".to_vec();
        dfu_suffix::append(&mut elf, super::super::MadeFor::ST_BOOTLOADER, 0x0100);
        assert_eq!(Format::from_content(&elf), Some(Format::Elf));
    }
}
