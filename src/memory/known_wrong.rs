//! Corrections of layout strings that are known to be wrong, each with its source.

use super::{Access, MemoryMap, SectorRun, parse_layout};
use crate::address::Address;

/// The map to use instead of the string, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Correction {
    pub map: MemoryMap,
    /// For people: the wrong layout and the right one.
    pub note: String,
}

/// The correction of `layout`, if it is known to be wrong. `layout` is the name of the alternate
/// setting as the board sent it.
pub(crate) fn known_correction(
    vendor: u16,
    product: u16,
    serial: Option<&str>,
    alternate: u8,
    layout: Option<&str>,
) -> Option<Correction> {
    match (vendor, product, alternate) {
        (0x28E9, 0x0189, 0) => gd32vf103(serial?, layout),
        _ => spracing_h7(layout?),
    }
}

/// Why a map may be wrong, where nothing on the bus can prove it.
pub(crate) fn doubt(map: &MemoryMap) -> Option<&'static str> {
    const KIB: u32 = 1 << 10;
    let sizes: Vec<(u32, u32)> = map.runs().iter().map(|run| (run.count, run.size)).collect();
    let from_flash = map.runs().first()?.start == Address::FLASH;
    match sizes.as_slice() {
        // STM32Cube_MCU_Overall_Offer#11, rusefi#3775
        [(4, small), (1, middle), (3 | 7, large)]
            if from_flash && (*small, *middle, *large) == (32 * KIB, 128 * KIB, 256 * KIB) =>
        {
            Some(
                "if this is an STM32F76x or F77x in dual-bank mode (nDBANK = 0), its sectors are \
                 half the size that its bootloader announces",
            )
        }
        _ if is_any_l0(map) => Some(
            "every STM32L0 announces 192 KiB, smaller parts as well: beyond its real end, memory \
             can be neither read nor written",
        ),
        _ => None,
    }
}

/// Whether the memory may end at `at`, below the end that its layout announces. The ROM of the
/// STM32L0 announces 192 KiB on every part, and beyond the real end it refuses to be read or hangs
/// (ST community 92276, STM32L072KB; 214330, STM32L072RB). Parts with USB have 32 KiB and up.
pub(crate) fn may_end_at(map: &MemoryMap, at: Address) -> bool {
    let offset = at.offset_from(Address::FLASH);
    is_any_l0(map) && offset.is_some_and(|offset| offset > 0 && offset.is_multiple_of(32 << 10))
}

fn is_any_l0(map: &MemoryMap) -> bool {
    let [only] = map.runs() else {
        return false;
    };
    (only.start, only.count, only.size) == (Address::FLASH, 1536, 128)
}

/// The GD32VF103's ROM announces 512 sectors of 2 KiB on every part; its serial number encodes the
/// size, and a page has 1 KiB (dfu-util quirks.c; fwupd knows two more sizes).
fn gd32vf103(serial: &str, layout: Option<&str>) -> Option<Correction> {
    let ['3', _, size, 'J'] = serial.chars().collect::<Vec<char>>()[..] else {
        return None;
    };
    let pages = match size {
        'D' => 256,
        'B' => 128,
        '8' => 64,
        '6' => 32,
        '4' => 16,
        '2' => 8,
        _ => return None,
    };
    const PAGE: u32 = 1024;
    let announced = layout.and_then(|text| parse_layout(text).ok());
    if announced.as_ref().is_some_and(|map| {
        map.sector_count() == pages && map.runs().iter().all(|run| run.size == PAGE)
    }) {
        return None;
    }
    let everything = Access {
        read: true,
        erase: true,
        write: true,
    };
    let run = SectorRun {
        start: Address::FLASH,
        count: pages,
        size: PAGE,
        access: everything,
    };
    Some(Correction {
        map: MemoryMap::new("Internal Flash", vec![run]).ok()?,
        note: format!(
            "this GD32VF103 announces a wrong memory layout; by its serial number {serial} it has \
             {pages} KiB in pages of 1 KiB"
        ),
    })
}

