//! Addresses and half-open address ranges: all arithmetic on an address from a file or a board is
//! here, and checked.

use std::fmt;
use std::str::FromStr;

/// One past the highest address a 32-bit part has.
pub const ADDRESS_SPACE: u64 = 1 << 32;

/// A byte address on a target.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Address(pub u32);

impl Address {
    /// Where the internal flash of nearly every STM32 begins.
    pub const FLASH: Self = Self(0x0800_0000);

    /// The address `bytes` further on, or `None` past the end of the address space.
    pub fn checked_add(self, bytes: u64) -> Option<Self> {
        let sum = u64::from(self.0).checked_add(bytes)?;
        u32::try_from(sum).ok().map(Self)
    }

    /// Bytes from `base` up to here; `None` if `base` is higher.
    pub fn offset_from(self, base: Self) -> Option<u64> {
        self.0.checked_sub(base.0).map(u64::from)
    }
}

impl From<Address> for u64 {
    fn from(address: Address) -> Self {
        Self::from(address.0)
    }
}

/// `0x08004000`
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a number, an address or a range that a person typed was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("'{0}' is not a number; write decimal, 0x…, or a size with K or M")]
    Number(String),
    #[error("'{0}' is past the 32-bit address space")]
    TooLarge(String),
    #[error("'{0}' is not a range; write START..END (end not included) or START+LENGTH")]
    Range(String),
    #[error("the range '{0}' is empty or runs backwards")]
    Empty(String),
}

/// Parses a number as people type it: `4096`, `0x1000`, `0x0800_0000`, `4K`, `1M`.
///
/// # Errors
/// [`ParseError::Number`] when it is none of these, [`ParseError::TooLarge`] when it overflows.
pub fn parse_number(text: &str) -> Result<u64, ParseError> {
    let bad = || ParseError::Number(text.to_owned());
    let cleaned: String = text.trim().chars().filter(|c| *c != '_').collect();
    let lower = cleaned.to_ascii_lowercase();
    let (digits, scale) = match lower.strip_prefix("0x") {
        Some(hex) => return u64::from_str_radix(hex, 16).map_err(|_| bad()),
        None => {
            let unit = lower
                .trim_end_matches("ib")
                .trim_end_matches('b')
                .trim_end();
            match (unit.strip_suffix('k'), unit.strip_suffix('m')) {
                (Some(digits), _) => (digits.trim_end(), 1 << 10),
                (_, Some(digits)) => (digits.trim_end(), 1 << 20),
                _ => (lower.as_str(), 1),
            }
        }
    };
    let number: u64 = digits.parse().map_err(|_| bad())?;
    number
        .checked_mul(scale)
        .ok_or_else(|| ParseError::TooLarge(text.to_owned()))
}

impl FromStr for Address {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = parse_number(text)?;
        u32::try_from(number)
            .map(Self)
            .map_err(|_| ParseError::TooLarge(text.to_owned()))
    }
}

/// Addresses from `start` up to but not including `end`. Never runs backwards; `end` is at most
/// [`ADDRESS_SPACE`], which is why it is 64 bits wide.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressRange {
    start: Address,
    end: u64,
}

impl AddressRange {
    /// `length` bytes from `start`, or `None` if that runs past the address space.
    pub fn new(start: Address, length: u64) -> Option<Self> {
        let end = u64::from(start).checked_add(length)?;
        (end <= ADDRESS_SPACE).then_some(Self { start, end })
    }

    /// From `start` up to but not including `end`; `None` if it runs backwards or too far.
    pub fn between(start: Address, end: u64) -> Option<Self> {
        (u64::from(start) <= end && end <= ADDRESS_SPACE).then_some(Self { start, end })
    }

    pub fn start(self) -> Address {
        self.start
    }

    /// One past the last address, up to [`ADDRESS_SPACE`].
    pub fn end(self) -> u64 {
        self.end
    }

    /// Length in bytes.
    pub fn len(self) -> u64 {
        self.end - u64::from(self.start)
    }

    /// Length in bytes, for a buffer. On a 32-bit machine the whole address space is one byte too
    /// long for it.
    pub(crate) fn len_usize(self) -> usize {
        usize::try_from(self.len()).unwrap_or(usize::MAX)
    }

    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    pub fn contains(self, address: Address) -> bool {
        self.start <= address && u64::from(address) < self.end
    }

    pub fn contains_range(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.intersection(other).is_some()
    }

