//! UF2 files on the command line.

use crate::formats::uf2::of_three;

use super::{Folder, events, exit, json_lines, on, stderr, stdout};
use upfuse::address::Address;
use upfuse::firmware::{EncodeOptions, Family, Format, ImageTarget, Segment, encode};

/// A UF2 file made from the same program for each family, one after the other.
fn uf2(folder: &Folder, name: &str, families: &[&str]) -> String {
    let program = std::fs::read(folder.firmware(3000)).unwrap();
    let target = ImageTarget {
        alternate: 0,
        name: None,
        segments: vec![Segment::new(Address::FLASH, program).unwrap()],
    };
    let part = |family: &&str| {
        let family = Some(family.parse::<Family>().unwrap());
        let options = EncodeOptions {
            family,
            ..EncodeOptions::default()
        };
        encode(Format::Uf2, std::slice::from_ref(&target), options).unwrap()
    };
    let parts: Vec<Vec<u8>> = families.iter().map(part).collect();
    folder.write(name, &parts.concat())
}

fn error_code(output: &std::process::Output) -> String {
    let lines = json_lines(output);
    let code = &events(&lines, "finished")[0]["error"]["code"];
    code.as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_file_for_the_family_of_the_board_is_written() {
    let folder = Folder::new();
    let (bin, file) = (folder.firmware(3000), folder.text("a.uf2"));
    let output = on(
        "f407",
        &["convert", &bin, "-o", &file, "--family", "stm32f407"],
    );
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let output = on("f407", &["upgrade", &file]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let info = stdout(&on("f407", &["info", &file]));
    assert!(info.contains("Family     STM32F407 (0x6D0922FA)"), "{info}");
}

#[test]
fn a_file_for_another_family_needs_force() {
    let folder = Folder::new();
    for family in ["STM32H7", "RP2040"] {
        let file = uf2(&folder, "a.uf2", &[family]);
        let output = on("f407", &["upgrade", &file, "--json"]);
        assert_eq!(
            (exit(&output), error_code(&output).as_str()),
            (7, "doubtful")
        );
        let lines = json_lines(&output);
        let doubt = &events(&lines, "finished")[0]["error"]["doubts"][0];
        assert_eq!(doubt["code"], "other-family");
        let output = on("f407", &["upgrade", &file, "--force"]);
        assert_eq!(exit(&output), 0, "{}", stderr(&output));
    }
    // A family of one's own says nothing.
    let file = uf2(&folder, "a.uf2", &["0x12345678"]);
    assert_eq!(exit(&on("f407", &["upgrade", &file])), 0);
}

#[test]
fn of_several_families_the_board_s_is_written() {
    let folder = Folder::new();
    let file = uf2(&folder, "a.uf2", &["STM32H7", "STM32F4", "RP2040"]);
    let output = on("f407", &["upgrade", &file]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    // Two that may be the board's, and none.
    for families in [["STM32F4", "STM32F407"], ["STM32H7", "STM32L4"]] {
        let file = uf2(&folder, "b.uf2", &families);
        let output = on("f407", &["upgrade", &file, "--json"]);
        assert_eq!(
            (exit(&output), error_code(&output).as_str()),
            (7, "several-families")
        );
        let output = on("f407", &["upgrade", &file]);
        assert!(stderr(&output).contains(families[1]), "{}", stderr(&output));
        assert!(stderr(&output).contains("--family"), "{}", stderr(&output));
    }
    let output = on("f407", &["upgrade", &file, "--family", "STM32F4"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let output = on("f407", &["upgrade", &file, "--family", "STM32L0"]);
    assert_eq!(exit(&output), 2, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("STM32F4 (0x57755A57)"),
        "{}",
        stderr(&output)
    );
    let output = on("f407", &["verify", &file]);
    assert_eq!(exit(&output), 9, "{}", stderr(&output));
}

/// As EdgeTX makes it: a bootloader, a restart into it, and the rest for external flash.
fn staged() -> Vec<u8> {
    let tag = [8, 0x35, 0x08, 0xE6, 0, 0, 0, 8];
    let first = super::pseudo_firmware(256);
    [
        of_three(0, 0x0800_0000, 0, &first, &[]),
        of_three(0x8001, 0x2400_0000, 1, b"BDFU", &tag),
        of_three(0, 0x9000_0000, 2, &[5; 256], &[]),
    ]
    .concat()
}

#[test]
fn info_shows_the_stages_of_a_file() {
    let folder = Folder::new();
    let file = folder.write("staged.uf2", &staged());
    let text = stdout(&on("h743", &["info", &file]));
    assert!(
        text.contains("the program at 0x08000000 is started, and takes:"),
        "{text}"
    );
    assert!(text.contains("0x90000000–0x900000FF"), "{text}");
    let (first, later) = text.split_once("  Then").unwrap();
    assert!(first.contains("Vectors"), "{text}");
    assert!(
        !later.contains("Vectors"),
        "external memory boots nothing: {text}"
    );
}

#[test]
fn a_file_for_external_memory_is_refused_with_the_reason() {
    let folder = Folder::new();
    let bin = folder.firmware(3000);
    let output = on("h743", &["upgrade", &bin, "--at", "0x90040000"]);
    assert_eq!(exit(&output), 7, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("in external memory, which this board's bootloader cannot"),
        "{}",
        stderr(&output)
    );
    let info = stdout(&on("h743", &["info", &bin, "--at", "0x90040000"]));
    assert!(info.contains("Goes to  external memory"), "{info}");
    let info = stdout(&on("h743", &["info", &bin]));
    assert!(
        info.contains(
            "begins at 0x08000000 in the microcontroller's flash; its stack begins at 0x20001000"
        ),
        "{info}"
    );
}

#[test]
fn a_file_in_parts_is_one_upgrade() {
    let folder = Folder::new();
    let file = folder.write("staged.uf2", &staged());
    let output = on("edgetx-h7", &["upgrade", &file, "--no-start", "--json"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let lines = json_lines(&output);
    let parts: Vec<_> = events(&lines, "part")
        .iter()
        .map(|event| (event["part"].as_u64(), event["parts"].as_u64()))
        .collect();
    assert_eq!(parts, [(Some(1), Some(2)), (Some(2), Some(2))]);
    let finished = events(&lines, "finished");
    assert_eq!(finished.len(), 1);
    assert_eq!(finished[0]["bytes_verified"], 512);
    let text = stderr(&on("edgetx-h7", &["upgrade", &file]));
    assert!(text.contains("Part 2 of 2"), "{text}");
}

#[test]
fn a_dry_run_lists_the_parts() {
    let folder = Folder::new();
    let file = folder.write("staged.uf2", &staged());
    let output = on("edgetx-h7", &["upgrade", &file, "--dry-run"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let text = stderr(&output);
    assert!(
        text.contains("Part 2, after a restart of the board: 0x90000000"),
        "{text}"
    );
}

/// The board comes back in its ROM, which has no external flash.
#[test]
fn a_part_that_does_not_fit_is_refused_with_what_is_written() {
    let folder = Folder::new();
    let mut bytes = staged();
    // The address to start has no memory behind it, at 0x08100000.
    bytes[512 + 32 + 4 + 6] = 0x10;
    let file = folder.write("staged.uf2", &bytes);
    let output = on("edgetx-h7", &["upgrade", &file, "--json"]);
    assert_eq!(
        (exit(&output), error_code(&output).as_str()),
        (7, "does-not-fit"),
        "{}",
        stderr(&output)
    );
    let text = stderr(&on("edgetx-h7", &["upgrade", &file]));
    assert!(
        text.contains("Part 1 of 2 is on the board; nothing of part 2 was written"),
        "{text}"
    );
}

#[test]
fn a_file_in_parts_takes_no_backup() {
    let folder = Folder::new();
    let file = folder.write("staged.uf2", &staged());
    let backup = folder.text("old.dfu");
    let output = on(
        "edgetx-h7",
        &["upgrade", &file, "--backup", &backup, "--json"],
    );
    assert_eq!((exit(&output), error_code(&output).as_str()), (7, "stages"));
    assert!(!std::path::Path::new(&backup).exists());
}

#[test]
fn one_part_of_a_file_can_be_chosen() {
    let folder = Folder::new();
    let file = folder.write("staged.uf2", &staged());
    let output = on("h743", &["verify", &file, "--json"]);
    assert_eq!(
        (exit(&output), error_code(&output).as_str()),
        (9, "mismatch")
    );
    let output = on("h743", &["upgrade", &file, "--part", "1", "--no-start"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let output = on("h743", &["upgrade", &file, "--part", "3"]);
    assert_eq!(exit(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("it has 2"), "{}", stderr(&output));
}
