//! Fits a memory map to pixels.

use super::memory_map::Picture;
use super::paint::Paint;

/// Pixel columns `from..to` of one row, in one paint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub row: usize,
    pub from: usize,
    pub to: usize,
    pub paint: Paint,
}

/// A picture fitted to `rows` rows of `columns` pixels: one span for each run of pixels of one
/// paint, so that thousands of sectors cost no more than the pixels they share.
pub(crate) fn fit(picture: &Picture, columns: usize, rows: usize) -> Vec<Span> {
    let pixels = columns * rows;
    if pixels == 0 || picture.total == 0 {
        return Vec::new();
    }
    let mut paints = vec![Paint::Untouched; pixels];
    for piece in &picture.pieces {
        let from = pixel_at(piece.start, picture.total, pixels);
        let end = piece.start + piece.length;
        // At least one pixel: no touched byte may be too small to see.
        let to = pixel_at(end, picture.total, pixels).max(from + 1);
        for paint in paints.iter_mut().take(to).skip(from) {
            *paint = (*paint).max(piece.paint);
        }
    }
    let mut spans: Vec<Span> = Vec::new();
    for (row, line) in paints.chunks(columns).enumerate() {
        for (column, paint) in line.iter().enumerate() {
            match spans.last_mut() {
                Some(last) if last.row == row && last.paint == *paint => {
                    last.to = column + 1;
                }
                _ => spans.push(Span {
                    row,
                    from: column,
                    to: column + 1,
                    paint: *paint,
                }),
            }
        }
    }
    spans
}

/// The pixel, of `pixels`, that the byte at `offset` of `total` falls on.
pub(crate) fn pixel_at(offset: u64, total: u64, pixels: usize) -> usize {
    let scaled = u128::from(offset) * pixels as u128 / u128::from(total.max(1));
    usize::try_from(scaled).unwrap_or(usize::MAX)
}

/// The first byte, of `total`, that falls on `pixel`.
pub(crate) fn offset_at(pixel: usize, total: u64, pixels: usize) -> u64 {
    let offset = pixel as u128 * u128::from(total) / pixels.max(1) as u128;
    u64::try_from(offset).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::{Address, AddressRange};
    use crate::engine::Action;
    use crate::gui::state::memory_map::Done;
    use crate::gui::state::memory_map::tests::{f407, plan};
    use std::sync::Arc;

    #[test]
    fn every_pixel_is_painted_once_and_every_touched_byte_is_visible() {
        let map = f407();
        let one = AddressRange::new(Address(0x0808_0000), 1).unwrap();
        let plan = plan(&map, one, Action::Leave);
        let picture = Picture::new(0, &map, Some(Arc::new(plan)), Done::default());
        for (columns, rows) in [(640, 1), (200, 3), (1, 1), (7, 2)] {
            let spans = fit(&picture, columns, rows);
            let painted: usize = spans.iter().map(|s| s.to - s.from).sum();
            assert_eq!(painted, columns * rows);
            assert!(
                spans.iter().any(|s| s.paint == Paint::Matches),
                "{columns}x{rows}"
            );
        }
        assert!(fit(&picture, 0, 3).is_empty());
    }

    #[test]
    fn pixels_map_back_to_their_sector() {
        let picture = Picture::new(0, &f407(), None, Done::default());
        for (offset, sector) in &picture.sectors {
            assert_eq!(picture.sector_at_offset(*offset), Some(*sector));
            let pixel = pixel_at(*offset, picture.total, 1024);
            assert_eq!(
                picture.sector_at_offset(offset_at(pixel, picture.total, 1024)),
                Some(*sector)
            );
        }
        assert_eq!(picture.sector_at_offset(picture.total), None);
    }
}
