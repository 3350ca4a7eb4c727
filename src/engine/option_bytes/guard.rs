//! The last look at option bytes before they are sent, which knows nothing of fields: where the level
//! of read protection is on each family, how much must have been read, and how much may be sent.

use crate::address::{Address, AddressRange};
use crate::engine::error::JobError;
use crate::option_bytes::{ReadProtection, Rewrite};

/// Read protection for ever, on all families but the F1, where it is a level like others.
const LEVEL_2: u8 = 0xCC;
const LEVEL_1: u8 = 0xBB;

/// The regions that begin at these addresses, the one with the level first.
struct Layout {
    regions: &'static [u32],
    /// Offsets of the level in the first region, and whether the complement is there.
    levels: &'static [(usize, bool)],
    /// Bytes that the first region delivers at least.
    least: usize,
    /// Bytes that may be sent at most: an STM32U5 has keys behind them (RM0456).
    most: usize,
    /// What is not sent is erased (AN2662).
    whole: bool,
}

/// Level and complement in four bytes, at offset 1 of a value of 16 bits, twice.
const DOUBLED: &[(usize, bool)] = &[(1, false), (3, true), (5, false), (7, true)];

const fn layout(regions: &'static [u32], levels: &'static [(usize, bool)], least: usize) -> Layout {
    Layout {
        regions,
        levels,
        least,
        most: 128,
        whole: false,
    }
}

/// By the reference manuals; the U0, L5, H5 and H7 are never written.
const LAYOUTS: &[Layout] = &[
    // F0, F3
    Layout {
        whole: true,
        ..layout(&[0x1FFF_F800], &[(0, false), (1, true)], 16)
    },
    // F2, F4; F42x, F43x, F469, F479
    layout(&[0x1FFF_C000], DOUBLED, 16),
    layout(&[0x1FFF_C000, 0x1FFE_C000], DOUBLED, 16),
    // F7
    layout(&[0x1FFF_0000], DOUBLED, 32),
    // L0, L1
    layout(&[0x1FF8_0000], &[(0, false), (2, true)], 20),
    // L4, G4
    layout(&[0x1FFF_7800], &[(0, false), (4, true)], 36),
    layout(&[0x1FFF_7800, 0x1FFF_F800], &[(0, false), (4, true)], 36),
    // WB
    layout(&[0x1FFF_8000], &[(0, false), (4, true)], 128),
    // U5
    Layout {
        most: 0x30,
        ..layout(&[0x4002_2040], &[(0, false)], 0x30)
    },
];

/// Refuses bytes that would change the level of read protection in any copy, or that are not as long
/// as this family takes them.
pub(super) fn check(
    announced: &[AddressRange],
    rewrite: &Rewrite,
    protection: ReadProtection,
) -> Result<(), JobError> {
    let starts: Vec<Address> = announced.iter().map(|range| range.start()).collect();
    let same = |layout: &&Layout| {
        layout.regions.len() == starts.len()
            && layout
                .regions
                .iter()
                .all(|at| starts.contains(&Address(*at)))
    };
    let layout = LAYOUTS.iter().find(same);
    let layout = layout.ok_or_else(|| refused("it is not known where the level is"))?;
    if rewrite.after.is_empty()
        || rewrite.after.len() > rewrite.before.len().min(layout.most)
        || layout.whole && rewrite.after.len() != rewrite.before.len()
    {
        return Err(refused("their length is wrong"));
    }
    let first = layout.regions.first().copied().map(Address);
    if first != Some(rewrite.start) {
        return match starts.contains(&rewrite.start) {
            true => Ok(()),
            false => Err(refused("they begin elsewhere")),
        };
    }
    if rewrite.before.len() < layout.least {
        return Err(refused("too few of them were read"));
    }
    let level = |bytes: &[u8], (at, inverted): (usize, bool)| {
        let byte = bytes.get(at).copied();
        byte.map(|byte| if inverted { !byte } else { byte })
    };
    for copy in layout.levels {
        let (old, new) = (level(&rewrite.before, *copy), level(&rewrite.after, *copy));
        let wanted = match protection {
            ReadProtection::Unchanged => old,
            ReadProtection::TurnedOn => Some(LEVEL_1),
        };
        if new.is_none() || new != wanted || new == Some(LEVEL_2) {
            return Err(refused("the read protection would change"));
        }
    }
    Ok(())
}

