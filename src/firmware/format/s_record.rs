//! Motorola S-records: reading and writing. Its crates are unmaintained, and the format is a page
//! long.

use super::text;
use crate::address::Address;
use crate::firmware::contents::Parsed;
use crate::firmware::contents::Segment;
use crate::firmware::error::{Fault, Position, Refusal};
use crate::firmware::overlay::Pieces;

/// Whether a line looks like a record: a binary may happen to begin with 'S'.
pub(super) fn is_record(line: &[u8]) -> bool {
    matches!(line, [b'S' | b's', b'0'..=b'9', digits @ ..] if text::are_digits(digits, 8))
}

/// Reads S0 (ignored), S1 to S3 (data), S5 and S6 (count, checked), S7 to S9 (start, end).
///
/// A file without S7 to S9 is usual and only noted; a data record after one is refused, because
/// otherwise the second half of two concatenated files would be lost silently.
///
/// # Errors
/// With the line: an invalid record, a wrong count, data for one address that differs.
pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, Refusal> {
    let mut pieces = Pieces::with_capacity(bytes.len() / 2);
    let mut counted: u32 = 0;
    let mut entry = None;
    let mut end = None;
    let mut buffer = Vec::with_capacity(usize::from(u8::MAX));
    for (line, text) in text::lines(bytes) {
        let record = record(text, &mut buffer).map_err(|fault| fault.in_line(line))?;
        if let Some(end) = end {
            return Err(Fault::AfterEnd { end }.in_line(line));
        }
        match record {
            Record::Header => {}
            Record::Data { address, data } => {
                counted = counted.wrapping_add(1);
                pieces.add(address, data, Position::Line(line))?;
            }
            Record::Count { stated, modulus } => {
                // The field is too small for large files: writers let the count wrap.
                if stated != counted % modulus {
                    return Err(Fault::RecordCount { stated, counted }.in_line(line));
                }
            }
            Record::Start(address) => {
                // Writers without a start address write zero.
                entry = (address.0 != 0).then_some(address);
                end = Some(line);
            }
        }
    }
    let mut parsed = pieces.parsed(entry)?;
    if end.is_none() {
        let note = "No S7, S8 or S9 record ends the file; if a tool should have written one, the rest is missing";
        parsed.notes.push(note.to_owned());
    }
    Ok(parsed)
}

enum Record<'a> {
    Header,
    Data { address: Address, data: &'a [u8] },
    Count { stated: u32, modulus: u32 },
    Start(Address),
}

/// Reads one line, using `buffer` for its bytes.
fn record<'a>(line: &[u8], buffer: &'a mut Vec<u8>) -> Result<Record<'a>, Fault> {
    let (kind, digits) = match line {
        [b'S' | b's', kind, digits @ ..] => (*kind, digits),
        _ => {
            return Err(Fault::unexpected(
                text::shown(line.first().copied()),
                "'S' and a digit at the start of an S-record",
            ));
        }
    };
    let body = checked_bytes(digits, buffer)?;
    match kind {
        b'0' => Ok(Record::Header),
        b'1'..=b'3' => {
            let (address, data) = split_number(body, usize::from(kind - b'1') + 2)?;
            Ok(Record::Data {
                address: Address(address),
                data,
            })
        }
        b'5' | b'6' => {
            let width = usize::from(kind - b'5') + 2;
            let stated = whole_number(body, width)?;
            let modulus = if width == 2 { 1 << 16 } else { 1 << 24 };
            Ok(Record::Count { stated, modulus })
        }
        b'7'..=b'9' => {
            let address = whole_number(body, usize::from(b'9' - kind) + 2)?;
            Ok(Record::Start(Address(address)))
        }
        other => Err(Fault::unexpected(
            format!("record type {}", text::shown(Some(other))),
            "S0 to S3 or S5 to S9",
        )),
    }
}

/// Digits after the record type: a byte count of 255, and as many bytes.
const LONGEST: usize = 512;

/// Decodes the digits after the record type, checks length and checksum, and returns the bytes
/// between the two.
fn checked_bytes<'a>(digits: &[u8], buffer: &'a mut Vec<u8>) -> Result<&'a [u8], Fault> {
    if digits.len() > LONGEST {
        return Err(Fault::unexpected(
            format!("a record of {} digits", digits.len()),
            format!("at most {LONGEST}"),
        ));
    }
    buffer.clear();
    let (pairs, odd) = digits.as_chunks::<2>();
    for [high, low] in pairs {
        buffer.push(nibble(*high)? << 4 | nibble(*low)?);
    }
    if !odd.is_empty() {
        return Err(Fault::unexpected(
            format!("a record of {} digits", digits.len()),
            "two digits for each byte",
        ));
    }
    let [count, rest @ ..] = buffer.as_slice() else {
        return Err(Fault::unexpected("nothing", "a byte count"));
    };
    if rest.len() != usize::from(*count) {
        return Err(Fault::unexpected(
            format!("{} bytes after the byte count", rest.len()),
            format!("{count}, as it says"),
        ));
    }
    let [body @ .., stated] = rest else {
        return Err(Fault::unexpected("a byte count of 0", "at least 3"));
    };
    let sum = body
        .iter()
        .fold(*count, |sum, byte| sum.wrapping_add(*byte));
    if !sum != *stated {
        return Err(Fault::RecordChecksum {
            stated: *stated,
            computed: !sum,
        });
    }
    Ok(body)
}