/// Early bootloaders of the SPRacing H7 EXST; betaflight's usbdfu.js has the same correction.
fn spracing_h7(layout: &str) -> Option<Correction> {
    const WRONG: &str = "@External Flash /0x90000000/1001*128Kg,3*128Kg,20*128Ka";
    const RIGHT: &str = "@External Flash /0x90000000/998*128Kg,1*128Kg,4*128Kg,21*128Ka";
    (layout.trim() == WRONG).then(|| {
        parse_layout(RIGHT).ok().map(|map| Correction {
            map,
            note: "this early SPRacing H7 bootloader announces one sector too few as read-only; \
                   corrected"
                .to_owned(),
        })
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gd32(serial: &str, layout: &str) -> Option<Correction> {
        known_correction(0x28E9, 0x0189, Some(serial), 0, Some(layout))
    }

    #[test]
    fn the_gd32vf103_has_the_size_in_its_serial_number() {
        let rom = "@Internal Flash  /0x08000000/512*002Kg";
        for (letter, kib) in [
            ('D', 256),
            ('B', 128),
            ('8', 64),
            ('6', 32),
            ('4', 16),
            ('2', 8),
        ] {
            let map = gd32(&format!("3C{letter}J"), rom).unwrap().map;
            assert_eq!(map.bytes(), kib * 1024);
            assert!(map.sectors().all(|sector| sector.range.len() == 1024));
        }
        // Even where the string cannot be parsed (fiveforths#20).
        assert_eq!(gd32("3CBJ", "UNKNOWN").unwrap().map.sector_count(), 128);
        assert!(known_correction(0x28E9, 0x0189, Some("3CBJ"), 0, None).is_some());
    }

    #[test]
    fn a_correct_layout_of_a_gd32vf103_is_kept() {
        assert_eq!(gd32("3CBJ", "@Internal Flash  /0x08000000/128*001Kg"), None);
        let with_bootloader = "@Internal Flash  /0x08000000/12*001Ka,116*001Kg";
        assert_eq!(gd32("3CBJ", with_bootloader), None);
    }

    #[test]
    fn no_size_is_guessed_without_a_known_serial_number() {
        let rom = "@Internal Flash  /0x08000000/512*002Kg";
        assert_eq!(gd32("3CXJ", rom), None);
        assert_eq!(gd32("3574364C3034", rom), None);
        assert_eq!(known_correction(0x28E9, 0x0189, None, 0, Some(rom)), None);
        assert_eq!(
            known_correction(0x28E9, 0x0189, Some("3CBJ"), 1, Some(rom)),
            None
        );
        assert_eq!(
            known_correction(0x0483, 0xDF11, Some("3CBJ"), 0, Some(rom)),
            None
        );
    }

    #[test]
    fn the_early_spracing_h7_bootloader_is_corrected() {
        let wrong = "@External Flash /0x90000000/1001*128Kg,3*128Kg,20*128Ka";
        let map = known_correction(0x0483, 0xDF11, None, 0, Some(wrong))
            .unwrap()
            .map;
        let writable: u32 = map
            .runs()
            .iter()
            .filter(|r| r.access.write)
            .map(|r| r.count)
            .sum();
        assert_eq!((map.sector_count(), writable), (1024, 1003));
    }

    #[test]
    fn ambiguous_layouts_are_doubted_and_not_corrected() {
        let one = "@Internal Flash  /0x08000000/04*032Kg,01*128Kg,03*256Kg";
        let two = "@Internal Flash  /0x08000000/04*032Kg,01*128Kg,07*256Kg";
        for text in [one, two] {
            assert!(doubt(&parse_layout(text).unwrap()).is_some());
            assert_eq!(known_correction(0x0483, 0xDF11, None, 0, Some(text)), None);
        }
        let l0 = "@Internal Flash  /0x08000000/1536*128g";
        let l0 = parse_layout(l0).unwrap();
        assert!(doubt(&l0).is_some());
        assert!(may_end_at(&l0, Address(0x0802_0000)));
        assert!(!may_end_at(&l0, Address(0x0802_0080)));
        assert!(!may_end_at(&l0, Address::FLASH));
        let f4 = "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg";
        let f4 = parse_layout(f4).unwrap();
        assert_eq!(doubt(&f4), None);
        assert!(!may_end_at(&f4, Address(0x0802_0000)));
    }
}
