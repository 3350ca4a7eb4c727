//! The read-and-erase screen: the range, and the bytes that were read.

use crate::address::{Address, AddressRange, ByteSize, ParseError, parse_number};
use crate::firmware::{ImageTarget, Segment};
use crate::memory::MemoryMap;
use crate::transport::Place;

use super::beside::Beside;

/// Bytes in one row of the hex view.
pub(crate) const ROW: usize = 16;

/// The range as typed. Empty fields mean the whole target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeForm {
    pub alternate: u8,
    pub start: String,
    pub length: String,
}

/// Why the form gives no range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    #[error(transparent)]
    Parse(#[from] ParseError),
    #[error("give a length as well")]
    NoLength,
    #[error("the length is zero")]
    Empty,
    #[error("{0} and that length run past the address space")]
    TooLong(Address),
    #[error("{0} is not in this target's memory")]
    Outside(AddressRange),
}

impl RangeForm {
    pub fn is_whole(&self) -> bool {
        self.start.trim().is_empty() && self.length.trim().is_empty()
    }

    /// The range in `map`, or `None` for all of it.
    ///
    /// # Errors
    /// [`RangeError`] if the fields give no range, or none in this memory.
    pub fn range(&self, map: &MemoryMap) -> Result<Option<AddressRange>, RangeError> {
        if self.is_whole() {
            return Ok(None);
        }
        let regions = map.regions();
        let start = if self.start.trim().is_empty() {
            regions.first().map_or(Address::FLASH, |r| r.start())
        } else {
            self.start.trim().parse()?
        };
        if self.length.trim().is_empty() {
            return Err(RangeError::NoLength);
        }
        let length = parse_number(self.length.trim())?;
        if length == 0 {
            return Err(RangeError::Empty);
        }
        let range = AddressRange::new(start, length).ok_or(RangeError::TooLong(start))?;
        match range.without(&regions).first() {
            Some(outside) => Err(RangeError::Outside(*outside)),
            None => Ok(Some(range)),
        }
    }

    pub fn set(&mut self, range: AddressRange) {
        self.start = range.start().to_string();
        let length = range.len();
        self.length = if length.is_multiple_of(1024) {
            format!("{}K", length / 1024)
        } else {
            length.to_string()
        };
    }

    pub fn set_whole(&mut self) {
        self.start.clear();
        self.length.clear();
    }
}

/// The bytes that were read from a board, for viewing and saving.
#[derive(Clone, Debug)]
pub struct ReadOut {
    pub board: String,
    pub target: ImageTarget,
    /// Each segment with the number of its first row.
    rows: Vec<(usize, Segment)>,
    pub row_count: usize,
    pub bytes: u64,
    /// The first byte that is not erased.
    pub first_written: Option<Address>,
    /// Where the board was, if the bytes are a board's.
    pub(crate) place: Option<Place>,
    /// The vendor and product ID of a board without addresses: the bytes are counted from 0.
    pub(crate) plain: Option<(u16, u16)>,
    /// The board was changed after they were read.
    pub(crate) is_old: bool,
    /// Other bytes to compare with.
    pub(crate) beside: Option<Beside>,
}

impl ReadOut {
    pub fn new(board: String, target: ImageTarget, erased: u8) -> Self {
        let mut rows = Vec::new();
        let mut next = 0;
        for segment in &target.segments {
            rows.push((next, segment.clone()));
            next += segment.data().len().div_ceil(ROW);
        }
        Self {
            board,
            bytes: target.bytes(),
            first_written: first_written(&target.segments, erased),
            row_count: next,
            rows,
            target,
            place: None,
            plain: None,
            is_old: false,
            beside: None,
        }
    }

    pub(super) fn of_board(self, place: Place) -> Self {
        Self {
            place: Some(place),
            ..self
        }
    }

    pub fn first_address(&self) -> Option<Address> {
        let first = self.target.segments.first()?;
        Some(first.range().start())
    }

    /// The address and up to [`ROW`] bytes of a row.
    pub fn row(&self, number: usize) -> Option<(Address, &[u8])> {
        let after = self.rows.partition_point(|(first, _)| *first <= number);
        let (first, segment) = self.rows.get(after.checked_sub(1)?)?;
        let offset = (number - first) * ROW;
        let rest = segment.data().get(offset..)?;
        let row = rest.get(..ROW).unwrap_or(rest);
        let start = segment.range().start().checked_add(offset as u64)?;
        (!row.is_empty()).then_some((start, row))
    }

    /// The row that shows `address`.
    pub fn row_at(&self, address: Address) -> Option<usize> {
        let (first, segment) = self
            .rows
            .iter()
            .find(|(_, segment)| segment.range().contains(address))?;
        let offset = address.offset_from(segment.range().start())?;
        Some(first + usize::try_from(offset).ok()? / ROW)
    }

    /// The next occurrence of `needle` after `after`, or the first from the beginning.
    pub fn find(&self, needle: &[u8], after: Option<Address>) -> Option<Address> {
        if needle.is_empty() {
            return None;
        }
        let begin = after.and_then(|address| address.checked_add(1));
        let later = self.find_from(needle, begin);
        later.or_else(|| self.find_from(needle, None))
    }

    fn find_from(&self, needle: &[u8], from: Option<Address>) -> Option<Address> {
        self.target.segments.iter().find_map(|segment| {
            let start = segment.range().start();
            let skip = from.map_or(0, |from| from.offset_from(start).unwrap_or(0));
            let skip = usize::try_from(skip).ok()?;
            let at = find_bytes(segment.data().get(skip..)?, needle)?;
            start.checked_add(u64::try_from(skip.checked_add(at)?).ok()?)
        })
    }

