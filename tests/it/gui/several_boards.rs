//! Stories about several boards: chosen together, or one after the other in a batch.

use egui::{Key, Modifiers};
use upfuse::gui::state::Action;
use upfuse::gui::state::batch::Mark;
use upfuse::simulator::{Fault, Faults, RequestKind};

use super::bench::{Bench, f407, noise};

const FLASH: u32 = 0x0800_0000;

#[test]
fn a_batch_of_three_with_one_failure() {
    let mut bad = f407();
    bad.faults = Faults::new().at_request(RequestKind::Download, 8, Fault::CorruptByte(1));
    // The simulator's boards share one; a batch tells boards apart by it.
    let mut serial = 0x3065_346A_3433_u64;
    let boards = [f407(), bad, f407()].map(|board| {
        serial += 1;
        board.with_serial(&format!("{serial:012X}"))
    });
    let mut bench = Bench::new(boards.into());
    let bytes = noise(30_000, 4);
    let file = bench.dfu_file("product.dfu", FLASH, &bytes);
    bench.drop_file(&file);
    bench.press(Modifiers::COMMAND, Key::B);
    bench.assert_shows("3 boards are plugged in now and will be upgraded immediately");
    // The safe button has the focus.
    bench.press(Modifiers::NONE, Key::Enter);
    assert!(bench.app().state.batch.armed.is_none());
    bench.press(Modifiers::COMMAND, Key::B);
    bench.click("Start batch");
    bench.wait("all three have ended", |app| {
        app.state.batch.records.len() == 3
    });
    bench.wait_for_text("2 passed");
    bench.assert_shows("1 failed");
    bench.assert_shows("PASS");
    bench.assert_shows("FAIL");
    for good in [0, 2] {
        assert_eq!(bench.board(good).flash()[..bytes.len()], bytes);
    }
    let csv = bench.app().state.batch.csv();
    assert_eq!(csv.lines().count(), 4);
    assert_eq!(csv.matches(",pass,").count(), 2);
    assert_eq!(csv.matches(",fail,").count(), 1);
    bench.click("End batch");
    assert!(bench.app().state.batch.armed.is_none());
}

#[test]
fn a_batch_shows_a_board_that_it_cannot_open() {
    let board = upfuse::simulator::Board::by_name("f407-no-access").unwrap();
    let mut bench = Bench::new(vec![board]);
    let file = bench.dfu_file("blinky.dfu", FLASH, &noise(64, 1));
    bench.drop_file(&file);
    bench.press(Modifiers::COMMAND, Key::B);
    bench.click("Start batch");
    bench.assert_shows("NOT READY");
    bench.assert_shows("No permission. The Upgrade screen has the steps that help");
}

#[test]
fn a_batch_skips_a_board_that_the_file_is_not_for() {
    let small = upfuse::simulator::Board::by_name("f072").unwrap();
    let mut bench = Bench::new(vec![small]);
    let file = bench.dfu_file("large.dfu", FLASH + (200 << 10), &noise(64, 1));
    bench.drop_file(&file);
    bench.press(Modifiers::COMMAND, Key::B);
    bench.click("Start batch");
    bench.assert_shows("SKIPPED");
    bench.assert_shows("1 skipped");
    bench.assert_shows("Too big for this board: the file needs");
    let slots = &bench.app().state.batch.slots;
    assert!(
        slots
            .values()
            .all(|slot| matches!(slot.mark, Mark::Unsuitable(_)))
    );
    assert!(bench.board(0).erasures().is_empty());
}

/// The record of the only batch, as it is on disk.
fn record(bench: &Bench) -> String {
    let folder = bench.path("settings/batches");
    let mut files = std::fs::read_dir(folder).unwrap();
    let file = files.next().unwrap().unwrap();
    assert!(files.next().is_none(), "several records");
    std::fs::read_to_string(file.path()).unwrap()
}