fn refused(why: &str) -> JobError {
    JobError::Internal(format!("the option bytes are not sent: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions(starts: &[u32]) -> Vec<AddressRange> {
        let range = |start: &u32| AddressRange::new(Address(*start), 16).unwrap();
        starts.iter().map(range).collect()
    }

    /// A board of `layout` that is not protected.
    fn rewrite(layout: &Layout) -> Rewrite {
        let mut before = vec![0x5A; layout.least];
        for (at, inverted) in layout.levels {
            before[*at] = if *inverted { !0xAA } else { 0xAA };
        }
        Rewrite {
            start: Address(layout.regions[0]),
            after: before.clone(),
            before,
        }
    }

    fn check_layout(layout: &Layout, rewrite: &Rewrite, protection: ReadProtection) -> bool {
        check(&regions(layout.regions), rewrite, protection).is_ok()
    }

    #[test]
    fn no_copy_of_the_level_may_change_on_any_family() {
        for layout in LAYOUTS {
            let good = rewrite(layout);
            assert!(check_layout(layout, &good, ReadProtection::Unchanged));
            for (at, _) in layout.levels {
                for byte in 0..=0xFF {
                    let mut changed = good.clone();
                    changed.after[*at] = byte;
                    let same = byte == good.after[*at];
                    let is_sent = check_layout(layout, &changed, ReadProtection::Unchanged);
                    assert_eq!(is_sent, same, "{:x?} {byte:x}", layout.regions);
                }
            }
        }
    }

    #[test]
    fn level_2_is_not_sent_even_where_it_is_the_old_one_or_protection_is_asked_for() {
        for layout in LAYOUTS {
            let mut level_2 = rewrite(layout);
            for (at, inverted) in layout.levels {
                level_2.before[*at] = if *inverted { !LEVEL_2 } else { LEVEL_2 };
            }
            level_2.after.clone_from(&level_2.before);
            for protection in [ReadProtection::Unchanged, ReadProtection::TurnedOn] {
                assert!(!check_layout(layout, &level_2, protection));
            }
        }
    }

    #[test]
    fn what_is_asked_for_is_level_1_in_every_copy() {
        for layout in LAYOUTS {
            let mut protected = rewrite(layout);
            assert!(!check_layout(layout, &protected, ReadProtection::TurnedOn));
            for (at, inverted) in layout.levels {
                protected.after[*at] = if *inverted { !LEVEL_1 } else { LEVEL_1 };
            }
            assert!(check_layout(layout, &protected, ReadProtection::TurnedOn));
        }
    }

    #[test]
    fn a_length_that_the_family_does_not_take_is_not_sent() {
        for layout in LAYOUTS {
            let good = rewrite(layout);
            let mut longer = good.clone();
            longer.after.push(0);
            assert!(!check_layout(layout, &longer, ReadProtection::Unchanged));
            let mut cut = good.clone();
            cut.before.pop();
            cut.after.pop();
            assert!(!check_layout(layout, &cut, ReadProtection::Unchanged));
        }
        // The keys of an STM32U5.
        let u5 = LAYOUTS.last().unwrap();
        let mut keys = rewrite(u5);
        keys.before.resize(64, 0);
        keys.after.resize(64, 0);
        assert!(!check_layout(u5, &keys, ReadProtection::Unchanged));
    }

    #[test]
    fn what_is_not_known_is_not_sent() {
        let good = rewrite(&LAYOUTS[0]);
        let elsewhere = regions(&[0x5200_201C]);
        assert!(check(&elsewhere, &good, ReadProtection::Unchanged).is_err());
    }
}
