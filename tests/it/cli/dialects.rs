//! Boards whose names or versions say another thing than what they speak.

use super::{Folder, exit, on, stderr, stdout};

#[test]
fn a_plain_dfu_board_with_a_layout_is_refused_before_anything_is_sent() {
    let folder = Folder::new();
    let file = folder.firmware(1000);
    for arguments in [
        &["upgrade", &file, "--at", "0x08000000", "--force"][..],
        &["erase", "--all", "--yes"],
        &["read", &folder.text("out.bin")],
    ] {
        let output = on("uno-r4", arguments);
        assert_eq!(exit(&output), 7, "{}", stderr(&output));
        assert!(stderr(&output).contains("plain DFU"), "{}", stderr(&output));
    }
    assert!(!folder.path("out.bin").exists());
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
