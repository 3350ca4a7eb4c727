//! `--record` and `--replay`: a job on a board, kept and answered again.

use super::{Folder, events, exit, json_lines, stderr, stdout, upfuse};

/// Records an upgrade of a simulated board.
fn recorded(folder: &Folder, board: &str, options: &[&str]) -> String {
    let (file, record) = (folder.firmware(10_000), folder.text("record.jsonl"));
    let upgrade = ["upgrade", &file, "--at", "0x08000000", "--record", &record];
    let output = upfuse(&[&["--simulate", board], &upgrade[..], options].concat());
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    record
}

fn replay(record: &str, arguments: &[&str]) -> std::process::Output {
    upfuse(&[&["--replay", record], arguments].concat())
}

#[test]
fn a_recorded_upgrade_is_replayed_by_the_same_command_to_the_same_end() {
    let folder = Folder::new();
    let record = recorded(&folder, "f072", &[]);
    let file = folder.text("firmware.bin");
    let output = replay(&record, &["upgrade", &file, "--at", "0x08000000", "--json"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("as recorded"),
        "{}",
        stderr(&output)
    );
    let lines = json_lines(&output);
    let finished = events(&lines, "finished");
    assert_eq!(finished[0]["bytes_written"], 10_000);
    assert_eq!(finished[0]["bytes_verified"], 10_000);
}

#[test]
fn a_departure_fails_with_the_number_of_the_transfer() {
    let folder = Folder::new();
    let record = recorded(&folder, "f072", &[]);
    let other = folder.write("other.bin", &[7; 10_000]);
    let output = replay(
        &record,
        &["upgrade", &other, "--at", "0x08000000", "--json", "--force"],
    );
    assert_eq!(exit(&output), 8);
    let lines = json_lines(&output);
    // `finished` is the last line of each board, and its only one.
    assert!(events(&lines, "error").is_empty());
    let [.., note, finished] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!(finished["event"], "finished");
    let message = finished["error"]["message"].as_str().unwrap();
    assert!(message.contains("expected DNLOAD"), "{message}");
    assert_eq!(note["event"], "note");
    let departure = lines.iter().rev().find(|line| {
        let text = line["text"].as_str().unwrap_or_default();
        text.starts_with("Not as recorded: ") && text.contains("transfer ")
    });
    assert!(departure.is_some(), "{lines:?}");
    assert!(stderr(&output).contains("error: not as recorded"));
}

#[test]
fn a_command_that_ends_before_its_record_departs() {
    let folder = Folder::new();
    let record = recorded(&folder, "f072", &[]);
    let file = folder.text("firmware.bin");
    let output = replay(
        &record,
        &["upgrade", &file, "--at", "0x08000000", "--no-start"],
    );
    assert_eq!(exit(&output), 8);
    assert!(
        stderr(&output).contains("not as recorded"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_record_lists_its_board_and_contains_no_serial_number() {
    let folder = Folder::new();
    let record = folder.text("list.jsonl");
    let listed = upfuse(&["--simulate", "f407", "list", "--json", "--record", &record]);
    assert_eq!(exit(&listed), 0);
    let boards: Vec<serde_json::Value> = serde_json::from_str(&stdout(&listed)).unwrap();
    let serial = boards[0]["serial"].as_str().unwrap();
    assert!(!std::fs::read_to_string(&record).unwrap().contains(serial));
    let replayed = replay(&record, &["list", "--json"]);
    let again: Vec<serde_json::Value> = serde_json::from_str(&stdout(&replayed)).unwrap();
    assert_eq!(again[0]["targets"], boards[0]["targets"]);
    assert_eq!(again[0]["serial"], "0".repeat(serial.len()));
}

#[test]
fn two_boards_share_one_record() {
    let folder = Folder::new();
    let record = recorded(&folder, "f072", &["--simulate", "f042", "--all-devices"]);
    let file = folder.text("firmware.bin");
    let upgrade = ["upgrade", &file, "--at", "0x08000000", "--all-devices"];
    let output = replay(&record, &upgrade);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
}

#[test]
fn an_existing_file_is_not_replaced_unasked() {
    let folder = Folder::new();
    let record = folder.write("record.jsonl", b"precious");
    let list = ["--simulate", "f072", "list", "--record", &record];
    assert_eq!(exit(&upfuse(&list)), 7);
    assert_eq!(std::fs::read(&record).unwrap(), b"precious");
    assert_eq!(exit(&upfuse(&[&list[..], &["--yes"]].concat())), 0);
    assert!(
        std::fs::read_to_string(&record)
            .unwrap()
            .starts_with("{\"kind\":\"record\"")
    );
}

#[test]
fn a_damaged_record_is_refused_with_its_line() {
    let folder = Folder::new();
    let record = recorded(&folder, "f072", &[]);
    let text = std::fs::read_to_string(&record).unwrap();
    let cut = folder.write("cut.jsonl", &text.as_bytes()[..text.len() - 10]);
    let output = replay(&cut, &["list"]);
    assert_eq!(exit(&output), 6);
    let line = format!("line {}", text.lines().count());
    assert!(stderr(&output).contains(&line), "{}", stderr(&output));
    let other = folder.write("other.jsonl", b"\x7fELF");
    assert_eq!(exit(&replay(&other, &["list"])), 6);
    assert_eq!(exit(&replay(&folder.text("none.jsonl"), &["list"])), 6);
}

#[test]
fn a_record_with_a_string_that_no_board_has_is_refused() {
    let folder = Folder::new();
    let record = folder.text("list.jsonl");
    assert_eq!(
        exit(&upfuse(&[
            "--simulate",
            "f072",
            "list",
            "--record",
            &record
        ])),
        0
    );
    let text = std::fs::read_to_string(&record).unwrap();
    let long = "x".repeat(70_000);
    let product = text.replace("STM32  BOOTLOADER", &long);
    assert_ne!(product, text);
    let output = replay(
        &folder.write("product.jsonl", product.as_bytes()),
        &["list"],
    );
    assert_eq!(exit(&output), 6);
    assert!(
        stderr(&output).contains("line 2: a string of 70000 characters"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_command_that_cannot_run_leaves_the_file_of_its_record_alone() {
    let folder = Folder::new();
    let notes = folder.write("notes.txt", b"precious");
    for command in [
        &["--simulate", "nosuch", "list"][..],
        &["--simulate", "f072", "--simulate", "nosuch", "doctor"],
    ] {
        let output = upfuse(&[command, &["--record", &notes, "--yes"]].concat());
        assert_eq!(exit(&output), 2, "{}", stderr(&output));
        assert_eq!(std::fs::read(&notes).unwrap(), b"precious", "{command:?}");
    }
}

/// Runs the program where no file may have more than 2 KiB, which fails as a full disk does.
#[cfg(unix)]
fn on_a_full_disk(arguments: &[&str]) -> std::process::Output {
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"";
    std::process::Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_upfuse")])
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

#[cfg(unix)]
#[test]
fn a_record_that_ends_early_is_no_internal_error_and_finished_stays_the_last_line() {
    let folder = Folder::new();
    let (file, record) = (folder.firmware(3000), folder.text("record.jsonl"));
    let upgrade = ["--simulate", "f072", "upgrade", &file, "--at", "0x08000000"];
    let options = ["--record", &record, "--yes"];
    let output = on_a_full_disk(&[&upgrade[..], &options].concat());
    assert_eq!(exit(&output), 7, "{}", stderr(&output));
    assert!(stdout(&output).contains("verified"), "{}", stdout(&output));
    let why = stderr(&output);
    assert!(why.contains("error: the record is incomplete"), "{why}");
    assert!(!why.contains("os error"), "{why}");

    let output = on_a_full_disk(&[&upgrade[..], &options, &["--json"]].concat());
    assert_eq!(exit(&output), 7, "{}", stderr(&output));
    let lines = json_lines(&output);
    assert_eq!(lines.last().unwrap()["event"], "finished");
    assert_eq!(lines.last().unwrap()["outcome"], "done");
    let notes = events(&lines, "note");
    let is_why = |note: &&serde_json::Value| {
        let text = note["text"].as_str().unwrap();
        text.starts_with("The record is incomplete")
    };
    assert_eq!(notes.into_iter().filter(is_why).count(), 1);
}

#[test]
fn options_that_need_another_are_refused_alone() {
    for arguments in [
        &["list", "--record-data"][..],
        &["list", "--replay-tolerant"],
        &["list", "--replay", "x", "--simulate", "f072"],
    ] {
        assert_eq!(exit(&upfuse(arguments)), 2, "{arguments:?}");
    }
}

#[test]
fn a_program_in_dfu_mode_by_request_is_recorded_and_replayed() {
    let folder = Folder::new();
    let record = folder.text("detach.jsonl");
    let detach = ["--simulate", "runtime", "detach", "--record", &record];
    assert_eq!(exit(&upfuse(&detach)), 0);
    let output = replay(&record, &["detach"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
}

#[test]
fn a_record_that_cannot_be_read_is_refused_in_plain_words_by_every_command() {
    let folder = Folder::new();
    let firmware = folder.firmware(100);
    let text = folder.write("bytes.jsonl", b"{}\n\xFF\xFE\n");
    let none = folder.text("none.jsonl");
    for (record, why) in [
        (&text, "line 2: not UTF-8 text"),
        (&none, "there is no such file"),
    ] {
        for command in [&["list"][..], &["info", &firmware]] {
            let output = replay(record, command);
            assert_eq!(exit(&output), 6, "{command:?}: {}", stderr(&output));
            assert!(stderr(&output).contains(why), "{}", stderr(&output));
        }
    }
    let nowhere = folder.text("none/record.jsonl");
    let output = upfuse(&[
        "--simulate",
        "f042",
        "info",
        &firmware,
        "--record",
        &nowhere,
    ]);
    assert_eq!(exit(&output), 7, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("there is no such folder"),
        "{}",
        stderr(&output)
    );
}

/// The old record is kept until the command begins its work.
#[test]
fn a_command_that_is_refused_replaces_no_record() {
    let folder = Folder::new();
    let record = folder.write("all-sim-1.bin", b"precious");
    let noise = folder.write("noise.bin", &[7; 3000]);
    let firmware = folder.firmware(3000);
    let all = folder.text("all.bin");
    let two = ["--simulate", "f072", "--simulate", "f072"];
    let with = ["--record", &record, "--yes"];
    for arguments in [
        &["upgrade", &noise][..],
        &["upgrade", &firmware],
        &["--all-devices", "read", &all],
        &["--device", "none", "start"],
    ] {
        let output = upfuse(&[&two, &with[..], arguments].concat());
        assert_ne!(exit(&output), 0, "{arguments:?}");
        let text = stderr(&output);
        assert!(!text.contains("Recorded"), "{text}");
        let kept = std::fs::read(&record).unwrap();
        assert_eq!(kept, b"precious", "{arguments:?}: {text}");
    }
    for arguments in [&["doctor"][..], &["--all-devices", "verify", &firmware]] {
        folder.write("all-sim-1.bin", &[b'x'; 100_000]);
        upfuse(&[&two, &with[..], arguments].concat());
        let text = std::fs::read_to_string(&record).unwrap();
        assert!(text.starts_with("{\"kind\":\"record\""), "{arguments:?}");
        assert!(text.ends_with("}\n"), "{arguments:?}");
    }
}