    /// "512 KiB of Internal Flash"
    pub fn title(&self) -> String {
        title(&self.target)
    }
}

/// "512 KiB of Internal Flash"
pub(super) fn title(target: &ImageTarget) -> String {
    let name = target.name.as_deref().unwrap_or("the board");
    format!("{} of {name}", ByteSize(target.bytes()))
}

pub(super) fn first_written(segments: &[Segment], erased: u8) -> Option<Address> {
    segments.iter().find_map(|segment| {
        let at = segment.data().iter().position(|byte| *byte != erased)?;
        segment.range().start().checked_add(u64::try_from(at).ok()?)
    })
}

fn find_bytes(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle.first()?;
    let mut from = 0usize;
    loop {
        let rest = hay.get(from..)?;
        let at = from.checked_add(rest.iter().position(|byte| byte == first)?)?;
        if hay.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        from = at.checked_add(1)?;
    }
}

/// The bytes to search: `"text"` in quotes, or hex bytes with or without blanks; anything that is
/// not hex is text.
pub(crate) fn parse_needle(typed: &str) -> Vec<u8> {
    let typed = typed.trim();
    if let Some(text) = typed.strip_prefix('"') {
        return text.strip_suffix('"').unwrap_or(text).as_bytes().to_vec();
    }
    let digits: String = typed
        .trim_start_matches("0x")
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let pairs: Option<Vec<u8>> = digits
        .as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [a, b] => {
                let digit = |c: &u8| {
                    char::from(*c)
                        .to_digit(16)
                        .and_then(|d| u8::try_from(d).ok())
                };
                Some(digit(a)? << 4 | digit(b)?)
            }
            _ => None,
        })
        .collect();
    pairs.unwrap_or_else(|| typed.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Access, SectorRun};

    fn map() -> MemoryMap {
        let run = SectorRun {
            start: Address::FLASH,
            count: 4,
            size: 1024,
            access: Access {
                read: true,
                erase: true,
                write: true,
            },
        };
        MemoryMap::new("Internal Flash", vec![run]).unwrap()
    }

    fn form(start: &str, length: &str) -> RangeForm {
        RangeForm {
            alternate: 0,
            start: start.into(),
            length: length.into(),
        }
    }

    fn read_out() -> ReadOut {
        let segment = |start, data: Vec<u8>| Segment::new(Address(start), data).unwrap();
        let segments = vec![
            segment(0x100, vec![0xFF; 20]),
            segment(0x200, b"hello world".to_vec()),
        ];
        ReadOut::new(
            "b".into(),
            ImageTarget {
                alternate: 0,
                name: None,
                segments,
            },
            0xFF,
        )
    }

    #[test]
    fn an_empty_form_is_the_whole_target() {
        assert_eq!(form("", " ").range(&map()), Ok(None));
    }

    #[test]
    fn a_range_must_lie_in_the_memory() {
        let range = AddressRange::new(Address::FLASH, 2048).unwrap();
        assert_eq!(form("0x08000000", "2K").range(&map()), Ok(Some(range)));
        assert_eq!(form("", "2K").range(&map()), Ok(Some(range)));
        assert!(matches!(
            form("0x08000000", "5K").range(&map()),
            Err(RangeError::Outside(_))
        ));
        assert!(matches!(
            form("0x08000000", "").range(&map()),
            Err(RangeError::NoLength)
        ));
        assert!(matches!(
            form("x", "1").range(&map()),
            Err(RangeError::Parse(_))
        ));
        assert!(matches!(
            form("0xFFFFFFFF", "2").range(&map()),
            Err(RangeError::TooLong(_))
        ));
    }

    #[test]
    fn a_range_set_in_the_form_reads_back_the_same() {
        for length in [1024, 100] {
            let range = AddressRange::new(Address::FLASH, length).unwrap();
            let mut form = RangeForm::default();
            form.set(range);
            assert_eq!(form.range(&map()), Ok(Some(range)));
        }
    }

    #[test]
    fn rows_are_found_by_number_and_by_address() {
        let read = read_out();
        assert_eq!(read.row_count, 3);
        assert_eq!(
            read.row(1).map(|(a, b)| (a, b.len())),
            Some((Address(0x110), 4))
        );
        assert_eq!(read.row(2).map(|(a, _)| a), Some(Address(0x200)));
        assert_eq!(read.row(3), None);
        assert_eq!(read.row_at(Address(0x113)), Some(1));
        assert_eq!(read.row_at(Address(0x114)), None);
        assert_eq!(read.first_written, Some(Address(0x200)));
    }

    #[test]
    fn a_search_continues_after_the_last_hit_and_wraps() {
        let read = read_out();
        let first = read.find(b"l", None).unwrap();
        assert_eq!(first, Address(0x202));
        assert_eq!(read.find(b"l", Some(first)), Some(Address(0x203)));
        assert_eq!(read.find(b"l", Some(Address(0x209))), Some(Address(0x202)));
        assert_eq!(read.find(b"lx", None), None);
        assert_eq!(read.find(b"", None), None);
    }

    #[test]
    fn needles_are_hex_or_text() {
        assert_eq!(parse_needle("DE ad"), [0xDE, 0xAD]);
        assert_eq!(parse_needle("0x4142"), b"AB");
        assert_eq!(parse_needle("\"4142\""), b"4142");
        assert_eq!(parse_needle("hello"), b"hello");
        assert_eq!(parse_needle("abc"), b"abc");
    }
}
