//! The first words of a Cortex-M program: a quick check whether a file is a program, and whether it
//! lies at the address it was linked for.

use std::fmt;

use super::contents::{ImageTarget, Segment};
use crate::address::{Address, AddressRange};

/// Initial stack pointer and reset handler, as found at the start of a target's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VectorTable {
    /// Its address.
    pub at: Address,
    pub initial_sp: Address,
    /// With the Thumb bit, as in the file.
    pub reset: Address,
    /// Why these two are unlikely to be a vector table; empty if they are plausible.
    pub doubts: Vec<TableDoubt>,
}

/// A sign that the words are not a vector table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableDoubt {
    StackNotInRam,
    StackNotAligned,
    ResetNotThumb,
    ResetOutside,
    /// The next two words are no handlers of NMI and HardFault, and the first two prove little.
    FaultsNotCode,
}

impl fmt::Display for TableDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StackNotInRam => "the stack pointer is outside RAM",
            Self::StackNotAligned => "the stack pointer is not a multiple of 4",
            Self::ResetNotThumb => "the reset handler has no Thumb bit",
            Self::ResetOutside => "the reset handler is outside the file's addresses",
            Self::FaultsNotCode => "the fault handlers are not beside the reset handler",
        })
    }
}

/// Start and length of the ranges that may be RAM on an STM32 (reference manuals, memory maps):
/// core-coupled RAM of F3, F4 and G4 and SRAM2 of L4; all SRAM and DTCM, where the Cortex-M memory
/// map places them; external memory on FSMC, FMC and OCTOSPI; SDRAM on the FMC.
const RAM: [(u32, u64); 4] = [
    (0x1000_0000, 0x0010_0000),
    (0x2000_0000, 0x2000_0000),
    EXTERNAL_RAM[0],
    EXTERNAL_RAM[1],
];

/// So large that the first word of a text or of a program for another machine may be in it.
const EXTERNAL_RAM: [(u32, u64); 2] = [(0x6000_0000, 0x4000_0000), (0xC000_0000, 0x2000_0000)];

/// In bytes: the stack and the vectors of the core (Armv7-M ARM, B1.5.3), after which code begins.
const SYSTEM_VECTORS: u32 = 16 * 4;

impl VectorTable {
    /// The two words at the lowest address of `target`; `None` if there are fewer.
    pub(crate) fn read(target: &ImageTarget) -> Option<Self> {
        let first = target.segments.first()?;
        let at = first.range().start();
        Self::at(at, &target.data_at(at)?, target)
    }

    /// The first two words of `data`, which `target` has at `at`; `None` if there are fewer.
    pub(crate) fn at(at: Address, data: &[u8], target: &ImageTarget) -> Option<Self> {
        let mut words = words(data);
        let (initial_sp, reset) = (words.next()?, words.next()?);
        let is_here = holds(&target.segments, Address(reset.0 & !1)) || is_linked_at_zero(data);
        let is_weak = is_in(&EXTERNAL_RAM, initial_sp);
        let doubts = [
            (!in_ram(initial_sp)).then_some(TableDoubt::StackNotInRam),
            (!is_aligned(initial_sp)).then_some(TableDoubt::StackNotAligned),
            (reset.0 % 2 == 0).then_some(TableDoubt::ResetNotThumb),
            (!is_here).then_some(TableDoubt::ResetOutside),
            (is_weak && !has_faults_near(data, reset)).then_some(TableDoubt::FaultsNotCode),
        ];
        Some(Self {
            at,
            initial_sp,
            reset,
            doubts: doubts.into_iter().flatten().collect(),
        })
    }

    pub(crate) fn is_plausible(&self) -> bool {
        self.doubts.is_empty()
    }

    /// As [`Self::is_plausible`], but the reset handler may be anywhere in `memory`: the file may
    /// hold only the first part of a program.
    pub(crate) fn is_plausible_in(&self, memory: &[AddressRange]) -> bool {
        let handler = Address(self.reset.0 & !1);
        self.has_no_other_doubt() && memory.iter().any(|range| range.contains(handler))
    }

    /// None, except that the reset handler may be elsewhere.
    fn has_no_other_doubt(&self) -> bool {
        let mut doubts = self.doubts.iter();
        doubts.all(|doubt| *doubt == TableDoubt::ResetOutside)
    }
}

