//! Every exit code, each from a realistic cause.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use super::{Folder, events, exit, json_lines, on, program, stderr, stdout, upfuse};

#[test]
fn exit_0_an_upgrade_is_done() {
    let folder = Folder::new();
    let output = on("f072", &["upgrade", &folder.firmware(5000)]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
}

#[test]
fn exit_1_when_the_results_cannot_be_written() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        println!("skipped: this system has no /dev/full");
        return;
    };
    let status = program(&["--simulate", "f072", "list", "--json"])
        .stdout(full)
        .stderr(Stdio::null())
        .status();
    assert_eq!(status.unwrap().code(), Some(1));
}

#[test]
fn exit_2_for_wrong_usage() {
    let wrong: &[&[&str]] = &[
        &["lsit"],
        &["no-such-command", "list"],
        &["list", "--no-such-option"],
        &["upgrade"],
        &["erase"],
        &["erase", "--all", "--range", "0+1K"],
        &["erase", "--range", "8..4"],
        &["start", "--at", "0x1_0000_0000"],
        &["list", "--simulate", "no-such-board"],
        &["list", "--device", "1-1", "--all-devices"],
        &["firmware.bin", "list"],
    ];
    for arguments in wrong {
        let output = upfuse(arguments);
        assert_eq!(exit(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
    }
}

#[cfg(feature = "gui")]
#[test]
fn exit_2_for_an_unknown_simulated_board_with_a_command_and_without_one() {
    let wrong = ["--simulate", "f407", "--simulate", "nonsense"];
    let command = upfuse(&[&wrong[..], &["list"]].concat());
    // Without a display, in case a window would be opened after all.
    let window = program(&wrong)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    assert_eq!(exit(&window), 2, "{}", stderr(&window));
    assert!(stderr(&window).contains("no simulated board is called 'nonsense'"));
    assert_eq!(stderr(&window), stderr(&command));
}

#[test]
fn exit_3_for_an_unknown_device_with_a_list_of_the_boards() {
    let output = on("f072", &["start", "--device", "9-9"]);
    assert_eq!(exit(&output), 3);
    assert!(stderr(&output).contains("sim-1"), "{}", stderr(&output));
}

#[test]
fn exit_3_with_advice_when_the_only_board_is_not_in_dfu_mode() {
    let output = on("vcp", &["start"]);
    assert_eq!(exit(&output), 3);
    assert!(stderr(&output).contains("BOOT0"), "{}", stderr(&output));
}

#[test]
fn exit_4_when_several_boards_could_be_meant() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    let output = on("f072", &["--simulate", "f072", "upgrade", &file]);
    assert_eq!(exit(&output), 4);
    let text = stderr(&output);
    assert!(text.contains("sim-1") && text.contains("sim-2"), "{text}");
    assert!(text.contains("--device"), "{text}");
}

#[test]
fn exit_4_for_a_serial_number_that_two_boards_share() {
    let list = on("f407", &["list", "--json"]);
    let boards: Value = serde_json::from_str(&stdout(&list)).unwrap();
    let serial = boards[0]["serial"].as_str().unwrap();
    let two = ["--simulate", "f407", "start", "--device", serial];
    assert_eq!(exit(&on("f407", &two)), 4);
    assert_eq!(exit(&on("f407", &two[2..])), 0);
}

#[test]
fn exit_5_with_advice_for_a_board_that_cannot_be_opened() {
    for board in ["f407-no-access", "f407-in-use", "f407-wrong-driver"] {
        let output = on(board, &["start"]);
        assert_eq!(exit(&output), 5, "{board}: {}", stderr(&output));
        assert!(stderr(&output).lines().count() > 1, "{board}");
    }
}

#[test]
fn exit_6_for_a_bad_file_before_boards_are_scanned() {
    let folder = Folder::new();
    let files = [
        folder.text("not-there.dfu"),
        folder.write("empty.bin", b""),
        folder.write("cut.dfu", b"DfuSe\x01"),
        folder.write("bad.hex", b":0400000001020304F1\n:00000001FF\n"),
    ];
    for file in &files {
        let output = upfuse(&["upgrade", file]);
        assert_eq!(exit(&output), 6, "{file}: {}", stderr(&output));
        assert!(stderr(&output).contains(Path::new(file).file_name().unwrap().to_str().unwrap()));
    }
    let incomplete = upfuse(&["info", &files[2]]);
    assert_eq!(exit(&incomplete), 6);
    assert!(stderr(&incomplete).contains("Download or build the file again"));
}

#[test]
fn exit_7_when_the_file_does_not_fit_and_nothing_is_touched() {
    let folder = Folder::new();
    let output = on("f072", &["upgrade", &folder.firmware(200 << 10), "--json"]);
    assert_eq!(exit(&output), 7);
    let lines = json_lines(&output);
    let finished = events(&lines, "finished")[0];
    assert_eq!(finished["error"]["code"], "does-not-fit");
    assert_eq!(finished["transfers"], 0);
}

#[test]
fn exit_7_for_a_protected_board() {
    let folder = Folder::new();
    let output = on("f407-protected", &["upgrade", &folder.firmware(100)]);
    assert_eq!(exit(&output), 7, "{}", stderr(&output));
    assert!(stderr(&output).contains("unprotect"), "{}", stderr(&output));
}

#[test]
fn exit_7_for_partitions_and_what_a_plain_dfu_device_cannot_do() {
    for (board, command) in [
        ("mp1", &["start"][..]),
        ("dfu11", &["erase", "--all", "--yes"]),
        ("dfu11", &["unprotect", "--yes"]),
        ("dfu11", &["start", "--at", "0x08000000"]),
    ] {
        let output = on(board, command);
        assert_eq!(exit(&output), 7, "{board}: {}", stderr(&output));
    }
}

#[test]
fn exit_7_when_a_destructive_command_is_not_confirmed() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    let there = folder.write("there.bin", b"precious");
    let commands: &[&[&str]] = &[
        &["erase", "--all"],
        &["erase", "--range", "0x08000000+2K"],
        &["unprotect"],
        &["upgrade", &file, "--mass-erase"],
        &["read", &there],
    ];
    for command in commands {
        let output = on("f072", command);
        assert_eq!(exit(&output), 7, "{command:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("--yes"), "{command:?}");
    }
    assert_eq!(std::fs::read(there).unwrap(), b"precious");
}

/// A mass erase and the end of read protection ignore that the first sectors are reserved.
#[test]
fn erasing_everything_warns_of_a_bootloader_in_flash() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    let commands: [&[&str]; 3] = [
        &["erase", "--all"],
        &["unprotect"],
        &["upgrade", &file, "--at", "0x0800C000", "--mass-erase"],
    ];
    for command in commands {
        let output = on("cube", command);
        assert_eq!(exit(&output), 7, "{command:?}: {}", stderr(&output));
        let text = stderr(&output);
        assert!(
            text.contains("first 48 KiB of its flash"),
            "{command:?}: {text}"
        );
        assert!(!stderr(&on("f072", command)).contains("for good"));
    }
}

