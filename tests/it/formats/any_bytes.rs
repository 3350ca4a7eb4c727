//! No content makes a parser panic, hang, or return more bytes than the file has.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use upfuse::address::Address;
use upfuse::firmware::{Format, Image, parse};

/// A name for each format, and some of none.
fn names() -> Vec<String> {
    let of_formats = Format::ALL.iter().map(|f| format!("a.{}", f.extension()));
    of_formats.chain(["a".into(), "ö/ü.mot".into()]).collect()
}

/// Parses `bytes` with each kind of name, and checks every image.
fn check_parsers(bytes: &[u8]) {
    for name in &names() {
        match parse(name, bytes, None) {
            Ok(image) => check_image(&image, bytes.len()),
            Err(error) => assert!(error.to_string().ends_with(&format!("({name})"))),
        }
    }
    let _ = parse("a.bin", bytes, Some(Address(0xFFFF_FFF0)));
}

fn check_image(image: &Image, length: usize) {
    assert!(!image.targets.is_empty());
    assert!(image.targets.is_sorted_by(|a, b| a.alternate < b.alternate));
    for target in &image.targets {
        assert!(!target.segments.is_empty());
        let ends = target.segments.iter().map(|s| s.range().end());
        let starts = target.segments.iter().skip(1).map(|s| s.range().start());
        assert!(ends.zip(starts).all(|(end, start)| end <= u64::from(start)));
    }
    assert!(image.bytes() <= length as u64);
}

/// Intel HEX records: mostly valid data and addresses, some arbitrary.
fn hex_line() -> impl Strategy<Value = String> {
    let data = || vec(any::<u8>(), 0..20);
    let few = |offset: u16| offset % 0x40;
    let good = |kind: u8, offset: u16, data: Vec<u8>| hex_record(kind, offset, &data, None);
    prop_oneof![
        8 => (any::<u16>(), data()).prop_map(move |(offset, data)| good(0, offset, data)),
        // Few addresses and values: overlaps, some with equal bytes.
        4 => (any::<u16>(), vec(0u8..1, 0..9)).prop_map(move |(o, data)| good(0, few(o), data)),
        2 => (0u8..2, vec(any::<u8>(), 2)).prop_map(move |(k, base)| good(2 + 2 * k, 0, base)),
        1 => (0u8..2, vec(any::<u8>(), 4)).prop_map(move |(k, start)| good(3 + 2 * k, 0, start)),
        1 => (0u8..8, any::<u16>(), data(), option::of(any::<u8>()))
            .prop_map(|(kind, offset, data, sum)| hex_record(kind, offset, &data, sum)),
    ]
}

fn hex_record(kind: u8, offset: u16, data: &[u8], sum: Option<u8>) -> String {
    let mut bytes = vec![data.len() as u8];
    bytes.extend(offset.to_be_bytes());
    bytes.push(kind);
    bytes.extend(data);
    let right = bytes.iter().fold(0u8, |sum, byte| sum.wrapping_sub(*byte));
    bytes.push(sum.unwrap_or(right));
    format!(":{}", digits(&bytes))
}

