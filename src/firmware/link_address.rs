//! Where a raw program was linked to begin, judged by the handlers in its vector table: they are
//! absolute addresses of functions inside the file.

use super::vector_table::{is_linked_at_zero, is_stack, words};
use crate::address::{Address, AddressRange};

/// The address where a raw program begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkAddress {
    /// The handlers are inside the file if it begins here; nothing speaks for another address.
    Proven(Address),
    /// The handlers are inside the file here and at other addresses; this is the roundest one.
    Likely(Address),
}

/// Programs begin at a multiple of this: the smallest page of an STM32's flash is 1 KiB (F0, F1).
const STEP: u32 = 0x400;

/// The vectors of the core (Armv7-M ARM, B1.5.2), without the stack and the reserved ones, which
/// some linkers use for their own words.
const CORE_VECTORS: [usize; 10] = [1, 2, 3, 4, 5, 6, 11, 12, 14, 15];

impl LinkAddress {
    /// `None` if `data` does not begin with a vector table, or one of its handlers is elsewhere.
    pub(crate) fn of(data: &[u8]) -> Option<Self> {
        let table: Vec<u32> = words(data).take(64).map(|word| word.0).collect();
        if !is_stack(Address(*table.first()?)) || table.get(1)? % 2 == 0 {
            return None;
        }
        let handlers = Handlers::of(&table)?;
        let length = u32::try_from(data.len()).ok()?;
        if is_linked_at_zero(data) {
            // Linked at zero, where an STM32 shows the memory that it boots from.
            return Some(Self::Proven(Address::FLASH));
        }
        let first = handlers.last.saturating_sub(length).checked_add(1)?;
        let last = handlers.first.checked_sub(TWO_WORDS)?;
        let fitting = (first.checked_next_multiple_of(STEP)?..=last)
            .step_by(STEP as usize)
            .filter(|base| is_in(&FLASH, *base) || is_in(&MAPPED_FLASH, *base))
            .filter(|base| handlers.fit(length, *base));
        let evident: Vec<u32> = fitting
            .clone()
            .filter(|base| handlers.loop_at(data, *base) && handlers.start_at(data, *base))
            .collect();
        let flash = Address::FLASH.0;
        let fits_flash = handlers.reset_fits(length, flash);
        let flash_is_evident = handlers.loop_at(data, flash) || handlers.start_at(data, flash);
        let roundest = |likely: Option<u32>| likely.map(|base| Self::Likely(Address(base)));
        match evident.as_slice() {
            [only] if !(fits_flash && flash_is_evident) => Some(Self::Proven(Address(*only))),
            _ if fits_flash => Some(Self::Proven(Address::FLASH)),
            // Only the two words speak for a program. In bytes that are none, one of two words may
            // be a stack if it may be anywhere.
            [] if !is_in(&INTERNAL_RAM, table.first()?.checked_sub(1)?) => None,
            [] => {
                let internal = fitting.filter(|base| is_in(&FLASH, *base));
                roundest(internal.max_by_key(roundness))
            }
            several => roundest(several.iter().copied().max_by_key(roundness)),
        }
    }

    /// Whether the program that was linked here can all the same belong at `at`: its reset handler is
    /// inside there and its code does not show otherwise; or the handlers count from zero, and a
    /// bootloader can move it.
    pub(crate) fn allows(self, data: &[u8], at: Address) -> bool {
        let table: Vec<u32> = words(data).take(64).map(|word| word.0).collect();
        let (Some(handlers), Ok(length)) = (Handlers::of(&table), u32::try_from(data.len())) else {
            return true;
        };
        let (linked, at) = (self.address().0, at.0);
        let evident = handlers.loop_at(data, linked) && handlers.start_at(data, linked);
        let evident_there = handlers.loop_at(data, at) || handlers.start_at(data, at);
        is_linked_at_zero(data) || handlers.reset_fits(length, at) && (evident_there || !evident)
    }

    pub(crate) fn address(self) -> Address {
        match self {
            Self::Proven(at) | Self::Likely(at) => at,
        }
    }
}

/// Start and length of internal flash, as seen without and with TrustZone (RM0438, RM0456): the
/// largest, of an STM32U5G9, has 4 MiB.
const FLASH: [(u32, u64); 2] = [(0x0800_0000, 4 << 20), (0x0C00_0000, 4 << 20)];

