//! Output files: checked before the work begins, with the same exit codes everywhere.

use super::{Folder, exit, on, stderr};

#[test]
fn an_unknown_extension_is_wrong_usage() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    let out = folder.text("out.xyz");
    for arguments in [
        &["read", &out][..],
        &["convert", &file, "-o", &out],
        &["upgrade", &file, "--backup", &out],
    ] {
        let output = on("f042", arguments);
        assert_eq!(exit(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(".dfu"), "{}", stderr(&output));
    }
}

#[test]
fn a_missing_folder_is_found_before_anything_is_read() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    let out = folder.text("none/out.bin");
    for arguments in [
        &["read", &out][..],
        &["convert", &file, "-o", &out],
        &["upgrade", &file, "--backup", &out],
    ] {
        let output = on("f407", arguments);
        let text = stderr(&output);
        assert_eq!(exit(&output), 7, "{arguments:?}: {text}");
        assert!(text.contains("there is no such folder"), "{text}");
        assert!(!text.contains("Reading") && !text.contains("Comparing"));
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_named_as_such() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    let link = folder.text("link.bin");
    std::os::unix::fs::symlink(folder.path("none"), &link).unwrap();
    for arguments in [
        &["read", &link, "--yes"][..],
        &["convert", &file, "-o", &link, "--yes"],
    ] {
        let output = on("f407", arguments);
        let text = stderr(&output);
        assert_eq!(exit(&output), 7, "{text}");
        assert!(
            text.contains("a link to a file that does not exist"),
            "{text}"
        );
        assert!(!text.contains("Reading"), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn a_conversion_that_stops_names_the_files_it_has_made() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    let both = folder.text("both.dfu");
    let inputs = [format!("0:{file}"), format!("1:{file}")];
    let made = super::upfuse(&["convert", &inputs[0], &inputs[1], "-o", &both]);
    assert_eq!(exit(&made), 0, "{}", stderr(&made));
    // The second file cannot be written: a link in its place leads nowhere.
    std::fs::create_dir(folder.path("out")).unwrap();
    let second = folder.path("out/both_01.hex");
    std::os::unix::fs::symlink(folder.path("none"), second).unwrap();
    let output = super::upfuse(&["convert", &both, "-o", &folder.text("out"), "--to", "hex"]);
    let text = stderr(&output);
    assert_eq!(exit(&output), 7, "{text}");
    assert!(text.contains("written before it: both_00.hex"), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn file_names_reach_the_terminal_without_control_or_direction_characters() {
    let folder = Folder::new();
    let name = "a\u{1b}[2Jb\nc\u{202e}d\u{2066}.bin";
    let file = folder.write(name, &super::pseudo_firmware(100));
    let missing = folder.text("none\u{1b}[2J\n\u{202e}.bin");
    let out = folder.text("out\u{1b}]0;x\u{7}\n\u{202e}.bin");
    for arguments in [
        &["info", &file][..],
        &["info", &missing],
        &["convert", &file, "-o", &out],
        &["convert", &file, "-o", &out],
        &["read", &out],
        &["upgrade", &file],
        &["verify", &missing],
    ] {
        let output = on("f042", arguments);
        for text in [super::stdout(&output), stderr(&output)] {
            let bad =
                |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{2066}');
            assert!(!text.contains(bad), "{arguments:?}: {text:?}");
            // The line ends are the program's own.
            assert!(!text.contains("b\nc") && !text.contains("J\n"), "{text:?}");
        }
    }
}

/// Each command with its outputs, of which one is an input or another output.
#[test]
fn no_output_is_an_input_or_another_output() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    std::fs::hard_link(&file, folder.path("hard.bin")).unwrap();
    let record = folder.text("record.jsonl");
    let listed = on("f042", &["list", "--record", &record]);
    assert_eq!(exit(&listed), 0, "{}", stderr(&listed));
    let (firmware, recorded) = (
        std::fs::read(&file).unwrap(),
        std::fs::read(&record).unwrap(),
    );
    let hard = folder.text("hard.bin");
    let simulate = ["simulate", "--board", "f042", "--port", "0"];
    let one = ["--simulate", "f042"];
    for arguments in [
        [&one[..], &["upgrade", &file, "--record", &file]].concat(),
        [&one[..], &["upgrade", &file, "--record", &hard]].concat(),
        [&one[..], &["verify", &file, "--record", &file]].concat(),
        [&one[..], &["info", &file, "--record", &file]].concat(),
        [&one[..], &["convert", &file, "-o", &hard]].concat(),
        vec!["--replay", &record, "list", "--record", &record],
    ] {
        let output = super::upfuse(&[&arguments[..], &["--yes"]].concat());
        let text = stderr(&output);
        assert_eq!(exit(&output), 7, "{arguments:?}: {text}");
        assert!(text.contains(" itself"), "{arguments:?}: {text}");
        assert_eq!(std::fs::read(&file).unwrap(), firmware, "{arguments:?}");
        assert_eq!(std::fs::read(&record).unwrap(), recorded, "{arguments:?}");
    }
    let (new, again) = (folder.text("new.dfu"), folder.text("./new.dfu"));
    for arguments in [
        [
            &one[..],
            &["upgrade", &file, "--backup", &new, "--record", &again],
        ]
        .concat(),
        [&one[..], &["read", &new, "--record", &again]].concat(),
        [&simulate[..], &["--log", &new, "--record", &again]].concat(),
        [&simulate[..], &["--flash-file", &new, "--record", &again]].concat(),
        [&simulate[..], &["--flash-file", &new, "--log", &again]].concat(),
    ] {
        let output = super::upfuse(&[&arguments[..], &["--yes"]].concat());
        let text = stderr(&output);
        assert_eq!(exit(&output), 2, "{arguments:?}: {text}");
        assert!(text.contains("is given twice"), "{arguments:?}: {text}");
        assert!(!folder.path("new.dfu").exists(), "{arguments:?}");
    }
}

/// The names of several boards' files are known only when the boards are.
#[test]
fn the_file_of_one_of_several_boards_is_no_input_either() {
    let folder = Folder::new();
    let file = folder.write("out-sim-1.bin", &super::pseudo_firmware(100));
    let before = std::fs::read(&file).unwrap();
    let out = folder.text("out.bin");
    let output = super::upfuse(&[
        "--simulate",
        "f042",
        "--simulate",
        "f072",
        "--all-devices",
        "--yes",
        "upgrade",
        &file,
        "--backup",
        &out,
    ]);
    assert_eq!(exit(&output), 7, "{}", stderr(&output));
    assert!(stderr(&output).contains("the firmware file itself"));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn a_file_of_another_person_is_not_replaced() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    const NOBODY: u32 = 65534;
    let folder = Folder::new();
    let everyone = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(folder.path("."), everyone(0o777)).unwrap();
    let input = format!("{}@0x08000000", folder.firmware(64));
    let output = folder.write("out.dfu", b"precious");
    if folder.path("out.dfu").metadata().unwrap().uid() != 0 {
        eprintln!("skipped: only root can run the program as somebody else");
        return;
    }
    // The program itself may be in a folder that no other user may enter.
    let copy = folder.path("upfuse");
    std::fs::copy(env!("CARGO_BIN_EXE_upfuse"), &copy).unwrap();
    let arguments = ["convert", &input, "-o", &output, "--yes"];
    let mut command = std::process::Command::new(copy);
    let result = command.args(arguments).uid(NOBODY).gid(NOBODY).output();
    let result = result.unwrap();
    assert_eq!(exit(&result), 7, "{}", stderr(&result));
    assert!(stderr(&result).contains("permission denied"));
    assert_eq!(std::fs::read(folder.path("out.dfu")).unwrap(), b"precious");
}
