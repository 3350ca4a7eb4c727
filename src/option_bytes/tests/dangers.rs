//! One test for each known way to harm a board.

use super::*;

const BOARDS: &[(&str, &Board)] = &[
    ("F042", &F042),
    ("F072", &F072),
    ("F303", &F303),
    ("F407", &F407),
    ("F446", &F446),
    ("F413", &F413),
    ("F429", &F429),
    ("F722", &F722),
    ("F767", &F767),
    ("L073", &L073),
    ("L152", &L152),
    ("L433", &L433),
    ("L496", &L496),
    ("G431", &G431),
    ("G474", &G474),
    ("WB55", &WB55),
    ("U575", &U575),
];

fn refusal(board: &Board, wanted: &str) -> Refusal {
    propose(&board.part(), &board.factory(), &set(wanted)).unwrap_err()
}

fn proposal(board: &Board, wanted: &str) -> Proposal {
    let raw = board.factory();
    propose(&board.part(), &raw, &set(wanted)).unwrap_or_else(|why| panic!("{wanted}: {why}"))
}

fn all_words() -> Consent {
    let words = ["RDP", "BOOT_SEL", "nSWBOOT0", "nBOOT1", "BOOT_ADD1"];
    Consent {
        typed: words.map(str::to_owned).to_vec(),
    }
}

/// The factory's bytes with another value in the slot of read protection.
fn with_level(board: &Board, level: u32) -> Vec<Block> {
    let part = board.part();
    let row = *part.read_protection().unwrap();
    let mut raw = board.factory();
    let storage = part.kind().unwrap().storage;
    let slot = storage.read(&raw[0].bytes, row.offset).unwrap().value;
    storage
        .write(&mut raw[0].bytes, row.offset, row.insert(slot, level))
        .unwrap();
    raw
}

#[test]
fn d1_level_2_is_never_written() {
    for (name, board) in BOARDS {
        for wanted in ["RDP=2", "RDP=0xCC", "RDP=204", "rdp=2"] {
            assert_eq!(refusal(board, wanted), Refusal::ForEver, "{name} {wanted}");
        }
        let raw = board.factory();
        let image = with_level(board, 0xCC);
        let refused = plan(&board.part(), &raw, &Wanted::Image(image), &all_words());
        assert_eq!(refused, Err(Refusal::ForEver), "{name}");
    }
}

#[test]
fn d1_level_2_is_found_in_every_copy_of_a_file() {
    for (name, board) in BOARDS {
        let part = board.part();
        let row = part.read_protection().unwrap();
        let region = part.regions()[0].start();
        let clean = board.factory().remove(0).bytes;
        assert!(!holds_level_2(region, &clean), "{name}");
        for (offset, inverted) in part.kind().unwrap().storage.byte_offsets() {
            let at = row.offset + offset + usize::try_from(row.lsb / 8).unwrap();
            let mut bytes = clean.clone();
            bytes[at] = if inverted { 0x33 } else { 0xCC };
            assert!(holds_level_2(region, &bytes), "{name} at {at}");
            // A file that begins before or behind the region is no way around it.
            let early: Vec<u8> = [vec![0xFF; 4], bytes.clone()].concat();
            assert!(
                holds_level_2(Address(region.0 - 4), &early),
                "{name} at {at}"
            );
            let late = Address(region.0 + u32::try_from(at).unwrap());
            assert!(holds_level_2(late, &bytes[at..]), "{name} at {at}");
        }
    }
}

#[test]
fn d2_read_protection_is_a_step_of_its_own() {
    for (name, board) in BOARDS {
        let asked = proposal(board, "RDP=1");
        assert_eq!(asked.questions, [Question::ReadProtection], "{name}");
        let refused = asked.clone().confirm(&Consent::default());
        let question = Question::ReadProtection;
        assert_eq!(refused, Err(Refusal::NotConfirmed(question)), "{name}");
        let plan = asked.confirm(&all_words()).unwrap();
        assert_eq!(plan.read_protection, ReadProtection::TurnedOn);
        let sent = &plan.rewrites[0];
        let decoded = decode(&board.part(), &[block(sent.start.0, sent.after.clone())]);
        assert_eq!(value(&decoded, "RDP"), Some(0xBB), "{name}");
        assert_eq!(
            refusal(board, "RDP=1 DATA0=1 BOR_LEV=0 IWDG_SW=1 WDG_SW=1").code(),
            "no-field"
        );
    }
    let together = refusal(&F407, "RDP=1 BOR_LEV=0");
    assert_eq!(together, Refusal::ReadProtectionAlone);
    assert_eq!(refusal(&F407, "RDP=0"), Refusal::RemovesReadProtection);
}