#[test]
fn exit_8_when_the_cable_is_pulled() {
    let folder = Folder::new();
    let output = on("f407-unplugged", &["upgrade", &folder.firmware(60_000)]);
    assert_eq!(exit(&output), 8, "{}", stderr(&output));
}

#[test]
fn exit_9_when_verify_finds_a_difference() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    let output = on("f072", &["verify", &file]);
    assert_eq!(exit(&output), 9);
    assert!(
        stderr(&output).contains("0x08000000"),
        "{}",
        stderr(&output)
    );
    let output = on("f407-bad-write", &["upgrade", &file]);
    assert_eq!(exit(&output), 9, "{}", stderr(&output));
}

#[test]
fn exit_10_when_no_board_appears_in_time() {
    let output = on("f072", &["start", "--device", "9-9", "--wait", "0.2"]);
    assert_eq!(exit(&output), 10);
}

/// Ctrl-C during an erase: the job ends cleanly and reports the state of the board.
#[cfg(unix)]
#[test]
fn exit_130_when_cancelled_with_the_state_of_the_board() {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::process::Command;

    let folder = Folder::new();
    let file = folder.firmware(400 << 10);
    let mut child = program(&[
        "--simulate",
        "f407",
        "upgrade",
        "--rewrite",
        "--json",
        &file,
    ])
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    let mut lines = Vec::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    loop {
        let mut line = String::new();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended: {lines:?}");
        let value: Value = serde_json::from_str(&line).unwrap();
        let erased = value["event"] == "sectors" && line.contains("\"erased\"");
        lines.push(value);
        if erased {
            break;
        }
    }
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    lines.extend(
        rest.lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()),
    );

    assert_eq!(child.wait().unwrap().code(), Some(130));
    let finished = events(&lines, "finished");
    assert_eq!(finished.len(), 1);
    assert_eq!(finished[0]["outcome"], "cancelled");
    assert!(finished[0]["sectors_erased"].as_u64().unwrap() >= 1);
    let message = finished[0]["error"]["message"].as_str().unwrap();
    assert!(message.contains("erased"), "{message}");
}
