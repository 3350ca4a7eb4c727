//! The option bytes of each family: where they are, what they hold when they leave the factory, and
//! what they protect. Fields are where the reference manuals have them; values are read-outs of new
//! parts, as named.

use super::super::board::{Alternate, Bootloader};
use super::super::option_bytes::{
    Bits, OptionBytes, Piece, ReadProtection, Storage, WriteProtection,
};
use super::families::option_bytes;
use crate::address::Address;

const LEVEL_0: u8 = 0xAA;
const FLASH: Address = Address::FLASH;

impl Bootloader {
    pub(super) fn with_option_bytes(mut self, option_bytes: OptionBytes) -> Self {
        self.option_bytes = Some(option_bytes);
        self
    }
}

fn described(
    storage: Storage,
    protection: u32,
    start: u32,
    factory: Vec<u8>,
    write_protection: Vec<WriteProtection>,
) -> OptionBytes {
    OptionBytes {
        storage,
        factory: vec![(Address(start), factory)],
        read_protection: ReadProtection {
            at: Address(protection),
            off: LEVEL_0,
        },
        write_protection,
        ignores_boot_pin: None,
        resets: true,
    }
}

/// A bit for each piece of the flash, at addresses `step` apart.
fn bits(
    start: u32,
    step: u32,
    counts: &[u32],
    piece: Piece,
    protects: bool,
) -> Vec<WriteProtection> {
    let mut first = 0;
    let mut at = start;
    let mut all = Vec::new();
    for &count in counts {
        all.push(WriteProtection::Bits {
            at: Address(at),
            count,
            first,
            piece,
            protects,
        });
        first += count;
        at += step;
    }
    all
}

fn pages(ats: &[u32], mask: u32, size: u32, bank: Address) -> Vec<WriteProtection> {
    let area = |at: &u32| WriteProtection::Pages {
        at: Address(*at),
        mask,
        size,
        bank,
    };
    ats.iter().map(area).collect()
}

pub(super) fn f0_target() -> Alternate {
    option_bytes("@Option Bytes  /0x1FFFF800/01*016 e", 0x1FFF_F800, 16)
}

/// F0 and F3: a bit for each 4 KiB. New parts hold this: dap42's factory_default.options.bin.
pub(super) fn f0() -> OptionBytes {
    let factory = [[0xAA, 0x55]]
        .into_iter()
        .chain([[0xFF, 0x00]; 7])
        .flatten()
        .collect();
    let protected = bits(0x1FFF_F808, 2, &[8; 4], Piece::Bytes(4096), false);
    described(Storage::Bytes, 0x1FFF_F800, 0x1FFF_F800, factory, protected)
}

/// The F04x, F070x6 and F09x start from flash at nBOOT0 = 1 and BOOT_SEL = 0, as usbkvm's production
/// line sets them.
pub(super) fn f042() -> OptionBytes {
    OptionBytes {
        ignores_boot_pin: Some(Bits {
            at: Address(0x1FFF_F802),
            mask: 0x88,
            value: 0x08,
        }),
        ..f0()
    }
}

/// Values and their complements.
fn half_words(values: &[u16], copies: usize) -> Vec<u8> {
    let pair = |value: &u16| {
        let [low, high] = value.to_le_bytes();
        [low, high, !low, !high].repeat(copies)
    };
    values.iter().flat_map(pair).collect()
}

/// OPTCR 0x0FFFAAED after reset (SVD, Black Magic Probe); the F446 reads 0xAAEF in an
/// OpenBootloader's log of STM32CubeProgrammer.
pub(super) fn f4(sectors: u32) -> OptionBytes {
    described(
        Storage::DoubledHalfWords,
        0x1FFF_C001,
        0x1FFF_C000,
        half_words(&[0xAAEF, 0x0FFF], 2),
        bits(0x1FFF_C008, 8, &[sectors], Piece::Sector, false),
    )
}

/// OPTCR 0xC0FFAAFD and 0xFFFFAAFD (F76x), OPTCR1 0x00400080 (Black Magic Probe).
pub(super) fn f7(sectors: u32, protection: u16) -> OptionBytes {
    described(
        Storage::DoubledHalfWords,
        0x1FFF_0001,
        0x1FFF_0000,
        half_words(&[0xAAFF, protection, 0x0080, 0x0040], 2),
        bits(0x1FFF_0008, 8, &[sectors], Piece::Sector, false),
    )
}

/// L0 and L1: a bit for each 4 KiB, 1 where it is protected. 0x807000AA on an L07x (meetjestad
/// programmer.py), OBR 0x00F80000 on an L1.
pub(super) fn l0(user: u16) -> OptionBytes {
    described(
        Storage::HalfWords,
        0x1FF8_0000,
        0x1FF8_0000,
        half_words(&[0x00AA, user, 0, 0, 0, 0, 0, 0], 1),
        bits(0x1FF8_0008, 4, &[16; 6], Piece::Bytes(4096), true),
    )
}

/// Words and their complements.
fn words(values: &[u32]) -> Vec<u8> {
    let pair = |word: &u32| [word.to_le_bytes(), (!word).to_le_bytes()];
    values.iter().flat_map(pair).flatten().collect()
}

/// nSWBOOT0 = 0 and nBOOT0 = 1, as the Proffieboard sessions of KyberStation met it.
fn switched_boot(options: u32) -> Option<Bits> {
    Some(Bits {
        at: Address(options),
        mask: 0x0C00_0000,
        value: 0x0800_0000,
    })
}

