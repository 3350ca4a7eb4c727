//! Bytes and registers of real devices, each with its source.

use super::*;

/// Decodes one region and expects intact slots.
fn intact(board: &Board, start: u32, bytes: Vec<u8>) -> Decoded {
    let decoded = decode(&board.part(), &[block(start, bytes)]);
    assert_eq!(decoded.faults, []);
    decoded
}

fn expect(decoded: &Decoded, fields: &[(&str, u32)]) {
    for (name, expected) in fields {
        assert_eq!(value(decoded, name), Some(*expected), "{name}");
    }
}

/// devanlai/dap42, factory_default.options.bin; the words as read over SWD: notes.tk233.xyz.
#[test]
fn f042_as_delivered() {
    let bytes = hex("aa 55 ff 00 ff 00 ff 00 ff 00 ff 00 ff 00 ff 00");
    assert_eq!(
        bytes[..12],
        words(&[0x00FF_55AA, 0x00FF_00FF, 0x00FF_00FF])[..]
    );
    let decoded = intact(&F042, 0x1FFF_F800, bytes);
    assert!(decoded.fields.iter().all(|field| !field.differs()));
    assert!(protected(&decoded).is_empty());
    expect(&decoded, &[("RDP", 0xAA), ("BOOT_SEL", 1), ("WDG_SW", 1)]);
}

/// devanlai/dap42 no_boot_pin.options.bin; carrotIndustries/usbkvm progdata/option.bin.
#[test]
fn f042_without_its_boot_pin() {
    let bytes = hex("aa 55 7f 80 ff 00 ff 00 ff 00 ff 00 ff 00 ff 00");
    let decoded = intact(&F042, 0x1FFF_F800, bytes);
    expect(&decoded, &[("BOOT_SEL", 0), ("nBOOT0", 1), ("nBOOT1", 1)]);
    let differing = decoded.fields.iter().filter(|field| field.differs());
    let names: Vec<&str> = differing.map(|field| field.name).collect();
    assert_eq!(names, ["BOOT_SEL"]);
}

/// viaflash and Starling's updater keep ID and version in the user data.
#[test]
fn f303_with_user_data() {
    let bytes = hex("aa 55 ff 00 12 ed 34 cb ff 00 ff 00 ff 00 ff 00");
    let decoded = intact(&F303, 0x1FFF_F800, bytes);
    expect(&decoded, &[("DATA0", 0x12), ("DATA1", 0x34)]);
}

/// An F446 as sent by STM32CubeProgrammer, which left complement and copy stale.
#[test]
fn f446_with_sector_7_protected_and_stale_copies() {
    let part = F446.part();
    let stale = hex("ef aa 10 55 ef aa 10 55 7f 3f 00 c0 ff 3f 00 c0");
    let decoded = decode(&part, &[block(0x1FFF_C000, stale)]);
    assert_eq!(protected(&decoded), [7]);
    assert_eq!(decoded.faults, [Address(0x1FFF_C008)]);
    let before = hex("ef aa 10 55 ef aa 10 55 ff 3f 00 c0 ff 3f 00 c0");
    let decoded = intact(&F446, 0x1FFF_C000, before);
    assert!(protected(&decoded).is_empty());
    expect(&decoded, &[("RDP", 0xAA), ("BOR_LEV", 3), ("WDG_SW", 1)]);
}

/// ST community 410209: dual bank, start addresses.
#[test]
fn f767_in_dual_bank_mode() {
    let slots = [0x5500_AAFF, 0x2000_DFFF, 0xFF7F_0080, 0xFFBF_0040];
    let doubled: Vec<u32> = slots.iter().flat_map(|word| [*word, *word]).collect();
    let decoded = intact(&F767, 0x1FFF_0000, words(&doubled));
    expect(
        &decoded,
        &[
            ("nDBANK", 0),
            ("BOOT_ADD0", 0x80),
            ("BOOT_ADD1", 0x40),
            ("RDP", 0xAA),
        ],
    );
    let bootloader = decoded
        .fields
        .iter()
        .find(|f| f.name == "BOOT_ADD1")
        .unwrap();
    assert_eq!(bootloader.meaning, "0x00100000");
}

