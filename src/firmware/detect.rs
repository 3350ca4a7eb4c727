//! Detects a file's format: the content decides, the name can only rule it out.

use std::path::Path;

use super::error::{Fault, Refusal};
use super::foreign::Foreign;
use super::format::{Format, OnMismatch};

/// Detects the format. The name never makes a file acceptable, but it can make one unacceptable: a
/// `.hex` without Intel HEX in it is not taken as a raw binary.
pub(super) fn detect_format(name: &str, bytes: &[u8]) -> Result<Format, Refusal> {
    let name = Path::new(name);
    let found = Format::from_content(bytes);
    if let (None, Some(foreign)) = (found, Foreign::from_content(bytes)) {
        return Err(Fault::Foreign(foreign).of_file());
    }
    let refused = |found: String, expected: &str| Err(Fault::unexpected(found, expected).of_file());
    let named = Format::from_extension(name).map(|format| (format, format.on_mismatch()));
    match (named, found) {
        (_, Some(found)) if found.matches_extension(name) => Ok(found),
        (Some((_, OnMismatch::RefuseAny(expected))), _) => {
            let found = describe(found, bytes);
            refused(format!("{}, but {found}", neither(name)), expected)
        }
        (_, Some(found)) => Ok(found),
        (Some((named, OnMismatch::Parse)), None) => Ok(named),
        (Some((_, OnMismatch::Refuse(expected))), None) => refused(describe(None, bytes), expected),
        (Some((_, OnMismatch::Raw)) | None, None) => match Foreign::from_text(bytes) {
            Some(text) => Err(Fault::Foreign(text).of_file()),
            None => Ok(Format::Binary),
        },
    }
}

/// `neither DfuSe nor plain DFU`: the formats with the extension of `name`.
fn neither(name: &Path) -> String {
    let named = Format::ALL.iter().filter(|f| f.matches_extension(name));
    let names: Vec<_> = named.map(|format| format.name()).collect();
    format!("neither {}", names.join(" nor "))
}

/// Describes a refused file by its content.
fn describe(found: Option<Format>, bytes: &[u8]) -> String {
    if let Some(format) = found {
        return format!("{} by its content", format.name());
    }
    if let Some(text) = Foreign::from_text(bytes) {
        return text.to_string();
    }
    let first: Vec<String> = bytes.iter().take(4).map(|b| format!("{b:02X}")).collect();
    format!("a file that begins with {}", first.join(" "))
}

/// A note if name and content differ.
pub(super) fn mismatch_note(name: &str, format: Format) -> Option<String> {
    let name = Path::new(name);
    let named = Format::from_extension(name)?;
    (!format.matches_extension(name)).then(|| {
        format!(
            "The file name suggests {}, but the content is {}",
            named.name(),
            format.name()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    const HEX: &[u8] = b":0100000001FE\n:00000001FF\n";

    fn error_text(name: &str, bytes: &[u8]) -> String {
        parse(name, bytes, None).unwrap_err().to_string()
    }

    #[test]
    fn the_extension_of_a_format_rules_out_raw_binary() {
        assert!(error_text("firmware.dfu", b"\0\0\x01\x20").starts_with(
            "found neither DfuSe nor plain DFU, but a file that begins with 00 00 01 20"
        ));
        assert!(error_text("firmware.dfu", b"\0\0\x01\x20").ends_with("(firmware.dfu)"));
        assert!(error_text("firmware.dfu", HEX).contains("Intel HEX by its content"));
        assert!(
            error_text("a.hex", b"\0\0\x01\x20")
                .starts_with("line 1: found byte 0x00, expected ':'")
        );
        assert!(error_text("a.s19", b"hello").starts_with("line 1: found 'h', expected 'S'"));
        assert!(error_text("a.elf", b"hello").contains("expected an ELF file"));
    }

    #[test]
    fn the_name_does_not_make_foreign_content_firmware() {
        for name in ["a", "a.bin", "a.hex", "a.s19", "a.elf", "a.dfu"] {
            let text = error_text(name, b"Rar!\x1A\x07..");
            assert_eq!(
                text,
                format!("this is a RAR archive, not firmware ({name})")
            );
        }
    }

    #[test]
    fn text_is_refused_only_where_raw_bytes_are_accepted() {
        for name in ["a", "a.txt", "a.bin"] {
            assert!(error_text(name, b"hello\n").starts_with("this is plain text"));
        }
        assert!(error_text("a.hex", b"hello\n").starts_with("line 1: found 'h'"));
        assert!(error_text("a.bin", b"").contains("the file is empty"));
    }
}
