//! What holds for every field of every part.

use super::*;
use crate::option_bytes::decode::value_of;
use crate::option_bytes::meaning::Values;
use crate::option_bytes::parts;

const ALL: &[&Board] = &[
    &F042, &F072, &F303, &F407, &F446, &F413, &F429, &F722, &F767, &L073, &L152, &L433, &L452,
    &L496, &G431, &G474, &WB55, &U575,
];

/// Every value of every field that may be set.
fn settable_changes(part: &Part) -> Vec<Change> {
    let mut changes = Vec::new();
    for known in &part.fields {
        let values: Vec<u32> = match (known.row.meaning.role, known.row.meaning.values) {
            (Role::Locked(_) | Role::WriteProtection(_) | Role::ReadProtection, _) => continue,
            (_, Values::List(list) | Values::ListOr(list, _)) => {
                list.iter().map(|(value, _)| *value).collect()
            }
            (_, Values::Number | Values::Times(_)) => vec![0, 1, 0x5A, known.row.extract(u32::MAX)],
        };
        let name = known.row.name.to_owned();
        let change = |value: u32| Change {
            name: name.clone(),
            value: value.to_string(),
        };
        changes.extend(values.into_iter().map(change));
    }
    changes
}

#[test]
fn a_change_keeps_every_other_bit() {
    let mut tried = 0;
    for board in ALL {
        let (part, raw) = (board.part(), board.factory());
        for change in settable_changes(&part) {
            let row = part.field(&change.name).unwrap().row;
            let wanted = Wanted::Fields(vec![change.clone()]);
            let proposal = propose(&part, &raw, &wanted).unwrap();
            tried += 1;
            let after = applied(&raw, &proposal);
            let decoded = decode(&part, &after);
            assert_eq!(decoded.faults, [], "{} {change:?}", part.name());
            let expected: u32 = change.value.parse().unwrap();
            assert_eq!(value_of(&part, &after, &row), Some(expected), "{change:?}");
            assert_eq!(
                without(&part, &after, &row),
                without(&part, &raw, &row),
                "{change:?}"
            );
        }
    }
    assert!(tried > 300, "{tried}");
}

fn applied(raw: &[Block], proposal: &Proposal) -> Vec<Block> {
    let mut after = raw.to_vec();
    for rewrite in proposal.rewrites() {
        let block = after
            .iter_mut()
            .find(|block| block.start == rewrite.start)
            .unwrap();
        assert_eq!(block.bytes, rewrite.before);
        block.bytes[..rewrite.after.len()].copy_from_slice(&rewrite.after);
    }
    after
}

/// The blocks with the field's bits cleared.
fn without(part: &Part, blocks: &[Block], row: &crate::option_bytes::part::Row) -> Vec<Block> {
    let storage = part.kind().unwrap().storage;
    let start = part.regions()[row.region].start();
    let mut blocks = blocks.to_vec();
    let block = blocks
        .iter_mut()
        .find(|block| block.start == start)
        .unwrap();
    let slot = storage.read(&block.bytes, row.offset).unwrap().value;
    storage
        .write(&mut block.bytes, row.offset, row.insert(slot, 0))
        .unwrap();
    blocks
}

#[test]
fn protecting_any_one_unit_protects_exactly_it() {
    for board in ALL {
        let (part, raw) = (board.part(), board.factory());
        let mut tried = 0;
        for number in (0..600).filter(|number| *number < 16 || number % 31 == 0) {
            let wanted = set(&format!("WRP={number}"));
            let proposal = match propose(&part, &raw, &wanted) {
                Ok(proposal) => proposal,
                Err(Refusal::NoUnit { .. }) => continue,
                Err(other) => panic!("{}: {other}", part.name()),
            };
            tried += 1;
            let after = applied(&raw, &proposal);
            let decoded = decode(&part, &after);
            assert_eq!(protected(&decoded), [number], "{}", part.name());
            let back = propose(&part, &after, &set("WRP=none")).unwrap();
            let back = decode(&part, &applied(&after, &back));
            assert!(protected(&back).is_empty(), "{}", part.name());
        }
        assert!(tried >= 8, "{} {tried}", part.name());
    }
}

/// Half of an F42x with 1 MiB in two banks: 8 sectors each, bits 0-7 and 12-19.
#[test]
fn units_behind_a_gap_are_found() {
    let board = board(
        "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,03*128Kg,04*016Kg,01*064Kg,03*128Kg",
        F429.options,
    );
    let (part, raw) = (board.part(), board.factory());
    let after = applied(&raw, &propose(&part, &raw, &set("WRP=7,12")).unwrap());
    assert_eq!(protected(&decode(&part, &after)), [7, 12]);
    assert_eq!(part.unit(12).unwrap().start(), Address(0x0808_0000));
    assert!(propose(&part, &raw, &set("WRP=8")).is_err());
}

