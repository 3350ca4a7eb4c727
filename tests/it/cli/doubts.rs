//! Files that fit and are nevertheless doubtful: refused without `--force`, and what is shown.

use serde_json::Value;

use super::{Folder, events, exit, json_lines, on, pseudo_firmware, stderr, stdout};

/// Raw bytes that are no program.
pub(super) fn noise() -> Vec<u8> {
    (0..3000_u32).map(|i| (i * 7 % 251) as u8).collect()
}

/// The error codes of the doubts that refused an upgrade.
pub(super) fn refused_for(arguments: &[&str]) -> Vec<String> {
    let output = on("f072", &[arguments, &["--json"]].concat());
    assert_eq!(exit(&output), 7, "{}", stderr(&output));
    let lines = json_lines(&output);
    let finished = events(&lines, "finished")[0];
    assert_eq!(finished["error"]["code"], "doubtful");
    assert_eq!(finished["transfers"], 0, "the board was touched");
    let doubts = finished["error"]["doubts"].as_array().unwrap();
    let code = |doubt: &Value| doubt["code"].as_str().unwrap().to_owned();
    doubts.iter().map(code).collect()
}

/// A `.dfu` for this vendor and product.
fn made_for(folder: &Folder, vendor: &str, product: &str) -> String {
    let (bin, dfu) = (folder.firmware(3000), folder.text("made.dfu"));
    let output = on(
        "f072",
        &[
            "convert", &bin, "-o", &dfu, "--vid", vendor, "--pid", product, "--yes",
        ],
    );
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    dfu
}

#[test]
fn a_raw_file_that_is_no_program_needs_force_where_the_board_boots() {
    let folder = Folder::new();
    let cases = [
        ("noise.bin", noise(), "not-a-program"),
        ("short.bin", vec![0x12, 0x34, 0x80, 1], "not-a-program"),
        ("erased.bin", vec![0xFF; 2048], "blank"),
        ("zeros.bin", vec![0; 2048], "blank"),
    ];
    for (name, bytes, code) in cases {
        let file = folder.write(name, &bytes);
        let upgrade = ["upgrade", &file, "--at", "0x08000000"];
        assert_eq!(refused_for(&upgrade), [code]);
        let forced = on("f072", &[&upgrade[..], &["--force"]].concat());
        assert_eq!(exit(&forced), 0, "{}", stderr(&forced));
        assert!(
            stderr(&forced).contains("written all the same"),
            "{}",
            stderr(&forced)
        );
    }
}

