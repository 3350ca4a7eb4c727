//! The contents of stdout and stderr, and closed pipes.

use std::process::Stdio;

use super::{Folder, on, program, stderr, stdout};

#[test]
fn results_go_to_stdout_and_progress_to_stderr() {
    let folder = Folder::new();
    let output = on("f072", &["upgrade", &folder.firmware(5000)]);
    assert_eq!(stdout(&output).lines().count(), 1, "{}", stdout(&output));
    assert!(stdout(&output).contains("verified"));
    let text = stderr(&output);
    assert!(
        text.contains("firmware.bin") && text.contains("Writing"),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "no colours outside a terminal");
}

#[test]
fn a_failure_leaves_stdout_empty() {
    let folder = Folder::new();
    let output = on("f072", &["verify", &folder.firmware(100)]);
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).starts_with("firmware.bin"));
}

#[test]
fn a_closed_pipe_is_not_an_error() {
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

#[test]
fn a_closed_pipe_does_not_stop_a_job() {
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