#[test]
fn d3_only_what_this_board_delivered_is_sent() {
    for (name, board) in BOARDS {
        let (part, raw) = (board.part(), board.factory());
        for fill in [0x00, 0xFF] {
            let filled = raw.iter().map(|block| Block {
                start: block.start,
                bytes: vec![fill; block.bytes.len()],
            });
            let refused = propose(&part, &raw, &Wanted::Image(filled.collect()));
            assert!(refused.is_err(), "{name} {fill:02X}");
        }
        let mut short = raw.clone();
        short[0].bytes.pop();
        let refused = propose(&part, &raw, &Wanted::Image(short));
        assert!(matches!(refused, Err(Refusal::OtherImage(_))), "{name}");
        let other = Wanted::Image(vec![block(0x0800_0000, raw[0].bytes.clone())]);
        assert!(
            matches!(propose(&part, &raw, &other), Err(Refusal::OtherImage(_))),
            "{name}"
        );
        let unread = propose(&part, &[], &set("BOR_LEV=0"));
        assert_eq!(unread, Err(Refusal::Incomplete), "{name}");
    }
}

#[test]
fn d3_damaged_bytes_are_not_built_upon() {
    for (name, board) in BOARDS {
        let part = board.part();
        let kind = part.kind().unwrap();
        if kind.storage.byte_offsets().len() == 1 {
            continue;
        }
        let mut raw = board.factory();
        let (complement, _) = kind.storage.byte_offsets()[1];
        let at = part.read_protection().unwrap().offset + complement;
        raw[0].bytes[at] ^= 0x10;
        let refused = propose(&part, &raw, &set("WRP=none"));
        assert!(
            matches!(refused, Err(Refusal::Faulty(_))),
            "{name}: {refused:?}"
        );
    }
}

/// A pair without a field loads as read or write protection all the same.
#[test]
fn d3_a_damaged_pair_without_a_field_is_not_built_upon() {
    let part = F042.part();
    let mut raw = F042.factory();
    raw[0].bytes[0xB] ^= 1;
    let refused = propose(&part, &raw, &set("WDG_SW=0"));
    assert!(matches!(refused, Err(Refusal::Faulty(_))), "{refused:?}");
}

#[test]
fn d4_the_mode_of_protection_stays() {
    assert!(matches!(refusal(&F429, "SPRMOD=1"), Refusal::Locked { .. }));
    assert!(matches!(refusal(&F446, "SPRMOD=1"), Refusal::Locked { .. }));
    assert!(matches!(refusal(&L073, "WPRMOD=1"), Refusal::Locked { .. }));
    // The accident of 2014: 0xFFFF in the second value of an F429.
    for board in [&F407, &F446, &F429] {
        let (part, raw) = (board.part(), board.factory());
        let mut image = raw.clone();
        let storage = part.kind().unwrap().storage;
        storage.write(&mut image[0].bytes, 8, 0xFFFF).unwrap();
        assert!(propose(&part, &raw, &Wanted::Image(image)).is_err());
        // A board in that mode: its bits mean something else.
        let mut raw = raw;
        storage.write(&mut raw[0].bytes, 8, 0x8FFF).unwrap();
        let refused = propose(&part, &raw, &set("WRP=none"));
        assert_eq!(refused, Err(Refusal::OtherProtection));
    }
}

#[test]
fn d5_hidden_areas_and_locks_stay() {
    let fields = [
        (&L433, "PCROP1_STRT=0"),
        (&L433, "PCROP_RDP=1"),
        (&F722, "PCROP_RDP=1"),
        (&G431, "SEC_SIZE1=1"),
        (&G431, "BOOT_LOCK=1"),
        (&U575, "BOOT_LOCK=1"),
        (&U575, "TZEN=1"),
        (&U575, "UNLOCK_1A=0"),
        (&U575, "HDP1EN=1"),
        (&U575, "SECWM1_PEND=0"),
        (&WB55, "SFSA=0"),
        (&WB55, "C2OPT=0"),
        (&WB55, "ESE=0"),
    ];
    for (board, wanted) in fields {
        assert!(
            matches!(refusal(board, wanted), Refusal::Locked { .. }),
            "{wanted}"
        );
    }
    assert!(matches!(
        refusal(&H743, "SECURITY=1"),
        Refusal::ShownOnly(_)
    ));
    assert!(matches!(
        refusal_without_factory(&H563),
        Refusal::ShownOnly(_)
    ));
}

