//! Files from public repositories, in the folder `UPFUSE_TEST_FIRMWARE` or in `../shared/firmware`
//! next to the package.

use std::path::PathBuf;

use upfuse::address::Address;
use upfuse::firmware::{self, Fault, Format, Image, MadeFor, Position};

/// The folder, or `None` with a message.
pub(crate) fn folder() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/firmware");
    let path =
        std::env::var_os("UPFUSE_TEST_FIRMWARE").map_or_else(|| default.into(), PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: no firmware files at {}", path.display());
    None
}

fn open(name: &str) -> Option<Image> {
    let path = folder()?.join(name);
    Some(firmware::load(&path, None).unwrap_or_else(|error| panic!("{error}")))
}

/// The image as (start, length) for each segment.
fn shape(image: &Image) -> Vec<(u32, u64)> {
    let segments = image.targets.iter().flat_map(|target| &target.segments);
    segments
        .map(|s| (s.range().start().0, s.range().len()))
        .collect()
}

#[test]
fn one_firmware_in_three_formats_is_one_image() {
    let Some(dfu) = open("micropython-g474.dfu") else {
        return;
    };
    let hex = open("micropython-g474.hex").unwrap();
    let bin = open("micropython-g474.bin").unwrap();
    assert_eq!(dfu.source.format, Format::DfuSe);
    assert_eq!(hex.source.format, Format::IntelHex);
    assert_eq!(bin.source.format, Format::Binary);
    assert_eq!(shape(&dfu), [(0x0800_0000, 352_672)]);
    assert_eq!(dfu.targets[0].segments, hex.targets[0].segments);
    assert_eq!(dfu.targets[0].segments, bin.targets[0].segments);
}

#[test]
fn micropython_f407_has_two_elements_with_a_gap_between() {
    let Some(image) = open("micropython-f407.dfu") else {
        return;
    };
    assert_eq!(
        shape(&image),
        [(0x0800_0000, 14_784), (0x0802_0000, 307_392)]
    );
    assert_eq!(image.notes, [""; 0]);
}

#[test]
fn duckypad_was_made_with_st_s_file_manager() {
    let Some(image) = open("duckypad-v3.0.4.dfu") else {
        return;
    };
    // The name field has garbage after its NUL.
    assert_eq!(image.targets[0].name.as_deref(), Some("ST..."));
    assert_eq!(
        image.made_for,
        Some(MadeFor {
            vendor: 0x0483,
            product: 0xDF11,
            version: 0
        })
    );
    assert_eq!(shape(&image), [(0x0800_0000, 62_488)]);
    assert_eq!(image.source.crc, Some(0xD5A5_C9F0));
}

#[test]
fn intel_hex_with_blank_lines_is_the_same_without() {
    let Some(plain) = open("in.hex") else {
        return;
    };
    let blank = open("in_blank_lines.hex").unwrap();
    assert_eq!(shape(&plain), [(0x100, 64)]);
    assert_eq!(plain.targets, blank.targets);
}

#[test]
fn s_records_with_blank_lines_are_the_same_without() {
    let Some(plain) = open("in.s19") else {
        return;
    };
    let blank = open("in_blank_lines.s19").unwrap();
    assert_eq!(shape(&plain), [(0, 70)]);
    assert_eq!(plain.targets, blank.targets);
}

#[test]
fn extended_addresses_may_descend() {
    let Some(image) = open("issue_4_in.hex") else {
        return;
    };
    assert_eq!(shape(&image), [(0x1_000E, 4), (0x2_000E, 3)]);
}

#[test]
fn one_program_in_hex_and_in_s_records_is_one_image() {
    let Some(hex) = open("empty_main.hex") else {
        return;
    };
    let s19 = open("empty_main.s19").unwrap();
    assert_eq!(hex.targets, s19.targets);
    assert_eq!(hex.entry, Some(Address(0x40_0400)));
    assert_eq!(s19.entry, Some(Address(0x40_0400)));
}

#[test]
fn s_records_may_be_unsorted() {
    let Some(image) = open("non_sorted_segments.s19") else {
        return;
    };
    let starts: Vec<_> = shape(&image).iter().map(|(start, _)| *start).collect();
    assert!(starts.len() > 1 && starts.is_sorted());
    let sdram = open("evkbimxrt1050_iled_blinky_sdram.s19").unwrap();
    assert_eq!(
        sdram.targets[0].segments[0].range().start(),
        Address(0x8000_2000)
    );
}

#[test]
fn a_wrong_checksum_is_refused_with_its_line() {
    let Some(folder) = folder() else {
        return;
    };
    let error = firmware::load(&folder.join("bad_crc.s19"), None).unwrap_err();
    assert_eq!(error.position, Position::Line(1));
    assert!(matches!(
        error.fault,
        Fault::RecordChecksum { stated: 0x22, .. }
    ));
}

/// Its addresses count 16-bit words. No STM32 does that, and read as byte addresses the records
/// contradict each other; flashing a guess would be worse.
#[test]
fn addresses_that_count_words_are_refused() {
    let Some(folder) = folder() else {
        return;
    };
    let error = firmware::load(&folder.join("in_16bits_word.s19"), None).unwrap_err();
    assert!(matches!(error.fault, Fault::Overlap { .. }));
}
