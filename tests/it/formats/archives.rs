//! Firmware in archives: ZIP and gzip.

use std::io::{Cursor, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::collection::vec;
use proptest::prelude::*;
use upfuse::firmware::{Fault, FirmwareError, Format, Image, load, parse};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

const HEX: &[u8] = b":0100000001FE\n:00000001FF\n";

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(
        files,
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated),
    )
}

fn zip_with(files: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        match name.strip_suffix('/') {
            Some(folder) => zip.add_directory(folder, options).unwrap(),
            None => {
                zip.start_file(*name, options).unwrap();
                zip.write_all(bytes).unwrap();
            }
        }
    }
    zip.finish().unwrap().into_inner()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn opened(name: &str, bytes: &[u8]) -> Image {
    parse(name, bytes, None).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(bytes: &[u8]) -> FirmwareError {
    parse("a.zip", bytes, None).unwrap_err()
}

#[test]
fn the_only_firmware_in_an_archive_is_opened_as_that_file() {
    let zip = zip_of(&[
        ("release/", b""),
        ("release/README.md", b"text"),
        ("release/app.hex", HEX),
        ("__MACOSX/release/._app.hex", b"\0\x05\x16\x07"),
        ("release/.hidden.bin", b"x"),
    ]);
    let image = opened("dir/a.zip", &zip);
    assert_eq!(image.source.name, "app.hex in a.zip");
    assert_eq!(
        (image.source.format, image.source.size),
        (Format::IntelHex, HEX.len() as u64)
    );
    assert_eq!(image.targets, opened("app.hex", HEX).targets);
    assert_eq!(image.source.sha256, opened("app.hex", HEX).source.sha256);
    assert!(image.notes.is_empty());
    // Content decides, not the name; without compression as well.
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let image = opened("firmware.bin", &zip_with(&[("x", HEX)], stored));
    assert_eq!(image.source.name, "x in firmware.bin");
    let image = opened("fw.hex.gz", &gz(HEX));
    assert_eq!(image.source.name, "fw.hex in fw.hex.gz");
    assert_eq!(image.targets, opened("app.hex", HEX).targets);
}

#[test]
fn of_several_one_is_chosen_by_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    let other = b":0100000002FD\n:00000001FF\n";
    let zip = zip_of(&[
        ("b/one.hex", HEX),
        ("b/two.hex", other),
        ("c/two.hex", HEX),
        ("d.txt", b""),
    ]);
    std::fs::write(&path, zip).unwrap();
    let error = load(&path, None).unwrap_err();
    let names = ["b/one.hex", "b/two.hex", "c/two.hex"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(error.fault, Fault::SeveralInside { names });
    assert!(
        error
            .to_string()
            .contains("b/one.hex, b/two.hex, c/two.hex"),
        "{error}"
    );
    let value =
        |inside: &str| load(&path.join(inside), None).unwrap().targets[0].segments[0].data()[0];
    assert_eq!(value("b/two.hex"), 2);
    assert_eq!(value("c/two.hex"), 1);
    assert_eq!(value("one.hex"), 1);
    for missing in ["two.hex", "none.hex"] {
        let error = load(&path.join(missing), None).unwrap_err();
        assert!(matches!(error.fault, Fault::NotInside { .. }), "{error}");
    }
    let bare = folder.path().join("bare.hex");
    std::fs::write(&bare, HEX).unwrap();
    assert_eq!(
        load(&bare.join("x"), None).unwrap_err().fault,
        Fault::NoArchive
    );
    let missing = load(Path::new("none.zip/a.hex"), None).unwrap_err();
    assert!(matches!(missing.fault, Fault::Unreadable(_)), "{missing}");
}

#[test]
fn an_archive_without_firmware_is_refused_with_what_it_holds() {
    let error = refused(&zip_of(&[("a.txt", b"1"), ("b.png", b"2")]));
    assert_eq!(
        error.to_string(),
        "the archive holds no firmware file; it holds a.txt, b.png (a.zip)"
    );
    assert!(
        refused(&zip_of(&[]))
            .to_string()
            .contains("it holds nothing")
    );
    // Archives in archives.
    let nested = refused(&zip_of(&[("b.zip", &zip_of(&[("c.hex", HEX)]))]));
    assert_eq!(
        nested.to_string(),
        "this is a ZIP archive, not firmware (b.zip in a.zip)"
    );
    let nested = refused(&gz(&gz(HEX)));
    assert!(
        nested.to_string().contains("this is a gzip archive"),
        "{nested}"
    );
    let mut tar = vec![0; 257];
    tar.extend(b"ustar\x0000 and the rest");
    assert!(
        refused(&gz(&tar))
            .to_string()
            .contains("this is a tar archive")
    );
    // An error in the file names both.
    let broken = refused(&zip_of(&[("dir/c.hex", b":01")]));
    assert!(
        broken.to_string().ends_with("(dir/c.hex in a.zip)"),
        "{broken}"
    );
}

#[test]
fn what_cannot_be_unpacked_is_refused_in_words() {
    let mut encrypted = zip_of(&[("a.hex", HEX)]);
    // Bit 0 of the flags, in the file's own header and in the directory (APPNOTE.TXT, 4.4.4).
    let directory = encrypted
        .windows(4)
        .rposition(|at| at == b"PK\x01\x02")
        .unwrap();
    encrypted[6] |= 1;
    encrypted[directory + 8] |= 1;
    assert_eq!(refused(&encrypted).fault, Fault::Encrypted);
    let mut packed = zip_of(&[("a.hex", HEX)]);
    packed[8] = 98;
    packed[directory + 10] = 98;
    assert_eq!(refused(&packed).fault, Fault::OtherPacking);
    let mut damaged = zip_of(&[("a.hex", &[HEX; 9].concat())]);
    damaged[40] ^= 0x55;
    assert!(matches!(refused(&damaged).fault, Fault::BadArchive(_)));
    let cut = gz(&[7; 5000]);
    assert!(matches!(
        refused(&cut[..cut.len() - 3]).fault,
        Fault::BadArchive(_)
    ));
    assert!(matches!(
        refused(b"PK\x03\x04....").fault,
        Fault::BadArchive(_)
    ));
}

#[test]
fn a_bomb_is_refused_at_the_limit() {
    let zeros = vec![0u8; 1 << 20];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..257 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 4 << 20);
    assert_eq!(refused(&bomb).fault, Fault::TooLargeInside);
    // One that states a small size.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("a.bin", options).unwrap();
    for _ in 0..257 {
        zip.write_all(&zeros).unwrap();
    }
    let mut bomb = zip.finish().unwrap().into_inner();
    assert_eq!(refused(&bomb).fault, Fault::TooLargeInside);
    let directory = bomb.windows(4).rposition(|at| at == b"PK\x01\x02").unwrap();
    bomb[directory + 24..directory + 28].copy_from_slice(&100u32.to_le_bytes());
    let fault = refused(&bomb).fault;
    assert!(
        matches!(fault, Fault::TooLargeInside | Fault::BadArchive(_)),
        "{fault}"
    );
}

