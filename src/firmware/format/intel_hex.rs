//! Intel HEX: reading and writing. Only this module uses `ihex`. It parses single lines, because
//! `ihex` reports no line numbers, and it writes records itself, because `ihex` would take seconds
//! for 16 MiB. The tests compare each written record with the output of `ihex`.

use ihex::{ReaderError, Record};

use super::text;
use crate::address::Address;
use crate::firmware::contents::Parsed;
use crate::firmware::contents::Segment;
use crate::firmware::error::{Fault, Position, Refusal};
use crate::firmware::overlay::Pieces;

/// Whether a line looks like a record: a binary may happen to begin with ':'.
pub(super) fn is_record(line: &[u8]) -> bool {
    matches!(line, [b':', digits @ ..] if text::are_digits(digits, 10))
}

/// Reads an Intel HEX file.
///
/// After the end record, anything but a second end record is refused: otherwise the second half of
/// two concatenated files would be lost silently. For the same reason a file without an end record
/// is refused.
///
/// # Errors
/// With the line: an invalid record, data for one address that differs, addresses past 32 bits.
pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, Refusal> {
    // Two characters per byte; headers and line ends reduce the number.
    let mut pieces = Pieces::with_capacity(bytes.len() / 2);
    let mut base = Base::Linear(0);
    let mut entry = None;
    let mut end = None;
    for (line, text) in text::lines(bytes) {
        let record = record(text).map_err(|fault| fault.in_line(line))?;
        if let Some(end) = end
            && record != Record::EndOfFile
        {
            return Err(Fault::AfterEnd { end }.in_line(line));
        }
        match record {
            Record::Data { offset, value } => {
                base.place(&mut pieces, offset, &value, Position::Line(line))?;
            }
            Record::EndOfFile => end = Some(line),
            Record::ExtendedSegmentAddress(segment) => base = Base::Segment(segment),
            Record::ExtendedLinearAddress(upper) => base = Base::Linear(upper),
            Record::StartSegmentAddress { cs, ip } => {
                entry = Some(Address((u32::from(cs) << 4) + u32::from(ip)));
            }
            Record::StartLinearAddress(address) => entry = Some(Address(address)),
        }
    }
    if end.is_none() {
        return Err(Fault::NoEnd.of_file());
    }
    pieces.parsed(entry)
}

/// The base of the 16-bit offset of a data record.
#[derive(Clone, Copy)]
enum Base {
    /// Bits 4 to 19 of the address (record type 2).
    Segment(u16),
    /// The upper 16 bits of the address (record type 4).
    Linear(u16),
}

impl Base {
    fn place(
        self,
        pieces: &mut Pieces<Position>,
        offset: u16,
        data: &[u8],
        position: Position,
    ) -> Result<(), Refusal> {
        match self {
            Self::Linear(upper) => {
                let start = u32::from(upper) << 16 | u32::from(offset);
                pieces.add(Address(start), data, position)
            }
            // Intel's specification: within a segment the offset wraps at 64 KiB.
            Self::Segment(segment) => {
                let base = u32::from(segment) << 4;
                let room = 0x1_0000 - usize::from(offset);
                let (first, wrapped) = data.split_at_checked(room).unwrap_or((data, &[]));
                let start = base + u32::from(offset);
                pieces.add(Address(start), first, position)?;
                pieces.add(Address(base), wrapped, position)
            }
        }
    }
}

fn record(line: &[u8]) -> Result<Record, Fault> {
    let text = std::str::from_utf8(line).map_err(|error| {
        let byte = line.get(error.valid_up_to()).copied();
        Fault::unexpected(text::shown(byte), "a hexadecimal digit")
    })?;
    Record::from_record_string(text).map_err(|error| fault(line, error))
}

fn fault(line: &[u8], error: ReaderError) -> Fault {
    let characters = line.len();
    match error {
        ReaderError::MissingStartCode => Fault::unexpected(
            text::shown(line.first().copied()),
            "':' at the start of an Intel HEX record",
        ),
        ReaderError::ContainsInvalidCharacters => {
            let wrong = line.iter().skip(1).find(|byte| !byte.is_ascii_hexdigit());
            Fault::unexpected(text::shown(wrong.copied()), "a hexadecimal digit")
        }
        ReaderError::RecordTooShort => Fault::unexpected(
            format!("a record of {characters} characters"),
            "at least 11",
        ),
        ReaderError::RecordTooLong => Fault::unexpected(
            format!("a record of {characters} characters"),
            "at most 521",
        ),
        ReaderError::RecordNotEvenLength => Fault::unexpected(
            format!("a record of {} digits", characters.saturating_sub(1)),
            "two digits for each byte",
        ),
        // The crate computes the first and reads the second.
        ReaderError::ChecksumMismatch(computed, stated) => {
            Fault::RecordChecksum { stated, computed }
        }
        ReaderError::PayloadLengthMismatch => Fault::unexpected(
            format!("{} data bytes", characters.saturating_sub(11) / 2),
            format!(
                "as many as the record's length field says (0x{})",
                field(line, 1)
            ),
        ),
        ReaderError::UnsupportedRecordType(kind) => {
            Fault::unexpected(format!("record type 0x{kind:02X}"), "one from 0x00 to 0x05")
        }
        ReaderError::InvalidLengthForType => Fault::unexpected(
            format!(
                "length 0x{} in a record of type 0x{}",
                field(line, 1),
                field(line, 7)
            ),
            "the length that this type has",
        ),
    }
}

