//! A kind of part, as its option bytes are known: tables in `parts/`.

use std::ops::Range;

use super::meaning::{self, Meaning};
use super::storage::Storage;

/// One field: `width` bits from `lsb` of the value in the slot at byte `offset` of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) meaning: Meaning,
    /// The number of the region, in the order of [`Kind::regions`].
    pub(super) region: usize,
    pub(super) offset: usize,
    pub(super) lsb: u32,
    pub(super) width: u32,
}

/// A field of the first region.
pub(super) const fn row(
    name: &'static str,
    meaning: Meaning,
    offset: usize,
    lsb: u32,
    width: u32,
) -> Row {
    Row {
        name,
        meaning,
        region: 0,
        offset,
        lsb,
        width,
    }
}

/// A field of the second region.
pub(super) const fn row2(
    name: &'static str,
    meaning: Meaning,
    offset: usize,
    lsb: u32,
    width: u32,
) -> Row {
    Row {
        region: 1,
        ..row(name, meaning, offset, lsb, width)
    }
}

impl Row {
    /// The bits of the slot's value that are the field's.
    pub(super) fn mask(&self) -> u32 {
        let ones = u32::MAX.checked_shr(32u32.saturating_sub(self.width));
        ones.unwrap_or(0).checked_shl(self.lsb).unwrap_or(0)
    }

    pub(super) fn extract(&self, slot: u32) -> u32 {
        (slot & self.mask()).checked_shr(self.lsb).unwrap_or(0)
    }

    /// `slot` with `value` in place of the field.
    pub(super) fn insert(&self, slot: u32, value: u32) -> u32 {
        let bits = value.checked_shl(self.lsb).unwrap_or(0) & self.mask();
        (slot & !self.mask()) | bits
    }

    pub(super) fn is_high_threshold(&self, value: u32) -> bool {
        meaning::is_high_threshold(self.meaning, value)
    }

    /// The same bits with the same meaning.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.meaning == other.meaning
            && (self.region, self.offset, self.lsb) == (other.region, other.offset, other.lsb)
    }
}

/// What one bit or one number of write protection stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A sector of the flash.
    Sector,
    /// This many bytes.
    Bytes(u32),
    /// This many bytes; the 32nd unit holds the rest of the flash.
    BytesThenRest(u32),
    /// A page, numbered from the start of its bank.
    Page,
}

/// What tells a part from others with the same address of option bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// bcdDevice of its bootloader.
    Version(u16),
    /// Where its engineering bytes begin.
    Engineering(u32),
}

/// The parts with the same option bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// "STM32F405, F407, F415 or F417"
    pub(super) name: &'static str,
    /// The addresses of the announced regions, the one with RDP first.
    pub(super) regions: &'static [u32],
    /// The length that the first region announces, bytes; empty for any.
    pub(super) announced: Range<u32>,
    /// Bytes in the first sector of the flash.
    pub(super) page: u32,
    /// KiB of flash.
    pub(super) flash: Range<u32>,
    pub(super) storage: Storage,
    pub(super) unit: Unit,
    pub(super) rows: &'static [&'static [Row]],
    /// Values of slots as delivered by the factory: region, offset, value.
    pub(super) factory: &'static [(usize, usize, u32)],
    /// Its facts are certain enough to change it.
    pub(super) is_settable: bool,
    pub(super) mark: Option<Mark>,
    /// Reserved bits of a slot that always read 1: offset and bits. Other parts may have zeros there.
    pub(super) fixed: Option<(usize, u32)>,
    /// The lengths that may be sent, where not all that is delivered may be.
    pub(super) prefixes: &'static [usize],
    /// What is not to be seen in the announced regions.
    pub(super) note: Option<&'static str>,
}

impl Kind {
    pub(super) fn rows(&self) -> impl Iterator<Item = &'static Row> + use<> {
        let lists: &'static [&'static [Row]] = self.rows;
        lists.iter().flat_map(|rows| rows.iter())
    }

    /// The factory's value of a field.
    pub(super) fn default_of(&self, row: &Row) -> Option<u32> {
        let slots = self.factory.iter();
        let mut here =
            slots.filter(|(region, offset, _)| (*region, *offset) == (row.region, row.offset));
        here.next().map(|(_, _, slot)| row.extract(*slot))
    }
}
