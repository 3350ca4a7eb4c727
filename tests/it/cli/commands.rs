//! The effects of each command, apart from its exit code.

use serde_json::Value;

use super::{Folder, events, exit, json_lines, on, stderr, stdout, upfuse};

#[test]
fn a_dry_run_prints_the_plan_and_changes_nothing() {
    let folder = Folder::new();
    let file = folder.firmware(40_000);
    let output = on("f407", &["upgrade", &file, "--dry-run"]);
    assert_eq!(exit(&output), 0);
    let plan = stdout(&output);
    assert!(plan.contains("Target 0, Internal Flash"), "{plan}");
    assert!(plan.contains("0x08008000–0x0800BFFF"), "{plan}");
    assert!(plan.contains("39.1 KiB to write"), "{plan}");

    let output = on(
        "f407",
        &["upgrade", &file, "--dry-run", "--rewrite", "--json"],
    );
    let lines = json_lines(&output);
    let plans = events(&lines, "plan");
    assert_eq!(plans.last().unwrap()["sectors_to_erase"], 3);
    assert_eq!(plans.last().unwrap()["bytes_lost"], 3 * 16384 - 40_000);
    let phases: Vec<_> = events(&lines, "phase")
        .iter()
        .map(|p| p["phase"].clone())
        .collect();
    assert!(!phases.contains(&"erase".into()) && !phases.contains(&"write".into()));
    let finished = events(&lines, "finished")[0];
    assert_eq!(finished["bytes_written"], 0);
    assert_eq!(finished["sectors_erased"], 0);
}

