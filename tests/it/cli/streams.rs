//! What goes to stdout, what to stderr, and what happens when nobody reads.

use std::process::Stdio;

use super::{Folder, on, program, stderr, stdout};

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
