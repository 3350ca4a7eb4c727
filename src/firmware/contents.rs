//! The contents of a firmware file of any format: data at addresses for alternate settings, and
//! metadata.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::about::About;
use super::family::{Family, Variant};
use super::stage::Stage;
use crate::address::{Address, AddressRange, push_joined};

/// The identity in a DFU suffix. 0x0000 and 0xFFFF mean "any".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MadeFor {
    pub vendor: u16,
    pub product: u16,
    /// bcdDevice
    pub version: u16,
}

impl MadeFor {
    /// ST's bootloader in any version: the default.
    pub const ST_BOOTLOADER: Self = Self {
        vendor: 0x0483,
        product: 0xDF11,
        version: 0xFFFF,
    };
}

/// `0483:df11, version any`
impl fmt::Display for MadeFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |value: u16| match value {
            0 | 0xFFFF => "any".to_owned(),
            value => format!("{value:04x}"),
        };
        let (vendor, product) = (part(self.vendor), part(self.product));
        write!(f, "{vendor}:{product}, version {}", part(self.version))
    }
}

/// The kind of processor that a program is for (`e_machine` of ELF).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    Arm,
    RiscV,
}

/// The part of an image for one alternate setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageTarget {
    pub alternate: u8,
    pub name: Option<String>,
    /// Sorted by address, none empty, none overlapping. In a DfuSe file each is one element, so
    /// neighbours may touch.
    pub segments: Vec<Segment>,
}

impl ImageTarget {
    /// Bytes in all segments.
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|s| s.range().len()).sum()
    }

    /// The ranges that hold data, touching ones joined.
    pub fn ranges(&self) -> Vec<AddressRange> {
        let mut joined = Vec::new();
        for segment in &self.segments {
            push_joined(&mut joined, segment.range());
        }
        joined
    }

    /// The bytes from `address` on, up to the first gap; `None` if there is none.
    pub(crate) fn data_at(&self, address: Address) -> Option<Cow<'_, [u8]>> {
        let first = self
            .segments
            .partition_point(|s| s.range().end() <= u64::from(address));
        let mut rest = self.segments.iter().skip(first);
        let here = rest.next().filter(|s| s.range().contains(address))?;
        let offset = usize::try_from(address.offset_from(here.range().start())?).ok()?;
        let mut data = Cow::Borrowed(here.data().get(offset..)?);
        let mut end = here.range().end();
        for next in rest.take_while(|s| {
            let joins = u64::from(s.range().start()) == end;
            end = s.range().end();
            joins
        }) {
            data.to_mut().extend_from_slice(next.data());
        }
        Some(data)
    }

    /// The gaps between the ranges that hold data.
    pub fn gaps(&self) -> Vec<AddressRange> {
        let ranges = self.ranges();
        let (Some(first), Some(last)) = (ranges.first(), ranges.last()) else {
            return Vec::new();
        };
        AddressRange::between(first.start(), last.end())
            .map_or_else(Vec::new, |whole| whole.without(&ranges))
    }

    /// Copies the image's bytes in `range` to `buffer`, whose first byte is at
    /// `range.start()`. Bytes the image does not hold stay as they are.
    pub fn copy_to(&self, range: AddressRange, buffer: &mut [u8]) {
        let first = self
            .segments
            .partition_point(|s| s.range().end() <= u64::from(range.start()));
        for segment in self.segments.iter().skip(first) {
            let Some(common) = segment.range().intersection(range) else {
                break;
            };
            let into = range.offsets_of(common).and_then(|at| buffer.get_mut(at));
            if let (Some(source), Some(into)) = (segment.slice(common), into) {
                into.copy_from_slice(source);
            }
        }
    }
}

/// Bytes at an address.
#[derive(Clone, PartialEq, Eq)]
pub struct Segment {
    range: AddressRange,
    data: Arc<[u8]>,
}

impl Segment {
    /// `None` when the data is empty or runs past the address space.
    pub fn new(start: Address, data: impl Into<Arc<[u8]>>) -> Option<Self> {
        let data = data.into();
        let range = AddressRange::new(start, u64::try_from(data.len()).ok()?)?;
        (!range.is_empty()).then_some(Self { range, data })
    }

    pub fn range(&self) -> AddressRange {
        self.range
    }

    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The bytes of `range`, if all of it lies inside.
    pub fn slice(&self, range: AddressRange) -> Option<&[u8]> {
        self.data.get(self.range.offsets_of(range)?)
    }
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Segment({}, {} bytes)", self.range, self.data.len())
    }
}

/// The result of a parser; [`super::load()`] adds the facts about the file.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) targets: Vec<ImageTarget>,
    pub(super) made_for: Option<MadeFor>,
    pub(super) crc: Option<u32>,
    pub(super) entry: Option<Address>,
    pub(super) family: Option<Family>,
    pub(super) later: Vec<Stage>,
    pub(super) variants: Vec<Variant>,
    pub(super) about: About,
    pub(super) machine: Option<Machine>,
    pub(super) notes: Vec<String>,
}

impl Parsed {
    /// One target with alternate setting 0, for formats without targets.
    pub(super) fn from_segments(segments: Vec<Segment>) -> Self {
        Self {
            targets: vec![ImageTarget {
                alternate: 0,
                name: None,
                segments,
            }],
            ..Self::default()
        }
    }

    #[cfg(test)]
    pub(super) fn flat(&self) -> Vec<(u32, Vec<u8>)> {
        let segments = self.targets.iter().flat_map(|t| &t.segments);
        segments
            .map(|s| (s.range().start().0, s.data().to_vec()))
            .collect()
    }
}

/// Metadata to write to a file; each format uses the fields that it supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodeOptions {
    /// The device that a DfuSe file is for.
    pub made_for: MadeFor,
    /// The UF2 family that the file is for.
    pub family: Option<Family>,
    /// The byte that fills gaps in a flat binary and in the pages of a UF2 file; without one, gaps
    /// are refused.
    pub fill: Option<u8>,
    /// Start address, for Intel HEX and S-records.
    pub entry: Option<Address>,
}

impl EncodeOptions {
    /// For bytes read from a board: none is invented that restoring the file would write.
    pub(crate) fn of_board() -> Self {
        Self {
            fill: None,
            ..Self::default()
        }
    }
}

impl Default for EncodeOptions {
    /// ST's bootloader, gaps like erased flash, no start address.
    fn default() -> Self {
        Self {
            made_for: MadeFor::ST_BOOTLOADER,
            family: None,
            fill: Some(0xFF),
            entry: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_shown_as_any() {
        assert_eq!(MadeFor::ST_BOOTLOADER.to_string(), "0483:df11, version any");
        let plain = MadeFor {
            vendor: 0x1209,
            product: 0,
            version: 0x0200,
        };
        assert_eq!(plain.to_string(), "1209:any, version 0200");
    }
}