fn refusal_without_factory(board: &Board) -> Refusal {
    propose(&board.part(), &[], &set("PRODUCT_STATE=0x17")).unwrap_err()
}

#[test]
fn d6_a_watchdog_from_reset_is_warned_of() {
    for (board, wanted) in [
        (&F407, "WDG_SW=0"),
        (&L433, "IWDG_SW=0"),
        (&F767, "WWDG_SW=0"),
    ] {
        let warnings = proposal(board, wanted).warnings;
        assert!(
            warnings.iter().any(|text| text.contains("watchdog")),
            "{wanted}: {warnings:?}"
        );
    }
}

#[test]
fn d7_losing_the_boot_pin_needs_the_fields_name() {
    for (board, wanted, field) in [
        (&F042, "BOOT_SEL=0", "BOOT_SEL"),
        (&F072, "nBOOT1=0", "nBOOT1"),
        (&L073, "nBOOT1=0", "nBOOT1"),
        (&L433, "nSWBOOT0=0", "nSWBOOT0"),
        (&G431, "nBOOT1=0", "nBOOT1"),
        (&WB55, "nSWBOOT0=0", "nSWBOOT0"),
        (&U575, "nSWBOOT0=0", "nSWBOOT0"),
        (&F767, "BOOT_ADD1=0x08000000", "BOOT_ADD1"),
    ] {
        let asked = proposal(board, wanted);
        assert_eq!(
            asked.questions,
            [Question::Bootloader { field }],
            "{wanted}"
        );
        let other = Consent {
            typed: vec!["yes".to_owned()],
        };
        assert!(asked.clone().confirm(&other).is_err(), "{wanted}");
        assert!(asked.confirm(&all_words()).is_ok(), "{wanted}");
    }
    assert!(proposal(&F042, "nBOOT0=0").questions.is_empty());
    assert!(proposal(&F767, "BOOT_ADD0=0x08000000").questions.is_empty());
}

#[test]
fn d8_the_keys_of_a_u5_are_never_sent() {
    let part = U575.part();
    let raw = U575.factory();
    assert_eq!(raw[0].bytes.len(), 64);
    for (wanted, length) in [("BOR_LEV=2", 0x28), ("WRP=0-3", 0x28), ("WRP=128", 0x30)] {
        let plan = propose(&part, &raw, &set(wanted)).unwrap();
        assert_eq!(plan.rewrites()[0].after.len(), length, "{wanted}");
    }
    let mut keys = raw.clone();
    keys[0].bytes[0x30] ^= 1;
    assert!(propose(&part, &raw, &Wanted::Image(keys)).is_err());
}

#[test]
fn d9_a_g0b1_that_names_everything_flash_is_not_recognised() {
    let flash = "@Internal Flash   /0x08000000/64*02Kg";
    assert!(board(flash, flash).recognise(None).is_none());
    assert!(!G0.part().is_settable());
}

#[test]
fn d10_a_second_region_is_an_act_of_its_own() {
    let both = proposal(&F429, "WRP=0,12");
    let starts: Vec<Address> = both
        .rewrites()
        .iter()
        .map(|rewrite| rewrite.start)
        .collect();
    assert_eq!(starts, [Address(0x1FFF_C000), Address(0x1FFE_C000)]);
    let second = proposal(&F429, "WRP=13");
    assert_eq!(second.rewrites().len(), 1);
    // What a dual-bank L4 does not announce is said.
    assert!(
        L496.part()
            .notes()
            .iter()
            .any(|note| note.contains("second bank"))
    );
    assert!(!proposal(&L496, "WRP=3").warnings.is_empty());
}

#[test]
fn d11_banks_are_not_rearranged() {
    for (board, wanted) in [
        (&F767, "nDBANK=0"),
        (&F429, "DB1M=1"),
        (&G474, "DBANK=0"),
        (&U575, "SWAP_BANK=1"),
    ] {
        assert!(
            matches!(refusal(board, wanted), Refusal::Locked { .. }),
            "{wanted}"
        );
    }
    let warnings = proposal(&F429, "BFB2=1").warnings;
    assert!(
        warnings.iter().any(|text| text.contains("written again")),
        "{warnings:?}"
    );
}

#[test]
fn d11_protection_in_the_other_mode_of_banks_is_not_guessed() {
    for (board, offset, lsb) in [(&F767, 8, 13), (&G474, 0, 22)] {
        let (part, mut raw) = (board.part(), board.factory());
        let storage = part.kind().unwrap().storage;
        let slot = storage.read(&raw[0].bytes, offset).unwrap().value;
        storage
            .write(&mut raw[0].bytes, offset, slot & !(1 << lsb))
            .unwrap();
        assert_eq!(
            decode(&part, &raw).write_protection,
            WriteProtection::Unknown
        );
        let refused = propose(&part, &raw, &set("WRP=none"));
        assert_eq!(refused, Err(Refusal::OtherProtection));
        assert!(propose(&part, &raw, &set("IWDG_STOP=0")).is_ok());
    }
}

