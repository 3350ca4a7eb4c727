//! Stories about backups: a new one for each job and board, kept and offered after a stop.

use std::path::{Path, PathBuf};

use upfuse::firmware::load;
use upfuse::simulator::RequestKind;

use super::bench::{Bench, f407, noise};

const FLASH: u32 = 0x0800_0000;

/// A window that saves its backups in a folder chosen before.
fn bench(boards: usize) -> (Bench, PathBuf) {
    let mut bench = Bench::new((0..boards).map(|_| f407()).collect());
    let folder = bench.path("backups");
    std::fs::create_dir(&folder).unwrap();
    bench.window.state_mut().state.settings.backup_folder = Some(folder.clone());
    (bench, folder)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The first bytes that a backup holds.
fn start_of(path: &Path) -> Vec<u8> {
    let image = load(path, None).unwrap();
    image.targets[0].segments[0].data()[..1000].to_vec()
}

/// Stops the upgrade after 60 written blocks.
fn stop_while_writing(bench: &mut Bench, button: &str) {
    let mut blocks = 0;
    let hold = bench.hold_where(move |transfer| {
        // Block numbers from 2 on carry data, lower ones commands (AN3156).
        let is_data = transfer.kind == RequestKind::Download && transfer.value >= 2;
        blocks += u32::from(is_data);
        is_data && blocks == 60
    });
    bench.click_starting(button);
    hold.wait();
    bench.stop(&hold);
    bench.wait_for_text("Upgrade stopped");
    bench.board(0).listen(|_| ());
}

#[test]
fn a_stopped_upgrade_keeps_the_backup_of_before_and_restores_it() {
    let (mut bench, folder) = bench(1);
    let old = noise(900_000, 3);
    bench.board(0).fill(upfuse::address::Address(FLASH), &old);
    let new = noise(900_000, 5);
    let file = bench.dfu_file("new.dfu", FLASH, &new);
    bench.drop_file(&file);
    bench.tick("Back up first");
    stop_while_writing(&mut bench, "Upgrade STM32F2 or F4");
    let first = files(&folder);
    assert_eq!(first.len(), 1);
    assert_eq!(start_of(&first[0]), old[..1000]);
    bench.assert_shows(&first[0].display().to_string());
    let log = bench.app().state.log.text();
    for text in [
        "Upgrade of STM32F2 or F4, 1 MiB with new.dfu begins",
        "Upgrade stopped after ",
        ": new.dfu for STM32F2 or F4, 1 MiB (port sim-1). The old program is gone",
    ] {
        assert!(log.contains(text), "no '{text}' in:\n{log}");
    }
    assert!(log.contains(&first[0].display().to_string()), "{log}");

    // The state in between gets its own file, and the way back leads to the first one.
    stop_while_writing(&mut bench, "Upgrade again: STM32F2 or F4");
    assert_eq!(files(&folder).len(), 2);
    assert_eq!(start_of(&first[0]), old[..1000]);
    bench.click("Restore the old contents");
    bench.wait("the backup has been read", |app| {
        app.state
            .firmware
            .loaded()
            .is_some_and(|loaded| loaded.path == first[0])
    });
    bench.assert_shows("Restore: a backup of this board, made 20");
    assert!(
        bench.is_enabled("Restore STM32F2 or F4"),
        "not again: another file"
    );
    bench.click_starting("Restore STM32F2 or F4");
    bench.wait_for_text("Restored in");
    bench.assert_shows("Restored STM32F2 or F4, 1 MiB (port sim-1) from backup ");
    assert_eq!(bench.board(0).flash()[..old.len()], old);
}

#[test]
fn each_ticked_board_and_each_job_gets_a_backup_of_its_own() {
    let (mut bench, folder) = bench(2);
    let old = [noise(20_000, 1), noise(20_000, 2)];
    for number in [0, 1] {
        let flash = upfuse::address::Address(FLASH);
        bench.board(number).fill(flash, &old[number]);
    }
    let file = bench.dfu_file("new.dfu", FLASH, &noise(20_000, 6));
    bench.drop_file(&file);
    bench.tick("Upgrade STM32F2 or F4, 1 MiB at sim-1");
    bench.tick("Upgrade STM32F2 or F4, 1 MiB at sim-2");
    bench.tick("Back up first");
    bench.click_starting("Upgrade 2 boards");
    bench.wait_until_idle();
    let mut starts: Vec<_> = files(&folder).iter().map(|path| start_of(path)).collect();
    starts.sort();
    let mut expected = old.map(|bytes| bytes[..1000].to_vec());
    expected.sort();
    assert_eq!(starts, expected);
}

#[test]
fn a_backup_is_chosen_from_the_menu_and_restored() {
    let (mut bench, folder) = bench(1);
    let old = noise(20_000, 3);
    bench.board(0).fill(upfuse::address::Address(FLASH), &old);
    let file = bench.dfu_file("new.dfu", FLASH, &noise(20_000, 5));
    bench.drop_file(&file);
    bench.tick("Start the program");
    bench.tick("Back up first");
    bench.click_starting("Upgrade STM32F2 or F4");
    bench.wait_for_text("Upgraded in");
    let first = files(&folder);
    // Of another board, and no backup at all.
    let name = "other-backup-5555-20200102-030405.dfu";
    std::fs::copy(&first[0], folder.join(name)).unwrap();
    std::fs::write(folder.join("notes.txt"), "").unwrap();
    bench.wait("it is back", |app| app.state.boards.ready().count() == 1);

    bench.click("Menu");
    bench.click("Restore a backup…");
    bench.wait_for_text("board 5555, before other");
    bench.assert_shows("this board, before new");
    assert!(!bench.shows("notes"));
    bench.click("Restore other of 2020-01-02 03:04:05");
    bench.wait_for_text("Restore: a backup of another board, 5555");

    bench.click("Menu");
    bench.click("Restore a backup…");
    bench.wait_for_text("this board, before new");
    bench.click_starting("Restore new of ");
    bench.wait_for_text("Restore: a backup of this board");
    bench.tick("Back up first");
    bench.click_starting("Restore STM32F2 or F4");
    bench.wait_until_idle();
    assert_eq!(bench.board(0).flash()[..old.len()], old);
}