#[test]
fn what_is_as_wanted_is_not_written() {
    for board in ALL {
        let (part, raw) = (board.part(), board.factory());
        let image = propose(&part, &raw, &Wanted::Image(raw.clone())).unwrap();
        assert_eq!(
            (image.rewrites(), image.changes()),
            (&[][..], &[][..]),
            "{}",
            part.name()
        );
        let none = propose(&part, &raw, &set("WRP=none")).unwrap();
        assert_eq!(none.rewrites(), [], "{}", part.name());
    }
}

#[test]
fn tables_are_sound() {
    for kind in parts::all() {
        assert!(
            !kind.name.is_empty() && !kind.flash.is_empty(),
            "{}",
            kind.name
        );
        let rows: Vec<_> = kind.rows().collect();
        for (index, row) in rows.iter().enumerate() {
            let context = format!("{} {}", kind.name, row.name);
            assert!(row.offset.is_multiple_of(kind.storage.pitch()), "{context}");
            assert!(row.region < kind.regions.len(), "{context}");
            assert_eq!(row.mask().count_ones(), row.width, "{context}");
            for other in &rows[index + 1..] {
                let same = (row.region, row.offset) == (other.region, other.offset);
                assert!(
                    !same || row.mask() & other.mask() == 0,
                    "{context} {}",
                    other.name
                );
                assert_ne!(row.name, other.name, "{}", kind.name);
            }
        }
        // A field that the factory sets has a meaning.
        for row in &rows {
            if let (Some(default), Values::List(list)) = (kind.default_of(row), row.meaning.values)
            {
                let known = list.iter().any(|(value, _)| *value == default);
                assert!(known, "{} {} {default}", kind.name, row.name);
            }
        }
    }
}

#[test]
fn only_common_fields_of_several_possible_parts_are_known() {
    let part = F072.part();
    assert_eq!(
        part.name(),
        "STM32F07x; STM32F09x; STM32F302 or F303; STM32F37x"
    );
    assert!(part.field("nBOOT1").is_some());
    assert!(part.field("BOOT_SEL").is_none() && part.field("SDADC12_VDD").is_none());
    assert_eq!(
        F407.part().name(),
        "STM32F2; STM32F405, F407, F415 or F417; STM32F412; STM32F413 or F423"
    );
    assert!(F407.part().field("SPRMOD").is_none());
}

#[test]
fn units_stand_for_the_flash_that_they_protect() {
    let range = |board: &Board, unit: u32| {
        let part = board.part();
        part.unit(unit).map(|range| (range.start().0, range.len()))
    };
    const KIB: u64 = 1 << 10;
    assert_eq!(range(&F407, 4), Some((0x0801_0000, 64 * KIB)));
    assert_eq!(range(&F407, 12), None);
    assert_eq!(range(&F413, 14), Some((0x0814_0000, 256 * KIB)));
    assert_eq!(range(&F429, 12), Some((0x0810_0000, 16 * KIB)));
    assert_eq!(range(&F303, 31), Some((0x0801_F000, 132 * KIB)));
    assert_eq!(range(&F072, 31), Some((0x0801_F000, 4 * KIB)));
    assert_eq!(range(&L073, 47), Some((0x0802_F000, 4 * KIB)));
    assert_eq!(range(&WB55, 3), Some((0x0800_3000, 4 * KIB)));
    assert_eq!(range(&F767, 11), Some((0x081C_0000, 256 * KIB)));
}

/// Bytes without meaning, of every length up to that announced.
#[test]
fn any_bytes_are_decoded_and_never_lose_their_level() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u8::try_from(state & 0xFF).unwrap()
    };
    for board in ALL {
        let part = board.part();
        let storage = part.kind().unwrap().storage;
        let level = *part.read_protection().unwrap();
        for round in 0..40 {
            let mut raw = board.factory();
            for block in &mut raw {
                let length = if round % 4 == 0 {
                    usize::from(random())
                } else {
                    256
                };
                block.bytes.truncate(length);
                let slots = (0..block.bytes.len()).step_by(storage.pitch());
                for at in slots {
                    let word = [random(), random(), random(), random()];
                    storage.write(&mut block.bytes, at, u32::from_le_bytes(word));
                }
            }
            if round % 2 == 0
                && let Some(slot) = storage.read(&raw[0].bytes, level.offset)
            {
                let open = level.insert(slot.value, 0xAA);
                storage.write(&mut raw[0].bytes, level.offset, open);
            }
            decode(&part, &raw);
            let wanted = set("WRP=1");
            let Ok(proposal) = propose(&part, &raw, &wanted) else {
                continue;
            };
            let after = applied(&raw, &proposal);
            let before = value_of(&part, &raw, &level);
            assert_eq!(before, Some(0xAA), "{}", part.name());
            assert_eq!(value_of(&part, &after, &level), before, "{}", part.name());
        }
    }
}
