//! Regions and sectors of one target, and the access that each allows.

use std::ops::Range;

use crate::address::{Address, AddressRange, push_joined};

/// The memory of one alternate setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryMap {
    /// The target's name, trimmed: "Internal Flash".
    pub name: String,
    /// Runs of equal sectors, sorted by address, never overlapping, none empty.
    runs: Vec<SectorRun>,
}

/// `count` sectors of `size` bytes from `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectorRun {
    pub start: Address,
    pub count: u32,
    /// Bytes in one sector, at least 1.
    pub size: u32,
    pub access: Access,
}

/// The access that a sector allows: the letters a–g of the layout string (UM0424 §10.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Access {
    pub read: bool,
    pub erase: bool,
    pub write: bool,
}

/// The smallest piece that can be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sector {
    /// Counted from 0 over the whole map.
    pub index: u32,
    pub range: AddressRange,
    pub access: Access,
}

impl SectorRun {
    /// All of its addresses; `None` if it is empty or runs past the address space.
    pub fn range(&self) -> Option<AddressRange> {
        let length = u64::from(self.count).checked_mul(u64::from(self.size))?;
        AddressRange::new(self.start, length).filter(|r| !r.is_empty())
    }

    /// The start of its sector `number`.
    pub(super) fn start_of(&self, number: u32) -> Option<Address> {
        let offset = u64::from(number).checked_mul(u64::from(self.size))?;
        self.start.checked_add(offset)
    }

    /// The numbers of its sectors that share an address with `range`; `None` if there are none.
    pub(super) fn numbers_touching(&self, range: AddressRange) -> Option<Range<u32>> {
        let common = self.range()?.intersection(range)?;
        let size = u64::from(self.size);
        let from = common.start().offset_from(self.start)? / size;
        let to = (common.end() - u64::from(self.start)).div_ceil(size);
        Some(u32::try_from(from).ok()?..u32::try_from(to).ok()?)
    }

    fn sector(&self, number: u32, index: u32) -> Option<Sector> {
        let start = self.start_of(number)?;
        Some(Sector {
            index,
            range: AddressRange::new(start, u64::from(self.size))?,
            access: self.access,
        })
    }
}

/// The most sectors a map may have. Plans, progress and the window hold each sector singly, so a
/// board must not be able to name billions. An STM32's largest window for external flash, 256 MiB
/// (RM0433, QUADSPI), has 65,536 sectors of 4 KiB.
const MAX_SECTORS: u64 = 1 << 18;

/// Why runs were refused as a map.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    #[error("{count} sectors of {size} bytes at {start} run past the address space")]
    TooLong {
        start: Address,
        count: u32,
        size: u32,
    },
    #[error("two regions both claim {0}")]
    Overlap(AddressRange),
    #[error("it holds no sectors")]
    Empty,
    #[error("it holds {0} sectors, more than any real memory")]
    TooMany(u64),
}

impl MemoryMap {
    /// Sorts and checks the runs. Runs without sectors are dropped.
    ///
    /// # Errors
    /// When runs overlap, run past the address space, have too many sectors, or none is left.
    pub fn new(name: impl Into<String>, mut runs: Vec<SectorRun>) -> Result<Self, MapError> {
        runs.retain(|run| run.count > 0 && run.size > 0);
        runs.sort_by_key(|run| run.start);
        let mut previous: Option<AddressRange> = None;
        for run in &runs {
            let SectorRun {
                start, count, size, ..
            } = *run;
            let range = run
                .range()
                .ok_or(MapError::TooLong { start, count, size })?;
            if let Some(common) = previous.and_then(|p| p.intersection(range)) {
                return Err(MapError::Overlap(common));
            }
            previous = Some(range);
        }
        if runs.is_empty() {
            return Err(MapError::Empty);
        }
        let sectors = runs.iter().map(|run| u64::from(run.count)).sum();
        if sectors > MAX_SECTORS {
            return Err(MapError::TooMany(sectors));
        }
        Ok(Self {
            name: name.into(),
            runs,
        })
    }

    pub fn runs(&self) -> &[SectorRun] {
        &self.runs
    }

    /// Bytes in all sectors.
    pub fn bytes(&self) -> u64 {
        self.runs
            .iter()
            .filter_map(|r| r.range())
            .map(AddressRange::len)
            .sum()
    }

    pub fn sector_count(&self) -> u32 {
        self.runs.iter().map(|run| run.count).sum()
    }

    /// The runs, joined where they touch.
    pub fn regions(&self) -> Vec<AddressRange> {
        self.regions_where(|_| true)
    }

    /// The runs with the wanted access, joined where they touch.
    pub fn regions_where(&self, wanted: impl Fn(Access) -> bool) -> Vec<AddressRange> {
        let mut regions = Vec::new();
        let runs = self.runs.iter().filter(|run| wanted(run.access));
        for range in runs.filter_map(SectorRun::range) {
            push_joined(&mut regions, range);
        }
        regions
    }

    /// The first part of `range` outside all runs with the wanted access; `None` if the range fits.
    pub(crate) fn first_outside(
        &self,
        range: AddressRange,
        wanted: impl Fn(Access) -> bool,
    ) -> Option<AddressRange> {
        let outside = range.without(&self.regions_where(wanted));
        outside.first().copied()
    }

    /// The value of an erased byte. 0x00 on STM32L0 and L1 (stlink, `stlink_get_erased_pattern`;
    /// OpenOCD stm32lx.c, `stm32lx_erase_check`), the only STM32 whose flash pages have 128 or 256
    /// bytes.
    pub(crate) fn erased_value(&self) -> u8 {
        let small_pages = self.runs.iter().all(|run| matches!(run.size, 128 | 256));
        if small_pages && self.start() == Some(Address::FLASH) {
            0x00
        } else {
            0xFF
        }
    }

    /// The lowest address; always `Some`, because [`MemoryMap::new`] refuses an empty map.
    pub(crate) fn start(&self) -> Option<Address> {
        self.runs.first().map(|run| run.start)
    }

    /// Every sector, lowest address first.
    pub fn sectors(&self) -> impl Iterator<Item = Sector> + '_ {
        self.indexed_runs()
            .flat_map(|(first, run)| sectors_of(run, first, 0..run.count))
    }

    /// The sectors that share an address with `range`, lowest first, without a walk over the rest.
    pub fn sectors_touching(&self, range: AddressRange) -> impl Iterator<Item = Sector> + '_ {
        self.indexed_runs().flat_map(move |(first, run)| {
            let numbers = run.numbers_touching(range).unwrap_or(0..0);
            sectors_of(run, first, numbers)
        })
    }

    /// The sector that holds `address`.
    pub fn sector_at(&self, address: Address) -> Option<Sector> {
        self.sectors_touching(AddressRange::new(address, 1)?).next()
    }

    /// Each run with the index of its first sector.
    fn indexed_runs(&self) -> impl Iterator<Item = (u32, &SectorRun)> {
        self.runs.iter().scan(0u32, |next, run| {
            let first = *next;
            *next += run.count;
            Some((first, run))
        })
    }
}

fn sectors_of(
    run: &SectorRun,
    first: u32,
    numbers: Range<u32>,
) -> impl Iterator<Item = Sector> + '_ {
    numbers.filter_map(move |number| run.sector(number, first + number))
}
