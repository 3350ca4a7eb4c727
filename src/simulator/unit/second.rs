//! A second bootloader, in flash, with other memory behind it.

use super::Unit;
use crate::address::{Address, AddressRange};
use crate::simulator::board::{Bootloader, Second};
use crate::simulator::flash::Memory;

/// The bootloader that is not active, and its memory.
pub(super) struct Other {
    bootloader: Bootloader,
    memory: Memory,
    mark: (Address, Vec<u8>),
    /// The second bootloader is active, and this is the first.
    is_first: bool,
}

impl Other {
    pub(super) fn new(second: &Second) -> Self {
        Self {
            memory: Memory::new(&second.bootloader),
            bootloader: second.bootloader.clone(),
            mark: second.mark.clone(),
            is_first: false,
        }
    }
}

impl Unit {
    /// Starts the second bootloader, at the start of flash, if the mark is there. It takes the mark.
    pub(super) fn starts_second(&mut self, address: Address) -> bool {
        let (Some(chip), Some(other)) = (&mut self.chip, &self.second) else {
            return false;
        };
        let (at, bytes) = &other.mark;
        let range = AddressRange::new(*at, bytes.len() as u64);
        let held = range.and_then(|range| chip.memory.read(range));
        if other.is_first || address != Address::FLASH || held != Some(bytes.as_slice()) {
            return false;
        }
        chip.memory.fill(*at, &vec![0; bytes.len()]);
        self.swap();
        true
    }

    /// Power-up: BOOT0 selects the ROM.
    pub(super) fn return_to_first(&mut self) {
        if self.second.as_ref().is_some_and(|other| other.is_first) {
            self.swap();
        }
    }

    fn swap(&mut self) {
        let (Some(chip), Some(other)) = (&mut self.chip, &mut self.second) else {
            return;
        };
        // Both write the internal flash.
        let flash = chip.memory.internal_flash().to_vec();
        other.memory.fill(Address::FLASH, &flash);
        std::mem::swap(&mut chip.bootloader, &mut other.bootloader);
        std::mem::swap(&mut chip.memory, &mut other.memory);
        other.is_first = !other.is_first;
    }
}