/// forum.segger.com 4140: an F779 from 0x1FFF0010; both copies agree.
#[test]
fn f779_stores_every_word_twice() {
    let mut bytes = words(&[0x5500_AAFF, 0x5500_AAFF, 0x2000_DFFF, 0x2000_DFFF]);
    bytes.extend(words(&[0xFF7F_0080, 0xFF7F_0080, 0xFFBF_0040, 0xFFBF_0040]));
    intact(&F767, 0x1FFF_0000, bytes.clone());
    bytes[0x14] ^= 1;
    let decoded = decode(&F767.part(), &[block(0x1FFF_0000, bytes)]);
    assert_eq!(decoded.faults, [Address(0x1FFF_0010)]);
}

/// Meetjestad's programmer.py, in production. Its value 6 for BOR is off in ST's table.
#[test]
fn l073_as_written_in_production() {
    let rest = "00 00 ff ff 00 00 ff ff 00 00 ff ff 00 00 ff ff";
    let delivered = format!("aa 00 55 ff 70 80 8f 7f {rest}");
    let decoded = intact(&L073, 0x1FF8_0000, hex(&delivered));
    assert!(decoded.fields.iter().all(|field| !field.differs()));
    expect(
        &decoded,
        &[("RDP", 0xAA), ("BOR_LEV", 0), ("nBOOT1", 1), ("IWDG_SW", 1)],
    );

    let changed = format!("aa 00 55 ff 76 80 89 7f {rest}");
    let decoded = intact(&L073, 0x1FF8_0000, hex(&changed));
    let bor = decoded.fields.iter().find(|f| f.name == "BOR_LEV").unwrap();
    assert_eq!((bor.value, bor.meaning.as_str()), (6, "off"));

    let last = "aa 00 55 ff 70 80 8f 7f 00 00 ff ff 00 00 ff ff 00 80 ff 7f 00 00 ff ff";
    let decoded = intact(&L073, 0x1FF8_0000, hex(last));
    assert_eq!(protected(&decoded), [47]);
}

/// Inertial Sense's updater: an L4 whose BOOT0 pin does not decide.
#[test]
fn l4_of_an_imx5() {
    let bytes = hex(
        "aa f8 ff fb 55 07 00 04 ff ff ff ff 00 00 00 00 00 00 ff ff ff ff 00 00 \
         ff ff 00 ff 00 00 ff 00 ff ff 00 ff 00 00 ff 00",
    );
    let decoded = decode(&L452.part(), &[block(0x1FFF_7800, bytes.clone())]);
    assert_eq!(decoded.faults, []);
    assert!(protected(&decoded).is_empty());
    expect(
        &decoded,
        &[
            ("PCROP1_STRT", 0xFFFF),
            ("PCROP1_END", 0),
            ("WRP1A_STRT", 0xFF),
        ],
    );
    // Which L4 it is decides whether bits 26 and 27 are known; the L433 has them.
    let decoded = intact(&L433, 0x1FFF_7800, bytes);
    expect(&decoded, &[("nSWBOOT0", 0), ("nBOOT0", 1)]);
}

/// DarkFlippers/unleashed-firmware scripts/ob.data.
#[test]
fn wb55_of_a_flipper() {
    let mut bytes = vec![0xFF; 128];
    let slots = [
        (0x00, 0x3DFF_F9AA_u32),
        (0x08, 0x0000_01FF),
        (0x10, 0x8000_0000),
        (0x18, 0x0000_00FF),
        (0x20, 0x0000_00FF),
        (0x28, 0x0000_01FF),
        (0x30, 0),
        (0x68, 0),
        (0x70, 0x0000_10CA),
        (0x78, 0x9E2B_2800),
    ];
    for (at, word) in slots {
        bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        bytes[at + 4..at + 8].copy_from_slice(&(!word).to_le_bytes());
    }
    let decoded = intact(&WB55, 0x1FFF_8000, bytes);
    let fields = [
        ("RDP", 0xAA),
        ("BOR_LEV", 4),
        ("nBOOT0", 1),
        ("nBOOT1", 1),
        ("nSWBOOT0", 1),
        ("SRAM2_RST", 0),
        ("SRAM2_PE", 1),
        ("IWDG_SW", 1),
        ("WWDG_SW", 1),
        ("IPCCDBA", 0),
        ("ESE", 1),
        ("SFSA", 0xCA),
        ("FSD", 0),
        ("DDS", 1),
        ("C2OPT", 1),
        ("NBRSD", 0),
        ("SNBRSA", 0xF),
        ("BRSD", 0),
        ("SBRSA", 0xA),
        ("SBRV", 0x3_2800),
        ("PCROP1A_STRT", 0x1FF),
        ("PCROP1A_END", 0),
        ("PCROP_RDP", 1),
    ];
    expect(&decoded, &fields);
    assert!(protected(&decoded).is_empty());
}

