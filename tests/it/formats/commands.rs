//! `upfuse info` and `upfuse convert` as scripts see them: exit codes, stdout, stderr.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use upfuse::firmware;

/// Runs the program in `folder`.
fn upfuse(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_upfuse"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// A folder with a vector table as `app.bin`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut program = [0x2002_0000u32.to_le_bytes(), 0x0800_4101u32.to_le_bytes()].concat();
    program.resize(0x200, 0);
    fs::write(folder.path().join("app.bin"), program).unwrap();
    folder
}

#[test]
fn info_shows_what_convert_wrote() {
    let folder = folder();
    let arguments = [
        "convert",
        "2:app.bin@0x08004000",
        "-o",
        "fw.dfu",
        "--name",
        "2=Internal Flash",
        "--pid",
        "1234",
        "--json",
    ];
    let made = upfuse(folder.path(), &arguments);
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    let made: Value = serde_json::from_str(stdout(&made)).unwrap();
    assert_eq!(made["outcome"], "done");
    assert_eq!(made["files"][0]["path"], "fw.dfu");
    assert_eq!(made["files"][0]["bytes"], 0x200 + 8 + 274 + 11 + 16);

    let info = upfuse(folder.path(), &["info", "fw.dfu", "--json"]);
    let facts: Value = serde_json::from_str(stdout(&info)).unwrap();
    assert_eq!(facts["format"], "DfuSe");
    assert_eq!(facts["made_for"]["vid"], "0483");
    assert_eq!(facts["made_for"]["pid"], "1234");
    assert_eq!(facts["made_for"]["version"], "ffff");
    assert_eq!(facts["crc"]["stated"], facts["crc"]["computed"]);
    let target = &facts["targets"][0];
    assert_eq!(target["alt"], 2);
    assert_eq!(target["name"], "Internal Flash");
    assert_eq!(target["elements"][0]["start"], 0x0800_4000);
    assert_eq!(target["elements"][0]["bytes"], 0x200);
    assert_eq!(target["vector_table"]["plausible"], true);

    let text = upfuse(folder.path(), &["info", "fw.dfu"]);
    assert!(stdout(&text).contains("0x08004000–0x080041FF  512 bytes"));
    assert!(
        stdout(&text)
            .contains("initial stack pointer 0x20020000, reset handler 0x08004101; plausible")
    );
    // At the start of flash, its reset handler is outside the file.
    let text = upfuse(folder.path(), &["info", "app.bin"]);
    assert!(stdout(&text).contains("not plausible: the reset handler is outside"));
}

#[test]
fn info_shows_which_boards_the_file_fits() {
    let folder = folder();
    let boards = ["--simulate", "f407", "--simulate", "f072"];
    let info = |at: &str, json: bool| {
        let mut arguments = vec!["info", "app.bin", "--at", at];
        arguments.extend(boards);
        arguments.extend(json.then_some("--json"));
        let output = upfuse(folder.path(), &arguments);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        stdout(&output).to_owned()
    };
    // After the end of the F072's 128 KiB, inside the F407's 1 MiB.
    let facts: Value = serde_json::from_str(&info("0x08020000", true)).unwrap();
    let boards = facts["boards"].as_array().unwrap();
    let fitting: Vec<_> = boards
        .iter()
        .filter(|board| board["fits"] == true)
        .collect();
    assert_eq!(boards.len(), 2);
    assert_eq!(fitting.len(), 1);
    assert!(fitting[0]["reason"].is_null());
    let text = info("0x08020000", false);
    assert!(text.contains("\nFits ") && text.contains("\nDoes not fit "));
    assert!(!info("0x08000000", false).contains("Does not fit"));
}

#[test]
fn an_existing_output_needs_yes() {
    let folder = folder();
    fs::write(folder.path().join("fw.hex"), "old").unwrap();
    let refused = upfuse(folder.path(), &["convert", "app.bin", "-o", "fw.hex"]);
    assert_eq!(code(&refused), 7);
    assert!(stderr(&refused).contains("--yes"));
    assert_eq!(fs::read(folder.path().join("fw.hex")).unwrap(), b"old");
    let done = upfuse(
        folder.path(),
        &["convert", "app.bin", "-o", "fw.hex", "--yes"],
    );
    assert_eq!(code(&done), 0);
    assert!(firmware::load(&folder.path().join("fw.hex"), None).is_ok());
}

#[test]
fn a_folder_gets_a_file_for_each_element() {
    let folder = folder();
    let arguments = ["convert", "app.bin", "app.bin@0x08010000", "-o", "all.dfu"];
    assert_eq!(code(&upfuse(folder.path(), &arguments)), 0);
    let no_format = upfuse(folder.path(), &["convert", "all.dfu", "-o", "parts/"]);
    assert_eq!(code(&no_format), 2);
    assert!(stderr(&no_format).contains("--to"));
    let arguments = ["convert", "all.dfu", "-o", "parts/", "--to", "bin"];
    assert_eq!(code(&upfuse(folder.path(), &arguments)), 0);
    let program = fs::read(folder.path().join("app.bin")).unwrap();
    for name in ["all_00_08000000.bin", "all_00_08010000.bin"] {
        let path = folder.path().join("parts").join(name);
        assert_eq!(fs::read(path).unwrap(), program);
    }
}

#[test]
fn each_kind_of_failure_has_its_exit_code() {
    let folder = folder();
    fs::write(folder.path().join("bad.hex"), ":00000001FE\n").unwrap();
    fs::write(folder.path().join("notes.txt"), "hello").unwrap();
    let exit = |arguments: &[&str]| code(&upfuse(folder.path(), arguments));
    assert_eq!(exit(&["convert", "app.bin"]), 2);
    assert_eq!(exit(&["convert", "app.bin", "-o", "out.xyz"]), 2);
    assert_eq!(exit(&["convert", "app.bin@nowhere", "-o", "out.hex"]), 2);
    assert_eq!(exit(&["convert", "300:app.bin", "-o", "out.hex"]), 2);
    assert_eq!(exit(&["convert", "none.bin", "-o", "out.hex"]), 6);
    assert_eq!(exit(&["convert", "bad.hex", "-o", "out.dfu"]), 6);
    assert_eq!(exit(&["info", "bad.hex"]), 6);
    assert_eq!(exit(&["info", "none.bin"]), 6);
    let two = ["convert", "0:app.bin", "1:app.bin", "-o", "out.s19"];
    assert_eq!(exit(&two), 7);
    let clash = ["convert", "app.bin", "app.bin@0x08000004", "-o", "out.s19"];
    assert_eq!(exit(&clash), 6);
    assert_eq!(
        exit(&["convert", "app.bin", "-o", "no/such/folder/out.s19"]),
        7
    );
    assert!(!folder.path().join("out.s19").exists());
}
