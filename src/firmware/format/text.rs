//! Lines and hexadecimal digits of the text formats.

/// The lines that are not blank, numbered from 1, without a UTF-8 byte order mark, the CR of a CRLF,
/// blanks at both ends, and the Ctrl-Z that DOS programs wrote at the end.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    (1u32..)
        .zip(bytes.split(|byte| *byte == b'\n'))
        .map(|(number, line)| (number, trimmed(line)))
        .filter(|(_, line)| !line.is_empty())
}

fn trimmed(mut line: &[u8]) -> &[u8] {
    fn blank(byte: u8) -> bool {
        byte.is_ascii_whitespace() || byte == 0x1A
    }
    while let [rest @ .., last] = line
        && blank(*last)
    {
        line = rest;
    }
    line.trim_ascii_start()
}

/// A character of a text file for an error message: `'x'`, or `byte 0xFF` if it cannot be shown.
pub(super) fn shown(byte: Option<u8>) -> String {
    match byte {
        Some(byte) if byte.is_ascii_graphic() || byte == b' ' => format!("'{}'", char::from(byte)),
        Some(byte) => format!("byte 0x{byte:02X}"),
        None => "nothing".to_owned(),
    }
}

/// Whether the text has at least `shortest` characters, and the first ones are digits.
pub(super) fn are_digits(text: &[u8], shortest: usize) -> bool {
    text.len() >= shortest && text.iter().take(8).all(u8::is_ascii_hexdigit)
}

/// Appends two capital digits for each byte; returns the bytes' sum, for a checksum.
pub(super) fn push_digits(out: &mut Vec<u8>, bytes: &[u8]) -> u8 {
    let digit = |nibble: u8| {
        if nibble < 10 {
            b'0' + nibble
        } else {
            b'A' - 10 + nibble
        }
    };
    let mut sum: u8 = 0;
    for byte in bytes {
        out.extend([digit(byte >> 4), digit(byte & 0xF)]);
        sum = sum.wrapping_add(*byte);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_are_counted_and_left_out() {
        let found: Vec<_> = lines(b"\xEF\xBB\xBF\r\n  a b \t\r\n\n\x1A\nc\r\n\x1A").collect();
        assert_eq!(found, [(2, &b"a b"[..]), (5, b"c")]);
    }

    #[test]
    fn digits_are_capital_and_the_sum_wraps() {
        let mut out = Vec::new();
        assert_eq!(push_digits(&mut out, &[0x09, 0xAF, 0xF0]), 0xA8);
        assert_eq!(out, b"09AFF0");
    }
}