fn words_with_complement(board: &Board, words: &[u32]) -> Decoded {
    let start = board.part().regions()[0].start();
    let bytes = words.iter().flat_map(|word| {
        let pair = [*word, !*word];
        pair.into_iter().flat_map(u32::to_le_bytes)
    });
    let decoded = decode(
        &board.part(),
        &[Block {
            start,
            bytes: bytes.collect(),
        }],
    );
    assert_eq!(decoded.faults, []);
    decoded
}

/// stlink#1128: an L471 as delivered, and with BFB2 cleared.
#[test]
fn l471_option_register() {
    for (word, bank) in [(0xFFFF_F8AA, 1), (0xFFEF_F8AA, 0)] {
        let decoded = words_with_complement(&L496, &[word]);
        expect(
            &decoded,
            &[
                ("BFB2", bank),
                ("RDP", 0xAA),
                ("BOR_LEV", 0),
                ("DUALBANK", 1),
            ],
        );
    }
}

/// KyberStation: bits 20 and 21 mean nothing on a part with one bank.
#[test]
fn l433_has_no_second_bank() {
    let decoded = words_with_complement(&L433, &[0xFFFF_F8AA]);
    assert!(decoded.fields.iter().all(|field| !field.differs()));
    assert_eq!(
        (value(&decoded, "BFB2"), value(&decoded, "DUALBANK")),
        (None, None)
    );
}

/// A G051: words at 0x1FFF7800.
#[test]
fn g051_as_delivered() {
    let bytes = words(&[0xFFFF_FEAA, 0x0000_0155, 0xFFFF_FFFF, 0x0000_0000]);
    let decoded = intact(&G0, 0x1FFF_7800, bytes);
    expect(
        &decoded,
        &[
            ("RDP", 0xAA),
            ("BOR_EN", 0),
            ("nBOOT_SEL", 1),
            ("NRST_MODE", 3),
        ],
    );
}

/// apache/nuttx#20060: a G0B1 with its banks swapped and not.
#[test]
fn g0b1_with_banks_swapped() {
    for (word, swapped) in [(0xFEF9_FEAA, 1), (0xFEE9_FEAA, 0)] {
        let decoded = words_with_complement(&G0, &[word]);
        expect(&decoded, &[("nSWAP_BANK", swapped), ("nBOOT_SEL", 0)]);
    }
}

/// notes.tk233.xyz: a G431 as delivered, and with the pin's effect off; it delivers 40 bytes of 48.
#[test]
fn g431_registers() {
    let rest = [0xFFFF_FFFF, 0x7FFF_C000, 0xFFC0_FFFF, 0xFFC0_FFFF];
    for (word, pin) in [(0xFFEF_F8AA, 1), (0xFBEF_F8AA, 0)] {
        let all: Vec<u32> = std::iter::once(word).chain(rest).collect();
        let decoded = words_with_complement(&G431, &all);
        expect(
            &decoded,
            &[
                ("nSWBOOT0", pin),
                ("PCROP1_STRT", 0x3FFF),
                ("PCROP1_END", 0),
            ],
        );
        assert!(protected(&decoded).is_empty());
        assert_eq!(value(&decoded, "BOOT_LOCK"), None, "not delivered");
    }
}