#[test]
fn a_mass_erase_is_part_of_the_plan() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    let output = on("f407", &["upgrade", &file, "--dry-run", "--mass-erase"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert!(
        stdout(&output).contains("12 sectors to erase"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn read_saves_the_memory_in_the_format_of_the_file_name() {
    let folder = Folder::new();
    for (name, length) in [
        ("out.bin", 2048),
        ("out.hex", 0),
        ("out.s19", 0),
        ("out.dfu", 0),
    ] {
        let file = folder.text(name);
        let output = on("f072", &["read", &file, "--range", "0x08000000+2K"]);
        assert_eq!(exit(&output), 0, "{name}: {}", stderr(&output));
        assert!(stdout(&output).contains(name));
        let bytes = std::fs::read(&file).unwrap();
        assert!(length == 0 || bytes.len() == length, "{name}");
        let info = upfuse(&["info", &file]);
        assert_eq!(exit(&info), 0, "{name}: {}", stderr(&info));
    }
    let output = on("f072", &["read", &folder.text("out.xyz")]);
    assert_eq!(exit(&output), 2);
}

#[test]
fn read_saves_each_of_several_boards_to_its_own_file() {
    let folder = Folder::new();
    let file = folder.text("out.bin");
    let output = on(
        "f072",
        &[
            "--simulate",
            "f072",
            "read",
            &file,
            "--all-devices",
            "--range",
            "0x08000000+2K",
        ],
    );
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert!(folder.path("out-sim-1.bin").exists() && folder.path("out-sim-2.bin").exists());
    assert_eq!(stdout(&output).lines().count(), 2);
}

#[test]
fn a_backup_is_saved_before_the_board_is_erased() {
    let folder = Folder::new();
    let file = folder.firmware(3000);
    let backup = folder.text("before.bin");
    let output = on(
        "f072",
        &["upgrade", &file, "--rewrite", "--backup", &backup],
    );
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    // A blank board: two whole sectors of it.
    assert_eq!(std::fs::read(backup).unwrap(), [0xFF; 4096]);
    let log = stderr(&output);
    assert!(log.find("Saving a backup").unwrap() < log.find("Erasing").unwrap());
}

#[test]
fn erase_with_yes_needs_no_confirmation() {
    let output = on("f072", &["erase", "--range", "0x08000000+4K", "--yes"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("2 sectors"), "{}", stdout(&output));
}

#[test]
fn flash_is_an_alias_of_upgrade() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    assert_eq!(exit(&on("f072", &["flash", &file, "--no-start"])), 0);
}

#[test]
fn detach_switches_a_running_application_into_dfu_mode() {
    for board in ["runtime", "runtime-reset"] {
        let output = on(board, &["detach"]);
        assert_eq!(exit(&output), 0, "{}", stderr(&output));
        assert!(stdout(&output).contains("in DFU mode"), "{board}");
    }
    let output = on("f072", &["detach"]);
    assert_eq!(exit(&output), 3, "{}", stderr(&output));
}

#[test]
fn doctor_prints_the_diagnosis_and_numbered_steps() {
    let output = on("f407-no-access", &["doctor"]);
    assert_eq!(exit(&output), 0);
    let text = stdout(&output);
    assert!(
        text.contains("No permission") && text.contains("  1. "),
        "{text}"
    );
    let output = on("f407-no-access", &["doctor", "--json"]);
    let diagnoses: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(diagnoses[0]["device"], "sim-1");
}

#[test]
fn completions_for_every_shell_include_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = upfuse(&["completions", shell]);
        assert_eq!(exit(&output), 0, "{shell}");
        assert!(stdout(&output).contains("unprotect"), "{shell}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let program = stdout(&upfuse(&["man"]));
    assert!(program.contains(".TH upfuse 1"), "{program}");
    let commands: Vec<String> = program
        .lines()
        .filter_map(|line| line.strip_prefix("upfuse\\-")?.strip_suffix("(1)"))
        .map(|name| name.replace("\\-", "-"))
        .collect();
    assert!(commands.contains(&"upgrade".to_owned()), "{program}");
    for command in commands {
        let page = stdout(&upfuse(&["man", &command]));
        assert!(page.contains(&format!(".TH upfuse-{command} 1")), "{page}");
        assert!(page.contains("Wait this long for a board"), "{page}");
    }
    assert_eq!(exit(&upfuse(&["man", "nothing"])), 2);
}

#[test]
fn help_has_examples_and_exit_codes_and_the_version_names_libusb() {
    let help = upfuse(&["--help"]);
    assert_eq!(exit(&help), 0);
    assert!(stdout(&help).contains("Examples:") && stdout(&help).contains("130"));
    let version = stdout(&upfuse(&["--version"]));
    assert!(
        version.starts_with("upfuse ") && version.contains("libusb 1.0."),
        "{version}"
    );
}

#[test]
fn verbose_logs_requests_to_stderr() {
    let folder = Folder::new();
    let output = on("f072", &["upgrade", &folder.firmware(100), "-vv"]);
    assert_eq!(exit(&output), 0);
    assert!(
        stderr(&output).contains("DFU_GETSTATUS"),
        "{}",
        stderr(&output)
    );
    assert_eq!(stdout(&output).lines().count(), 1);
}

#[test]
fn completions_offer_the_names_of_the_simulated_boards() {
    for shell in ["bash", "zsh", "fish"] {
        let script = stdout(&upfuse(&["completions", shell]));
        assert!(script.contains("f407-bad-write"), "{shell}");
    }
}

#[test]
fn info_gives_addresses_in_the_form_of_a_plan_as_well() {
    let folder = Folder::new();
    let file = folder.firmware(100);
    let output = upfuse(&["info", &file, "--at", "0x08000000", "--json"]);
    let lines = json_lines(&output);
    let element = &lines[0]["targets"][0]["elements"][0];
    assert_eq!(element["start"], 0x0800_0000);
    assert_eq!(element["address"], "0x08000000");
}

#[test]
fn files_in_front_of_a_command_are_refused_and_several_files_are_for_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["a.dfu", "b.dfu"].map(|name| {
        let path = folder.path().join(name);
        std::fs::write(&path, "").unwrap();
        path
    });
    let arguments = |command: &[&str]| -> Vec<std::ffi::OsString> {
        let program = std::iter::once("upfuse".into());
        let files = files.iter().map(|path| path.clone().into_os_string());
        let command = command.iter().map(Into::into);
        program.chain(files).chain(command).collect()
    };
    use upfuse::cli::{Exit, Invocation, parse};
    match parse(arguments(&[])) {
        Invocation::Window(options) => assert_eq!(options.files, files),
        other => panic!("{other:?}"),
    }
    for command in [&["list"][..], &["info", "c.dfu"], &["missing.dfu"]] {
        let refused = parse(arguments(command));
        assert!(
            matches!(refused, Invocation::Exit(Exit::Usage)),
            "{refused:?}"
        );
    }
    let command = ["upfuse", "info", "a.dfu"].map(Into::into);
    assert!(matches!(parse(command), Invocation::Command(_)));
}

#[test]
fn verify_lists_every_range_that_differs() {
    let folder = Folder::new();
    // A blank board differs from everything but 0xFF.
    let mut bytes = vec![0xFF; 3000];
    bytes[0] = 0x12;
    bytes[1] = 0x34;
    bytes[2999] = 0;
    let file = folder.write("fw.bin", &bytes);
    let verify = ["verify", &file, "--at", "0x08000000", "--list"];
    let output = on("f407", &verify);
    assert_eq!(exit(&output), 9, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("0x08000000–0x08000001"), "{text}");
    assert!(text.contains("12 34"), "{text}");
    assert!(text.contains("3 bytes differ, in 2 ranges"), "{text}");

    let output = on("f407", &[&verify[..], &["--json"]].concat());
    assert_eq!(exit(&output), 9);
    let lines = json_lines(&output);
    let differences = &events(&lines, "finished")[0]["differences"];
    assert_eq!(differences["bytes"], 3);
    assert_eq!(differences["ranges"][0]["start"], "0x08000000");
    assert_eq!(differences["ranges"][0]["bytes"], 2);
    assert_eq!(differences["ranges"][0]["file"], "1234");
    assert_eq!(differences["ranges"][0]["board"], "ffff");
    assert_eq!(differences["ranges"][1]["start"], "0x08000bb7");
    assert_eq!(differences["ranges_omitted"], 0);
    assert_eq!(differences["unreadable"], serde_json::json!([]));

    // Not asked for, not listed.
    let output = on("f407", &verify[..4]);
    assert_eq!(exit(&output), 9);
    assert_eq!(stdout(&output), "");
}

#[test]
fn a_range_that_the_file_covers_is_kept() {
    let folder = Folder::new();
    let file = folder.firmware(6000);
    let keep = [
        "--keep-range",
        "0x08000804+0x100",
        "--keep-range",
        "0x08001000..0x08001100",
    ];
    let output = on(
        "f072",
        &[&["upgrade", &file, "--dry-run"][..], &keep].concat(),
    );
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(
        text.contains("Left as it is: 0x08000804–0x08000903, 256 bytes"),
        "{text}"
    );
    let output = on("f072", &[&["upgrade", &file, "--json"][..], &keep].concat());
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let lines = json_lines(&output);
    let plan = events(&lines, "plan")[0];
    assert_eq!(plan["keep_ranges"][1]["start"], "0x08001000");
    assert_eq!(plan["targets"][0]["sectors"][1]["kept"], 256);
    let finished = events(&lines, "finished")[0];
    assert_eq!(finished["bytes_written"], 6000 - 512);
    let everything = ["upgrade", &file, "--mass-erase", "--yes"];
    let output = on("f072", &[&everything[..], &keep].concat());
    assert_eq!(exit(&output), 2, "{}", stderr(&output));
}

#[test]
fn a_board_without_addresses_refuses_to_keep_a_range() {
    let folder = Folder::new();
    let file = folder.firmware(3000);
    for command in ["upgrade", "verify"] {
        let output = on("dfu11", &[command, &file, "--keep-range", "0x08000800+16"]);
        assert_eq!(exit(&output), 7, "{}", stderr(&output));
    }
}