/// Start and length of internal RAM where a stack can be: core-coupled RAM and SRAM2 (RM0440,
/// RM0351), SRAM (RM0456: 3 MiB in an STM32U5G9), AXI SRAM, SRAM1 to SRAM4 of an H7 (RM0433), and
/// the same with TrustZone (RM0456, RM0486).
const INTERNAL_RAM: [(u32, u64); 6] = [
    (0x1000_0000, 1 << 20),
    (0x2000_0000, 4 << 20),
    (0x2400_0000, 4 << 20),
    (0x3000_0000, 4 << 20),
    (0x3400_0000, 4 << 20),
    (0x3800_0000, 64 << 10),
];

/// External flash that programs run from: OCTOSPI and QUADSPI (RM0433, RM0468).
const MAPPED_FLASH: [(u32, u64); 2] = [(0x7000_0000, 256 << 20), (0x9000_0000, 256 << 20)];

fn is_in(ranges: &[(u32, u64)], address: u32) -> bool {
    let mut ranges = ranges.iter();
    ranges.any(|(start, length)| {
        AddressRange::new(Address(*start), *length).is_some_and(|r| r.contains(Address(address)))
    })
}

/// Bootloaders have round sizes, and programs begin after them.
fn roundness(base: &u32) -> u32 {
    base.trailing_zeros()
}

const TWO_WORDS: u32 = 8;

/// The addresses of a table's handlers, without the Thumb bit.
struct Handlers {
    reset: u32,
    first: u32,
    last: u32,
    /// Each once.
    core: Vec<u32>,
    /// The one that most vectors share: usually an endless loop for unused interrupts.
    shared: Option<u32>,
}

impl Handlers {
    fn of(table: &[u32]) -> Option<Self> {
        let vectors = CORE_VECTORS.iter().filter_map(|index| table.get(*index));
        let reset = *table.get(1)?;
        // A short program may have only these two vectors: other words are not addresses.
        let handler = |word: &u32| (word % 2 == 1 && is_near(*word, reset)).then(|| word & !1);
        let mut core: Vec<u32> = vectors.filter_map(handler).collect();
        core.sort_unstable();
        core.dedup();
        let all: Vec<u32> = table.iter().skip(2).filter_map(handler).collect();
        let count = |address: &u32| all.iter().filter(|other| *other == address).count();
        let shared = all.iter().copied().max_by_key(count);
        Some(Self {
            reset: reset & !1,
            first: *core.first()?,
            last: *core.last()?,
            shared: shared.filter(|address| count(address) > 2),
            core,
        })
    }

    /// Whether all are in `length` bytes from `base`, after the stack and the reset vector.
    fn fit(&self, length: u32, base: u32) -> bool {
        is_inside(self.first, length, base) && is_inside(self.last, length, base)
    }

    fn reset_fits(&self, length: u32, base: u32) -> bool {
        is_inside(self.reset, length, base)
    }

    /// Whether the shared handler is an endless loop if the program begins at `base`.
    fn loop_at(&self, data: &[u8], base: u32) -> bool {
        let shared = self.shared.and_then(|at| instruction(data, at, base));
        shared == Some(ENDLESS_LOOP)
    }

    /// Whether every handler of the core looks like a function if the program begins at `base`.
    fn start_at(&self, data: &[u8], base: u32) -> bool {
        let starts = |address: &u32| instruction(data, *address, base).is_some_and(is_start);
        self.core.iter().all(starts)
    }
}

fn is_inside(address: u32, length: u32, base: u32) -> bool {
    let at = address.checked_sub(base);
    at.is_some_and(|at| (TWO_WORDS..length).contains(&at))
}

/// Whether both are in the same 32 MiB: no part has more flash.
fn is_near(address: u32, other: u32) -> bool {
    (address ^ other) >> 25 == 0
}

fn instruction(data: &[u8], address: u32, base: u32) -> Option<u16> {
    let at = usize::try_from(address.checked_sub(base)?).ok()?;
    data.get(at..)?
        .first_chunk()
        .map(|two| u16::from_le_bytes(*two))
}

/// `b .`, the default handler of the startup code of ST, CMSIS, ChibiOS, libopencm3 and Keil.
const ENDLESS_LOOP: u16 = 0xE7FE;

