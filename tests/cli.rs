//! The command line as scripts see it: exit codes, JSON, and what goes to which stream. Runs the
//! program against simulated boards, which live in real time: files are small.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upfuse"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn upfuse(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

/// Runs against one simulated board.
fn on(board: &str, arguments: &[&str]) -> Output {
    upfuse(&[&["--simulate", board], arguments].concat())
}

fn exit(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| {
        panic!("no exit code: {output:?}");
    })
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json_lines(output: &Output) -> Vec<Value> {
    stdout(output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn events<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

/// A folder of its own, with files of made-up firmware.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::write(self.path(name), bytes).unwrap();
        self.text(name)
    }

    /// A binary of `length` bytes, none of them blank.
    fn firmware(&self, length: usize) -> String {
        self.write("firmware.bin", &made_up(length))
    }
}

fn made_up(length: usize) -> Vec<u8> {
    (0..length)
        .map(|i| (i.wrapping_mul(7) % 251) as u8)
        .collect()
}

// Exit codes.

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

#[test]
fn exit_3_when_there_is_no_such_board_and_the_others_are_named() {
    let output = on("f072", &["start", "--device", "9-9"]);
    assert_eq!(exit(&output), 3);
    assert!(stderr(&output).contains("sim-1"), "{}", stderr(&output));
}

#[test]
fn exit_3_when_the_only_board_runs_its_program_and_the_way_into_dfu_mode_is_told() {
    let output = on("vcp", &["start"]);
    assert_eq!(exit(&output), 3);
    assert!(stderr(&output).contains("BOOT0"), "{}", stderr(&output));
}

#[test]
fn exit_4_between_two_boards_it_never_guesses() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    let output = on("f072", &["--simulate", "f072", "upgrade", &file]);
    assert_eq!(exit(&output), 4);
    let words = stderr(&output);
    assert!(
        words.contains("sim-1") && words.contains("sim-2"),
        "{words}"
    );
    assert!(words.contains("--device"), "{words}");
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
fn exit_5_for_a_board_that_cannot_be_opened_with_the_cure() {
    for board in ["f407-no-access", "f407-in-use", "f407-wrong-driver"] {
        let output = on(board, &["start"]);
        assert_eq!(exit(&output), 5, "{board}: {}", stderr(&output));
        assert!(stderr(&output).lines().count() > 1, "{board}");
    }
}

#[test]
fn exit_6_for_a_bad_file_before_any_board_is_looked_for() {
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
fn exit_7_for_partitions_and_plain_dfu_devices() {
    for board in ["mp1", "dfu11"] {
        let output = on(board, &["start"]);
        assert_eq!(exit(&output), 7, "{board}: {}", stderr(&output));
    }
}

#[test]
fn exit_7_when_something_would_be_destroyed_and_nobody_confirmed() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    let there = folder.write("there.bin", b"precious");
    let commands: &[&[&str]] = &[
        &["erase", "--all"],
        &["erase", "--range", "0x08000000+2K"],
        &["unprotect"],
        &["upgrade", &file, "--mass-erase"],
        &["upgrade", &file, "--backup", &there],
        &["read", &there],
    ];
    for command in commands {
        let output = on("f072", command);
        assert_eq!(exit(&output), 7, "{command:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("--yes"), "{command:?}");
    }
    assert_eq!(std::fs::read(there).unwrap(), b"precious");
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
        stderr(&output).contains("0x0800_0000"),
        "{}",
        stderr(&output)
    );
    let output = on("f407-bad-write", &["upgrade", &file]);
    assert_eq!(exit(&output), 9, "{}", stderr(&output));
}

#[test]
fn exit_10_when_no_board_came_in_time() {
    let output = on("f072", &["start", "--device", "9-9", "--wait", "0.2"]);
    assert_eq!(exit(&output), 10);
}

