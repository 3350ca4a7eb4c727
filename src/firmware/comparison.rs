//! Where two contents of memory differ: a bounded list of ranges with their first bytes.

use crate::address::{Address, AddressRange, push_joined};

use super::ImageTarget;

/// Differences with fewer equal bytes between them are one range: a row of the hex view.
const JOINED_BELOW: u64 = 16;
/// How many bytes of each side a range keeps.
const HEAD: usize = 16;
/// How many ranges are listed. Two programs may differ in tens of thousands.
const LISTED: usize = 1000;
/// How much is compared at once.
const PIECE: u32 = 4096;

/// A range whose first and last bytes differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub alternate: u8,
    pub range: AddressRange,
    expected: Vec<u8>,
    found: Vec<u8>,
}

impl Difference {
    /// Up to 16 bytes from the start of the range, as they should be.
    pub fn expected(&self) -> &[u8] {
        self.first(&self.expected)
    }

    /// The same bytes as they are.
    pub fn found(&self) -> &[u8] {
        self.first(&self.found)
    }

    fn first<'a>(&self, head: &'a [u8]) -> &'a [u8] {
        head.get(..self.range.len_usize()).unwrap_or(head)
    }
}

/// The result of comparing memory with what it should hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// In the order in which they were found.
    pub differences: Vec<Difference>,
    /// Further ranges that are not listed.
    pub omitted: u64,
    /// Bytes that differ, in all ranges.
    pub differing_bytes: u64,
    /// Alternate settings and ranges that only one side has, or that cannot be read.
    pub not_compared: Vec<(u8, AddressRange)>,
    /// The latest range, listed or not.
    last: Option<(u8, AddressRange)>,
}

impl Comparison {
    /// Compares two targets where both hold data.
    pub fn of(expected: &ImageTarget, found: &ImageTarget) -> Self {
        let mut comparison = Self::default();
        let alternate = found.alternate;
        let there = found.ranges();
        let wanted = expected.ranges();
        for range in &wanted {
            for common in there.iter().filter_map(|t| range.intersection(*t)) {
                for piece in common.blocks(PIECE) {
                    let mut sides = [expected, found].map(|side| {
                        let mut bytes = vec![0; piece.len_usize()];
                        side.copy_to(piece, &mut bytes);
                        bytes
                    });
                    let [expected, found] = &mut sides;
                    comparison.add(alternate, piece, expected, found);
                }
            }
        }
        let only_there = there.iter().flat_map(|range| range.without(&wanted));
        let only_wanted = wanted.iter().flat_map(|range| range.without(&there));
        let mut only_one: Vec<AddressRange> = only_there.chain(only_wanted).collect();
        only_one.sort();
        for range in only_one {
            comparison.skip(alternate, range);
        }
        comparison
    }

    /// Adds the bytes at `range`, which follow those that were added before.
    pub(crate) fn add(
        &mut self,
        alternate: u8,
        range: AddressRange,
        expected: &[u8],
        found: &[u8],
    ) {
        if expected == found {
            return;
        }
        for (offset, pair) in (0u64..).zip(expected.iter().zip(found)) {
            if let (true, Some(at)) = (pair.0 != pair.1, range.start().checked_add(offset)) {
                self.differing_bytes += 1;
                if !self.extend(alternate, at) {
                    let head = |side: &[u8]| -> Vec<u8> {
                        let from = usize::try_from(offset).unwrap_or(usize::MAX);
                        side.iter().skip(from).take(HEAD).copied().collect()
                    };
                    self.begin(alternate, at, head(expected), head(found));
                }
            }
        }
    }

    /// Adds a range that is not compared.
    pub(crate) fn skip(&mut self, alternate: u8, range: AddressRange) {
        let mut last: Vec<AddressRange> = Vec::new();
        if let Some((before, range)) = self.not_compared.pop_if(|(before, _)| *before == alternate)
        {
            debug_assert_eq!(before, alternate);
            last.push(range);
        }
        push_joined(&mut last, range);
        let last = last.into_iter().map(|range| (alternate, range));
        self.not_compared.extend(last);
    }