#[test]
fn the_record_of_a_batch_is_on_disk_and_a_card_is_empty_when_its_board_has_left() {
    let mut bench = Bench::new(vec![f407()]);
    bench.drop_file(&bench.dfu_file("product.dfu", FLASH, &noise(3_000, 4)));
    bench.press(Modifiers::COMMAND, Key::Num2);
    bench.type_into("Batch name", "lot 7");
    bench.type_into("Operator", "Ada");
    bench.press(Modifiers::COMMAND, Key::B);
    bench.click("Start batch");
    bench.wait_for_text("1 passed");
    let text = record(&bench);
    assert_eq!(text.lines().count(), 2, "{text}");
    let line = text.lines().last().unwrap();
    assert!(line.contains(",lot 7,Ada,sim-1,3065346A3433,"), "{line}");
    assert!(
        line.contains(",product.dfu,") && line.contains(",pass,"),
        "{line}"
    );
    bench.assert_shows("Record: ");

    bench.board(0).unplug();
    bench.wait_for_text("EMPTY");
    bench.assert_shows("Last: PASS ");
    assert!(!bench.shows("Label: PASS"));

    bench.press(Modifiers::COMMAND, Key::Q);
    bench.assert_shows("A batch is running");
    bench.press(Modifiers::NONE, Key::Enter);
    assert!(bench.app().state.batch.armed.is_some());
    bench.click("End batch");
    bench.assert_shows("The batch has ended");
    bench.assert_shows("Record: ");
    assert!(bench.app().state.available(Action::SaveBatchRecord).is_ok());
}

#[test]
fn the_question_before_a_batch_lists_what_is_done_to_every_board() {
    let mut bench = Bench::new(Vec::new());
    bench.drop_file(&bench.dfu_file("product.dfu", FLASH, &noise(3_000, 4)));
    let state = &mut bench.window.state_mut().state;
    state.one_time.mass_erase = true;
    state.settings.options.start = false;
    state.settings.options.backup = true;
    state.settings.backup_folder = Some("/safe".into());
    bench.press(Modifiers::COMMAND, Key::B);
    for line in [
        "The whole chip of every board is erased first",
        "Everything is read back and verified",
        "The program is not started",
        "Each board gets a backup of its own in /safe",
    ] {
        bench.assert_shows(line);
    }
}

#[test]
fn several_chosen_boards_are_upgraded_at_once() {
    let mut bench = Bench::new(vec![f407(), f407()]);
    let bytes = noise(20_000, 6);
    let file = bench.dfu_file("blinky.dfu", FLASH, &bytes);
    bench.drop_file(&file);
    assert!(!bench.is_enabled("Upgrade the board"));
    bench.assert_shows("Choose a board");
    bench.tick("Upgrade STM32F2 or F4, 1 MiB at sim-1");
    bench.tick("Upgrade STM32F2 or F4, 1 MiB at sim-2");
    bench.click_starting("Upgrade 2 boards");
    bench.wait_until_idle();
    for port in ["sim-1", "sim-2"] {
        let result =
            format!("Label: blinky.dfu is on STM32F2 or F4, 1 MiB (port {port}), verified");
        bench.assert_shows(&result);
    }
    for number in [0, 1] {
        assert_eq!(bench.board(number).flash()[..bytes.len()], bytes);
    }
}

#[test]
fn the_results_of_several_boards_have_a_verdict_and_failures_come_first() {
    let mut bad = f407();
    bad.faults = Faults::new().at_request(RequestKind::Download, 8, Fault::CorruptByte(1));
    let mut bench = Bench::new(vec![f407(), bad]);
    let file = bench.dfu_file("blinky.dfu", FLASH, &noise(20_000, 6));
    bench.drop_file(&file);
    bench.tick("Select all (2)");
    bench.click_starting("Upgrade 2 boards");
    bench.wait_until_idle();
    bench.assert_shows("1 done, 1 failed");
    let places = bench.app().state.grouped_jobs().into_iter();
    let places: Vec<String> = places.map(|job| job.place.to_string()).collect();
    assert_eq!(places, ["sim-2", "sim-1"]);
}

#[test]
fn one_unsuitable_board_among_the_chosen_is_named() {
    let small = upfuse::simulator::Board::by_name("f072").unwrap();
    let mut bench = Bench::new(vec![f407(), small]);
    let file = bench.dfu_file("large.dfu", FLASH + (200 << 10), &noise(64, 1));
    bench.drop_file(&file);
    bench.tick("Upgrade STM32F0 or F3, 128 KiB at sim-2");
    bench.tick("Upgrade STM32F2 or F4, 1 MiB at sim-1");
    bench.assert_shows("The file is not for STM32F0 or F3, 128 KiB at port sim-2");
    assert!(!bench.is_enabled("Upgrade 2 boards"));
    bench.tick("Upgrade STM32F0 or F3, 128 KiB at sim-2");
    assert!(bench.is_enabled("Upgrade STM32F2 or F4"));
}

#[test]
fn the_menu_plugs_in_the_board_that_it_names() {
    let mut bench = Bench::new(vec![f407()]);
    bench.click("Plug in another…");
    bench.click_starting("STM32L475, 512 KiB");
    bench.wait("a second board", |app| app.state.boards.entries.len() == 2);
    bench.assert_shows("STM32L4, 512 KiB");
}