/// Two digits of a record.
fn field(line: &[u8], from: usize) -> String {
    let digits = line.iter().skip(from).take(2);
    digits.map(|digit| char::from(*digit)).collect()
}

/// Data bytes in a record, as objcopy and most linkers write it.
const RECORD: usize = 16;

/// Writes sorted segments, with linear extended addresses and a start address if there is one.
pub(super) fn write(segments: &[Segment], entry: Option<Address>) -> Vec<u8> {
    let bytes: usize = segments.iter().map(|segment| segment.data().len()).sum();
    // A full record is 44 characters long.
    let mut out = Vec::with_capacity(bytes / RECORD * 44 + segments.len() * 60 + 100);
    let mut upper = 0;
    for segment in segments {
        let mut address = segment.range().start().0;
        let mut rest = segment.data();
        while !rest.is_empty() {
            let [a, b, c, d] = address.to_be_bytes();
            if upper != address >> 16 {
                upper = address >> 16;
                push_record(&mut out, [0, 0], 4, &[a, b]);
            }
            // Records end at multiples of their length, so that none crosses a 64 KiB boundary.
            let room = RECORD - address as usize % RECORD;
            let (data, more) = rest.split_at_checked(room).unwrap_or((rest, &[]));
            push_record(&mut out, [c, d], 0, data);
            address = address.wrapping_add(room as u32);
            rest = more;
        }
    }
    if let Some(entry) = entry {
        push_record(&mut out, [0, 0], 5, &entry.0.to_be_bytes());
    }
    push_record(&mut out, [0, 0], 1, &[]);
    out
}

