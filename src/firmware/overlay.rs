//! Overlays pieces of data, the records of one file or the contents of several, and sorts them into
//! segments. Overlapping pieces must agree.
//!
//! Pieces may come in any order and size, so they are collected first, sorted once, and joined in
//! one sweep: a million descending one-byte records cost a sort, not a million moves.

use super::contents::{Parsed, Segment};
use super::error::{Fault, Position, Refusal};
use crate::address::{Address, AddressRange, ByteSize};

/// Pieces in the order in which they were added. `O` is the origin of a piece.
#[derive(Debug)]
pub(super) struct Pieces<O> {
    data: Vec<u8>,
    pieces: Vec<Piece<O>>,
}

#[derive(Clone, Copy, Debug)]
struct Piece<O> {
    range: AddressRange,
    /// Index of the first byte in the data of all pieces.
    at: usize,
    origin: O,
}

/// How to treat pieces that touch or overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Neighbours {
    /// They become one segment.
    Joined,
    /// Each becomes a segment, without the bytes of earlier ones.
    Apart,
}

/// The result of [`Pieces::overlay`].
#[derive(Debug)]
pub(super) struct Overlaid {
    /// Sorted, and without overlap.
    pub(super) segments: Vec<Segment>,
    /// Bytes that appeared more than once, always with the same value.
    pub(super) repeated: u64,
}

/// Two values for one address, with the origin of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clash<O> {
    pub(super) address: Address,
    /// In the order in which they were added.
    pub(super) values: [(O, u8); 2],
}

impl<O> Default for Pieces<O> {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl<O> Pieces<O> {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            data: Vec::with_capacity(bytes),
            pieces: Vec::new(),
        }
    }

    /// Adds the bytes of `range`.
    pub(super) fn push(&mut self, range: AddressRange, bytes: &[u8], origin: O) {
        if !range.is_empty() {
            let at = self.data.len();
            self.pieces.push(Piece { range, at, origin });
            self.data.extend_from_slice(bytes);
        }
    }
}

impl<O: Copy> Pieces<O> {
    /// Sorts the pieces and makes segments of them.
    ///
    /// # Errors
    /// When two pieces give one address different values.
    pub(super) fn overlay(mut self, neighbours: Neighbours) -> Result<Overlaid, Clash<O>> {
        // A stable sort keeps two pieces at one address in order, and is linear for the usual file,
        // which is sorted already.
        self.pieces.sort_by_key(|piece| piece.range.start());
        let mut segments = Vec::new();
        let mut repeated: u64 = 0;
        let mut open: Option<Run> = None;
        for piece in &self.pieces {
            let start = piece.range.start();
            match open.as_mut().filter(|run| u64::from(start) <= run.end()) {
                Some(run) => {
                    let overlap = run
                        .extend(start, self.bytes(piece), neighbours)
                        .map_err(|differing| self.clash(piece, differing))?;
                    repeated += overlap as u64;
                }
                None => {
                    if let Some(run) = open.replace(Run::new(start, self.bytes(piece))) {
                        run.close(&mut segments);
                    }
                }
            }
        }
        if let Some(run) = open {
            run.close(&mut segments);
        }
        Ok(Overlaid { segments, repeated })
    }

    fn bytes(&self, piece: &Piece<O>) -> &[u8] {
        let end = piece.at + piece.range.len_usize();
        self.data.get(piece.at..end).unwrap_or(&[])
    }

    /// Finds the other piece that holds the address.
    fn clash(&self, this: &Piece<O>, differing: Differing) -> Clash<O> {
        let Differing { address, old, new } = differing;
        // Pieces are sorted and `this` is the last one merged, so the first match is the other piece.
        let mut pieces = self.pieces.iter();
        let other = pieces.find(|piece| piece.range.contains(address));
        let other = other.unwrap_or(this);
        let mut values = [(other.origin, old), (this.origin, new)];
        if this.at < other.at {
            values.reverse();
        }
        Clash { address, values }
    }
}

impl Pieces<Position> {
    /// Adds `bytes` at `start`.
    ///
    /// # Errors
    /// When they run past the address space.
    pub(super) fn add(
        &mut self,
        start: Address,
        bytes: &[u8],
        position: Position,
    ) -> Result<(), Refusal> {
        let length = bytes.len() as u64;
        let range = AddressRange::new(start, length).ok_or(Refusal {
            position,
            fault: Fault::PastAddressSpace {
                address: start,
                length,
            },
        })?;
        self.push(range, bytes, position);
        Ok(())
    }

