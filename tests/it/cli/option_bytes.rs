//! `upfuse option-bytes`: shown in words, and changed only as asked.

use super::{Folder, events, exit, json_lines, on, stderr, stdout, upfuse};

#[test]
fn every_field_is_shown_with_its_meaning() {
    let output = on("f407", &["option-bytes"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    for line in [
        "RDP         0xAA  level 0: the flash can be read",
        "BOR_LEV     3     off",
        "0x1FFFC000  EF AA 10 55 EF AA 10 55 FF 0F 00 F0 FF 0F 00 F0",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert!(!text.contains('*'), "as delivered: {text}");
    assert_eq!(stdout(&on("f407", &["option-bytes", "show"])), text);
}

#[test]
fn protected_sectors_are_shown_with_their_addresses() {
    let output = on("f407-write-protected", &["option-bytes"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("* WRP "), "{text}");
    assert!(text.contains("(0x08"), "{text}");
    assert!(text.contains("* not as delivered by the factory"), "{text}");
}

#[test]
fn scripts_get_fields_bytes_and_one_end_for_each_board() {
    let two = ["--simulate", "f407", "--simulate", "l433", "--all-devices"];
    let output = upfuse(&[&two[..], &["option-bytes", "--json"]].concat());
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let lines = json_lines(&output);
    let shown = events(&lines, "option-bytes");
    assert_eq!((shown.len(), events(&lines, "finished").len()), (2, 2));
    assert_eq!(lines.last().unwrap()["event"], "finished");
    let fields = shown[0]["fields"].as_array().unwrap();
    let bor = fields
        .iter()
        .find(|field| field["name"] == "BOR_LEV")
        .unwrap();
    assert_eq!((&bor["value"], &bor["meaning"]), (&3.into(), &"off".into()));
    assert_eq!(shown[0]["write_protected"], serde_json::json!([]));
    let bytes = "efaa1055efaa1055ff0f00f0ff0f00f0";
    assert_eq!(shown[0]["raw"][0]["bytes"], bytes);
}

#[test]
fn a_dry_run_shows_the_plan_and_changes_nothing() {
    let folder = Folder::new();
    let arguments = ["option-bytes", "set", "BOR_LEV=2", "WRP=0-3,7", "--dry-run"];
    let mut program = super::program(&[&["--simulate", "f407"], &arguments[..]].concat());
    let output = program.current_dir(folder.path("")).output().unwrap();
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let plan = "BOR_LEV: 3, off -> 2, reset below 2.1 V\nWRP: none -> sectors 0-3, 7\n";
    assert_eq!(stdout(&output), plan);
    assert_eq!(std::fs::read_dir(folder.path("")).unwrap().count(), 0);
}

#[test]
fn a_change_is_read_back_and_what_was_before_is_kept() {
    let folder = Folder::new();
    let backup = folder.text("before.dfu");
    let set = ["option-bytes", "set", "BOR_LEV=2", "WRP=1"];
    let output = on(
        "f407",
        &[&set[..], &["--yes", "--backup", &backup]].concat(),
    );
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("read back"), "{}", stdout(&output));
    let saved = json_lines(&upfuse(&["info", &backup, "--json"]));
    assert_eq!(saved[0]["targets"][0]["alt"], 1, "{saved:?}");

    // The simulated board is a new one: it holds what the file does.
    let restore = ["option-bytes", "restore", &backup, "--yes", "--json"];
    let output = on("f407", &restore);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let lines = json_lines(&output);
    let plans = events(&lines, "option-bytes-plan");
    assert_eq!(plans[0]["changes"], serde_json::json!([]));
    assert_eq!(events(&lines, "finished").len(), 1);
}

#[test]
fn without_consent_nothing_is_changed() {
    let folder = Folder::new();
    let backup = folder.text("before.dfu");
    let refused: &[(&str, &[&str], i32, &str)] = &[
        ("f407", &["BOR_LEV=2"], 7, "Change the option bytes"),
        ("f407", &["RDP=1", "--yes"], 7, "--confirm RDP"),
        (
            "f407",
            &["RDP=2", "--yes", "--confirm", "RDP"],
            7,
            "for ever",
        ),
        (
            "f407",
            &["RDP=0xCC", "--yes", "--confirm", "RDP"],
            7,
            "for ever",
        ),
        ("f407", &["RDP=0", "--yes"], 7, "upfuse unprotect"),
        (
            "f407",
            &["BOR_LEV=7", "--yes"],
            2,
            "possible: 0 (reset below 2.7 V)",
        ),
        ("f407", &["BOR=1", "--yes"], 2, "its fields: RDP, BOR_LEV"),
        ("f407", &["BOR_LEV", "--yes"], 2, "NAME=VALUE"),
        ("f407", &["WRP=12", "--yes"], 2, "no sector 12"),
        ("f042", &["BOOT_SEL=0", "--yes"], 7, "--confirm BOOT_SEL"),
        ("f042", &["BOOT_SEL=0", "--confirm", "BOOT_SEL"], 7, "--yes"),
        ("h743", &["BOR_LEV=1", "--yes"], 7, "only shown"),
        ("l433", &["PCROP_RDP=0", "--yes"], 7, "never changed"),
    ];
    for (board, wanted, code, text) in refused {
        let start = ["option-bytes", "set", "--backup", &backup];
        let output = on(board, &[&start[..], wanted].concat());
        assert_eq!(exit(&output), *code, "{wanted:?}: {}", stderr(&output));
        assert!(
            stderr(&output).contains(text),
            "{wanted:?}: {}",
            stderr(&output)
        );
        assert!(!folder.path("before.dfu").exists(), "{wanted:?}");
    }
}

#[test]
fn of_several_boards_the_one_that_cannot_be_changed_is_named() {
    let two = ["--simulate", "f407", "--simulate", "l072", "--all-devices"];
    let set = ["option-bytes", "set", "WDG_SW=0", "--dry-run"];
    let output = upfuse(&[&two[..], &set].concat());
    assert_eq!(exit(&output), 2, "{}", stderr(&output));
    let text = stderr(&output);
    assert!(
        text.contains("sim-2: ") && text.contains("WDG_SW"),
        "{text}"
    );
}

#[test]
fn a_file_with_another_level_of_protection_is_refused() {
    let folder = Folder::new();
    let saved = folder.text("saved.bin");
    assert_eq!(exit(&on("f407", &["option-bytes", "save", &saved])), 0);
    let mut bytes = std::fs::read(&saved).unwrap();
    for (level, text) in [(0xCC, "for ever"), (0x00, "never changed")] {
        for (copy, inverted) in [(1, false), (3, true), (5, false), (7, true)] {
            bytes[copy] = if inverted { !level } else { level };
        }
        let raw = folder.write("raw.bin", &bytes);
        let file = folder.text("level.dfu");
        let convert = [
            "convert",
            &format!("1:{raw}@0x1FFFC000"),
            "-o",
            &file,
            "--yes",
        ];
        assert_eq!(exit(&upfuse(&convert)), 0);
        let output = on("f407", &["option-bytes", "restore", &file, "--yes"]);
        assert_eq!(exit(&output), 7, "{}", stderr(&output));
        assert!(stderr(&output).contains(text), "{}", stderr(&output));
        let output = on("f407", &["upgrade", &file, "--force", "--yes"]);
        assert_eq!(exit(&output), 7, "{}", stderr(&output));
    }
}

#[test]
fn unknown_option_bytes_are_shown_raw() {
    let output = on("gd32vf103", &["option-bytes"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).starts_with("The option bytes of this board are not known"));
    let set = on(
        "gd32vf103",
        &["option-bytes", "set", "RDP=1", "--yes", "--confirm", "RDP"],
    );
    assert_eq!(exit(&set), 7, "{}", stderr(&set));
    assert_eq!(exit(&on("g0b1", &["option-bytes"])), 7);
}

#[test]
fn a_dry_run_names_the_danger_and_the_word_that_agrees_to_it() {
    for (board, change, danger, word) in [
        (
            "f042",
            "BOOT_SEL=0",
            "no longer starts the bootloader",
            "BOOT_SEL",
        ),
        ("f407", "RDP=1", "erases everything", "RDP"),
    ] {
        let output = on(board, &["option-bytes", "set", change, "--dry-run"]);
        assert_eq!(exit(&output), 0, "{}", stderr(&output));
        let text = stdout(&output);
        let warning = text.lines().find(|line| line.contains(danger));
        let warning = warning.unwrap_or_else(|| panic!("{text}"));
        assert!(warning.starts_with("Warning: "), "{warning}");
        assert!(warning.contains(&format!("--confirm {word}")), "{warning}");
    }
}

#[test]
fn other_option_bytes_than_in_a_file_are_not_mended_by_an_upgrade() {
    let folder = Folder::new();
    let saved = folder.text("saved.dfu");
    assert_eq!(exit(&on("f407", &["option-bytes", "save", &saved])), 0);
    let output = on("f407-write-protected", &["verify", &saved, "--json"]);
    assert_eq!(exit(&output), 9, "{}", stdout(&output));
    let lines = json_lines(&output);
    let advice = lines.last().unwrap()["error"]["advice"].to_string();
    assert!(advice.contains("option-bytes restore"), "{advice}");
    assert!(!advice.contains("upgrade it with"), "{advice}");
}
