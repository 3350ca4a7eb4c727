//! `--json`: the format that scripts rely on.

use serde_json::Value;

use super::{Folder, events, exit, json_lines, on, stderr, stdout, upfuse};

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
fn list_json_is_an_array_even_without_usb() {
    let output = upfuse(&["list", "--json"]);
    assert_eq!(exit(&output), 0);
    let boards: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert!(boards.is_array());
}

#[test]
fn every_state_has_its_identifier() {
    let states = [
        ("f407", "ready"),
        ("f407-no-access", "no-access"),
        ("f407-wrong-driver", "wrong-driver"),
        ("f407-in-use", "in-use"),
        ("runtime", "run-time"),
        ("vcp", "application"),
        ("st-link", "debug-probe"),
    ];
    for (board, state) in states {
        let output = on(board, &["list", "--json"]);
        let boards: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(boards[0]["state"], state, "{board}");
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
                "started",
                "backup",
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
fn one_of_several_boards_that_is_not_ready_gets_its_own_steps() {
    let folder = Folder::new();
    let file = folder.firmware(500);
    let read = ["verify", &file, "--all-devices", "--json"];
    let output = on(
        "f407",
        &[&["--simulate", "f407-no-access"], &read[..]].concat(),
    );
    let lines = json_lines(&output);
    let finished = events(&lines, "finished");
    let blocked = finished.iter().find(|f| f["device"] == "sim-2").unwrap();
    let listed = on("f407-no-access", &["list", "--json"]);
    let listed: Value = serde_json::from_str(&stdout(&listed)).unwrap();
    assert!(!listed[0]["advice"].as_array().unwrap().is_empty());
    assert_eq!(blocked["error"]["advice"], listed[0]["advice"]);
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

#[test]
fn wrong_usage_is_one_json_object_too() {
    for arguments in [
        &["erase", "--json"][..],
        &["list", "--no-such-option", "--json"],
        &["start", "--target", "0", "--json"],
    ] {
        let output = on("f072", arguments);
        assert_eq!(super::exit(&output), 2);
        let lines = json_lines(&output);
        assert_eq!(lines.len(), 1, "{arguments:?}");
        assert_eq!(lines[0]["error"]["code"], "usage");
        let message = lines[0]["error"]["message"].as_str().unwrap();
        assert!(
            !message.is_empty() && !message.starts_with("error"),
            "{message}"
        );
    }
}

#[test]
fn wrong_usage_names_what_is_missing() {
    let output = on("f407", &["erase", "--json"]);
    assert_eq!(exit(&output), 2);
    let lines = json_lines(&output);
    let message = lines[0]["error"]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "the following required arguments were not provided: <--all|--range <R>>"
    );
}

#[cfg(unix)]
mod interrupted {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Child, Stdio};

    use super::super::{Folder, program};
    use super::*;

    /// A command in JSON that has entered `phase`.
    fn begun(
        board: &str,
        arguments: &[&str],
        phase: &str,
    ) -> (Child, BufReader<std::process::ChildStdout>) {
        let mut command = program(&[&["--simulate", board, "--json"], arguments].concat());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains(&format!("\"{phase}\"")) {
            line.clear();
            assert!(out.read_line(&mut line).unwrap() > 0, "it ended early");
        }
        (child, out)
    }

    fn interrupt(child: &Child) {
        let id = child.id().to_string();
        let mut kill = std::process::Command::new("kill");
        assert!(kill.args(["-INT", &id]).status().unwrap().success());
    }

    /// The last line on stdout.
    fn finished(out: &mut impl std::io::Read) -> Value {
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        let last = rest.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|_| panic!("{rest}"))
    }

    #[test]
    fn a_stopped_job_gives_its_advice() {
        let folder = Folder::new();
        let file = folder.firmware(500_000);
        let (mut child, mut out) = begun("f407", &["upgrade", &file], "write");
        interrupt(&child);
        let finished = finished(&mut out);
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(finished["outcome"], "cancelled");
        let advice = finished["error"]["advice"].to_string();
        assert!(advice.contains("Run the upgrade again"), "{advice}");
    }

    /// Stops a job that cannot be stopped before its end, and ends the program.
    fn interrupt_twice(child: &mut Child) {
        interrupt(child);
        // The second signal would be merged with the first one while that is pending.
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("Stopping") {
            line.clear();
            assert!(errors.read_line(&mut line).unwrap() > 0, "it ended early");
        }
        interrupt(child);
    }

    #[test]
    fn a_job_that_is_ended_at_once_has_a_last_line_too() {
        let (mut child, mut out) = begun("f407", &["erase", "--all", "--yes"], "erase");
        interrupt_twice(&mut child);
        let finished = finished(&mut out);
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(finished["event"], "finished");
        assert_eq!(finished["device"], "sim-1");
        assert_eq!(finished["outcome"], "cancelled");
        assert_eq!(finished["backup"], Value::Null);
    }

    /// The board does not come back in DFU mode: the program waits for it.
    #[test]
    fn a_change_of_option_bytes_that_is_ended_at_once_names_its_backup_and_the_next_step() {
        let folder = Folder::new();
        let backup = folder.text("before.dfu");
        let set = ["option-bytes", "set", "BOOT_SEL=0", "--confirm", "BOOT_SEL"];
        let set = [&set[..], &["--yes", "--backup", &backup]].concat();
        let (mut child, mut out) = begun("f042", &set, "wait");
        interrupt_twice(&mut child);
        let finished = finished(&mut out);
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(finished["backup"], backup);
        let advice = finished["error"]["advice"].to_string();
        assert!(
            advice.contains("look what it holds: upfuse option-bytes"),
            "{advice}"
        );
        assert!(advice.contains("option-bytes restore"), "{advice}");
    }
}