    /// The only target of a file in a format without targets.
    ///
    /// # Errors
    /// When pieces contradict each other, or when there are none.
    pub(super) fn parsed(self, entry: Option<Address>) -> Result<Parsed, Refusal> {
        let Overlaid { segments, repeated } = self.overlay(Neighbours::Joined)?;
        if segments.is_empty() {
            return Err(Fault::NoData.of_file());
        }
        Ok(Parsed {
            entry,
            notes: repeated_note(repeated).into_iter().collect(),
            ..Parsed::from_segments(segments)
        })
    }
}

/// The position of the error is that of the later piece.
impl From<Clash<Position>> for Refusal {
    fn from(clash: Clash<Position>) -> Self {
        let [(other, there), (position, here)] = clash.values;
        Self {
            position,
            fault: Fault::Overlap {
                address: clash.address,
                here,
                there,
                other,
            },
        }
    }
}

/// The note about bytes that appear more than once in a file.
pub(super) fn repeated_note(bytes: u64) -> Option<String> {
    (bytes > 0).then(|| {
        format!(
            "{} appear more than once, each time with the same value",
            ByteSize(bytes)
        )
    })
}

/// Data without a gap, which the sweep is extending.
struct Run {
    start: Address,
    data: Vec<u8>,
    /// Offsets in the data at which a new segment begins.
    cuts: Vec<usize>,
}

/// Where a piece and a run differ, and the value of each.
struct Differing {
    address: Address,
    old: u8,
    new: u8,
}

impl Run {
    fn new(start: Address, bytes: &[u8]) -> Self {
        Self {
            start,
            data: bytes.to_vec(),
            cuts: Vec::new(),
        }
    }

    fn end(&self) -> u64 {
        u64::from(self.start) + self.data.len() as u64
    }

    /// Adds bytes that begin inside or at the end; returns how many it held already.
    fn extend(
        &mut self,
        start: Address,
        bytes: &[u8],
        neighbours: Neighbours,
    ) -> Result<usize, Differing> {
        let offset = (start.0 - self.start.0) as usize;
        let held = self.data.get(offset..).unwrap_or(&[]);
        let mut both = (0u32..).zip(held.iter().zip(bytes));
        if let Some((at, (old, new))) = both.find(|(_, (old, new))| old != new) {
            return Err(Differing {
                address: Address(start.0 + at),
                old: *old,
                new: *new,
            });
        }
        let overlap = held.len().min(bytes.len());
        let rest = bytes.get(overlap..).unwrap_or(&[]);
        if neighbours == Neighbours::Apart && !rest.is_empty() {
            self.cuts.push(self.data.len());
        }
        self.data.extend_from_slice(rest);
        Ok(overlap)
    }

