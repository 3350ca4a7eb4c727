//! Memory as it is on the chip: bits only leave the erased value until a sector is erased. It keeps the
//! books that tests read: what was erased, what was written, and what a real flash would have
//! refused.

use std::time::Duration;

use crate::address::{Address, AddressRange};
use crate::memory::{MemoryMap, Sector};

use super::board::{AreaKind, Bootloader, Timing};

/// All memory behind a bootloader.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    areas: Vec<Store>,
    flash_word: u32,
    erased: u8,
    timing: Timing,
    erasures: Vec<Erasure>,
    writes: Vec<AddressRange>,
    defects: Vec<Defect>,
    work: Duration,
}

/// One area's bytes and sectors.
#[derive(Clone, Debug)]
struct Store {
    alternate: usize,
    kind: AreaKind,
    map: MemoryMap,
    range: AddressRange,
    bytes: Vec<u8>,
}

/// A sector that was erased, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    pub range: AddressRange,
    /// On the board's clock, when the erase was complete.
    pub at: Duration,
}

/// What a host did that a real flash does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// A flash word was programmed that had not been erased since: the bits are now the AND of
    /// old and new (F4), or the part raises an error (parts with ECC; L0 and L1: NOTZEROERR, which
    /// Black Magic Probe met on an L07x, pull request 119).
    NotErased(Address),
    /// The power went while this range was being erased or programmed.
    Torn(AddressRange),
    /// A key was written over, with which alone read protection can be removed (RM0456, OEM keys).
    KeySet(Address),
}

/// Where an address is: the area, and how its memory behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Located {
    pub(super) kind: AreaKind,
    pub(super) sector: Sector,
    /// The area it lies in, to its end.
    pub(super) area: AddressRange,
}

impl Memory {
    /// Blank memory for a bootloader. Areas that describe no sectors are left out.
    pub(super) fn new(bootloader: &Bootloader) -> Self {
        let areas = bootloader
            .alternates
            .iter()
            .enumerate()
            .flat_map(|(alternate, a)| a.areas.iter().map(move |area| (alternate, area)))
            .filter_map(|(alternate, area)| {
                let map = MemoryMap::new("", area.runs.clone()).ok()?;
                let range = *map.regions().first()?;
                let bytes = vec![bootloader.erased; usize::try_from(range.len()).ok()?];
                Some(Store {
                    alternate,
                    kind: area.kind,
                    map,
                    range,
                    bytes,
                })
            })
            .collect();
        Self {
            areas,
            flash_word: bootloader.flash_word.max(1),
            erased: bootloader.erased,
            timing: bootloader.timing.clone(),
            erasures: Vec::new(),
            writes: Vec::new(),
            defects: Vec::new(),
            work: Duration::ZERO,
        }
    }

    /// Places bytes as they are, without flash rules and books.
    pub(super) fn fill(&mut self, address: Address, bytes: &[u8]) {
        let Some(range) = AddressRange::new(address, bytes.len() as u64) else {
            return;
        };
        for store in &mut self.areas {
            let Some(common) = store.range.intersection(range) else {
                continue;
            };
            let source = range.offsets_of(common).and_then(|o| bytes.get(o));
            if let (Some(target), Some(source)) = (store.slice_mut(common), source) {
                target.copy_from_slice(source);
            }
        }
    }

    /// The bytes of `range`; `None` unless one area holds all of it.
    pub(super) fn read(&self, range: AddressRange) -> Option<&[u8]> {
        self.areas.iter().find_map(|store| store.slice(range))
    }

    /// As [`Memory::read`], from the selected alternate setting's own memory first.
    pub(super) fn read_selected(&self, alternate: usize, range: AddressRange) -> Option<&[u8]> {
        let selected = self.areas.iter().filter(|s| s.alternate == alternate);
        selected
            .clone()
            .find_map(|store| store.slice(range))
            .or_else(|| self.read(range))
    }

    /// The bytes from the first flash area's start to its end: "the" internal flash.
    pub(super) fn internal_flash(&self) -> &[u8] {
        self.areas
            .iter()
            .find(|store| store.kind == AreaKind::Flash)
            .map_or(&[], |store| store.bytes.as_slice())
    }

    /// The sectors of "the" internal flash.
    pub(super) fn flash_map(&self) -> Option<&MemoryMap> {
        let mut areas = self.areas.iter();
        let flash = areas.find(|store| store.kind == AreaKind::Flash)?;
        Some(&flash.map)
    }

    /// Sectors erased so far, oldest first; a mass erase counts once for each sector.
    pub(super) fn erasures(&self) -> &[Erasure] {
        &self.erasures
    }

    /// Ranges written so far, oldest first, neighbours joined.
    pub(super) fn writes(&self) -> &[AddressRange] {
        &self.writes
    }

    pub(super) fn defects(&self) -> &[Defect] {
        &self.defects
    }

    /// Time the flash itself spent erasing and programming: the floor for any host.
    pub(super) fn work(&self) -> Duration {
        self.work
    }

    /// Finds an address, in the selected alternate setting first: the partitions of STM32MP all
    /// begin near 0.
    pub(super) fn locate(&self, alternate: usize, address: Address) -> Option<Located> {
        let find = |store: &&Store| store.range.contains(address);
        let selected = self.areas.iter().filter(|s| s.alternate == alternate);
        let store = selected
            .clone()
            .find(find)
            .or_else(|| self.areas.iter().find(find))?;
        Some(Located {
            kind: store.kind,
            sector: store.map.sector_at(address)?,
            area: AddressRange::between(address, store.range.end())?,
        })
    }