#[test]
fn d12_each_region_is_one_block_from_its_start() {
    for (name, board) in BOARDS {
        let part = board.part();
        for rewrite in proposal(board, "WRP=1").rewrites() {
            let region = part
                .regions()
                .iter()
                .find(|range| range.start() == rewrite.start);
            assert!(region.is_some(), "{name}");
            assert!(rewrite.after.len() <= rewrite.before.len(), "{name}");
        }
    }
}

#[test]
fn d13_pins_and_supply() {
    assert!(matches!(
        refusal(&G431, "NRST_MODE=2"),
        Refusal::Locked { .. }
    ));
    assert!(matches!(
        refusal(&U575, "IO_VDD_HSLV=1"),
        Refusal::Locked { .. }
    ));
    for (board, wanted) in [
        (&F407, "BOR_LEV=0"),
        (&L433, "BOR_LEV=4"),
        (&L073, "BOR_LEV=12"),
    ] {
        let warnings = proposal(board, wanted).warnings;
        assert!(
            warnings.iter().any(|text| text.contains("supply")),
            "{wanted}: {warnings:?}"
        );
    }
    assert!(proposal(&F407, "BOR_LEV=2").warnings.is_empty());
}

#[test]
fn d15_only_fields_that_every_possible_part_has() {
    assert_eq!(refusal(&L496, "nSWBOOT0=0"), Refusal::Uncertain("nSWBOOT0"));
    assert!(matches!(refusal(&L433, "BFB2=1"), Refusal::NoField { .. }));
    assert!(matches!(refusal(&L073, "BFB2=1"), Refusal::NoField { .. }));
    assert!(matches!(refusal(&F407, "BFB2=1"), Refusal::NoField { .. }));
}

/// RM0490: the register of a C0 as delivered, in the place of that of a G4.
#[test]
fn d15_reserved_bits_of_another_part_are_not_written() {
    for board in [&G431, &L433] {
        let (part, mut raw) = (board.part(), board.factory());
        let storage = part.kind().unwrap().storage;
        storage.write(&mut raw[0].bytes, 0, 0x3FFF_FFAA).unwrap();
        let refused = propose(&part, &raw, &set("BOR_LEV=0"));
        assert_eq!(refused, Err(Refusal::OtherPart(part.name())));
    }
}

#[test]
fn d16_an_f1_is_only_shown() {
    assert!(!F107.part().is_settable());
    assert!(F303.part().is_settable());
}

#[test]
fn d17_what_was_before_can_be_restored() {
    for (name, board) in BOARDS {
        let (part, raw) = (board.part(), board.factory());
        let changed = propose(&part, &raw, &set("WRP=1")).unwrap();
        let mut after = raw.clone();
        for rewrite in changed.rewrites() {
            let block = after
                .iter_mut()
                .find(|block| block.start == rewrite.start)
                .unwrap();
            block.bytes[..rewrite.after.len()].copy_from_slice(&rewrite.after);
        }
        assert_ne!(after, raw, "{name}");
        let back = propose(&part, &after, &Wanted::Image(raw.clone())).unwrap();
        for rewrite in back.rewrites() {
            let original = raw
                .iter()
                .find(|block| block.start == rewrite.start)
                .unwrap();
            assert_eq!(
                rewrite.after,
                original.bytes[..rewrite.after.len()],
                "{name}"
            );
        }
        assert_eq!(back.rewrites().len(), changed.rewrites().len(), "{name}");
    }
}

#[test]
fn a_protected_board_is_not_changed() {
    for (name, board) in BOARDS {
        for level in [0x00, 0x55, 0xBB, 0xCC, 0xFF] {
            let raw = with_level(board, level);
            let refused = propose(&board.part(), &raw, &set("WRP=none"));
            let expected = match level {
                0xCC => Refusal::ProtectedForEver,
                _ => Refusal::ReadProtected,
            };
            assert_eq!(refused, Err(expected), "{name} {level:02X}");
        }
    }
}

#[test]
fn a_c0_is_not_taken_for_a_g4() {
    let part = G431.recognise(Some(Address(0x1FFF_7500))).unwrap();
    assert_eq!(part.name(), "STM32C0");
    assert!(!part.is_settable());
}