/// S-records with valid checksums, mostly data.
fn s_line() -> impl Strategy<Value = String> {
    let line = |kind: u8, body: &[u8]| {
        let mut bytes = vec![body.len() as u8 + 1];
        bytes.extend(body);
        let sum = bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        bytes.push(!sum);
        format!("S{kind}{}", digits(&bytes))
    };
    prop_oneof![
        8 => (1u8..4, vec(any::<u8>(), 4..20)).prop_map(move |(kind, body)| line(kind, &body)),
        4 => (0u8..40, vec(0u8..1, 0..9)).prop_map(move |(at, data)| {
            line(1, &[&[0, at], data.as_slice()].concat())
        }),
        1 => (0u8..10, vec(any::<u8>(), 0..20)).prop_map(move |(kind, body)| line(kind, &body)),
    ]
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A DfuSe file with arbitrary fields and a valid CRC.
fn dfuse() -> impl Strategy<Value = Vec<u8>> {
    let word = || prop_oneof![0u32..40, any::<u32>()];
    let element = (word(), word(), vec(any::<u8>(), 0..30));
    let target = (any::<u8>(), word(), word(), word(), vec(element, 0..4));
    (option::weighted(0.1, 0u8..4), vec(target, 0..4)).prop_map(|(count, targets)| {
        let mut file = b"DfuSe\x01\0\0\0\0".to_vec();
        file.push(count.unwrap_or(targets.len() as u8));
        for (alternate, named, size, elements, list) in targets {
            file.extend(b"Target");
            file.push(alternate % 2);
            file.extend(named.to_le_bytes());
            file.extend([b'n'; 255]);
            let body: Vec<u8> = list
                .iter()
                .flat_map(|(address, length, data)| {
                    let length = if length % 8 == 0 {
                        *length
                    } else {
                        data.len() as u32
                    };
                    [&address.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
                })
                .collect();
            let size = if size % 8 == 0 {
                size
            } else {
                body.len() as u32
            };
            let elements = if elements % 8 == 0 {
                elements
            } else {
                list.len() as u32
            };
            file.extend(size.to_le_bytes());
            file.extend(elements.to_le_bytes());
            file.extend(body);
        }
        file.extend(b"\0\0\x11\xDF\x83\x04\x1A\x01UFD\x10");
        let crc = !crc32fast::hash(&file);
        file.extend(crc.to_le_bytes());
        file
    })
}

/// A small ELF program for Arm with arbitrary headers.
fn elf() -> impl Strategy<Value = Vec<u8>> {
    let word = || prop_oneof![0u32..200, any::<u32>()];
    (
        vec(vec(word(), 8), 0..4),
        vec(vec(word(), 10), 0..4),
        word(),
    )
        .prop_map(|(segments, sections, table)| {
            let mut file = b"\x7FELF\x01\x01\x01".to_vec();
            file.resize(16, 0);
            file.extend([2, 0, 40, 0, 1, 0, 0, 0]);
            let at = if table % 8 == 0 {
                table
            } else {
                52 + 32 * segments.len() as u32
            };
            for value in [0x0800_0001, 52, at, 0] {
                file.extend(u32::to_le_bytes(value));
            }
            for value in [52, 32, segments.len(), 40, sections.len(), 0] {
                file.extend((value as u16).to_le_bytes());
            }
            for mut segment in segments {
                segment[0] %= 2;
                // Mostly inside the file.
                if segment[7] % 4 != 0 {
                    segment[1] %= 64;
                    segment[4] %= 32;
                }
                file.extend(segment.iter().flat_map(|word| word.to_le_bytes()));
            }
            file.extend(sections.concat().iter().flat_map(|word| word.to_le_bytes()));
            file.extend([7; 64]);
            file
        })
}

/// UF2 blocks with right magic numbers, mostly complete, and arbitrary flags, tags and checksums.
fn uf2() -> impl Strategy<Value = Vec<u8>> {
    let flags =
        prop_oneof![4 => Just(0x2000u32), 2 => any::<u16>().prop_map(u32::from), 1 => any::<u32>()];
    let word = || prop_oneof![3 => 0u32..600, 1 => any::<u32>()];
    let block = (
        flags,
        word(),
        word(),
        option::weighted(0.1, (word(), word())),
        0u32..3,
        vec(any::<u8>(), 476),
    );
    vec(block, 1..6).prop_map(|blocks| {
        let total = blocks.len() as u32;
        let mut file = Vec::new();
        for (number, (flags, address, length, numbers, family, area)) in (0..).zip(&blocks) {
            let (number, total) = numbers.unwrap_or((number, total));
            let length = if length % 16 == 0 {
                *length
            } else {
                length % 400
            };
            let words = [
                0x0A32_4655,
                0x9E5D_5157,
                *flags,
                *address,
                length,
                number,
                total,
                *family,
            ];
            file.extend(words.iter().flat_map(|word: &u32| word.to_le_bytes()));
            let mut area = area.clone();
            // A restart, alone or before arbitrary tags.
            if let Some(tag) = area.get_mut(length as usize..length as usize + 8)
                && flags % 3 == 0
            {
                tag.copy_from_slice(&[8, 0x35, 0x08, 0xE6, 0, 0, 0, 8]);
            }
            file.extend(area);
            file.extend(0x0AB1_6F30u32.to_le_bytes());
        }
        file
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..400)) {
        check_parsers(&bytes);
    }

    #[test]
    fn any_bytes_after_a_signature(
        signature in select(&["DfuSe\x01", "\x7FELF\x01\x01\x01", ":02000004", "S30D0800"][..]),
        bytes in vec(any::<u8>(), 0..400),
    ) {
        check_parsers(&[signature.as_bytes(), &bytes].concat());
    }

    #[test]
    fn any_intel_hex(lines in vec(hex_line(), 0..20), crlf in any::<bool>()) {
        check_parsers((lines.join(if crlf { "\r\n" } else { "\n" }) + "\n:00000001FF\n").as_bytes());
    }

    #[test]
    fn any_s_records(lines in vec(s_line(), 0..20)) {
        check_parsers(lines.join("\n").as_bytes());
    }

    #[test]
    fn any_dfuse(file in dfuse()) {
        check_parsers(&file);
    }

    #[test]
    fn any_elf(file in elf()) {
        check_parsers(&file);
    }

    #[test]
    fn any_uf2(file in uf2()) {
        check_parsers(&file);
    }

    #[test]
    fn good_files_with_a_few_bytes_changed(
        which in 0usize..5,
        changes in vec((any::<Index>(), any::<u8>()), 1..6),
        cut in any::<Index>(),
    ) {
        let names = ["micropython-f407.dfu", "in.hex", "empty_main.hex", "in.s19", "empty_main.s19"];
        let Some(folder) = super::real_files::folder() else {
            return Ok(());
        };
        let mut bytes = std::fs::read(folder.join(names[which])).unwrap();
        // The CRC of a whole .dfu would take most of the time.
        bytes.truncate(4096);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        check_parsers(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        check_parsers(&bytes);
    }
}
