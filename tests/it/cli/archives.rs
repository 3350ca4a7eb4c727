//! Firmware in archives on the command line.

use std::io::{Cursor, Write};

use super::{Folder, exit, on, stderr, stdout, upfuse};
use zip::write::{SimpleFileOptions, ZipWriter};

fn zip_of(folder: &Folder, names: &[&str]) -> String {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&super::pseudo_firmware(3000)).unwrap();
    }
    folder.write("release.zip", &zip.finish().unwrap().into_inner())
}

#[test]
fn the_file_in_an_archive_is_upgraded_shown_and_converted() {
    let folder = Folder::new();
    let zip = zip_of(&folder, &["dir/app.bin", "dir/readme.txt"]);
    let output = on("f072", &["upgrade", &zip]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("app.bin in release.zip: binary"),
        "{}",
        stderr(&output)
    );
    assert!(stdout(&upfuse(&["info", &zip])).starts_with("app.bin in release.zip\n"));
    let output = upfuse(&[
        "convert",
        &format!("{zip}/dir/app.bin@0x08000000"),
        "-o",
        &folder.text("a.hex"),
    ]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
}

#[test]
fn of_several_files_one_must_be_named() {
    let folder = Folder::new();
    let zip = zip_of(&folder, &["f4.bin", "f7.bin"]);
    let output = on("f072", &["upgrade", &zip]);
    assert_eq!(exit(&output), 2, "{}", stderr(&output));
    let text = stderr(&output);
    assert!(
        text.contains("several firmware files: f4.bin, f7.bin") && text.contains("ARCHIVE/NAME"),
        "{text}"
    );
    let output = on("f072", &["upgrade", &format!("{zip}/f4.bin")]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
}

#[test]
fn an_archive_is_never_replaced_by_an_output() {
    let folder = Folder::new();
    let zip = zip_of(&folder, &["f4.bin"]);
    let before = std::fs::read(&zip).unwrap();
    let (file, to) = (format!("{zip}/f4.bin"), ["--to", "hex", "--yes"]);
    let output = upfuse(&[&["convert", &file, "-o", &zip][..], &to].concat());
    assert_eq!(exit(&output), 7, "{}", stderr(&output));
    let output = on("f072", &["upgrade", &file, "--backup", &zip, "--yes"]);
    assert_ne!(exit(&output), 0);
    assert_eq!(std::fs::read(&zip).unwrap(), before);
}
