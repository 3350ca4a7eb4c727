//! The doubts about files with addresses, and about programs for another kind of processor.

use serde_json::Value;

use super::doubts::{linked_at, noise, refused_for};
use super::{Folder, exit, on, pseudo_firmware, stderr, stdout, upfuse};

/// A program for RISC-V begins with an instruction, here a jump, and has no vector table.
#[test]
fn a_program_for_risc_v_needs_no_vector_table_on_its_board() {
    let folder = Folder::new();
    let program = [&[0x6F, 0, 0, 4][..], &noise()].concat();
    let file = folder.write("riscv.bin", &program);
    let upgrade = ["upgrade", &file, "--at", "0x08000000"];
    let output = on("gd32vf103", &upgrade);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert!(!stderr(&output).contains("program in the file"));
    assert_eq!(refused_for(&upgrade), ["not-a-program"]);

    let blank = folder.write("blank.bin", &[0xFF; 2048]);
    let output = on("gd32vf103", &["upgrade", &blank, "--at", "0x08000000"]);
    assert_eq!(exit(&output), 7, "{}", stderr(&output));
}

/// The same bytes in a file with addresses.
fn packed(folder: &Folder, raw: &str, at: &str, extension: &str) -> String {
    let out = folder.text(&format!("packed.{extension}"));
    let input = format!("{raw}@{at}");
    let output = on("f072", &["convert", &input, "-o", &out, "--yes"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    out
}

#[test]
fn a_file_with_addresses_is_doubted_where_the_board_boots_as_a_raw_one() {
    let folder = Folder::new();
    let cases = [
        ("noise.bin", noise(), "not-a-program"),
        ("erased.bin", vec![0xFF; 2048], "blank"),
        ("later.bin", linked_at(0x0800_4000), "other-address"),
    ];
    for (name, bytes, code) in cases {
        let raw = folder.write(name, &bytes);
        for extension in ["dfu", "hex", "s19"] {
            let file = packed(&folder, &raw, "0x08000000", extension);
            assert_eq!(
                refused_for(&["upgrade", &file]),
                [code],
                "{name} {extension}"
            );
        }
    }
}

/// Data, part of a program, or what a bootloader starts in its own way.
#[test]
fn a_file_with_addresses_is_not_doubted_elsewhere() {
    let folder = Folder::new();
    let cases = [
        ("noise.bin", noise()),
        ("erased.bin", vec![0xFF; 2048]),
        ("first.bin", pseudo_firmware(3000)),
    ];
    for (name, bytes) in cases {
        let raw = folder.write(name, &bytes);
        for extension in ["dfu", "hex", "s19"] {
            let file = packed(&folder, &raw, "0x08004000", extension);
            let info = on("f072", &["info", &file, "--json"]);
            let info: Value = serde_json::from_str(&stdout(&info)).unwrap();
            let none = Value::Array(Vec::new());
            assert_eq!(info["boards"][0]["doubts"], none, "{name} {extension}");
        }
    }
}

/// Its elements touch, and the reset handler is in the second.
#[test]
fn a_program_in_touching_parts_is_one_program() {
    let folder = Folder::new();
    let mut program = pseudo_firmware(3000);
    program[4..8].copy_from_slice(&0x0000_0801_u32.to_le_bytes());
    program[8..16].fill(0);
    let first = folder.write("first.bin", &program[..1024]);
    let second = folder.write("second.bin", &program[1024..]);
    let out = folder.text("parts.dfu");
    let parts = [
        format!("{first}@0x08000000"),
        format!("{second}@0x08000400"),
    ];
    let output = on("f072", &["convert", &parts[0], &parts[1], "-o", &out]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let output = on("f072", &["upgrade", &out]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
}

/// An F7 shows its flash at 0x00200000 as well, and parts with TrustZone at 0x0C000000.
#[test]
fn a_program_that_runs_from_another_view_of_flash_is_one() {
    let folder = Folder::new();
    for handler in [0x0020_0101_u32, 0x0C00_0101] {
        let mut program = pseudo_firmware(3000);
        program[4..8].copy_from_slice(&handler.to_le_bytes());
        let raw = folder.write("view.bin", &program);
        let file = packed(&folder, &raw, "0x08000000", "hex");
        let output = on("f072", &["upgrade", &file]);
        assert_eq!(exit(&output), 0, "{handler:#x}: {}", stderr(&output));
    }
}

/// An ELF file with one segment at the start of flash (System V ABI, figures 4-3 and 5-1).
fn elf(machine: u8, program: &[u8]) -> Vec<u8> {
    let mut file = vec![0x7F, b'E', b'L', b'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    file.extend([2, 0, machine, 0, 1, 0, 0, 0]);
    for word in [0x0800_0000_u32, 52, 0, 0] {
        file.extend(word.to_le_bytes());
    }
    for half in [52_u16, 32, 1, 40, 0, 0] {
        file.extend(half.to_le_bytes());
    }
    let length = u32::try_from(program.len()).unwrap();
    for word in [1, 84, 0x0800_0000, 0x0800_0000, length, length, 5, 4] {
        file.extend(word.to_le_bytes());
    }
    file.extend(program);
    file
}

#[test]
fn a_program_for_another_kind_of_processor_needs_force() {
    const ARM: u8 = 40;
    const RISC_V: u8 = 243;
    let folder = Folder::new();
    let jump = [&[0x6F, 0, 0, 4][..], &noise()].concat();
    let arm = folder.write("arm.elf", &elf(ARM, &pseudo_firmware(3000)));
    let risc_v = folder.write("riscv.elf", &elf(RISC_V, &jump));
    assert_eq!(refused_for(&["upgrade", &risc_v]), ["other-core"]);
    // Without a board, nothing is doubtful.
    let info = on("micropython", &["info", &risc_v, "--json"]);
    let info: Value = serde_json::from_str(&stdout(&info)).unwrap();
    assert_eq!(info["doubts"], Value::Array(Vec::new()));
    let output = on("gd32vf103", &["upgrade", &risc_v]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));

    let raw = folder.firmware(3000);
    let packed = packed(&folder, &raw, "0x08000000", "dfu");
    for file in [&arm, &raw, &packed] {
        let output = on("gd32vf103", &["upgrade", file]);
        assert_eq!(exit(&output), 7, "{file}: {}", stderr(&output));
        let text = stderr(&output);
        assert!(
            text.contains("is for Arm processors; this board has RISC-V"),
            "{text}"
        );
    }
}

/// Its serial number, the same for all boards with this part, shows the core and the size.
#[test]
fn a_replayed_board_with_a_risc_v_core_has_one() {
    let folder = Folder::new();
    let record = folder.text("board.txt");
    let list = ["list", "--json"];
    let recorded = on("gd32vf103", &[&["--record", &record][..], &list].concat());
    assert_eq!(exit(&recorded), 0, "{}", stderr(&recorded));
    let boards =
        |output: &std::process::Output| -> Value { serde_json::from_str(&stdout(output)).unwrap() };
    let replayed = upfuse(&[&["--replay", &record][..], &list].concat());
    let targets = |boards: &Value| boards[0]["targets"].clone();
    assert_eq!(targets(&boards(&replayed)), targets(&boards(&recorded)));
    let jump = [&[0x6F, 0, 0, 4][..], &noise()].concat();
    let file = folder.write("riscv.bin", &jump);
    let info = ["info", &file, "--at", "0x08000000", "--json"];
    let info = upfuse(&[&["--replay", &record][..], &info].concat());
    let info: Value = serde_json::from_str(&stdout(&info)).unwrap();
    let none = Value::Array(Vec::new());
    assert_eq!(info["boards"][0]["doubts"], none, "{info}");
}
