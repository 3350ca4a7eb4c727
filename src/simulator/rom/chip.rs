//! The chip behind the state machine: its memory, and what its option bytes protect.

use crate::address::{Address, AddressRange};

use super::super::board::{Board, Bootloader};
use super::super::flash::Memory;
use super::super::option_bytes::{Loaded, OptionBytes, Region};

#[derive(Clone, Debug)]
pub(in super::super) struct Chip {
    pub(in super::super) bootloader: Bootloader,
    pub(in super::super) memory: Memory,
    pub(in super::super) read_protected: bool,
    /// Whatever the option bytes say.
    write_protected: Vec<AddressRange>,
    /// The option bytes as the last reset found them.
    loaded: Loaded,
}

impl Chip {
    /// A chip as it is soldered in, before its first reset.
    pub(in super::super) fn new(bootloader: Bootloader, board: &Board) -> Self {
        let mut memory = Memory::new(&bootloader);
        for (start, bytes) in bootloader.option_bytes.iter().flat_map(|o| &o.factory) {
            memory.fill(*start, bytes);
        }
        for (address, bytes) in &board.contents {
            memory.fill(*address, bytes);
        }
        let mut chip = Self {
            bootloader,
            memory,
            read_protected: board.read_protected,
            write_protected: board.write_protected.clone(),
            loaded: Loaded::default(),
        };
        if board.read_protected {
            chip.set_read_protection(true);
        }
        chip
    }

    /// The option bytes, each region with what it holds now; `None` where this bootloader has no
    /// access to them.
    fn options(&self) -> Option<(&OptionBytes, Vec<Region>)> {
        let options = self.bootloader.option_bytes.as_ref()?;
        let region = |(start, factory): &Region| {
            let range = AddressRange::new(*start, factory.len() as u64)?;
            Some((*start, self.memory.read(range)?.to_vec()))
        };
        let regions = options.factory.iter().map(region);
        Some((options, regions.collect::<Option<_>>()?))
    }

    /// A reset: from now on the chip obeys what its option bytes say.
    pub(in super::super) fn load_options(&mut self) {
        let Some((options, regions)) = self.options() else {
            return;
        };
        let Some(flash) = self.memory.flash_map() else {
            return;
        };
        let loaded = options.load(&regions, flash);
        let settled: Vec<_> = regions
            .iter()
            .map(|(start, stored)| (*start, options.settled(stored)))
            .collect();
        self.read_protected = loaded.read_protected;
        self.loaded = loaded;
        for (start, bytes) in settled {
            self.memory.fill(start, &bytes);
        }
    }

    /// The bootloader does not run, at any boot pin.
    pub(in super::super) fn never_boots(&self) -> bool {
        self.loaded.never_boots
    }

    /// Whether option bytes begin at `start`; any address does where nothing is known of them.
    pub(super) fn begins_options(&self, start: Address) -> bool {
        let options = self.bootloader.option_bytes.as_ref();
        options.is_none_or(|o| o.factory.iter().any(|(region, _)| *region == start))
    }

    /// Writes option bytes. Returns whether the chip resets.
    pub(super) fn write_options(&mut self, start: Address, sent: &[u8]) -> bool {
        let Some((options, regions)) = self.options() else {
            self.memory.fill(start, sent);
            return true;
        };
        let resets = options.resets;
        let key = options.key_set_by(start, sent);
        let region = regions.iter().find(|(region, _)| *region == start);
        let after = region.map(|(_, stored)| options.after_write(start, stored, sent));
        if let Some(after) = after {
            self.memory.fill(start, &after);
        }
        self.memory.note_options(start, sent.len(), key);
        resets
    }

    /// The power goes while option bytes are written: they are erased first (AN2662 §2.11; boards
    /// whose power went show 0xFF, rusefi#8926).
    pub(super) fn tear_options(&mut self, start: Address) {
        let Some((_, regions)) = self.options() else {
            return;
        };
        let region = regions.iter().find(|(region, _)| *region == start);
        if let Some((start, stored)) = region {
            let erased = vec![0xFF; stored.len()];
            self.memory.fill(*start, &erased);
            let torn = AddressRange::new(*start, stored.len() as u64);
            torn.into_iter()
                .for_each(|range| self.memory.note_torn(range));
        }
    }

    /// Level 1, or none.
    pub(super) fn set_read_protection(&mut self, protected: bool) {
        self.read_protected = protected;
        let Some((options, regions)) = self.options() else {
            return;
        };
        let after: Vec<_> = regions
            .iter()
            .map(|(start, stored)| {
                let after = options.with_read_protection(*start, stored, protected);
                (*start, after)
            })
            .collect();
        for (start, bytes) in after {
            self.memory.fill(start, &bytes);
        }
    }

    pub(super) fn is_write_protected(&self, range: AddressRange) -> bool {
        let mut protected = self
            .write_protected
            .iter()
            .chain(&self.loaded.write_protected);
        protected.any(|protected| protected.overlaps(range))
    }
}
