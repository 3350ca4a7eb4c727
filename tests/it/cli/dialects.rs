//! Boards whose names or versions say another thing than what they speak, and plain DFU boards.

use super::{Folder, exit, on, stderr, stdout};

#[test]
fn a_plain_dfu_board_is_never_sent_an_address() {
    let folder = Folder::new();
    let file = folder.firmware(1000);
    let hex = folder.text("fw.hex");
    let converted = on("uno-r4", &["convert", &file, "-o", &hex]);
    assert_eq!(exit(&converted), 0, "{}", stderr(&converted));
    for arguments in [
        &["upgrade", &file, "--at", "0x08000000", "--force"][..],
        &["upgrade", &hex, "--target", "0", "--force"],
        &["upgrade", &file, "--target", "0", "--keep"],
        &["upgrade", &file, "--mass-erase", "--yes"],
        // It has two targets.
        &["upgrade", &file],
        &["erase", "--all", "--yes"],
        &["erase", "--range", "0+2K", "--yes"],
        &["unprotect", "--yes"],
        &["read", &folder.text("out.bin"), "--range", "0+2K"],
        &["read", &folder.text("out.hex")],
    ] {
        let output = on("uno-r4", arguments);
        assert_eq!(exit(&output), 7, "{arguments:?}: {}", stderr(&output));
    }
    assert!(!folder.path("out.bin").exists());
}

#[test]
fn a_plain_dfu_board_is_upgraded_and_read_without_an_address() {
    let folder = Folder::new();
    let file = folder.firmware(1000);
    let output = on("dfu11", &["upgrade", &file]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("verified"), "{}", stdout(&output));
    // Each command has a board of its own: this one is blank.
    let verify = on("dfu11", &["verify", &file]);
    assert_eq!(exit(&verify), 9, "{}", stderr(&verify));
    assert!(
        stderr(&verify).contains("another program"),
        "{}",
        stderr(&verify)
    );
    for name in ["out.bin", "out.dfu"] {
        let read = on("dfu11", &["read", &folder.text(name)]);
        assert_eq!(exit(&read), 0, "{}", stderr(&read));
        let length = std::fs::read(folder.path(name)).unwrap().len();
        let suffix = if name == "out.dfu" { 16 } else { 0 };
        assert_eq!(length, (64 << 10) + suffix);
    }
    // Made for this device by its suffix; blank, because the board is.
    let blank = ["upgrade", &folder.text("out.dfu"), "--dry-run"];
    let output = on("dfu11", &blank);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let other = on("dapboot", &["upgrade", &folder.text("out.dfu")]);
    assert_eq!(exit(&other), 7, "{}", stderr(&other));
    assert!(
        stderr(&other).contains("another device"),
        "{}",
        stderr(&other)
    );
}

#[test]
fn a_dfuse_board_with_the_version_of_plain_dfu_is_upgraded_and_read() {
    let folder = Folder::new();
    let file = folder.firmware(1000);
    let at = "0x90030000";
    let upgrade = ["upgrade", &file, "--at", at, "--force", "--no-start"];
    let output = on("numworks", &upgrade);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("verified"), "{}", stdout(&output));
    let list = on("numworks", &["list"]);
    assert!(stdout(&list).contains("NumWorks"), "{}", stdout(&list));
}