/// Whether compilers and startup code begin a function with this half-word (Armv7-M ARM, A5).
fn is_start(half: u16) -> bool {
    matches!(half,
        ENDLESS_LOOP
        | 0x4770 // bx lr
        | 0xB400..=0xB5FF | 0xE92D // push
        | 0xB080..=0xB0FF // sub sp
        | 0x4800..=0x4FFF | 0xF8DF // ldr from the literal pool
        | 0x2000..=0x27FF | 0x4600..=0x46FF | 0xF04F | 0xF240..=0xF24F | 0xF640..=0xF64F // mov
        | 0xF01E // tst lr: a fault handler that looks for the stack in use
        | 0xF3EF | 0xB672 | 0xBF00 // mrs, cpsid i, nop
        | 0xE000..=0xE7FD | 0xF000..=0xF00F) // b, bl
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOTLOADER: u32 = 0x0800_4000;

    /// A program linked at `base`, 20 KiB in size: the handlers of the core push, unused interrupts
    /// share an endless loop.
    fn program(base: u32) -> Vec<u8> {
        const RESET: u32 = 0x3200;
        const FAULT: u32 = 0x3240;
        const UNUSED: u32 = 0x3250;
        let mut bytes: Vec<u8> = (0..0x5000).map(|i| (i * 7 % 251) as u8).collect();
        let mut table = vec![0x2000_5000, base + RESET + 1];
        table.extend([base + FAULT + 1; 14]);
        table.extend([base + UNUSED + 1; 48]);
        for (word, place) in table.iter().zip(bytes.as_chunks_mut().0) {
            *place = word.to_le_bytes();
        }
        for (at, code) in [(RESET, 0xB508_u16), (FAULT, 0xB510), (UNUSED, ENDLESS_LOOP)] {
            let at = at as usize;
            bytes[at..at + 2].copy_from_slice(&code.to_le_bytes());
        }
        bytes
    }

    /// Only the table of [`program`] is kept: the code says nothing.
    fn without_code(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes[0x100..].fill(0);
        bytes
    }

    fn address(bytes: &[u8]) -> Option<LinkAddress> {
        LinkAddress::of(bytes)
    }

    #[test]
    fn the_code_of_the_handlers_proves_the_address() {
        for base in [
            Address::FLASH.0,
            BOOTLOADER,
            0x0800_2000,
            0x0802_0000,
            0x9004_0000,
        ] {
            let proven = Some(LinkAddress::Proven(Address(base)));
            assert_eq!(address(&program(base)), proven);
        }
    }

    #[test]
    fn the_start_of_flash_needs_no_further_proof() {
        let flash = Some(LinkAddress::Proven(Address::FLASH));
        assert_eq!(address(&without_code(program(Address::FLASH.0))), flash);
        // Linked at zero.
        assert_eq!(address(&program(0)), flash);
        let small = [0x2000_0400_u32.to_le_bytes(), 0x0800_0009_u32.to_le_bytes()].concat();
        assert_eq!(address(&[small, vec![0; 92]].concat()), flash);
    }

    #[test]
    fn without_code_the_roundest_address_is_likely() {
        let likely = Some(LinkAddress::Likely(Address(0x0801_0000)));
        assert_eq!(address(&without_code(program(0x0801_0000))), likely);
    }

    /// The first part of a program in two parts, as MicroPython's for STM32F4.
    #[test]
    fn handlers_far_from_each_other_and_from_the_file_prove_nothing() {
        let mut bytes = program(0x0802_0000);
        bytes.truncate(0x200);
        bytes[8..12].copy_from_slice(&0x0804_0001_u32.to_le_bytes());
        assert_eq!(address(&bytes), None);
    }

    #[test]
    fn other_data_has_no_address() {
        // A stack and a reset vector by chance, as in random bytes.
        let mut chance: Vec<u8> = (0..3000).map(|i| (i * 7 % 251) as u8).collect();
        chance[..4].copy_from_slice(&0xC123_4560_u32.to_le_bytes());
        chance[4..8].copy_from_slice(&0xC2F1_EA2D_u32.to_le_bytes());
        assert_eq!(address(&chance), None);
        for bytes in [&b""[..], &[0xFF; 512], &[0; 512], b"\0\x10\0\x20"] {
            assert_eq!(address(bytes), None);
        }
    }

    #[test]
    fn a_suggestion_is_inside_the_flash_that_parts_have() {
        for base in [0x0900_0000, 0x0841_0000, 0xE067_0000, 0x0539_0000] {
            assert_eq!(address(&without_code(program(base))), None, "{base:x}");
        }
        let mut no_stack = without_code(program(BOOTLOADER));
        no_stack[..4].copy_from_slice(&0x2123_4560_u32.to_le_bytes());
        assert_eq!(address(&no_stack), None);
    }

    /// Of 10,000 files of random bytes at most one seems to be a program.
    #[test]
    fn random_bytes_have_no_address() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = || {
            // xorshift64*
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32
        };
        let mut bytes: Vec<u8> = (0..50_000).map(|_| random() as u8).collect();
        let mut found = Vec::new();
        for _ in 0..10_000 {
            for byte in &mut bytes[..0x200] {
                *byte = random() as u8;
            }
            found.extend(address(&bytes));
        }
        assert!(found.len() <= 1, "{found:?}");
    }
}