fn push_record(out: &mut Vec<u8>, [high, low]: [u8; 2], kind: u8, data: &[u8]) {
    out.push(b':');
    let length = data.len() as u8;
    let sum = text::push_digits(out, &[length, high, low, kind])
        .wrapping_add(text::push_digits(out, data));
    text::push_digits(out, &[sum.wrapping_neg()]);
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(u32, Vec<u8>)>, Refusal> {
        Ok(parse(text.as_bytes())?.flat())
    }

    /// A record with its checksum.
    fn rec(kind: u8, offset: u16, data: &[u8]) -> String {
        let mut bytes = vec![data.len() as u8];
        bytes.extend(offset.to_be_bytes());
        bytes.push(kind);
        bytes.extend(data);
        let sum = bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        bytes.push(sum.wrapping_neg());
        let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        format!(":{digits}\r\n")
    }

    const END: &str = ":00000001FF\r\n";

    #[test]
    fn linear_and_segment_bases_may_come_in_any_order() {
        let text = [
            rec(4, 0, &[0x08, 0x01]),
            rec(0, 0x10, &[1, 2]),
            rec(2, 0, &[0x10, 0x00]),
            rec(0, 0x10, &[3]),
            rec(4, 0, &[0x08, 0x00]),
            rec(0, 0xFFFF, &[4]),
        ]
        .concat();
        assert_eq!(
            read(&(text + END)),
            Ok(vec![
                (0x0001_0010, vec![3]),
                (0x0800_FFFF, vec![4]),
                (0x0801_0010, vec![1, 2])
            ])
        );
    }

    #[test]
    fn segment_addresses_wrap_at_64_kib_and_linear_ones_do_not() {
        let segment = rec(2, 0, &[0x20, 0]) + &rec(0, 0xFFFE, &[1, 2, 3]) + END;
        assert_eq!(
            read(&segment),
            Ok(vec![(0x2_0000, vec![3]), (0x2_FFFE, vec![1, 2])])
        );
        let linear = rec(4, 0, &[0, 2]) + &rec(0, 0xFFFE, &[1, 2, 3]) + END;
        assert_eq!(read(&linear), Ok(vec![(0x2_FFFE, vec![1, 2, 3])]));
    }

    #[test]
    fn a_record_past_32_bits_is_refused() {
        let text = rec(4, 0, &[0xFF, 0xFF]) + &rec(0, 0xFFFF, &[1, 2]) + END;
        let refusal = read(&text).unwrap_err();
        assert_eq!(refusal.position, Position::Line(2));
        assert!(matches!(refusal.fault, Fault::PastAddressSpace { .. }));
    }

    #[test]
    fn start_addresses_are_kept() {
        let data = rec(0, 0, &[1]);
        let linear = parse((rec(5, 0, &[8, 0, 1, 0xC1]) + &data + END).as_bytes()).unwrap();
        assert_eq!(linear.entry, Some(Address(0x0800_01C1)));
        let segment = parse((rec(3, 0, &[0x10, 0, 0, 0x20]) + &data + END).as_bytes()).unwrap();
        assert_eq!(segment.entry, Some(Address(0x1_0020)));
    }

    #[test]
    fn a_missing_end_record_is_refused() {
        assert_eq!(read(&rec(0, 0, &[1])), Err(Fault::NoEnd.of_file()));
    }

    #[test]
    fn after_the_end_record_only_a_second_one_is_accepted() {
        let text = rec(0, 0, &[1]) + END + END + "\r\n\x1A";
        assert_eq!(read(&text), Ok(vec![(0, vec![1])]));
        let text = rec(0, 0, &[1]) + END + &rec(0, 1, &[1]) + END;
        assert_eq!(read(&text), Err(Fault::AfterEnd { end: 2 }.in_line(3)));
    }

    #[test]
    fn no_data_is_refused() {
        assert_eq!(read(END), Err(Fault::NoData.of_file()));
    }

    #[test]
    fn overlap_counts_only_where_bytes_differ() {
        let text = rec(0, 0, &[1, 2]) + &rec(0, 1, &[2, 3]) + END;
        let parsed = parse(text.as_bytes()).unwrap();
        assert_eq!(parsed.flat(), [(0, vec![1, 2, 3])]);
        assert_eq!(parsed.notes.len(), 1);
        let text = rec(0, 0, &[1, 2]) + "\n" + &rec(0, 1, &[9]) + END;
        let refusal = read(&text).unwrap_err();
        assert_eq!(
            refusal.in_file("a.hex").to_string(),
            "line 3: 0x00000001 is 0x09 here, but 0x02 in line 1 (a.hex)"
        );
    }

    #[test]
    fn each_invalid_record_is_refused_with_line_found_and_expected() {
        let error_text = |line: &str| {
            let text = format!("\u{FEFF}\n{line}\n{END}");
            read(&text).unwrap_err().in_file("a.hex").to_string()
        };
        assert_eq!(
            error_text(":0100000001FF"),
            "line 2: the record's checksum is 0xFF, but its bytes give 0xFE (a.hex)"
        );
        assert_eq!(
            error_text("0100000001FE"),
            "line 2: found '0', expected ':' at the start of an Intel HEX record (a.hex)"
        );
        assert!(error_text(":01000000g1FE").contains("found 'g'"));
        assert!(error_text(":010000é0001FE").contains("hexadecimal digit"));
        assert!(error_text(":01").contains("3 characters"));
        assert!(error_text(":010000000FE1234").contains("15 digits"));
        assert!(error_text(":0200000001FD").contains("found 1 data bytes"));
        assert!(error_text(":0000000AF6").contains("record type 0x0A"));
        assert!(error_text(":0100000400FB").contains("length 0x01 in a record of type 0x04"));
        assert!(error_text(&format!(":{}", "0".repeat(600))).contains("601 characters"));
    }

    #[test]
    fn a_small_file_that_spans_4_gib_stays_small() {
        let text = rec(0, 0, &[1]) + &rec(4, 0, &[0xFF, 0xFF]) + &rec(0, 0xFFFF, &[2]) + END;
        assert_eq!(read(&text), Ok(vec![(0, vec![1]), (0xFFFF_FFFF, vec![2])]));
    }

    #[test]
    fn written_records_equal_those_of_ihex() {
        let segments = [
            Segment::new(Address(0x0800_FFF8), [7; 24]).unwrap(),
            Segment::new(Address(0x0803_0000), [0xAB]).unwrap(),
        ];
        let records = [
            Record::ExtendedLinearAddress(0x0800),
            Record::Data {
                offset: 0xFFF8,
                value: vec![7; 8],
            },
            Record::ExtendedLinearAddress(0x0801),
            Record::Data {
                offset: 0,
                value: vec![7; 16],
            },
            Record::ExtendedLinearAddress(0x0803),
            Record::Data {
                offset: 0,
                value: vec![0xAB],
            },
            Record::StartLinearAddress(0x0800_0101),
            Record::EndOfFile,
        ];
        let wanted: String = records
            .iter()
            .map(|record| record.to_record_string().unwrap() + "\n")
            .collect();
        let written = write(&segments, Some(Address(0x0800_0101)));
        assert_eq!(String::from_utf8(written), Ok(wanted));
    }

    #[test]
    fn the_last_addresses_can_be_written() {
        let segments = [Segment::new(Address(0xFFFF_FFF8), [1; 8]).unwrap()];
        let parsed = parse(&write(&segments, None)).unwrap();
        assert_eq!(parsed.targets[0].segments, segments);
    }
}
