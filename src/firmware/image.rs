//! What a firmware file holds, whatever its format.

use std::sync::Arc;

use crate::address::{Address, AddressRange};

/// A firmware file, read once: its bytes are hashed and parsed at load, and nothing reads the file
/// again for this job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    pub source: Source,
    /// In the order of their alternate setting; never empty, and no alternate setting twice.
    pub targets: Vec<ImageTarget>,
    /// Vendor, product and version the file says it is for (DFU suffix).
    pub made_for: Option<MadeFor>,
    /// Start address, where the format carries one (Intel HEX type 5, S7–S9, ELF entry).
    pub entry: Option<Address>,
    /// What a person should know though nothing is wrong.
    pub notes: Vec<String>,
}

/// Facts about the file itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's name, without its folder.
    pub name: String,
    pub format: Format,
    /// Length of the file in bytes.
    pub size: u64,
    pub sha256: [u8; 32],
    /// The CRC of a DFU suffix. It was checked at load: stated and computed are the same.
    pub crc: Option<u32>,
    /// How the addresses came about.
    pub placement: Placement,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// DfuSe 1.1a (`.dfu` with "DfuSe" prefix).
    DfuSe,
    /// A DFU 1.0/1.1 suffix behind plain bytes: no address inside.
    PlainDfu,
    IntelHex,
    SRecord,
    Elf,
    Binary,
}

impl Format {
    /// Has no addresses of its own.
    pub fn needs_address(self) -> bool {
        matches!(self, Self::PlainDfu | Self::Binary)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::DfuSe => "DfuSe",
            Self::PlainDfu => "plain DFU",
            Self::IntelHex => "Intel HEX",
            Self::SRecord => "S-record",
            Self::Elf => "ELF",
            Self::Binary => "binary",
        }
    }
}

/// Where an image's addresses come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// The file carries them.
    InFile,
    /// A person gave the address.
    Asked(Address),
    /// The file carries none and nobody gave one: start of flash.
    Assumed(Address),
}

/// The identity in a DFU suffix. 0x0000 and 0xFFFF mean "any".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MadeFor {
    pub vendor: u16,
    pub product: u16,
    /// bcdDevice
    pub version: u16,
}

impl MadeFor {
    /// ST's bootloader in any version: what a file says that nobody said more about.
    pub const ST_BOOTLOADER: Self = Self {
        vendor: 0x0483,
        product: 0xDF11,
        version: 0xFFFF,
    };
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
        let mut joined: Vec<AddressRange> = Vec::new();
        for range in self.segments.iter().map(Segment::range) {
            match joined.last_mut() {
                Some(last) if last.end() == u64::from(range.start()) => {
                    if let Some(longer) = AddressRange::between(last.start(), range.end()) {
                        *last = longer;
                    }
                }
                _ => joined.push(range),
            }
        }
        joined
    }

    /// The holes between the ranges that hold data.
    pub fn gaps(&self) -> Vec<AddressRange> {
        let ranges = self.ranges();
        let (Some(first), Some(last)) = (ranges.first(), ranges.last()) else {
            return Vec::new();
        };
        AddressRange::between(first.start(), last.end())
            .map_or_else(Vec::new, |whole| whole.without(&ranges))
    }

    /// Copies what the image holds of `range` into `buffer`, whose first byte is at
    /// `range.start()`. Bytes the image does not hold stay as they are.
    pub fn copy_to(&self, range: AddressRange, buffer: &mut [u8]) {
        let first = self
            .segments
            .partition_point(|s| s.range().end() <= u64::from(range.start()));
        for segment in self.segments.iter().skip(first) {
            let Some(common) = segment.range().intersection(range) else {
                break;
            };
            let Some(source) = segment.slice(common) else {
                continue;
            };
            let at = common
                .start()
                .offset_from(range.start())
                .unwrap_or(u64::MAX);
            let into = usize::try_from(at)
                .ok()
                .and_then(|at| buffer.get_mut(at..at.checked_add(source.len())?));
            if let Some(into) = into {
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
        let from = usize::try_from(range.start().offset_from(self.range.start())?).ok()?;
        let length = usize::try_from(range.len()).ok()?;
        self.data.get(from..from.checked_add(length)?)
    }
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Segment({}, {} bytes)", self.range, self.data.len())
    }
}

impl Image {
    /// Bytes in all targets.
    pub fn bytes(&self) -> u64 {
        self.targets.iter().map(ImageTarget::bytes).sum()
    }

    /// The part for alternate setting `alternate`.
    pub fn target(&self, alternate: u8) -> Option<&ImageTarget> {
        self.targets.iter().find(|t| t.alternate == alternate)
    }
}