/// 0xFFFFF8AA on an L43x and L45x (KyberStation), 0xFFEFF8AA on an L47x (Black Magic Probe), which
/// has no nSWBOOT0. The rest as the IMX-5 of Inertial Sense writes it.
pub(super) fn l4(options: u32, has_switch: bool) -> OptionBytes {
    let start = 0x1FFF_7800;
    OptionBytes {
        ignores_boot_pin: switched_boot(start).filter(|_| has_switch),
        ..described(
            Storage::Words,
            start,
            start,
            words(&[options, 0xFFFF_FFFF, 0xFFFF_0000, 0xFF00_FFFF, 0xFF00_FFFF]),
            pages(&[start + 0x18, start + 0x20], 0xFF, 2048, FLASH),
        )
    }
}

/// The registers of a new G431 (notes.tk233.xyz).
const G4: [u32; 5] = [
    0xFFEF_F8AA,
    0xFFFF_FFFF,
    0x7FFF_C000,
    0xFFC0_FFFF,
    0xFFC0_FFFF,
];

/// It announces 48 bytes, and delivers and takes 40 (ST community 574813).
pub(super) fn g431() -> OptionBytes {
    let start = 0x1FFF_7800;
    OptionBytes {
        ignores_boot_pin: switched_boot(start),
        ..described(
            Storage::Words,
            start,
            start,
            words(&G4),
            pages(&[start + 0x18, start + 0x20], 0x7F, 2048, FLASH),
        )
    }
}

/// As the G431, with a second bank at 0x08040000. The size of its secure area is not a read-out.
pub(super) fn g474() -> OptionBytes {
    let second = 0x1FFF_F800;
    let with_secure_area = |first: u32| {
        let [_, protected @ ..] = G4;
        let mut all = vec![first];
        all.extend(protected);
        all.push(0xFFFE_FF00);
        words(&all)
    };
    let mut options = g431();
    options.factory = vec![
        (Address(0x1FFF_7800), with_secure_area(G4[0])),
        (Address(second), with_secure_area(0xFFFF_FFFF)),
    ];
    options.write_protection.extend(pages(
        &[second + 0x18, second + 0x20],
        0x7F,
        2048,
        Address(0x0804_0000),
    ));
    options
}

/// 0x3FFFF1AA (Black Magic Probe, Flipper's recovery), and a Flipper's radio stack (ob.data).
pub(super) fn wb55() -> OptionBytes {
    let start = 0x1FFF_8000;
    let mut all = vec![
        0x3FFF_F1AA,
        0xFFFF_FFFF,
        0xFFFF_FE00,
        0xFF00_FFFF,
        0xFF00_FFFF,
        0xFFFF_FFFF,
        0xFFFF_FE00,
    ];
    all.resize(13, 0xFFFF_FFFF);
    all.extend([0xFFFF_C000, 0xFFFF_FECA, 0x9E2B_2800]);
    OptionBytes {
        ignores_boot_pin: switched_boot(start),
        ..described(
            Storage::Words,
            start,
            start,
            words(&all),
            pages(&[start + 0x18, start + 0x20], 0xFF, 4096, FLASH),
        )
    }
}

/// OPTR 0x1FEFF8AA (read from a U575 and a U5A5), the rest as the reference manual has it. The keys
/// from 0x40022070 on read as 0. It resets at once (ST community 840730).
pub(super) fn u575() -> OptionBytes {
    let start = 0x4002_2040;
    let registers: [u32; 16] = [
        0x1FEF_F8AA,
        0x0800_007F,
        0x0BF9_007F,
        0x0C00_007C,
        0xFFFF_FF80,
        0x7F80_7F80,
        0xFF80_FFFF,
        0xFF80_FFFF,
        0xFFFF_FF80,
        0x7F80_7F80,
        0xFF80_FFFF,
        0xFF80_FFFF,
        0,
        0,
        0,
        0,
    ];
    let factory = registers.iter().flat_map(|word| word.to_le_bytes());
    let mut protected = pages(&[start + 0x18, start + 0x1C], 0x7F, 8192, FLASH);
    let second = Address(0x0808_0000);
    protected.extend(pages(&[start + 0x28, start + 0x2C], 0x7F, 8192, second));
    OptionBytes {
        ignores_boot_pin: switched_boot(start),
        ..described(
            Storage::Registers {
                keys_from: start + 0x30,
            },
            start,
            start,
            factory.collect(),
            protected,
        )
    }
}

/// OPTSR 0x1BC6AAF0 (read from an H745), and nothing protected. The second bank's are beyond the 128
/// bytes that the bootloader announces.
pub(super) fn h743() -> OptionBytes {
    let start = 0x5200_201C;
    let mut factory = vec![0; 128];
    for (offset, value) in [
        (0x00, 0x1BC6_AAF0_u32),
        (0x0C, 0x0000_00FF),
        (0x14, 0x0000_00FF),
        (0x1C, 0x0000_00FF),
        (0x24, 0x1FF0_0800),
    ] {
        for at in [offset, offset + 4] {
            let word = factory.iter_mut().skip(at).zip(value.to_le_bytes());
            word.for_each(|(byte, value)| *byte = value);
        }
    }
    described(
        Storage::RegisterPairs(&[0x00, 0x0C, 0x14, 0x1C, 0x24, 0x2C]),
        start + 1,
        start,
        factory,
        bits(start + 0x1C, 4, &[8], Piece::Sector, false),
    )
}
