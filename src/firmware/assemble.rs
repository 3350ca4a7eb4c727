//! Puts the pieces that a file scatters over its records together into sorted segments.
//!
//! Records may come in any order and size, so they are collected first, sorted once, and joined in
//! one sweep: a million descending one-byte records cost a sort, not a million moves.

use super::contents::{Parsed, Segment};
use super::error::{Fault, Position, Refusal};
use crate::address::{Address, AddressRange, ByteSize};

/// Pieces of data in file order.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    data: Vec<u8>,
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    start: u32,
    length: u32,
    /// Index of the first byte in the pool.
    at: usize,
    position: Position,
}

/// The outcome of [`Pieces::assemble`].
#[derive(Debug)]
pub(super) struct Assembled {
    /// Sorted, apart from each other, touching ones joined.
    pub(super) segments: Vec<Segment>,
    /// Bytes that were given more than once, always with the same value.
    pub(super) repeated: u64,
}

impl Pieces {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            data: Vec::with_capacity(bytes),
            pieces: Vec::new(),
        }
    }

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
        let too_long = || Refusal {
            position,
            fault: Fault::PastAddressSpace {
                address: start,
                length: bytes.len() as u64,
            },
        };
        let length = u32::try_from(bytes.len()).map_err(|_| too_long())?;
        AddressRange::new(start, u64::from(length)).ok_or_else(too_long)?;
        if length > 0 {
            self.pieces.push(Piece {
                start: start.0,
                length,
                at: self.data.len(),
                position,
            });
            self.data.extend_from_slice(bytes);
        }
        Ok(())
    }

    /// Sorts and joins the pieces.
    ///
    /// # Errors
    /// [`Fault::Overlap`] when two pieces give one address different values.
    pub(super) fn assemble(mut self) -> Result<Assembled, Refusal> {
        // Stable, so that of two pieces at one address the earlier in the file comes first; and
        // linear for the usual file, which is sorted already.
        self.pieces.sort_by_key(|piece| piece.start);
        let mut segments = Vec::new();
        let mut repeated: u64 = 0;
        let mut open: Option<Open> = None;
        for piece in &self.pieces {
            let bytes = self.bytes(piece);
            match open.as_mut().filter(|o| u64::from(piece.start) <= o.end()) {
                Some(segment) => {
                    let overlap = segment
                        .join(piece.start, bytes)
                        .map_err(|clash| self.clash(piece, &clash))?;
                    repeated = repeated.saturating_add(overlap as u64);
                }
                None => {
                    segments.extend(open.take().and_then(Open::close));
                    open = Some(Open {
                        start: piece.start,
                        data: bytes.to_vec(),
                    });
                }
            }
        }
        segments.extend(open.and_then(Open::close));
        Ok(Assembled { segments, repeated })
    }

    /// The only target of a file, whose format knows no others.
    ///
    /// # Errors
    /// When pieces contradict each other, or when there are none.
    pub(super) fn parsed(self, entry: Option<Address>) -> Result<Parsed, Refusal> {
        let Assembled { segments, repeated } = self.assemble()?;
        if segments.is_empty() {
            return Err(Fault::NoData.of_file());
        }
        Ok(Parsed {
            entry,
            notes: repeated_note(repeated).into_iter().collect(),
            ..Parsed::of_segments(segments)
        })
    }

    fn bytes(&self, piece: &Piece) -> &[u8] {
        piece
            .at
            .checked_add(piece.length as usize)
            .and_then(|end| self.data.get(piece.at..end))
            .unwrap_or(&[])
    }

    /// Finds who else gave the address, and blames the one that stands later in the file.
    fn clash(&self, this: &Piece, clash: &Clash) -> Refusal {
        let holds = |piece: &&Piece| {
            u64::from(clash.address)
                .checked_sub(u64::from(piece.start))
                .is_some_and(|offset| offset < u64::from(piece.length))
        };
        // The sweep has come as far as `this`: the first that holds the address is another.
        let other = self.pieces.iter().find(holds).unwrap_or(this);
        let (later, here, earlier, there) = if this.at >= other.at {
            (this, clash.new, other, clash.old)
        } else {
            (other, clash.old, this, clash.new)
        };
        Refusal {
            position: later.position,
            fault: Fault::Overlap {
                address: clash.address,
                here,
                there,
                other: earlier.position,
            },
        }
    }
}

/// The note about bytes that a file gives more than once.
pub(super) fn repeated_note(bytes: u64) -> Option<String> {
    (bytes > 0).then(|| {
        format!(
            "{} are given more than once, each time with the same value",
            ByteSize(bytes)
        )
    })
}

/// The segment that the sweep is filling.
struct Open {
    start: u32,
    data: Vec<u8>,
}

/// Two values for one address.
struct Clash {
    address: Address,
    old: u8,
    new: u8,
}

impl Open {
    fn end(&self) -> u64 {
        u64::from(self.start).saturating_add(self.data.len() as u64)
    }

    /// Takes in bytes that begin inside or at the end; returns how many it held already.
    fn join(&mut self, start: u32, bytes: &[u8]) -> Result<usize, Clash> {
        let offset = start.saturating_sub(self.start) as usize;
        let held = self.data.get(offset..).unwrap_or(&[]);
        let overlap = held.len().min(bytes.len());
        let differs = held.iter().zip(bytes).position(|(old, new)| old != new);
        if let Some(at) = differs
            && let (Some(old), Some(new)) = (held.get(at), bytes.get(at))
        {
            let address = u32::try_from(at).unwrap_or(u32::MAX);
            return Err(Clash {
                address: Address(start.saturating_add(address)),
                old: *old,
                new: *new,
            });
        }
        self.data
            .extend_from_slice(bytes.get(overlap..).unwrap_or(&[]));
        Ok(overlap)
    }

    fn close(self) -> Option<Segment> {
        Segment::new(Address(self.start), self.data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assembled(pieces: &[(u32, &[u8])]) -> Result<Vec<(u32, Vec<u8>)>, Refusal> {
        let mut all = Pieces::default();
        for ((start, bytes), line) in pieces.iter().zip(1..) {
            all.add(Address(*start), bytes, Position::Line(line))?;
        }
        let list = all.assemble()?.segments;
        Ok(list
            .iter()
            .map(|s| (s.range().start().0, s.data().to_vec()))
            .collect())
    }

    #[test]
    fn pieces_in_any_order_join_where_they_touch() {
        assert_eq!(
            assembled(&[(8, &[8, 9]), (2, &[2]), (3, &[3, 4]), (0, &[])]),
            Ok(vec![(2, vec![2, 3, 4]), (8, vec![8, 9])])
        );
    }

    #[test]
    fn the_same_bytes_twice_are_one() {
        assert_eq!(
            assembled(&[(0, &[1, 2, 3, 4]), (1, &[2]), (2, &[3, 4, 5])]),
            Ok(vec![(0, vec![1, 2, 3, 4, 5])])
        );
    }

    #[test]
    fn different_bytes_for_one_address_name_both_places() {
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
    fn the_last_address_is_usable_and_the_next_is_not() {
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
        let done = all.assemble().unwrap();
        assert_eq!(done.segments.len(), 1_000_000);
        assert_eq!(done.repeated, 0);
    }
}
