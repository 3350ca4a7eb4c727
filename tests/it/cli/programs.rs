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

fn program_that_names(names: &[&str]) -> Vec<u8> {
    let mut program = super::pseudo_firmware(3000);
    for (number, name) in names.iter().enumerate() {
        let at = 1000 + 50 * number;
        program[at..at + name.len()].copy_from_slice(name.as_bytes());
    }
    program
}

#[test]
fn a_program_that_names_only_another_family_needs_force() {
    let folder = Folder::new();
    let upgraded = |names: &[&str]| {
        let file = folder.write("program.bin", &program_that_names(names));
        let output = on("f407", &["upgrade", &file]);
        (exit(&output), stderr(&output))
    };
    let (code, text) = upgraded(&["STM32G474CE", "STM32G4"]);
    assert_eq!(code, 7, "{text}");
    assert!(text.contains("The program names the STM32G474CE"), "{text}");
    for names in [
        &["STM32F407"][..],
        &["STM32G474CE", "STM32F407"],
        &["STM32G474CE", "STM32MP157"],
        &["STM32MP157"],
        &["STM32 Virtual ComPort", "STM32duino", "STM32_G4"],
    ] {
        let (code, text) = upgraded(names);
        assert_eq!(code, 0, "{names:?}: {text}");
    }
}

#[test]
fn real_programs_for_other_families_need_force_and_no_others() {
    let Some(folder) = crate::formats::real_files::folder() else {
        return;
    };
    let doubts = |file: &str, board| {
        let path = folder.join(file);
        let info = on(board, &["info", path.to_str().unwrap(), "--json"]);
        let info: Value = serde_json::from_str(&stdout(&info)).unwrap();
        let doubts = info["boards"][0]["doubts"].as_array().unwrap();
        let code = |doubt: &Value| doubt["code"].as_str().unwrap().to_owned();
        doubts.iter().map(code).collect::<Vec<_>>()
    };
    for (file, fits, other) in [
        ("micropython-g474.bin", "g474", "f407"),
        ("micropython-g474.hex", "g474", "f407"),
        ("micropython-f407.dfu", "f407", "g474"),
    ] {
        assert!(doubts(file, fits).is_empty(), "{file}");
        assert_eq!(doubts(file, other), ["other-family"], "{file}");
    }
    for board in ["f072", "f407"] {
        assert!(doubts("duckypad-v3.0.4.dfu", board).is_empty(), "{board}");
    }
}
