//! Option bytes as a chip keeps them: how it stores what a bootloader writes, and what it obeys from
//! the next reset on. The layouts are those of ST's reference manuals.

use crate::address::{Address, AddressRange};
use crate::memory::{MemoryMap, Sector};

/// Where a region begins, and its bytes.
pub(super) type Region = (Address, Vec<u8>);

/// The option bytes of a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionBytes {
    pub storage: Storage,
    /// The values that the chip leaves the factory with.
    pub factory: Vec<(Address, Vec<u8>)>,
    pub read_protection: ReadProtection,
    pub write_protection: Vec<WriteProtection>,
    /// Bits with which it starts from flash, whatever the BOOT0 pin says.
    pub ignores_boot_pin: Option<Bits>,
    /// The bootloader resets the chip after a write. ST on the U5: only where loading the options
    /// resets (community 815774).
    pub resets: bool,
}

/// How values are stored, and which part of a write the bootloader takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// STM32F0, F1, F3: a byte and its complement. All are erased before the first is written
    /// (AN2662 §2.11); then they are written as they come, as tools for the F0 and F3 rely on
    /// (dap42, usbkvm).
    Bytes,
    /// STM32F2, F4, F7: 16 bits and their complement, twice. The first half-word of every eight bytes
    /// is taken: STM32CubeProgrammer sends an old complement and an old copy
    /// (optionbytes_interface.c of an OpenBootloader for the F446).
    DoubledHalfWords,
    /// STM32L0, L1: 16 bits and their complement, written as they come (meetjestad programmer.py).
    HalfWords,
    /// STM32L4, G4, WB: a word and its complement. The words are taken, the hardware makes the
    /// complements (ST's OpenBootloader, optionbytes_interface.c).
    Words,
    /// STM32U5: registers, the last of them keys that read as 0 (RM0456).
    Registers { keys_from: u32 },
    /// STM32H7: of each setting a register to read, and beside it one to write (RM0433). These are
    /// the offsets of the first.
    RegisterPairs(&'static [u32]),
}

/// Where the level of read protection is kept, and its value at level 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadProtection {
    pub at: Address,
    pub off: u8,
}

/// Level 2: the bootloader never runs again. An F1 has no such level.
const LEVEL_2: u8 = 0xCC;
const LEVEL_1: u8 = 0xBB;

/// Bits of the word at an address that all have these values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    pub at: Address,
    pub mask: u32,
    pub value: u32,
}

/// Which part of the flash cannot be erased or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteProtection {
    /// A bit for each piece of the flash, from piece number `first` on.
    Bits {
        at: Address,
        count: u32,
        first: u32,
        piece: Piece,
        /// The value of a bit that protects.
        protects: bool,
    },
    /// The numbers of the first and the last page, in bits 0 and 16 and up of a word: nothing is
    /// protected where the first is greater.
    Pages {
        at: Address,
        mask: u32,
        size: u32,
        bank: Address,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    Sector,
    Bytes(u32),
}

/// What a chip obeys since its last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Loaded {
    pub(super) read_protected: bool,
    /// The bootloader does not run, at any boot pin.
    pub(super) never_boots: bool,
    pub(super) write_protected: Vec<AddressRange>,
}

impl OptionBytes {
    /// The region that begins at `start`, after `sent` was written over `stored` from its beginning.
    pub(super) fn after_write(&self, start: Address, stored: &[u8], sent: &[u8]) -> Vec<u8> {
        let mut after = stored.to_vec();
        match self.storage {
            Storage::Bytes => {
                after.fill(0xFF);
                copy(&mut after, 0, sent);
            }
            Storage::HalfWords => copy(&mut after, 0, sent),
            Storage::DoubledHalfWords => {
                for (number, slot) in sent.chunks_exact(8).enumerate() {
                    let &[low, high, ..] = slot else { continue };
                    // Bits 0 and 1 of the first are OPTLOCK and OPTSTRT in the register.
                    let low = if number == 0 { low | 3 } else { low };
                    let pair = [low, high, !low, !high];
                    copy(&mut after, number * 8, &pair);
                    copy(&mut after, number * 8 + 4, &pair);
                }
            }
            Storage::Words => {
                for (number, slot) in sent.chunks(8).enumerate() {
                    let Some(word) = slot.get(..4) else { continue };
                    let complement: Vec<u8> = word.iter().map(|byte| !byte).collect();
                    copy(&mut after, number * 8, word);
                    copy(&mut after, number * 8 + 4, &complement);
                }
            }
            Storage::Registers { keys_from } => {
                let keys = Address(keys_from).offset_from(start).unwrap_or(0);
                let plain = sent.get(..usize::try_from(keys).unwrap_or(usize::MAX));
                copy(&mut after, 0, plain.unwrap_or(sent));
            }
            Storage::RegisterPairs(offsets) => {
                for offset in offsets {
                    let written = *offset as usize + 4;
                    if let Some(word) = sent.get(written..written + 4) {
                        copy(&mut after, written, word);
                    }
                }
            }
        }
        after
    }

    /// The first key that a write from `start` sets, if it sets one.
    pub(super) fn key_set_by(&self, start: Address, sent: &[u8]) -> Option<Address> {
        let Storage::Registers { keys_from } = self.storage else {
            return None;
        };
        let written = AddressRange::new(start, sent.len() as u64)?;
        let keys = Address(keys_from);
        written.contains(keys).then_some(keys)
    }