/// An H745: BCM4 cleared.
#[test]
fn h745_option_register() {
    for (word, m4) in [(0x1BC6_AAF0, 1), (0x1B86_AAF0, 0)] {
        let decoded = intact(&H743, 0x5200_201C, words(&[word, word]));
        expect(
            &decoded,
            &[("BCM4", m4), ("BCM7", 1), ("RDP", 0xAA), ("BOR_LEV", 0)],
        );
    }
}

/// Inertial Sense's updater sends 40 bytes to a U5.
#[test]
fn u5_of_inertial_sense() {
    let bytes = hex(
        "aa f8 ef 1f 7f 00 00 08 7f 00 f9 0b 00 00 00 00 00 00 00 00 00 00 00 00 \
         ff ff 80 ff ff ff 80 ff 00 00 00 00 00 00 00 00",
    );
    let decoded = intact(&U575, 0x4002_2040, bytes);
    expect(
        &decoded,
        &[("RDP", 0xAA), ("nSWBOOT0", 1), ("nBOOT0", 1), ("TZEN", 0)],
    );
    let start = decoded
        .fields
        .iter()
        .find(|f| f.name == "NSBOOTADD0")
        .unwrap();
    assert_eq!(start.meaning, "0x08000000");
    assert!(protected(&decoded).is_empty());
}

/// A U5 that starts its flash whatever the pin says.
#[test]
fn u5_without_its_boot_pin() {
    let decoded = intact(&U575, 0x4002_2040, words(&[0x1BEF_F8AA]));
    expect(&decoded, &[("nSWBOOT0", 0), ("nBOOT0", 1)]);
}

/// A NUCLEO-H563ZI, as delivered.
#[test]
fn h563_as_delivered() {
    let decoded = intact(&H563, 0x4002_2050, words(&[0x2D30_EDF8, 0x2D30_EDF8]));
    let state = decoded
        .fields
        .iter()
        .find(|f| f.name == "PRODUCT_STATE")
        .unwrap();
    assert_eq!((state.value, state.meaning.as_str()), (0xED, "open"));
    assert!(state.lock().is_some());
}

/// ST community 238751, 76491: an F42x that lost power while its option bytes were written.
#[test]
fn f42x_after_a_power_cut() {
    let part = F429.part();
    let mut bytes = vec![0; 16];
    let kind = part.kind().unwrap();
    kind.storage.write(&mut bytes, 0, 0xFFFD).unwrap();
    kind.storage.write(&mut bytes, 8, 0xCFFF).unwrap();
    let raw = [block(0x1FFF_C000, bytes)];
    let decoded = decode(&part, &raw);
    expect(&decoded, &[("RDP", 0xFF), ("SPRMOD", 1), ("DB1M", 1)]);
    let level = decoded.fields.iter().find(|f| f.name == "RDP").unwrap();
    assert!(level.meaning.starts_with("level 1"), "{}", level.meaning);
    assert_eq!(decoded.write_protection, WriteProtection::Unknown);
}

/// stlink: the key of an F1 is 0x5AA5; every other value protects.
#[test]
fn f1_has_its_own_key() {
    for (bytes, level) in [
        ("a5 5a", "level 0"),
        ("aa 55", "level 1"),
        ("00 ff", "level 1"),
    ] {
        let decoded = decode(&F107.part(), &[block(0x1FFF_F800, hex(bytes))]);
        let rdp = decoded.fields.iter().find(|f| f.name == "RDP").unwrap();
        assert!(rdp.meaning.starts_with(level), "{bytes}: {}", rdp.meaning);
    }
}

/// A word of an F0 with its bytes swapped, in a file for an F4 (fwupd#1222).
#[test]
fn a_broken_file_is_refused() {
    let raw = F407.factory();
    let image = vec![block(0x1FFF_F800, hex("00 ff 55 aa"))];
    let refused = propose(&F407.part(), &raw, &Wanted::Image(image)).unwrap_err();
    assert!(matches!(refused, Refusal::OtherImage(_)), "{refused}");
    let mut image = raw.clone();
    image[0].bytes[..4].copy_from_slice(&hex("00 ff 55 aa"));
    let refused = propose(&F407.part(), &raw, &Wanted::Image(image)).unwrap_err();
    assert!(matches!(refused, Refusal::OtherImage(_)), "{refused}");
}