    /// The addresses both have; `None` when there are none.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let start = self.start.max(other.start);
        let end = self.end.min(other.end);
        (u64::from(start) < end).then_some(Self { start, end })
    }

    /// Extended on both sides to multiples of `alignment` bytes (usually a power of two; 0 and 1
    /// change nothing).
    pub fn aligned_outward(self, alignment: u32) -> Self {
        if alignment <= 1 {
            return self;
        }
        let unit = u64::from(alignment);
        Self {
            start: Address(self.start.0 / alignment * alignment),
            end: (self.end.div_ceil(unit) * unit).min(ADDRESS_SPACE),
        }
    }

    /// Pieces of `size` bytes; the last one may be shorter.
    pub(crate) fn blocks(self, size: u32) -> impl Iterator<Item = Self> {
        self.blocks_from(self.start, size)
    }

    /// Pieces that end where blocks of `size` bytes from `origin` end (`origin` is at or below the
    /// start). The first and the last one may be shorter.
    pub(crate) fn blocks_from(self, origin: Address, size: u32) -> impl Iterator<Item = Self> {
        let size = u64::from(size.max(1));
        let origin = u64::from(origin.min(self.start));
        let mut from = u64::from(self.start);
        std::iter::from_fn(move || {
            let end = from - (from - origin) % size + size;
            let block = Self::from_bounds(from, end.min(self.end))?;
            from = block.end;
            (!block.is_empty()).then_some(block)
        })
    }

    /// The indices of the bytes of `inner` in a buffer that holds those of `self`; `None` unless
    /// `self` contains them all.
    pub(crate) fn offsets_of(self, inner: Self) -> Option<std::ops::Range<usize>> {
        let offset = |at: u64| usize::try_from(at.checked_sub(u64::from(self.start))?).ok();
        let (from, to) = (offset(u64::from(inner.start))?, offset(inner.end)?);
        self.contains_range(inner).then_some(from..to)
    }

    /// The parts of `self` outside all of `covered`, which must be sorted.
    pub fn without(self, covered: &[Self]) -> Vec<Self> {
        let mut rest = Vec::new();
        let mut from = u64::from(self.start);
        for piece in covered.iter().filter_map(|c| self.intersection(*c)) {
            let start = u64::from(piece.start);
            if from < start {
                rest.extend(Self::from_bounds(from, start));
            }
            from = from.max(piece.end);
        }
        if from < self.end {
            rest.extend(Self::from_bounds(from, self.end));
        }
        rest
    }

    fn from_bounds(start: u64, end: u64) -> Option<Self> {
        Self::between(Address(u32::try_from(start).ok()?), end)
    }
}

/// Appends a range; joins it with the last one if they touch or overlap.
pub(crate) fn push_joined(ranges: &mut Vec<AddressRange>, range: AddressRange) {
    match ranges.last_mut() {
        Some(last) if last.start <= range.start && u64::from(range.start) <= last.end => {
            last.end = last.end.max(range.end);
        }
        _ => ranges.push(range),
    }
}

/// The first and the last address, as ST's documents write it: `0x08000000–0x08003FFF`.
impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.len() {
            0 => write!(f, "nothing at {}", self.start),
            1 => write!(f, "{}", self.start),
            _ => write!(f, "{}–0x{:08X}", self.start, self.end - 1),
        }
    }
}

/// Half-open, as in code: `0x08000000..0x08004000`.
impl fmt::Debug for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..0x{:08X}", self.start, self.end)
    }
}

impl FromStr for AddressRange {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let range = if let Some((start, end)) = text.split_once("..") {
            Self::between(start.parse()?, parse_number(end)?)
        } else if let Some((start, length)) = text.split_once('+') {
            Self::new(start.parse()?, parse_number(length)?)
        } else {
            return Err(ParseError::Range(text.to_owned()));
        };
        range
            .filter(|r| !r.is_empty())
            .ok_or_else(|| ParseError::Empty(text.to_owned()))
    }
}

