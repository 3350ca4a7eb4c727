//! `--target`: honoured or refused by every command; questions name the target.

use super::{Folder, exit, on, stderr, upfuse};

#[test]
fn commands_that_have_no_use_for_a_target_refuse_it() {
    let refusing: &[&[&str]] = &[
        &["list"],
        &["start"],
        &["detach"],
        &["unprotect", "--yes"],
        &["doctor"],
        &["completions", "bash"],
    ];
    for arguments in refusing {
        let arguments = [arguments, &["--target", "0"][..]].concat();
        let output = on("f407", &arguments);
        assert_eq!(exit(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("--target"), "{}", stderr(&output));
    }
    let served = upfuse(&["simulate", "--board", "f407", "--target", "0"]);
    assert_eq!(exit(&served), 2, "{}", stderr(&served));
}

#[test]
fn erasing_everything_refuses_a_target_that_it_would_not_erase() {
    // Target 1 are the option bytes, and there is no target 9.
    for (target, words) in [("1", "Internal Flash"), ("9", "no target 9")] {
        let output = on("f042", &["erase", "--all", "--target", target, "--yes"]);
        assert_eq!(exit(&output), 7, "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    let output = on("f042", &["erase", "--all", "--target", "0", "--yes"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
}

#[test]
fn questions_name_what_they_erase() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    for (arguments, words) in [
        (
            &["erase", "--all"][..],
            "all of Internal Flash (32 KiB, 32 sectors)",
        ),
        (
            &["erase", "--range", "0x08000000+1K"],
            "every sector of Internal Flash that",
        ),
        (
            &["upgrade", &file, "--mass-erase"],
            "all of Internal Flash (32 KiB, 32 sectors)",
        ),
        (&["unprotect"], "everything on it"),
    ] {
        let output = on("f042", arguments);
        assert_eq!(exit(&output), 7, "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}

#[test]
fn a_board_without_addresses_is_not_read_before_its_target_is_chosen() {
    let folder = Folder::new();
    let out = folder.text("out.bin");
    for board in ["uno-r4", "maple"] {
        let output = on(board, &["read", &out]);
        assert_eq!(exit(&output), 7, "{board}: {}", stderr(&output));
        let text = stderr(&output);
        assert!(text.contains("the board has several targets: 0 "), "{text}");
        assert!(text.contains("--target"), "{text}");
        assert!(!folder.path("out.bin").exists(), "{board}");
    }
    let output = on("maple", &["read", &out, "--target", "1"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
}