    /// Nothing differs, in what was compared.
    pub fn is_equal(&self) -> bool {
        self.differing_bytes == 0
    }

    /// Extends the latest range up to `at`, if it is near.
    fn extend(&mut self, alternate: u8, at: Address) -> bool {
        let Some((last_alternate, last)) = &mut self.last else {
            return false;
        };
        let near = u64::from(at) < last.end().saturating_add(JOINED_BELOW);
        let longer = AddressRange::between(last.start(), u64::from(at) + 1);
        let (true, true, Some(longer)) = (*last_alternate == alternate, near, longer) else {
            return false;
        };
        *last = longer;
        if self.omitted == 0
            && let Some(listed) = self.differences.last_mut()
        {
            listed.range = longer;
        }
        true
    }

    fn begin(&mut self, alternate: u8, at: Address, expected: Vec<u8>, found: Vec<u8>) {
        let Some(range) = AddressRange::new(at, 1) else {
            return;
        };
        self.last = Some((alternate, range));
        if self.differences.len() >= LISTED {
            self.omitted += 1;
            return;
        }
        self.differences.push(Difference {
            alternate,
            range,
            expected,
            found,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::firmware::Segment;

    fn target(segments: &[(u32, &[u8])]) -> ImageTarget {
        let segment = |(start, data): &(u32, &[u8])| Segment::new(Address(*start), *data).unwrap();
        ImageTarget {
            alternate: 0,
            name: None,
            segments: segments.iter().map(segment).collect(),
        }
    }

    fn range(start: u32, length: u64) -> AddressRange {
        AddressRange::new(Address(start), length).unwrap()
    }

    #[test]
    fn near_differences_are_one_range_with_its_first_bytes() {
        let old = [0u8; 10_000];
        let mut new = old;
        // Across the end of a piece, and less than a row apart.
        for at in [4090, 4100, 4115, 4132, 9999] {
            new[at] = 1;
        }
        let made = Comparison::of(&target(&[(0x100, &old)]), &target(&[(0x100, &new)]));
        let ranges: Vec<AddressRange> = made.differences.iter().map(|d| d.range).collect();
        let at = |offset: u32, length| range(0x100 + offset, length);
        assert_eq!(ranges, [at(4090, 26), at(4132, 1), at(9999, 1)]);
        assert_eq!(made.differing_bytes, 5);
        let [first, second, ..] = made.differences.as_slice() else {
            panic!("{made:?}");
        };
        assert_eq!(
            first.expected().iter().map(|b| u32::from(*b)).sum::<u32>(),
            0
        );
        assert_eq!(first.found().first(), Some(&1));
        assert_eq!((second.expected(), second.found()), (&[0][..], &[1][..]));
    }

    #[test]
    fn what_only_one_side_has_is_not_compared() {
        let a = target(&[(0x100, &[1, 2, 3, 4]), (0x200, &[9])]);
        let b = target(&[(0x102, &[3, 5, 6])]);
        let made = Comparison::of(&a, &b);
        assert_eq!(made.differences.len(), 1);
        assert_eq!(made.differences[0].range, range(0x103, 1));
        assert_eq!(made.differences[0].expected(), [4]);
        assert_eq!(made.differences[0].found(), [5]);
        let ranges = [range(0x100, 2), range(0x104, 1), range(0x200, 1)];
        assert_eq!(made.not_compared, ranges.map(|range| (0, range)));
        assert!(Comparison::of(&a, &a).is_equal());
    }

    #[test]
    fn the_list_is_bounded_and_what_is_omitted_is_counted() {
        let old = vec![0u8; 64 * 1500];
        let mut new = old.clone();
        new.iter_mut().step_by(32).for_each(|byte| *byte = 1);
        let made = Comparison::of(&target(&[(0, &old)]), &target(&[(0, &new)]));
        assert_eq!(made.differences.len(), LISTED);
        assert_eq!(made.omitted, 2000);
        assert_eq!(made.differing_bytes, 3000);
    }
}
