//! Records of boards, in `records/`: the command that was recorded ends again as it did. This is how a
//! real board comes to the tests.

use super::{exit, stderr, upfuse};

/// A record, and how to repeat its command.
struct Row {
    record: &'static str,
    /// FIRMWARE stands for the file.
    arguments: &'static [&'static str],
    /// In `records/`, too.
    firmware: &'static str,
    exit: i32,
}

const ROWS: &[Row] = &[Row {
    record: "f072-upfuse.jsonl",
    arguments: &["upgrade", "FIRMWARE", "--at", "0x08000000"],
    firmware: "f072-upfuse.bin",
    exit: 0,
}];

fn path(name: &str) -> String {
    format!("{}/tests/it/records/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn recorded_commands_end_as_they_did() {
    for row in ROWS {
        let (record, firmware) = (path(row.record), path(row.firmware));
        let mut arguments = vec!["--replay", &record, "--replay-tolerant"];
        arguments.extend(row.arguments.iter().map(|argument| match *argument {
            "FIRMWARE" => firmware.as_str(),
            argument => argument,
        }));
        let output = upfuse(&arguments);
        assert_eq!(
            exit(&output),
            row.exit,
            "{}: {}",
            row.record,
            stderr(&output)
        );
    }
}