fn nibble(digit: u8) -> Result<u8, Fault> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(Fault::unexpected(
            text::shown(Some(digit)),
            "a hexadecimal digit",
        )),
    }
}

/// Takes a big-endian number of `width` bytes off the front.
fn split_number(body: &[u8], width: usize) -> Result<(u32, &[u8]), Fault> {
    let Some((number, rest)) = body.split_at_checked(width) else {
        return Err(Fault::unexpected(
            format!("{} bytes before the checksum", body.len()),
            format!("at least the {width} that this record type has"),
        ));
    };
    let number = number.iter().fold(0, |n, byte| n << 8 | u32::from(*byte));
    Ok((number, rest))
}

/// Reads a record that contains only a number.
fn whole_number(body: &[u8], width: usize) -> Result<u32, Fault> {
    match split_number(body, width)? {
        (number, []) => Ok(number),
        (_, rest) => Err(Fault::unexpected(
            format!("{} bytes of data", rest.len()),
            "none in this record type",
        )),
    }
}

/// Data bytes in a record, as objcopy and most linkers write it.
const RECORD: usize = 16;

/// Writes sorted segments as S1, S2 or S3 records, whichever the highest address needs, between an
/// empty header and the count and start records.
pub(super) fn write(segments: &[Segment], entry: Option<Address>) -> Vec<u8> {
    let entry = entry.unwrap_or_default();
    let last = segments.last().map_or(0, |last| last.range().end() - 1);
    let width = match last.max(u64::from(entry)) {
        0..=0xFFFF => 2,
        0x1_0000..=0xFF_FFFF => 3,
        _ => 4,
    };
    let bytes: usize = segments.iter().map(|segment| segment.data().len()).sum();
    // A full S3 record is 47 characters long.
    let mut out = Vec::with_capacity(bytes / RECORD * 47 + segments.len() * 60 + 100);
    push_record(&mut out, b'0', &[0, 0], &[]);
    let mut count: u32 = 0;
    for segment in segments {
        let mut address = segment.range().start().0;
        for data in segment.data().chunks(RECORD) {
            push_record(
                &mut out,
                b'0' + width - 1,
                low_bytes(&address.to_be_bytes(), width),
                data,
            );
            address = address.wrapping_add(RECORD as u32);
            count = count.wrapping_add(1);
        }
    }
    match count {
        0..=0xFFFF => push_record(&mut out, b'5', low_bytes(&count.to_be_bytes(), 2), &[]),
        0x1_0000..=0xFF_FFFF => {
            push_record(&mut out, b'6', low_bytes(&count.to_be_bytes(), 3), &[]);
        }
        // No count record is large enough.
        _ => {}
    }
    push_record(
        &mut out,
        b'9' + 2 - width,
        low_bytes(&entry.0.to_be_bytes(), width),
        &[],
    );
    out
}

/// The last `width` bytes of a big-endian number.
fn low_bytes(number: &[u8; 4], width: u8) -> &[u8] {
    let above = number.len() - usize::from(width);
    number.get(above..).unwrap_or(number)
}

