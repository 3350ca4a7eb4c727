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