    /// The region as the hardware loads it: what does not match its complement counts as all ones.
    fn loaded(&self, stored: &[u8]) -> Vec<u8> {
        let half = match self.storage {
            Storage::Bytes => 1,
            Storage::HalfWords | Storage::DoubledHalfWords => 2,
            Storage::Words => 4,
            Storage::Registers { .. } => return stored.to_vec(),
            Storage::RegisterPairs(offsets) => return with_written_registers(stored, offsets),
        };
        let mut loaded = stored.to_vec();
        for pair in loaded.chunks_exact_mut(2 * half) {
            let (value, complement) = pair.split_at_mut(half);
            if value.iter().zip(&*complement).any(|(v, c)| *v != !*c) {
                value.fill(0xFF);
            }
        }
        loaded
    }

    /// The region as it reads after a reset.
    pub(super) fn settled(&self, stored: &[u8]) -> Vec<u8> {
        match self.storage {
            Storage::RegisterPairs(offsets) => with_written_registers(stored, offsets),
            _ => stored.to_vec(),
        }
    }

    /// What a reset makes effective.
    pub(super) fn load(&self, regions: &[Region], flash: &MemoryMap) -> Loaded {
        let loaded: Vec<_> = regions
            .iter()
            .map(|(start, stored)| (*start, self.loaded(stored)))
            .collect();
        let word = |at: Address| word_at(&loaded, at);
        let level = word(self.read_protection.at).to_le_bytes()[0];
        let by_bits = |bits: Bits| word(bits.at) & bits.mask == bits.value;
        let protections = self.write_protection.iter();
        Loaded {
            read_protected: level != self.read_protection.off,
            never_boots: level == LEVEL_2 && self.read_protection.off != 0xA5
                || self.ignores_boot_pin.is_some_and(by_bits),
            write_protected: protections
                .flat_map(|protection| protection.ranges(word, flash))
                .collect(),
        }
    }

    /// The region that begins at `start`, with read protection at level 1 or 0.
    pub(super) fn with_read_protection(
        &self,
        start: Address,
        stored: &[u8],
        protected: bool,
    ) -> Vec<u8> {
        let mut sent = stored.to_vec();
        let offset = self.read_protection.at.offset_from(start);
        let byte = offset.and_then(|offset| sent.get_mut(usize::try_from(offset).ok()?));
        let Some(byte) = byte else {
            return sent;
        };
        *byte = match protected {
            true => LEVEL_1,
            false => self.read_protection.off,
        };
        let level = *byte;
        // Where the complement is written as it comes.
        let complement = match self.storage {
            Storage::Bytes => 1,
            Storage::HalfWords => 2,
            Storage::RegisterPairs(_) => {
                copy(&mut sent, 5, &[level]);
                return with_written_registers(&self.after_write(start, stored, &sent), &[0]);
            }
            _ => return self.after_write(start, stored, &sent),
        };
        copy(&mut sent, complement, &[!level]);
        self.after_write(start, stored, &sent)
    }
}

/// H7: after a reset the registers to read are those that were written.
fn with_written_registers(stored: &[u8], offsets: &[u32]) -> Vec<u8> {
    let mut loaded = stored.to_vec();
    for offset in offsets {
        let read = *offset as usize;
        if let Some(word) = stored.get(read + 4..read + 8) {
            copy(&mut loaded, read, word);
        }
    }
    loaded
}

impl WriteProtection {
    fn ranges(&self, word: impl Fn(Address) -> u32, flash: &MemoryMap) -> Vec<AddressRange> {
        match *self {
            Self::Bits {
                at,
                count,
                first,
                piece,
                protects,
            } => {
                let value = word(at);
                let protected = move |bit: &u32| (value >> bit & 1 == 1) == protects;
                let bits = (0..count).filter(protected);
                bits.filter_map(|bit| piece.range(first + bit, flash))
                    .collect()
            }
            Self::Pages {
                at,
                mask,
                size,
                bank,
            } => {
                let (first, last) = (word(at) & mask, word(at) >> 16 & mask);
                let pages = u64::from((last + 1).saturating_sub(first));
                let start = bank.checked_add(u64::from(first) * u64::from(size));
                let range = start.and_then(|at| AddressRange::new(at, pages * u64::from(size)));
                range.into_iter().collect()
            }
        }
    }
}

impl Piece {
    fn range(self, number: u32, flash: &MemoryMap) -> Option<AddressRange> {
        match self {
            Self::Sector => flash.sectors().nth(number as usize).map(range_of),
            Self::Bytes(size) => {
                let offset = u64::from(number) * u64::from(size);
                AddressRange::new(flash.start()?.checked_add(offset)?, size.into())
            }
        }
    }
}

fn range_of(sector: Sector) -> AddressRange {
    sector.range
}

/// Four bytes from `at`, as far as a region holds them; the rest counts as ones.
fn word_at(regions: &[Region], at: Address) -> u32 {
    let bytes = regions.iter().find_map(|(start, bytes)| {
        let offset = usize::try_from(at.offset_from(*start)?).ok()?;
        bytes.get(offset..).filter(|rest| !rest.is_empty())
    });
    let mut word = [0xFF; 4];
    for (target, byte) in word.iter_mut().zip(bytes.unwrap_or_default()) {
        *target = *byte;
    }
    u32::from_le_bytes(word)
}

/// Copies as much of `source` as there is room for at `offset`.
fn copy(target: &mut [u8], offset: usize, source: &[u8]) {
    let room = target.get_mut(offset..).unwrap_or_default();
    for (target, byte) in room.iter_mut().zip(source) {
        *target = *byte;
    }
}
