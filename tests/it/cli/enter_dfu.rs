//! Programs that are asked over their serial port to enter DFU mode.

use super::*;

#[test]
fn each_program_enters_dfu_mode_when_it_is_asked() {
    for board in [
        "betaflight",
        "inav",
        "micropython",
        "nanovna",
        "flipper",
        "grblhal",
        "giga",
    ] {
        let output = on(board, &["enter-dfu", "--yes"]);
        assert_eq!(exit(&output), 0, "{board}: {}", stderr(&output));
        assert!(stdout(&output).contains("in DFU mode"), "{board}");
    }
}

#[test]
fn a_running_program_is_not_stopped_unasked() {
    let output = on("betaflight", &["enter-dfu"]);
    assert_eq!(exit(&output), 7, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("propellers"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn what_cannot_be_asked_says_how_to_do_without() {
    for (board, code, why) in [
        ("vcp-echo", 3, "no program answered"),
        ("tinysa-ultra", 7, "jog switch"),
    ] {
        let output = on(board, &["enter-dfu", "--yes"]);
        assert_eq!(exit(&output), code, "{board}: {}", stderr(&output));
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
        assert!(stderr(&output).contains("hold"), "{}", stderr(&output));
    }
}

#[test]
fn one_command_goes_from_the_program_to_verified_flash() {
    let folder = Folder::new();
    let file = folder.firmware(2000);
    let output = on(
        "betaflight",
        &["upgrade", &file, "--enter-dfu", "--yes", "--json"],
    );
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let lines = json_lines(&output);
    let finished = events(&lines, "finished");
    assert_eq!(finished.len(), 1);
    assert_eq!(finished[0]["bytes_verified"], 2000);
    // Without it, the board is not in the right mode.
    assert_eq!(exit(&on("betaflight", &["upgrade", &file])), 3);
}