/// Whether the handlers count from zero, where an STM32 shows the flash that it boots from, and are
/// in `data` behind the vectors of the core. Smaller words than a file's length are everywhere.
pub(super) fn is_linked_at_zero(data: &[u8]) -> bool {
    let is_code = |handler: Address| {
        let is_inside = u64::from(handler) < data.len() as u64;
        handler.0 % 2 == 1 && handler.0 >= SYSTEM_VECTORS && is_inside
    };
    let reset = words(data).nth(1);
    reset.is_some_and(is_code)
        && faults(data).is_some_and(|both| both.into_iter().all(|at| at.0 == 0 || is_code(at)))
}

/// Whether NMI and HardFault are 0, or code in the same 32 MiB as `reset`: no part has more flash.
fn has_faults_near(data: &[u8], reset: Address) -> bool {
    let is_near = |at: Address| at.0 % 2 == 1 && (at.0 ^ reset.0) >> 25 == 0;
    faults(data).is_some_and(|both| both.into_iter().all(|at| at.0 == 0 || is_near(at)))
}

/// The vectors of NMI and HardFault; `None` if there are fewer words.
fn faults(data: &[u8]) -> Option<[Address; 2]> {
    let mut vectors = words(data).skip(2);
    Some([vectors.next()?, vectors.next()?])
}

pub(super) fn words(bytes: &[u8]) -> impl Iterator<Item = Address> {
    let (words, _) = bytes.as_chunks();
    words.iter().map(|word| Address(u32::from_le_bytes(*word)))
}

/// Whether this can be an initial stack pointer.
pub(super) fn is_stack(address: Address) -> bool {
    in_ram(address) && is_aligned(address)
}

/// The core reads the two lowest bits as zero (Armv7-M ARM, DDI0403), and linker scripts
/// from ST name RAM's last byte: `_estack = 0x2001FFFF` (STM32F417IG_FLASH.ld).
fn is_aligned(stack: Address) -> bool {
    matches!(stack.0 % 4, 0 | 3)
}

/// A stack grows down: it may begin just after a RAM's last byte, and not at its first.
fn in_ram(stack: Address) -> bool {
    is_in(&RAM, stack)
}

/// Whether the byte below `stack` is in one of `ranges`.
fn is_in(ranges: &[(u32, u64)], stack: Address) -> bool {
    stack.0.checked_sub(1).is_some_and(|below| {
        ranges
            .iter()
            .filter_map(|(start, length)| AddressRange::new(Address(*start), *length))
            .any(|ram| ram.contains(Address(below)))
    })
}

fn holds(segments: &[Segment], address: Address) -> bool {
    segments.iter().any(|s| s.range().contains(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(sp: u32, reset: u32) -> VectorTable {
        let mut data = [sp.to_le_bytes(), reset.to_le_bytes()].concat();
        data.resize(0x200, 0);
        let target = ImageTarget {
            alternate: 0,
            name: None,
            segments: vec![Segment::new(Address::FLASH, data).unwrap()],
        };
        VectorTable::read(&target).unwrap()
    }

    #[test]
    fn a_program_is_plausible() {
        // Top of an F4's SRAM, its last byte, top of core-coupled RAM, and of an H7's AXI SRAM.
        for sp in [0x2002_0000, 0x2001_FFFF, 0x1001_0000, 0x2408_0000] {
            let table = table(sp, 0x0800_0101);
            assert!(table.is_plausible(), "{:?}", table.doubts);
            assert_eq!(table.at, Address::FLASH);
        }
    }

    #[test]
    fn each_doubt_is_named() {
        let reset = 0x0800_0101;
        let flash = Address::FLASH;
        assert_eq!(table(flash.0, reset).doubts, [TableDoubt::StackNotInRam]);
        let bottom = Address(0x2000_0000);
        assert_eq!(table(bottom.0, reset).doubts, [TableDoubt::StackNotInRam]);
        let odd = Address(0x2000_0102);
        assert_eq!(table(odd.0, reset).doubts, [TableDoubt::StackNotAligned]);
        let arm = Address(0x0800_0100);
        assert_eq!(
            table(0x2002_0000, arm.0).doubts,
            [TableDoubt::ResetNotThumb]
        );
        // Linked for an address after a bootloader, but put at the start of flash.
        let elsewhere = Address(0x0800_4101);
        assert_eq!(
            table(0x2002_0000, elsewhere.0).doubts,
            [TableDoubt::ResetOutside]
        );
        assert_eq!(table(0xFFFF_FFFE, 0xFFFF_FFFE).doubts.len(), 4);
    }

    #[test]
    fn less_than_two_words_are_not_a_table() {
        let target = ImageTarget {
            alternate: 0,
            name: None,
            segments: vec![Segment::new(Address::FLASH, [0; 7]).unwrap()],
        };
        assert_eq!(VectorTable::read(&target), None);
    }
}
