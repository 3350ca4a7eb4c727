//! Which format a file has: its content decides, its name may only object.

use std::path::Path;

use super::error::{Fault, Refusal};
use super::format::{Format, NO_FIRMWARE, Otherwise, readable_names};

/// Decides on a format. The name never makes a file acceptable, but it can make one unacceptable: a
/// `.hex` without Intel HEX in it is no raw binary.
pub(super) fn format_of(name: &str, bytes: &[u8]) -> Result<Format, Refusal> {
    let name = Path::new(name);
    let found = Format::of_content(bytes);
    let refused = |found: String, expected: &str| Err(Fault::unexpected(found, expected).of_file());
    let promised = Format::promised_by(name).map(|format| (format, format.otherwise()));
    match (promised, found) {
        (_, Some(found)) if found.is_promised_by(name) => Ok(found),
        (Some((_, Otherwise::RefuseAny(expected))), _) => {
            let found = appearance(found, bytes);
            refused(format!("{}, but {found}", neither(name)), expected)
        }
        (_, Some(found)) => Ok(found),
        (Some((promised, Otherwise::Parse)), None) => Ok(promised),
        (Some((_, Otherwise::Refuse(expected))), None) => {
            refused(appearance(None, bytes), expected)
        }
        (Some((_, Otherwise::Raw)) | None, None) => match no_firmware(bytes) {
            Some(other) => refused(other.to_owned(), &readable_names()),
            None => Ok(Format::Binary),
        },
    }
}

/// `neither DfuSe nor plain DFU`: the formats that a name promises.
fn neither(name: &Path) -> String {
    let promised = Format::ALL.iter().filter(|f| f.is_promised_by(name));
    let names: Vec<_> = promised.map(|format| format.name()).collect();
    format!("neither {}", names.join(" nor "))
}

/// What a file is that is no firmware itself.
fn no_firmware(bytes: &[u8]) -> Option<&'static str> {
    let start = bytes.trim_ascii_start();
    let web = [&b"<!doctype html"[..], b"<html"].iter().any(|mark| {
        let head = start.get(..mark.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(mark))
    });
    if web {
        return Some("a web page");
    }
    let known = NO_FIRMWARE.iter().find(|(mark, _)| bytes.starts_with(mark));
    known.map(|(_, what)| *what)
}

/// What a refused file looks like.
fn appearance(found: Option<Format>, bytes: &[u8]) -> String {
    if let Some(format) = found {
        return format!("{} by its content", format.name());
    }
    if let Some(other) = no_firmware(bytes) {
        return other.to_owned();
    }
    let first: Vec<String> = bytes.iter().take(4).map(|b| format!("{b:02X}")).collect();
    format!("a file that begins with {}", first.join(" "))
}

/// A note where name and content differ.
pub(super) fn contradicted(name: &str, format: Format) -> Option<String> {
    let name = Path::new(name);
    let promised = Format::promised_by(name)?;
    (!format.is_promised_by(name)).then(|| {
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

    const HEX: &[u8] = b":0100000001FE\n:00000001FF\n";

    fn told(name: &str, bytes: &[u8]) -> String {
        parse(name, bytes, None).unwrap_err().to_string()
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
        assert!(told("a", b"BZh91AY").contains("bzip2"));
        assert!(told("a.bin", b"\n<!DOCTYPE HTML><html>").contains("a web page"));
        assert!(told("a.bin", b"").contains("the file is empty"));
    }
}