    /// The sectors of one area that share an address with `range`.
    pub(super) fn sectors_touching(&self, alternate: usize, range: AddressRange) -> Vec<Sector> {
        let overlaps = |store: &&Store| store.range.overlaps(range);
        let selected = self.areas.iter().filter(|s| s.alternate == alternate);
        selected
            .clone()
            .find(overlaps)
            .or_else(|| self.areas.iter().find(overlaps))
            .map(|store| store.map.sectors_touching(range).collect())
            .unwrap_or_default()
    }

    /// Every sector of every erasable flash area.
    pub(super) fn erasable_sectors(&self) -> Vec<Sector> {
        self.areas
            .iter()
            .filter(|store| store.kind == AreaKind::Flash)
            .flat_map(|store| store.map.sectors())
            .filter(|sector| sector.access.erase)
            .collect()
    }

    pub(super) fn erase_time(&self, sector: Sector) -> Duration {
        let size = u32::try_from(sector.range.len()).unwrap_or(u32::MAX);
        self.timing.erase_of(size)
    }

    pub(super) fn mass_erase_time(&self) -> Duration {
        self.timing.mass_erase
    }

    /// The time for the flash words that `range` touches; memory that is no flash takes none.
    pub(super) fn program_time(&self, kind: AreaKind, range: AddressRange) -> Duration {
        match kind {
            AreaKind::Flash | AreaKind::OneTime => {
                let words =
                    range.aligned_outward(self.flash_word).len() / u64::from(self.flash_word);
                self.timing.program * u32::try_from(words).unwrap_or(u32::MAX)
            }
            AreaKind::OptionBytes => self.timing.erase_of(0),
            AreaKind::Ram | AreaKind::Ignored => Duration::ZERO,
        }
    }

    pub(super) fn spend(&mut self, time: Duration) {
        self.work += time;
    }

    pub(super) fn erase(&mut self, range: AddressRange, at: Duration) {
        for store in &mut self.areas {
            if let Some(bytes) = store.slice_mut(range) {
                bytes.fill(self.erased);
                self.erasures.push(Erasure { range, at });
                return;
            }
        }
    }

    /// Programs `bytes` at `address` by the rules of the memory there.
    pub(super) fn program(&mut self, alternate: usize, address: Address, bytes: &[u8]) {
        let Some(range) = AddressRange::new(address, bytes.len() as u64) else {
            return;
        };
        let (word, erased) = (self.flash_word, self.erased);
        let holds = |s: &Store| s.range.contains_range(range);
        let index = self
            .areas
            .iter()
            .position(|s| s.alternate == alternate && holds(s))
            .or_else(|| self.areas.iter().position(holds));
        let Some(store) = index.and_then(|index| self.areas.get_mut(index)) else {
            return;
        };
        match store.kind {
            AreaKind::Flash | AreaKind::OneTime => {
                let defects = store.words_not_erased(range, word, erased);
                self.defects.extend(defects.map(Defect::NotErased));
                if let Some(target) = store.slice_mut(range) {
                    for (memory, byte) in target.iter_mut().zip(bytes) {
                        // Only bits that differ from the erased value are programmed.
                        *memory = ((*memory ^ erased) | (byte ^ erased)) ^ erased;
                    }
                }
            }
            AreaKind::Ram => {
                if let Some(target) = store.slice_mut(range) {
                    target.copy_from_slice(bytes);
                }
            }
            AreaKind::OptionBytes | AreaKind::Ignored => return,
        }
        self.note_write(range);
    }

    /// The power goes in the middle of an erase: the cells hold anything.
    pub(super) fn tear_erase(&mut self, range: AddressRange) {
        for store in &mut self.areas {
            if let Some(bytes) = store.slice_mut(range) {
                for byte in bytes.iter_mut() {
                    *byte = ((*byte ^ self.erased) & 0xA5) ^ self.erased;
                }
                self.defects.push(Defect::Torn(range));
                return;
            }
        }
    }

    pub(super) fn note_torn(&mut self, range: AddressRange) {
        self.defects.push(Defect::Torn(range));
    }

    /// Option bytes were written; `key` with them.
    pub(super) fn note_options(&mut self, start: Address, length: usize, key: Option<Address>) {
        if let Some(range) = AddressRange::new(start, length as u64) {
            self.note_write(range);
        }
        self.defects.extend(key.map(Defect::KeySet));
    }

    fn note_write(&mut self, range: AddressRange) {
        let joined = self
            .writes
            .last()
            .filter(|last| last.end() == u64::from(range.start()))
            .and_then(|last| AddressRange::between(last.start(), range.end()));
        match (joined, self.writes.last_mut()) {
            (Some(joined), Some(last)) => *last = joined,
            _ => self.writes.push(range),
        }
    }
}

impl Store {
    fn slice(&self, range: AddressRange) -> Option<&[u8]> {
        self.bytes.get(self.range.offsets_of(range)?)
    }

    fn slice_mut(&mut self, range: AddressRange) -> Option<&mut [u8]> {
        self.bytes.get_mut(self.range.offsets_of(range)?)
    }

    fn words_not_erased(
        &self,
        range: AddressRange,
        word: u32,
        erased: u8,
    ) -> impl Iterator<Item = Address> {
        let is_erased = move |cells: &[u8]| cells.iter().all(|cell| *cell == erased);
        range
            .aligned_outward(word)
            .intersection(self.range)
            .into_iter()
            .flat_map(move |whole| whole.blocks(word))
            .filter(move |word| self.slice(*word).is_some_and(|cells| !is_erased(cells)))
            .map(AddressRange::start)
    }
}