/// A number of bytes for people: `512 bytes`, `14.4 KiB`, `1 MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const KIB: u64 = 1 << 10;
        const MIB: u64 = 1 << 20;
        const GIB: u64 = 1 << 30;
        let (unit, name) = match self.0 {
            1 => return write!(f, "1 byte"),
            n if n < KIB => return write!(f, "{n} bytes"),
            n if n < MIB => (KIB, "KiB"),
            n if n < GIB => (MIB, "MiB"),
            _ => (GIB, "GiB"),
        };
        if self.0.is_multiple_of(unit) {
            return write!(f, "{} {name}", self.0 / unit);
        }
        let tenths = (u128::from(self.0) * 10 + u128::from(unit) / 2) / u128::from(unit);
        write!(f, "{}.{} {name}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: u32, length: u64) -> AddressRange {
        AddressRange::new(Address(start), length).unwrap()
    }

    #[test]
    fn a_range_may_end_at_the_end_of_the_address_space_and_not_beyond() {
        assert_eq!(range(0xFFFF_0000, 0x1_0000).end(), ADDRESS_SPACE);
        assert_eq!(AddressRange::new(Address(0xFFFF_0000), 0x1_0001), None);
        assert_eq!(AddressRange::new(Address(1), u64::MAX), None);
    }

    #[test]
    fn neighbours_do_not_overlap() {
        assert!(!range(0, 16).overlaps(range(16, 16)));
        assert_eq!(range(0, 17).intersection(range(16, 16)), Some(range(16, 1)));
    }

    #[test]
    fn alignment_extends_a_range_on_both_sides() {
        assert_eq!(range(3, 2).aligned_outward(8), range(0, 8));
        assert_eq!(range(8, 8).aligned_outward(8), range(8, 8));
        assert_eq!(
            range(0xFFFF_FFFF, 1).aligned_outward(32).end(),
            ADDRESS_SPACE
        );
    }

    #[test]
    fn blocks_end_on_multiples_counted_from_the_origin() {
        let blocks = |range: AddressRange| range.blocks(8).collect::<Vec<_>>();
        assert_eq!(
            blocks(range(3, 18)),
            [range(3, 8), range(11, 8), range(19, 2)]
        );
        assert_eq!(blocks(range(3, 0)), []);
        let last = range(0xFFFF_FFF0, 16);
        assert_eq!(blocks(last), [range(0xFFFF_FFF0, 8), range(0xFFFF_FFF8, 8)]);
        assert_eq!(last.blocks(u32::MAX).collect::<Vec<_>>(), [last]);
        let grid: Vec<_> = range(6, 9).blocks_from(Address(1), 8).collect();
        assert_eq!(grid, [range(6, 3), range(9, 6)]);
    }

    #[test]
    fn a_range_has_offsets_only_in_the_buffer_of_one_that_contains_it() {
        assert_eq!(range(16, 8).offsets_of(range(18, 4)), Some(2..6));
        assert_eq!(range(16, 8).offsets_of(range(16, 8)), Some(0..8));
        assert_eq!(range(16, 8).offsets_of(range(15, 4)), None);
        assert_eq!(range(16, 8).offsets_of(range(22, 4)), None);
    }

    #[test]
    fn ranges_that_touch_or_overlap_are_joined() {
        let mut joined = Vec::new();
        for piece in [range(0, 4), range(4, 4), range(6, 1), range(9, 1)] {
            push_joined(&mut joined, piece);
        }
        assert_eq!(joined, [range(0, 8), range(9, 1)]);
    }

    #[test]
    fn without_returns_the_uncovered_parts() {
        let covered = [range(4, 4), range(12, 100)];
        assert_eq!(range(0, 16).without(&covered), [range(0, 4), range(8, 4)]);
        assert_eq!(range(4, 4).without(&covered), []);
        assert_eq!(range(0, 4).without(&[]), [range(0, 4)]);
    }

    #[test]
    fn numbers_are_parsed_as_people_type_them() {
        assert_eq!(parse_number("16K"), Ok(16384));
        assert_eq!(parse_number("1MiB"), Ok(1 << 20));
        assert_eq!(parse_number("0x0800_0000"), Ok(0x0800_0000));
        assert_eq!("134217728".parse(), Ok(Address::FLASH));
        assert!(parse_number("").is_err());
        assert!(parse_number("0x").is_err());
        assert!("0x1_0000_0000".parse::<Address>().is_err());
        assert!(parse_number("99999999999999999999M").is_err());
    }

    #[test]
    fn ranges_are_parsed_as_people_type_them() {
        assert_eq!(
            "0x08000000..0x08004000".parse(),
            Ok(range(0x0800_0000, 0x4000))
        );
        assert_eq!("0x08000000+16K".parse(), Ok(range(0x0800_0000, 0x4000)));
        assert!("0x08000000".parse::<AddressRange>().is_err());
        assert!("4..4".parse::<AddressRange>().is_err());
        assert!("8..4".parse::<AddressRange>().is_err());
    }

    #[test]
    fn sizes_and_ranges_are_formatted_for_people() {
        assert_eq!(ByteSize(14_746).to_string(), "14.4 KiB");
        assert_eq!(ByteSize(1 << 20).to_string(), "1 MiB");
        assert_eq!(ByteSize(1).to_string(), "1 byte");
        assert_eq!(ByteSize(6 << 30).to_string(), "6 GiB");
        assert_eq!(
            range(0x0800_0000, 0x4000).to_string(),
            "0x08000000–0x08003FFF"
        );
        assert_eq!(
            range(0xFFFF_0000, 0x1_0000).to_string(),
            "0xFFFF0000–0xFFFFFFFF"
        );
        assert_eq!(range(0x0800_0000, 1).to_string(), "0x08000000");
        assert_eq!(range(0x0800_0000, 0).to_string(), "nothing at 0x08000000");
        assert_eq!(
            format!("{:?}", range(0x0800_0000, 0x4000)),
            "0x08000000..0x08004000"
        );
    }
}
