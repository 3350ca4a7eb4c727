//! Files that are not firmware are refused by their type, with the next step.

use upfuse::firmware::{Fault, Format, load, parse};

/// The first bytes of each type, padded where the type has a fixed layout.
fn corpus() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let padded = |bytes: &[u8]| [bytes, &[0x5A; 300], &[0, 0xFF]].concat();
    let at = |offset: usize, bytes: &[u8]| [&vec![0; offset], bytes, &[0; 20]].concat();
    let mut windows = at(0x80, b"PE\0\0");
    windows[..2].copy_from_slice(b"MZ");
    windows[0x3C] = 0x80;
    let mut bmp = padded(b"BM");
    let length = bmp.len() as u32;
    bmp[2..6].copy_from_slice(&length.to_le_bytes());
    bmp[6..10].fill(0);
    vec![
        ("a PNG picture", padded(b"\x89PNG\r\n\x1A\n"), "another"),
        ("a JPEG picture", padded(b"\xFF\xD8\xFF\xE0"), "another"),
        ("a GIF picture", padded(b"GIF89a"), "another"),
        ("a BMP picture", bmp, "another"),
        ("a WebP picture", padded(b"RIFF\0\x10\0\0WEBP"), "another"),
        ("a HEIC picture", padded(b"\0\0\0\x18ftypheic"), "another"),
        ("an AVIF picture", padded(b"\0\0\0\x18ftypavif"), "another"),
        (
            "a video or sound file",
            padded(b"\0\0\0\x18ftypisom"),
            "another",
        ),
        ("a Photoshop picture", padded(b"8BPS\0\x01"), "another"),
        ("a FLAC sound file", padded(b"fLaC\0\0\0\x22"), "another"),
        ("a Matroska video", padded(b"\x1A\x45\xDF\xA3"), "another"),
        ("a font", padded(b"\0\x01\0\0\0\x10"), "another"),
        ("a font", padded(b"OTTO\0\x0B"), "another"),
        (
            "a network capture",
            padded(b"\xD4\xC3\xB2\xA1\x02\0\x04\0"),
            "another",
        ),
        ("an Android program", padded(b"dex\n035\0"), "on a computer"),
        (
            "a WebAssembly program",
            padded(b"\0asm\x01\0\0\0"),
            "built for the board",
        ),
        ("a 7-Zip archive", padded(b"7z\xBC\xAF\x27\x1C"), "Unpack"),
        ("a bzip2 archive", padded(b"BZh9"), "Unpack"),
        ("an xz archive", padded(b"\xFD7zXZ\0"), "Unpack"),
        ("a Zstandard archive", padded(b"\x28\xB5\x2F\xFD"), "Unpack"),
        ("a RAR archive", padded(b"Rar!\x1A\x07\x01\0"), "Unpack"),
        ("a tar archive", at(257, b"ustar\x0000"), "Unpack"),
        ("a PDF document", padded(b"%PDF-1.7"), "another"),
        ("a Windows program", windows, "on a computer"),
        (
            "a macOS program",
            padded(b"\xCF\xFA\xED\xFE"),
            "on a computer",
        ),
        (
            "a web page",
            b"\n <!DOCTYPE html><html>".to_vec(),
            "raw file",
        ),
        (
            "a web page",
            b"\xEF\xBB\xBF<HTML lang='en'>".to_vec(),
            "raw file",
        ),
        (
            "the error message of a web server",
            b"404: Not Found".to_vec(),
            "raw file",
        ),
        (
            "a Git LFS pointer, not the file itself",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n".to_vec(),
            "git lfs pull",
        ),
        ("a script", b"#!/bin/sh\necho\n".to_vec(), "another"),
        (
            "plain text",
            b"# Firmware\n\nSee the wiki \xE2\x86\x92 here\n".to_vec(),
            "another",
        ),
        ("plain text", b"\xFF\xFEh\0i\0\r\0\n\0".to_vec(), "another"),
    ]
}

#[test]
fn each_type_is_named_with_its_next_step() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, step) in corpus() {
        let path = folder.path().join("firmware.bin");
        std::fs::write(&path, &bytes).unwrap();
        let error = load(&path, None).unwrap_err();
        assert!(matches!(error.fault, Fault::Foreign(_)), "{name}: {error}");
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("this is {name}, not firmware")),
            "{text}"
        );
        assert!(error.advice().contains(step), "{name}: {}", error.advice());
    }
}

#[test]
fn a_program_for_another_machine_is_refused_by_its_name() {
    let pc = "a program for a PC";
    // The class, the byte order and the machine.
    for (class, order, machine, name) in [
        (2, 1, [62, 0], pc),
        (1, 1, [3, 0], pc),
        (2, 1, [183, 0], "a program for a 64-bit Arm computer"),
        (1, 1, [83, 0], "a program for an AVR"),
        (1, 2, [0, 8], "a program for a MIPS"),
        (1, 2, [0, 40], "a program for another kind of processor"),
    ] {
        let mut elf = b"\x7FELF".to_vec();
        elf.resize(120, 0);
        elf[4..7].copy_from_slice(&[class, order, 1]);
        elf[16] = 2;
        elf[18..20].copy_from_slice(&machine);
        let error = parse("program", &elf, None).unwrap_err();
        assert!(matches!(error.fault, Fault::Foreign(_)), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

/// Raw data that only looks like the beginning of another type stays raw data.
#[test]
fn short_signatures_alone_do_not_refuse_a_raw_binary() {
    let table = [
        &0x2000_1000_u32.to_le_bytes()[..],
        &0x0800_0009_u32.to_le_bytes(),
    ]
    .concat();
    for start in [
        &table[..],
        b"MZ\0\0\0\0",
        b"BM\x01\0\0\0",
        b"II",
        b"\xFF\xFE\x01\x02",
        b"\0",
    ] {
        let bytes = [start, &[0, 0x80, 0xFF, 3]].concat();
        let image = parse("a.bin", &bytes, None).unwrap();
        assert_eq!(image.source.format, Format::Binary, "{start:02X?}");
    }
}