fn push_record(out: &mut Vec<u8>, kind: u8, address: &[u8], data: &[u8]) {
    out.extend([b'S', kind]);
    let count = (address.len() + data.len() + 1) as u8;
    let sum = [&[count], address, data]
        .iter()
        .map(|part| text::push_digits(out, part))
        .fold(0, u8::wrapping_add);
    text::push_digits(out, &[!sum]);
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rec(kind: u8, body: &[u8]) -> String {
        let mut bytes = vec![body.len() as u8 + 1];
        bytes.extend(body);
        let sum = bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        bytes.push(!sum);
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("S{kind}{digits}\n")
    }

    fn error_text(text: &str) -> String {
        let refusal = parse(text.as_bytes()).unwrap_err();
        refusal.in_file("a.s19").to_string()
    }

    #[test]
    fn data_with_16_24_and_32_bit_addresses() {
        let text = [
            rec(0, b"\0\0hello"),
            rec(3, &[8, 0, 0, 0, 3]),
            rec(2, &[1, 0, 0, 2]),
            "\n \r\n".to_owned(),
            rec(1, &[0x10, 0, 1]),
            rec(5, &[0, 3]),
            rec(6, &[0, 0, 3]),
            rec(7, &[8, 0, 0, 1]),
        ]
        .concat();
        let parsed = parse(text.as_bytes()).unwrap();
        assert_eq!(
            parsed.flat(),
            [
                (0x1000, vec![1]),
                (0x1_0000, vec![2]),
                (0x0800_0000, vec![3])
            ]
        );
        assert_eq!(parsed.entry, Some(Address(0x0800_0001)));
        assert_eq!(parsed.notes, [""; 0]);
    }

    #[test]
    fn start_records_of_every_width() {
        let data = rec(1, &[0, 0, 1]);
        for (kind, body) in [(9, &[1, 2][..]), (8, &[0, 1, 2]), (7, &[0, 0, 1, 2])] {
            let parsed = parse((data.clone() + &rec(kind, body)).as_bytes()).unwrap();
            assert_eq!(parsed.entry, Some(Address(0x102)));
        }
    }

    #[test]
    fn a_start_address_of_zero_is_ignored() {
        let text = rec(1, &[0, 0, 1]) + &rec(9, &[0, 0]);
        assert_eq!(parse(text.as_bytes()).unwrap().entry, None);
    }

    #[test]
    fn a_missing_end_is_noted() {
        let parsed = parse(rec(1, &[0, 0, 1]).as_bytes()).unwrap();
        assert!(parsed.notes.iter().any(|note| note.contains("No S7")));
    }

    #[test]
    fn a_lost_line_is_found_by_the_count() {
        let text = rec(1, &[0, 0, 1]) + &rec(5, &[0, 2]) + &rec(9, &[0, 0]);
        assert_eq!(
            error_text(&text),
            "line 2: the count record states 2 data records; found 1 (a.s19)"
        );
    }

    #[test]
    fn each_invalid_record_is_refused_with_line_found_and_expected() {
        let good = rec(1, &[0, 0, 1]);
        let after = |line: &str| error_text(&(good.clone() + line));
        assert_eq!(
            after("S10400000100"),
            "line 2: the record's checksum is 0x00, but its bytes give 0xFA (a.s19)"
        );
        assert!(after("S4030000FC").contains("record type '4'"));
        assert!(after(":00000001FF").contains("found ':', expected 'S'"));
        assert!(after("S").contains("found 'S', expected 'S' and a digit"));
        assert!(after("S1").contains("found nothing, expected a byte count"));
        assert!(after("S100").contains("byte count of 0"));
        assert!(after("S1040000").contains("2 bytes after the byte count, expected 4"));
        assert!(after("S104000001FAFF").contains("5 bytes after the byte count"));
        assert!(after("S104000001F").contains("9 digits"));
        assert!(after("S104x00001FA").contains("found 'x'"));
        assert!(after(&format!("S1{}", "0".repeat(514))).contains("514 digits, expected at most"));
        assert!(after(&rec(3, &[1, 2, 3])).contains("at least the 4"));
        assert!(after(&rec(9, &[1, 2, 3])).contains("1 bytes of data"));
        assert!(after(&(rec(9, &[0, 0]) + &good)).contains("line 3: a record after the end"));
    }

    #[test]
    fn overlap_counts_only_where_bytes_differ() {
        let same = rec(1, &[0, 0, 1, 2]) + &rec(1, &[0, 1, 2]) + &rec(9, &[0, 0]);
        assert_eq!(parse(same.as_bytes()).unwrap().flat(), [(0, vec![1, 2])]);
        let other = rec(1, &[0, 0, 1, 2]) + &rec(1, &[0, 1, 7]);
        assert_eq!(
            error_text(&other),
            "line 2: 0x00000001 is 0x07 here, but 0x02 in line 1 (a.s19)"
        );
    }

    #[test]
    fn a_record_past_32_bits_is_refused() {
        assert!(error_text(&rec(3, &[0xFF, 0xFF, 0xFF, 0xFF, 1, 2])).contains("past the 32-bit"));
    }

    fn written(start: u32, entry: Option<Address>) -> String {
        let segment = Segment::new(Address(start), [1, 2]).unwrap();
        String::from_utf8(write(&[segment], entry)).unwrap()
    }

    #[test]
    fn records_are_as_wide_as_the_highest_address_needs() {
        assert_eq!(
            written(0xFFFE, None),
            "S0030000FC\nS105FFFE0102FA\nS5030001FB\nS9030000FC\n"
        );
        assert_eq!(
            written(0xFF_FFFE, Some(Address(0x10))),
            "S0030000FC\nS206FFFFFE0102FA\nS5030001FB\nS804000010EB\n"
        );
        assert_eq!(
            written(0, Some(Address(0x0800_0101))),
            "S0030000FC\nS307000000000102F5\nS5030001FB\nS70508000101F0\n"
        );
        assert!(written(0xFFFF, None).contains("\nS206"));
        assert!(written(0xFF_FFFF, None).contains("\nS307"));
    }

    #[test]
    fn more_than_65535_records_are_counted_in_24_bits() {
        let data = vec![0x5A; 0x1_0000 * RECORD];
        let segment = Segment::new(Address::FLASH, data).unwrap();
        let text = write(std::slice::from_ref(&segment), None);
        assert!(text.ends_with(b"\nS604010000FA\nS70500000000FA\n"));
        assert_eq!(parse(&text).unwrap().targets[0].segments, [segment]);
    }
}
