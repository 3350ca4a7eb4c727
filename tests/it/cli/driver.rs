//! `upfuse driver`, with what Windows records about a board that is simulated.

use serde_json::Value;

#[cfg(not(windows))]
use super::upfuse;
use super::{exit, on, stderr, stdout};

#[test]
fn the_status_names_driver_package_and_meaning() {
    for (board, driver, works) in [
        ("f407-wrong-driver", "st-dfuse", false),
        ("f407", "st-winusb", true),
    ] {
        let output = on(board, &["driver", "status", "--json"]);
        assert_eq!(exit(&output), 0, "{}", stderr(&output));
        let all: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let row = &all[0];
        assert_eq!(row["id"], "sim-1");
        assert_eq!(row["driver"], driver);
        assert_eq!(row["works"], works);
        assert_eq!(row["provider"], "STMicroelectronics");
        assert_eq!(row["instance"], r"USB\VID_0483&PID_DF11\SIM-1");
        let text = stdout(&on(board, &["driver", "status"]));
        let inf = row["inf"].as_str().unwrap();
        let meaning = row["meaning"].as_str().unwrap();
        assert!(text.contains(inf) && text.contains(meaning), "{text}");
    }
}

#[test]
fn a_program_in_dfu_mode_is_needed_and_one_board_is_chosen() {
    let none = on("vcp", &["driver", "install", "--json"]);
    assert_eq!(exit(&none), 3, "{}", stderr(&none));
    let wrong = "f407-wrong-driver";
    let two = on(wrong, &["--simulate", wrong, "driver", "install", "--json"]);
    assert_eq!(exit(&two), 4);
    assert!(stderr(&two).contains("sim-2"), "{}", stderr(&two));
    let missing = on(wrong, &["driver", "install", "--device", "9-9"]);
    assert_eq!(exit(&missing), 3);
}

#[test]
fn no_administrator_is_asked_for_the_driver_of_a_simulated_board() {
    // Of two boards, the one whose driver is wrong needs no name.
    let install = ["--simulate", "f407-wrong-driver", "driver", "install"];
    for (board, command) in [("f072", &install[..]), ("f407", &["driver", "restore"])] {
        let output = on(board, &[command, &["--json"]].concat());
        assert_eq!(exit(&output), 7, "{}", stderr(&output));
        let failure: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(failure["error"]["code"], "simulated");
        let message = failure["error"]["message"].as_str().unwrap();
        assert!(message.contains("upfuse-driver.exe"), "{message}");
    }
}

#[cfg(not(windows))]
#[test]
fn other_systems_have_no_drivers_to_change() {
    for action in ["install", "restore"] {
        let output = upfuse(&["driver", action, "--json"]);
        assert_eq!(exit(&output), 7, "{}", stderr(&output));
        let failure: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(failure["error"]["code"], "not-windows");
    }
}
