//! `upgrade --backup`: where the old contents go, and what is never replaced by them.

use super::{Folder, events, exit, json_lines, on, stderr, stdout, upfuse};

const LENGTH: usize = 3000;

#[test]
fn the_firmware_file_is_never_its_own_backup() {
    let folder = Folder::new();
    let file = folder.firmware(LENGTH);
    let before = std::fs::read(&file).unwrap();
    let mut names = vec![
        file.clone(),
        folder.text("./firmware.bin"),
        folder.text("hard.bin"),
    ];
    std::fs::hard_link(&file, folder.path("hard.bin")).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&file, folder.path("soft.bin")).unwrap();
        names.push(folder.text("soft.bin"));
    }
    for name in names {
        let output = on("f072", &["upgrade", &file, "--backup", &name, "--yes"]);
        assert_eq!(exit(&output), 7, "{name}: {}", stderr(&output));
        assert!(stderr(&output).contains("the firmware file itself"));
        assert_eq!(std::fs::read(&file).unwrap(), before, "{name}");
        assert!(!stderr(&output).contains("Comparing"), "the board was used");
    }
}

#[test]
fn a_folder_gets_a_new_backup_for_each_job_and_each_board() {
    let folder = Folder::new();
    let file = folder.firmware(LENGTH);
    std::fs::create_dir(folder.path("backups")).unwrap();
    let backups = folder.text("backups");
    let list = || {
        let entries = std::fs::read_dir(&backups).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect::<Vec<_>>()
    };
    let upgrade = ["upgrade", &file, "--rewrite", "--backup", &backups];
    for number in 1..=2 {
        let output = on("f072", &upgrade);
        assert_eq!(exit(&output), 0, "{}", stderr(&output));
        assert_eq!(list().len(), number);
    }
    let two = [
        &["--simulate", "f072", "--simulate", "f072", "--all-devices"],
        &upgrade[..],
    ];
    let output = upfuse(&two.concat());
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert_eq!(list().len(), 4, "{:?}", list());
    for name in list() {
        assert!(name.starts_with("firmware-backup-"), "{name}");
        assert!(name.ends_with(".dfu"), "{name}");
    }
}

#[test]
fn a_job_that_fails_names_the_backup_and_how_to_restore_it() {
    let folder = Folder::new();
    let file = folder.firmware(20_000);
    let backup = folder.text("before.dfu");
    let arguments = ["upgrade", &file, "--backup", &backup];
    let output = on("f407-bad-write", &arguments);
    assert_ne!(exit(&output), 0);
    for text in [backup.as_str(), "restore the old contents"] {
        assert!(stderr(&output).contains(text), "{}", stderr(&output));
    }
    std::fs::remove_file(&backup).unwrap();

    let output = on("f407-bad-write", &[&arguments[..], &["--json"]].concat());
    let lines = json_lines(&output);
    let finished = events(&lines, "finished");
    assert_eq!(
        finished[0]["backup"],
        backup.as_str(),
        "{}",
        stdout(&output)
    );
}

/// It may be the only copy of the program that a failed upgrade has replaced.
#[test]
fn an_earlier_backup_is_never_replaced() {
    let folder = Folder::new();
    let file = folder.firmware(LENGTH);
    let backup = folder.write("before.dfu", b"precious");
    let upgrade = ["upgrade", &file, "--backup", &backup, "--yes"];
    let output = on("f072", &upgrade);
    assert_eq!(exit(&output), 7, "{}", stderr(&output));
    assert!(stderr(&output).contains("folder"), "{}", stderr(&output));
    assert_eq!(std::fs::read(&backup).unwrap(), b"precious");
    let several = ["--simulate", "f072", "--simulate", "f072", "--all-devices"];
    folder.write("before-sim-2.dfu", b"precious");
    let output = upfuse(&[&several, &upgrade[..]].concat());
    assert_eq!(exit(&output), 7, "{}", stderr(&output));
    assert!(!folder.path("before-sim-1.dfu").exists());
}

#[test]
fn a_folder_for_backups_is_created() {
    let folder = Folder::new();
    let file = folder.firmware(LENGTH);
    for name in ["my-backups", "of.2026/"] {
        let backups = folder.text(name);
        let upgrade = ["upgrade", &file, "--rewrite", "--backup", &backups];
        let dry = on("f072", &[&upgrade[..], &["--dry-run"]].concat());
        assert_eq!(exit(&dry), 0, "{}", stderr(&dry));
        assert!(!folder.path(name).exists());
        let output = on("f072", &upgrade);
        assert_eq!(exit(&output), 0, "{}", stderr(&output));
        assert_eq!(std::fs::read_dir(&backups).unwrap().count(), 1);
    }
}

/// The new chip held nothing: that is what is restored.
#[test]
fn a_blank_backup_is_restored_without_force() {
    let folder = Folder::new();
    let file = folder.firmware(LENGTH);
    let backups = folder.text("backups/");
    let output = on("f072", &["upgrade", &file, "--backup", &backups]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    let backup = std::fs::read_dir(&backups).unwrap().next().unwrap();
    let backup = backup.unwrap().path();
    let bytes = std::fs::read(&backup).unwrap();
    let is_blank = bytes
        .windows(LENGTH)
        .any(|some| some.iter().all(|b| *b == 0xFF));
    assert!(is_blank, "the simulated board held a program");
    let output = on("f072", &["upgrade", backup.to_str().unwrap()]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("blank"), "{}", stderr(&output));
}