    /// Appends the run to the segments, split at the cuts.
    fn close(self, segments: &mut Vec<Segment>) {
        let Self { start, data, cuts } = self;
        if cuts.is_empty() {
            segments.extend(Segment::new(start, data));
            return;
        }
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain([data.len()]);
        segments.extend(starts.zip(ends).filter_map(|(from, to)| {
            Segment::new(start.checked_add(from as u64)?, data.get(from..to)?)
        }));
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn assembled(pieces: &[(u32, &[u8])]) -> Result<Vec<(u32, Vec<u8>)>, Refusal> {
        let mut all = Pieces::default();
        for ((start, bytes), line) in pieces.iter().zip(1..) {
            all.add(Address(*start), bytes, Position::Line(line))?;
        }
        Ok(shape(&all.overlay(Neighbours::Joined)?.segments))
    }

    fn shape(segments: &[Segment]) -> Vec<(u32, Vec<u8>)> {
        segments
            .iter()
            .map(|s| (s.range().start().0, s.data().to_vec()))
            .collect()
    }

    #[test]
    fn pieces_in_any_order_join_where_they_touch() {
        assert_eq!(
            assembled(&[(8, &[8, 9]), (2, &[2]), (3, &[3, 4]), (0, &[])]),
            Ok(vec![(2, vec![2, 3, 4]), (8, vec![8, 9])])
        );
    }

    #[test]
    fn equal_bytes_that_overlap_are_merged() {
        assert_eq!(
            assembled(&[(0, &[1, 2, 3, 4]), (1, &[2]), (2, &[3, 4, 5])]),
            Ok(vec![(0, vec![1, 2, 3, 4, 5])])
        );
    }

    #[test]
    fn different_bytes_for_one_address_name_both_positions() {
        // The long piece hides the clash from its neighbour in address order.
        let refused = assembled(&[(4, &[4]), (0, &[0, 1, 2, 3, 9, 5]), (1, &[1])]);
        assert_eq!(
            refused,
            Err(Refusal {
                position: Position::Line(2),
                fault: Fault::Overlap {
                    address: Address(4),
                    here: 9,
                    there: 4,
                    other: Position::Line(1),
                }
            })
        );
    }

    #[test]
    fn the_last_address_is_valid_and_the_next_is_not() {
        assert_eq!(
            assembled(&[(0xFFFF_FFFF, &[7])]),
            Ok(vec![(0xFFFF_FFFF, vec![7])])
        );
        assert!(assembled(&[(0xFFFF_FFFF, &[7, 7])]).is_err());
    }

    #[test]
    fn a_million_descending_and_alternating_bytes_are_quick() {
        let mut all = Pieces::default();
        for n in (0..1_000_000u32).rev() {
            let address = if n % 2 == 0 { n } else { 0x8000_0000 + n };
            all.add(Address(address), &[n as u8], Position::Line(n))
                .unwrap();
        }
        let done = all.overlay(Neighbours::Joined).unwrap();
        assert_eq!(done.segments.len(), 1_000_000);
        assert_eq!(done.repeated, 0);
    }

    #[test]
    fn apart_makes_a_segment_of_each_piece_without_earlier_bytes() {
        let mut all = Pieces::default();
        for (start, bytes) in [
            (4, &[4, 5][..]),
            (0, &[0, 1, 2, 3]),
            (2, &[2, 3]),
            (3, &[3, 4, 5, 6]),
        ] {
            all.add(Address(start), bytes, Position::File).unwrap();
        }
        let done = all.overlay(Neighbours::Apart).unwrap();
        let parts = [(0, vec![0, 1, 2, 3]), (4, vec![4, 5, 6])];
        assert_eq!(shape(&done.segments), parts);
        assert_eq!(done.repeated, 5);
    }

    proptest! {
        /// Compares with a map of single bytes.
        #[test]
        fn overlaid_pieces_equal_a_map_of_bytes(
            pieces in vec((0u32..24, vec(prop_oneof![9 => Just(0u8), 1 => Just(1)], 0..8)), 0..8),
        ) {
            let mut all = Pieces::default();
            let mut bytes = std::collections::BTreeMap::new();
            let mut given = 0;
            let mut agree = true;
            for (origin, (start, data)) in pieces.iter().enumerate() {
                let range = AddressRange::new(Address(*start), data.len() as u64).unwrap();
                all.push(range, data, origin);
                given += range.len();
                for (address, byte) in (*start..).zip(data) {
                    agree &= *bytes.entry(address).or_insert(*byte) == *byte;
                }
            }
            let holds = |origin: usize, address: Address, byte: u8| {
                let (start, data) = &pieces[origin];
                data[(address.0 - start) as usize] == byte
            };
            for neighbours in [Neighbours::Joined, Neighbours::Apart] {
                let all = Pieces { data: all.data.clone(), pieces: all.pieces.clone() };
                match all.overlay(neighbours) {
                    Ok(done) => {
                        prop_assert!(agree);
                        prop_assert_eq!(done.repeated, given - bytes.len() as u64);
                        let flat = shape(&done.segments).into_iter();
                        let flat: Vec<_> = flat.flat_map(|(start, data)| (start..).zip(data)).collect();
                        prop_assert_eq!(flat, bytes.clone().into_iter().collect::<Vec<_>>());
                    }
                    Err(Clash { address, values: [(first, old), (second, new)] }) => {
                        prop_assert!(!agree && first < second && old != new);
                        prop_assert!(holds(first, address, old) && holds(second, address, new));
                    }
                }
            }
        }
    }
}