/// Ctrl-C while the flash is being erased: the job ends in order and says what the board holds.
#[cfg(unix)]
#[test]
fn exit_130_when_cancelled_with_the_truth_about_the_board() {
    use std::io::{BufRead as _, BufReader, Read as _};

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

// JSON.

#[test]
fn list_json_is_one_array_with_every_field() {
    let output = on("f407", &["--simulate", "f407-no-access", "list", "--json"]);
    assert_eq!(exit(&output), 0);
    assert_eq!(stdout(&output).lines().count(), 1);
    let boards: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let ready = &boards[0];
    assert_eq!(ready["id"], "sim-1");
    assert_eq!(ready["vid"], "0483");
    assert_eq!(ready["pid"], "df11");
    assert_eq!(ready["state"], "ready");
    assert!(ready["serial"].is_string() && ready["product"].is_string());
    assert_eq!(ready["advice"], serde_json::json!([]));
    let flash = &ready["targets"][0];
    assert_eq!(flash["alt"], 0);
    assert_eq!(flash["name"], "Internal Flash");
    assert_eq!(flash["bytes"], 1 << 20);
    assert_eq!(flash["sectors"], 12);
    assert!(
        flash["layout"]
            .as_str()
            .unwrap()
            .starts_with("@Internal Flash")
    );
    let blocked = &boards[1];
    assert_eq!(blocked["state"], "no-access");
    assert_eq!(blocked["serial"], Value::Null);
    assert!(!blocked["advice"].as_array().unwrap().is_empty());
}

#[test]
fn list_json_is_an_array_even_where_there_is_no_usb() {
    let output = upfuse(&["list", "--json"]);
    assert_eq!(exit(&output), 0);
    let boards: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert!(boards.is_array());
}

#[test]
fn every_state_has_its_word() {
    let words = [
        ("f407", "ready"),
        ("f407-no-access", "no-access"),
        ("f407-wrong-driver", "wrong-driver"),
        ("f407-in-use", "in-use"),
        ("runtime", "run-time"),
        ("vcp", "application"),
        ("st-link", "debug-probe"),
    ];
    for (board, word) in words {
        let output = on(board, &["list", "--json"]);
        let boards: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(boards[0]["state"], word, "{board}");
    }
}

#[test]
fn each_board_ends_with_exactly_one_finished_line_with_every_field() {
    let folder = Folder::new();
    let file = folder.firmware(5000);
    let output = on(
        "f072",
        &[
            "--simulate",
            "g474",
            "upgrade",
            &file,
            "--all-devices",
            "--json",
        ],
    );
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let lines = json_lines(&output);
    let finished = events(&lines, "finished");
    let mut devices: Vec<_> = finished
        .iter()
        .map(|f| f["device"].as_str().unwrap())
        .collect();
    devices.sort_unstable();
    assert_eq!(devices, ["sim-1", "sim-2"]);
    for line in &finished {
        let keys: Vec<&str> = line
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(
            keys,
            [
                "event",
                "device",
                "outcome",
                "bytes_written",
                "bytes_matched",
                "bytes_verified",
                "sectors_erased",
                "seconds",
                "transfers",
                "error"
            ]
        );
        assert_eq!(line["outcome"], "done");
        assert_eq!(line["bytes_written"], 5000);
        assert_eq!(line["bytes_verified"], 5000);
        assert_eq!(line["error"], Value::Null);
        assert!(line["seconds"].as_f64().unwrap() > 0.0);
    }
    assert_eq!(lines.last().unwrap()["event"], "finished");
}

#[test]
fn a_board_that_fails_does_not_disturb_the_others() {
    let folder = Folder::new();
    let file = folder.firmware(60_000);
    let output = on(
        "f407-unplugged",
        &[
            "--simulate",
            "g474",
            "upgrade",
            &file,
            "--all-devices",
            "--json",
        ],
    );
    assert_eq!(exit(&output), 8);
    let lines = json_lines(&output);
    let outcome = |device: &str| {
        let finished = events(&lines, "finished");
        let line = finished.iter().find(|f| f["device"] == device).unwrap();
        line["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(outcome("sim-1"), "failed");
    assert_eq!(outcome("sim-2"), "done");
}

#[test]
fn a_failure_before_any_job_is_one_json_object() {
    let output = on("f072", &["start", "--device", "9-9", "--json"]);
    let lines = json_lines(&output);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["event"], "error");
    assert_eq!(lines[0]["error"]["code"], "no-device");
}

// Streams.

#[test]
fn results_go_to_stdout_and_progress_to_stderr() {
    let folder = Folder::new();
    let output = on("f072", &["upgrade", &folder.firmware(5000)]);
    assert_eq!(stdout(&output).lines().count(), 1, "{}", stdout(&output));
    assert!(stdout(&output).contains("verified"));
    let words = stderr(&output);
    assert!(
        words.contains("firmware.bin") && words.contains("Writing"),
        "{words}"
    );
    assert!(!words.contains('\u{1b}'), "no colours outside a terminal");
}

#[test]
fn a_failure_leaves_stdout_empty() {
    let folder = Folder::new();
    let output = on("f072", &["verify", &folder.firmware(100)]);
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).starts_with("firmware.bin"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = program(&["--simulate", "f072", "list", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}

/// The job goes on although nobody reads its events.
#[test]
fn a_reader_that_goes_away_does_not_stop_a_job_halfway() {
    let folder = Folder::new();
    let mut child = program(&[
        "--simulate",
        "f072",
        "upgrade",
        "--json",
        &folder.firmware(5000),
    ])
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

// Commands.

#[test]
fn a_dry_run_prints_the_plan_and_changes_nothing() {
    let folder = Folder::new();
    let file = folder.firmware(40_000);
    let output = on("f407", &["upgrade", &file, "--dry-run"]);
    assert_eq!(exit(&output), 0);
    let plan = stdout(&output);
    assert!(plan.contains("Target 0, Internal Flash"), "{plan}");
    assert!(plan.contains("0x0800_8000..0x0800_C000"), "{plan}");
    assert!(plan.contains("39.1 KiB to write"), "{plan}");

    let output = on(
        "f407",
        &["upgrade", &file, "--dry-run", "--rewrite", "--json"],
    );
    let lines = json_lines(&output);
    let plans = events(&lines, "plan");
    assert_eq!(plans.last().unwrap()["sectors_to_erase"], 3);
    assert_eq!(plans.last().unwrap()["bytes_lost"], 3 * 16384 - 40_000);
    let phases: Vec<_> = events(&lines, "phase")
        .iter()
        .map(|p| p["phase"].clone())
        .collect();
    assert!(!phases.contains(&"erase".into()) && !phases.contains(&"write".into()));
    let finished = events(&lines, "finished")[0];
    assert_eq!(finished["bytes_written"], 0);
    assert_eq!(finished["sectors_erased"], 0);
}

#[test]
fn a_mass_erase_is_in_the_plan_with_what_it_loses() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    let output = on("f407", &["upgrade", &file, "--dry-run", "--mass-erase"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert!(
        stdout(&output).contains("12 sectors to erase"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn reading_saves_what_is_there_in_the_format_of_the_name() {
    let folder = Folder::new();
    for (name, length) in [
        ("out.bin", 2048),
        ("out.hex", 0),
        ("out.s19", 0),
        ("out.dfu", 0),
    ] {
        let file = folder.text(name);
        let output = on("f072", &["read", &file, "--range", "0x08000000+2K"]);
        assert_eq!(exit(&output), 0, "{name}: {}", stderr(&output));
        assert!(stdout(&output).contains(name));
        let bytes = std::fs::read(&file).unwrap();
        assert!(length == 0 || bytes.len() == length, "{name}");
        let info = upfuse(&["info", &file]);
        assert_eq!(exit(&info), 0, "{name}: {}", stderr(&info));
    }
    let output = on("f072", &["read", &folder.text("out.xyz")]);
    assert_eq!(exit(&output), 7);
}

#[test]
fn reading_several_boards_gives_each_a_file_of_its_own() {
    let folder = Folder::new();
    let file = folder.text("out.bin");
    let output = on(
        "f072",
        &[
            "--simulate",
            "f072",
            "read",
            &file,
            "--all-devices",
            "--range",
            "0x08000000+2K",
        ],
    );
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert!(folder.path("out-sim-1.bin").exists() && folder.path("out-sim-2.bin").exists());
    assert_eq!(stdout(&output).lines().count(), 2);
}

#[test]
fn a_backup_is_saved_before_the_board_is_erased() {
    let folder = Folder::new();
    let file = folder.firmware(3000);
    let backup = folder.text("before.bin");
    let output = on(
        "f072",
        &["upgrade", &file, "--rewrite", "--backup", &backup],
    );
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    // A blank board: two whole sectors of it.
    assert_eq!(std::fs::read(backup).unwrap(), [0xFF; 4096]);
    let words = stderr(&output);
    assert!(words.find("Saving a backup").unwrap() < words.find("Erasing").unwrap());
}

#[test]
fn with_yes_it_erases_without_asking() {
    let output = on("f072", &["erase", "--range", "0x08000000+4K", "--yes"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("2 sectors"), "{}", stdout(&output));
}

#[test]
fn flash_is_another_word_for_upgrade() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    assert_eq!(exit(&on("f072", &["flash", &file, "--no-start"])), 0);
}

#[test]
fn a_running_application_is_asked_into_dfu_mode() {
    for board in ["runtime", "runtime-reset"] {
        let output = on(board, &["detach"]);
        assert_eq!(exit(&output), 0, "{}", stderr(&output));
        assert!(stdout(&output).contains("in DFU mode"), "{board}");
    }
    let output = on("f072", &["detach"]);
    assert_eq!(exit(&output), 3, "{}", stderr(&output));
}

#[test]
fn the_doctor_says_what_is_wrong_and_numbers_the_steps() {
    let output = on("f407-no-access", &["doctor"]);
    assert_eq!(exit(&output), 0);
    let words = stdout(&output);
    assert!(
        words.contains("No permission") && words.contains("  1. "),
        "{words}"
    );
    let output = on("f407-no-access", &["doctor", "--json"]);
    let diagnoses: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(diagnoses[0]["device"], "sim-1");
}

#[test]
fn completions_for_every_shell_know_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = upfuse(&["completions", shell]);
        assert_eq!(exit(&output), 0, "{shell}");
        assert!(stdout(&output).contains("unprotect"), "{shell}");
    }
}

#[test]
fn help_has_examples_and_exit_codes_and_the_version_names_libusb() {
    let help = upfuse(&["--help"]);
    assert_eq!(exit(&help), 0);
    assert!(stdout(&help).contains("Examples:") && stdout(&help).contains("130"));
    let version = stdout(&upfuse(&["--version"]));
    assert!(
        version.starts_with("upfuse ") && version.contains("libusb 1.0."),
        "{version}"
    );
}

#[test]
fn the_log_goes_to_stderr_when_asked_for() {
    let folder = Folder::new();
    let output = on("f072", &["upgrade", &folder.firmware(100), "-vv"]);
    assert_eq!(exit(&output), 0);
    assert!(
        stderr(&output).contains("DFU_GETSTATUS"),
        "{}",
        stderr(&output)
    );
    assert_eq!(stdout(&output).lines().count(), 1);
}
