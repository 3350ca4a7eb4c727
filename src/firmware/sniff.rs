//! Which format a file has: its content decides, its name may only object.

use std::path::Path;

use super::error::{Fault, Refusal};
use super::image::Format;
use super::{dfu_suffix, dfuse, elf, text};

/// The format that the content has, whatever the file is called; `None` if it has no mark of any,
/// as a raw binary.
pub(crate) fn sniff(bytes: &[u8]) -> Option<Format> {
    if bytes.starts_with(dfuse::SIGNATURE) {
        return Some(Format::DfuSe);
    }
    if bytes.starts_with(elf::SIGNATURE) {
        return Some(Format::Elf);
    }
    if dfu_suffix::find(bytes).is_some() {
        return Some(Format::PlainDfu);
    }
    let (_, line) = text::lines(bytes).next()?;
    // The shortest record of either format, so that a binary is not taken for text because its
    // first byte happens to be ':' or 'S'.
    let (format, digits) = match line {
        [b':', digits @ ..] if digits.len() >= 10 => (Format::IntelHex, digits),
        [b'S' | b's', b'0'..=b'9', digits @ ..] if digits.len() >= 8 => (Format::SRecord, digits),
        _ => return None,
    };
    digits
        .iter()
        .take(8)
        .all(u8::is_ascii_hexdigit)
        .then_some(format)
}

/// The format that a file's extension promises.
fn promised(name: &str) -> Option<Format> {
    let extension = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "dfu" => Format::DfuSe,
        "hex" | "ihex" | "ihx" | "h86" => Format::IntelHex,
        "s19" | "s28" | "s37" | "srec" | "mot" | "sx" => Format::SRecord,
        "elf" | "axf" => Format::Elf,
        "bin" => Format::Binary,
        _ => return None,
    })
}

/// Decides on a format. The name never makes a file acceptable, but it can make one unacceptable: a
/// `.hex` without Intel HEX in it is no raw binary.
pub(super) fn format_of(name: &str, bytes: &[u8]) -> Result<Format, Refusal> {
    let found = sniff(bytes);
    match (promised(name), found) {
        (Some(Format::DfuSe), None | Some(Format::IntelHex | Format::SRecord | Format::Elf)) => {
            Err(Fault::unexpected(
                format!(
                    "neither DfuSe nor plain DFU, but {}",
                    appearance(found, bytes)
                ),
                "\"DfuSe\" at the start or a DFU suffix at the end",
            )
            .of_file())
        }
        (_, Some(format)) => Ok(format),
        // Their parsers say what is wrong, and where.
        (Some(text @ (Format::IntelHex | Format::SRecord)), None) => Ok(text),
        (Some(Format::Elf), None) => {
            Err(Fault::unexpected(appearance(None, bytes), "an ELF file").of_file())
        }
        (_, None) => match other_file(bytes) {
            Some(other) => Err(Fault::unexpected(
                other,
                "DfuSe, Intel HEX, S-records, ELF or a raw binary",
            )
            .of_file()),
            None => Ok(Format::Binary),
        },
    }
}

/// Files that are no firmware themselves, though people pick them: flashing them as raw bytes would
/// only make a board unusable.
fn other_file(bytes: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 8] = [
        (b"UF2\n", "a UF2 file"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x1F\x8B\x08", "a gzip archive"),
        (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"),
        (b"BZh", "a bzip2 archive"),
        (b"\xFD7zXZ\0", "an xz archive"),
        (
            b"version https://git-lfs",
            "a Git LFS pointer, not the file itself",
        ),
        (b"%PDF-", "a PDF document"),
    ];
    let start = bytes.trim_ascii_start();
    let web = [&b"<!doctype html"[..], b"<html"].iter().any(|mark| {
        let head = start.get(..mark.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(mark))
    });
    if web {
        return Some("a web page");
    }
    known
        .iter()
        .find(|(mark, _)| bytes.starts_with(mark))
        .map(|(_, what)| *what)
}

/// What a refused file looks like.
fn appearance(found: Option<Format>, bytes: &[u8]) -> String {
    if let Some(format) = found {
        return format!("{} by its content", format.name());
    }
    if let Some(other) = other_file(bytes) {
        return other.to_owned();
    }
    let first: Vec<String> = bytes.iter().take(4).map(|b| format!("{b:02X}")).collect();
    format!("a file that begins with {}", first.join(" "))
}

/// A note where name and content differ.
pub(super) fn contradicted(name: &str, format: Format) -> Option<String> {
    let promised = promised(name)?;
    let fits = promised == format || (promised, format) == (Format::DfuSe, Format::PlainDfu);
    (!fits).then(|| {
        format!(
            "The name promises {}, the content is {}",
            promised.name(),
            format.name()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    const HEX: &[u8] = b":0100000001FE\n:00000001FF\n";

    fn told(name: &str, bytes: &[u8]) -> String {
        parse(name, bytes, None).unwrap_err().to_string()
    }

    #[test]
    fn a_binary_that_begins_like_text_stays_binary() {
        assert_eq!(sniff(b":\x00\x01\x20\xC1\x01\x00\x08...."), None);
        assert_eq!(sniff(b"S1\x01\x20\xC1\x01\x00\x08........"), None);
    }

    #[test]
    fn a_name_that_promises_a_format_rules_out_raw_binary() {
        assert!(told("firmware.dfu", b"\0\0\x01\x20").starts_with(
            "found neither DfuSe nor plain DFU, but a file that begins with 00 00 01 20"
        ));
        assert!(told("firmware.dfu", b"\0\0\x01\x20").ends_with("(firmware.dfu)"));
        assert!(told("firmware.dfu", HEX).contains("Intel HEX by its content"));
        assert!(
            told("a.hex", b"\0\0\x01\x20").starts_with("line 1: found byte 0x00, expected ':'")
        );
        assert!(told("a.s19", b"hello").starts_with("line 1: found 'h', expected 'S'"));
        assert!(told("a.elf", b"hello").contains("expected an ELF file"));
    }

    #[test]
    fn files_that_are_no_firmware_are_refused() {
        assert!(told("a.bin", b"PK\x03\x04....").contains("a ZIP archive"));
        assert!(told("a", b"UF2\n").contains("UF2"));
        assert!(told("a.bin", b"\n<!DOCTYPE HTML><html>").contains("a web page"));
        assert!(told("a.bin", b"").contains("the file is empty"));
    }
}
