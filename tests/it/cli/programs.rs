//! Bytes that only seem to be a program for the board, and real programs for other boards.

use serde_json::Value;

use super::doubts::refused_for;
use super::{Folder, exit, on, stderr, stdout};

/// Raw bytes that begin with these words.
fn words(words: &[u32]) -> Vec<u8> {
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.resize(3000, 0x5A);
    bytes
}

/// An odd word that is less than the length of the file is no reset handler by itself, and one in
/// flash none beside a stack in external memory, which almost any text seems to name.
#[test]
fn two_words_that_may_be_anything_are_no_program() {
    let folder = Folder::new();
    for (name, bytes) in [
        ("one", words(&[0x6D73_6104, 1])),
        ("behind", words(&[0x6D73_6104, 9, 0x101, 0x103])),
        ("inside", words(&[0x2000_1000, 0x3D])),
        ("even-fault", words(&[0x2000_1000, 0x101, 0x102, 0x105])),
        ("external", words(&[0x6162_6364, 0x0800_0101])),
    ] {
        let file = folder.write(&format!("{name}.bin"), &bytes);
        let upgrade = ["upgrade", &file, "--at", "0x08000000"];
        assert_eq!(refused_for(&upgrade), ["not-a-program"], "{name}");
        let info = on("f072", &["info", &file, "--at", "0x08000000", "--json"]);
        let info: Value = serde_json::from_str(&stdout(&info)).unwrap();
        let table = &info["targets"][0]["vector_table"];
        assert_eq!(table["plausible"], false, "{name}: {table}");
    }
}

#[test]
fn info_and_upgrade_agree_about_programs() {
    let folder = Folder::new();
    for (name, bytes) in [
        ("at-zero", words(&[0x2000_1000, 0x101, 0x103, 0])),
        (
            "external",
            words(&[0x6000_1000, 0x0800_0101, 0x0800_0103, 0x0800_0103]),
        ),
    ] {
        let file = folder.write(&format!("{name}.bin"), &bytes);
        let at = ["--at", "0x08000000"];
        let output = on("f407", &[&["upgrade", &file][..], &at].concat());
        assert_eq!(exit(&output), 0, "{name}: {}", stderr(&output));
        let info = on("f407", &[&["info", &file, "--json"][..], &at].concat());
        let info: Value = serde_json::from_str(&stdout(&info)).unwrap();
        let table = &info["targets"][0]["vector_table"];
        assert_eq!(table["plausible"], true, "{name}: {table}");
    }
}