#[test]
fn a_directory_of_very_many_files_is_not_read() {
    let many = [b"PK\x03\x04".as_slice(), &b"PK\x01\x02".repeat(10_001)].concat();
    assert!(refused(&many).to_string().contains("more than 10000 files"));
}

/// Some files in an archive, with a few bytes changed, and with `cut` bytes missing.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let files = vec(
        ("[a-c/]{0,3}[.]?(hex|bin|zip)?", vec(any::<u8>(), 0..60)),
        0..4,
    );
    let changes = vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (files, changes, 0usize..3, any::<bool>()).prop_map(|(files, changes, cut, is_zip)| {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in &files {
            // Names may repeat or be no names: the writer refuses some.
            if zip
                .start_file(name.as_str(), SimpleFileOptions::default())
                .is_ok()
            {
                zip.write_all(bytes).unwrap();
            }
        }
        let mut bytes = match is_zip {
            true => zip.finish().unwrap().into_inner(),
            false => gz(files.first().map_or(&[], |(_, bytes)| bytes.as_slice())),
        };
        for (at, value) in changes {
            *at.get_mut(&mut bytes) = value;
        }
        let left = bytes.len().saturating_sub(cut);
        bytes.truncate(left);
        bytes
    })
}

proptest! {
    #[test]
    fn any_archive_is_opened_or_refused(bytes in damaged()) {
        if let Ok(image) = parse("a.zip", &bytes, None) {
            prop_assert!(image.bytes() <= 1 << 20);
        }
    }

    #[test]
    fn any_bytes_after_the_signature(rest in vec(any::<u8>(), 0..200), is_zip in any::<bool>()) {
        let signature: &[u8] = if is_zip { b"PK\x03\x04" } else { b"\x1F\x8B\x08" };
        let _ = parse("a.zip", &[signature, &rest].concat(), None);
    }
}