#[test]
fn data_elsewhere_in_flash_needs_no_force() {
    let folder = Folder::new();
    let file = folder.write("table.bin", &noise());
    let output = on("f072", &["upgrade", &file, "--at", "0x08004000"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
}

#[test]
fn a_refusal_says_why_and_how_to_go_on() {
    let folder = Folder::new();
    let file = folder.write("noise.bin", &noise());
    let output = on("f072", &["upgrade", &file, "--at", "0x08000000"]);
    assert_eq!(exit(&output), 7);
    let text = stderr(&output);
    assert!(text.contains("does not look like a program"), "{text}");
    assert!(text.contains("--force"), "{text}");
}

#[test]
fn a_file_for_another_device_needs_force() {
    let folder = Folder::new();
    let file = made_for(&folder, "0694", "0008");
    assert_eq!(refused_for(&["upgrade", &file]), ["other-device"]);
    let forced = on("f072", &["upgrade", &file, "--force"]);
    assert_eq!(exit(&forced), 0, "{}", stderr(&forced));
}

#[test]
fn wildcards_and_the_identity_of_st_raise_no_doubt() {
    let folder = Folder::new();
    for (vendor, product) in [
        ("0483", "DF11"),
        ("0483", "0000"),
        ("FFFF", "FFFF"),
        ("0", "0"),
    ] {
        let file = made_for(&folder, vendor, product);
        let output = on("f072", &["upgrade", &file]);
        assert_eq!(exit(&output), 0, "{vendor}:{product}: {}", stderr(&output));
    }
}

#[test]
fn a_program_for_the_start_of_flash_needs_no_address() {
    let folder = Folder::new();
    let file = folder.firmware(3000);
    let output = on("f072", &["upgrade", &file]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let info = on("f072", &["info", &file, "--json"]);
    let info: Value = serde_json::from_str(&stdout(&info)).unwrap();
    assert_eq!(info["placement"], "proven");
    assert_eq!(info["doubts"], Value::Array(Vec::new()));
}

/// The program of [`pseudo_firmware`], linked for another address.
pub(super) fn linked_at(base: u32) -> Vec<u8> {
    let mut bytes = pseudo_firmware(3000);
    bytes[4..8].copy_from_slice(&(base + 9).to_le_bytes());
    bytes
}

#[test]
fn exit_2_for_a_raw_file_that_does_not_show_its_address() {
    let folder = Folder::new();
    let noise = folder.write("noise.bin", &noise());
    let output = on("f072", &["upgrade", &noise]);
    assert_eq!(exit(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("--at"), "{}", stderr(&output));

    let later = folder.write("later.bin", &linked_at(0x0800_4000));
    let output = on("f072", &["upgrade", &later]);
    assert_eq!(exit(&output), 2, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("--at 0x08004000"),
        "{}",
        stderr(&output)
    );
    let output = on("f072", &["upgrade", &later, "--at", "0x08004000"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
}

#[test]
fn a_program_for_another_address_needs_force_where_the_board_boots() {
    let folder = Folder::new();
    let later = folder.write("later.bin", &linked_at(0x0800_4000));
    let upgrade = ["upgrade", &later, "--at", "0x08000000"];
    assert_eq!(refused_for(&upgrade), ["other-address"]);
}

/// Its reset handler is not where the file would be written.
#[test]
fn a_program_that_is_put_behind_its_address_needs_force() {
    let folder = Folder::new();
    let file = folder.firmware(3000);
    let upgrade = ["upgrade", &file, "--at", "0x08004000"];
    assert_eq!(refused_for(&upgrade), ["other-address"]);
    let forced = on("f072", &[&upgrade[..], &["--force"]].concat());
    assert_eq!(exit(&forced), 0, "{}", stderr(&forced));
    let note = "is built for 0x08000000, but would be written to 0x08004000";
    assert!(stderr(&forced).contains(note), "{}", stderr(&forced));
}

/// The first says nothing of an address, the handlers of the second are inside the file at both
/// addresses, and a bootloader can move the third, whose handlers count from its own start.
#[test]
fn a_program_that_may_belong_behind_the_start_of_flash_needs_no_force() {
    let folder = Folder::new();
    let mut either = pseudo_firmware(0x3000);
    either[4..8].copy_from_slice(&0x0800_2801_u32.to_le_bytes());
    let mut movable = pseudo_firmware(3000);
    movable[4..8].copy_from_slice(&0x101_u32.to_le_bytes());
    movable[8..16].fill(0);
    for (name, bytes) in [("noise", noise()), ("either", either), ("movable", movable)] {
        let file = folder.write(&format!("{name}.bin"), &bytes);
        let output = on("f072", &["upgrade", &file, "--at", "0x08002000"]);
        assert_eq!(exit(&output), 0, "{name}: {}", stderr(&output));
    }
}

#[test]
fn a_real_program_is_not_put_behind_its_address_without_force() {
    let Some(folder) = crate::formats::real_files::folder() else {
        return;
    };
    let file = folder.join("micropython-g474.bin");
    let file = file.to_str().unwrap();
    for at in ["0x08008000", "0x08000400"] {
        let output = on("f407", &["upgrade", file, "--at", at]);
        assert_eq!(exit(&output), 7, "{at}: {}", stderr(&output));
        assert!(stderr(&output).contains("built for 0x08000000"));
    }
}

#[test]
fn verify_info_and_a_dry_run_show_a_doubt_and_need_no_force() {
    let folder = Folder::new();
    let file = folder.write("noise.bin", &noise());
    let at = ["--at", "0x08000000"];
    let dry = on(
        "f072",
        &[&["upgrade", &file, "--dry-run"], &at[..]].concat(),
    );
    assert_eq!(exit(&dry), 0, "{}", stderr(&dry));
    assert!(stdout(&dry).contains("--force"), "{}", stdout(&dry));

    let verify = on("f072", &[&["verify", &file], &at[..]].concat());
    assert_eq!(exit(&verify), 9, "{}", stderr(&verify));
    assert!(stderr(&verify).contains("does not look like a program"));

    let info = on("f072", &["info", &file]);
    assert_eq!(exit(&info), 0);
    assert!(stdout(&info).contains("does not look like a program"));
    let info = on(
        "f072",
        &["info", &made_for(&folder, "0694", "0008"), "--json"],
    );
    let info: Value = serde_json::from_str(&stdout(&info)).unwrap();
    let doubt = &info["boards"][0]["doubts"][0];
    assert_eq!(
        (&doubt["code"], &doubt["needs"]),
        (&"other-device".into(), &"--force".into())
    );
}

#[test]
fn pictures_archives_and_text_are_refused_even_with_force() {
    let folder = Folder::new();
    let files: [(&str, &[u8]); 3] = [
        ("pic.png", b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR"),
        ("fw.7z", b"7z\xBC\xAF\x27\x1C\0\x04"),
        ("note.txt", b"Flash this first\n"),
    ];
    for (name, bytes) in files {
        let file = folder.write(name, bytes);
        let output = on("f072", &["upgrade", &file, "--at", "0x08000000", "--force"]);
        assert_eq!(exit(&output), 6, "{}", stderr(&output));
        assert!(
            stderr(&output).contains("not firmware"),
            "{}",
            stderr(&output)
        );
    }
}

/// Programs of other people: none is doubted.
#[test]
fn real_firmware_raises_no_doubt() {
    let Some(folder) = crate::formats::real_files::folder() else {
        return;
    };
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let board = if name.contains("g474") {
            "g474"
        } else {
            "f407"
        };
        let output = on(board, &["info", path.to_str().unwrap(), "--json"]);
        // A description of the files, and two that are refused.
        if ["SOURCES.md", "bad_crc.s19", "in_16bits_word.s19"].contains(&name) {
            assert_eq!(exit(&output), 6, "{name}");
            continue;
        }
        count += 1;
        assert_eq!(exit(&output), 0, "{name}: {}", stderr(&output));
        let info: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(info["doubts"], Value::Array(Vec::new()), "{name}");
        assert_eq!(
            info["boards"][0]["doubts"],
            Value::Array(Vec::new()),
            "{name}"
        );
    }
    assert!(count > 0);
}

/// A real program whose vectors were moved: its code shows where it belongs.
#[test]
fn the_address_of_a_real_program_is_proven() {
    let Some(folder) = crate::formats::real_files::folder() else {
        return;
    };
    let mut bytes = std::fs::read(folder.join("micropython-g474.bin")).unwrap();
    for word in bytes[4..0x1D8].as_chunks_mut().0 {
        let vector = u32::from_le_bytes(*word);
        if vector % 2 == 1 {
            *word = (vector + 0x8000).to_le_bytes();
        }
    }
    let temporary = Folder::new();
    let file = temporary.write("moved.bin", &bytes);
    let output = on("g474", &["info", &file, "--json"]);
    let info: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(info["placement"], "proven");
    assert_eq!(info["targets"][0]["elements"][0]["start"], 0x0800_8000);
}

/// The two parts of MicroPython for the F407, as raw files: the vector table of the first points
/// into the second.
#[test]
fn the_first_part_of_a_program_in_two_files_raises_no_doubt() {
    let Some(folder) = crate::formats::real_files::folder() else {
        return;
    };
    let dfu = folder.join("micropython-f407.dfu");
    let parts = Folder::new();
    let output = on(
        "f407",
        &[
            "convert",
            dfu.to_str().unwrap(),
            "-o",
            &format!("{}/", parts.text("parts")),
            "--to",
            "bin",
        ],
    );
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let first = std::fs::read_dir(parts.path("parts")).unwrap();
    let mut names: Vec<_> = first.map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let output = on(
        "f407",
        &[
            "info",
            names[0].to_str().unwrap(),
            "--at",
            "0x08000000",
            "--json",
        ],
    );
    let info: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(info["doubts"], Value::Array(Vec::new()));
}

/// A program whose stack begins at `sp`, at the start of flash.
fn program_with_stack(sp: u32) -> Vec<u8> {
    let mut program = super::pseudo_firmware(3000);
    program[..4].copy_from_slice(&sp.to_le_bytes());
    program
}

#[test]
fn a_file_that_seems_to_be_for_another_family_needs_force() {
    let folder = Folder::new();
    let bin = folder.firmware(3000);
    let named = folder.text("named.dfu");
    let name = ["--name", "STM32H743 Flash"];
    let output = on(
        "f072",
        &[&["convert", &bin, "-o", &named][..], &name].concat(),
    );
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert_eq!(refused_for(&["upgrade", &named]), ["other-family"]);
    // The RAM of an STM32H7, which no F0 or F3 has.
    let h7 = folder.write("h7.bin", &program_with_stack(0x2408_0000));
    assert_eq!(refused_for(&["upgrade", &h7]), ["other-family"]);
    let output = on("f072", &["upgrade", &h7, "--force"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let fits = folder.write("f0.bin", &program_with_stack(0x2000_4000));
    assert_eq!(exit(&on("f072", &["upgrade", &fits])), 0);
}

#[test]
fn a_file_name_with_another_family_is_only_noted() {
    let folder = Folder::new();
    let file = folder.write("app_STM32H743.bin", &super::pseudo_firmware(3000));
    let output = on("f072", &["upgrade", &file]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let text = stderr(&output);
    assert!(
        text.contains("The file's name says STM32H743; this board is probably an STM32F0 or F3"),
        "{text}"
    );
    let file = folder.write("app_STM32F072.bin", &super::pseudo_firmware(3000));
    let output = on("f072", &["upgrade", &file]);
    assert!(
        !stderr(&output).contains("probably an"),
        "{}",
        stderr(&output)
    );
}
