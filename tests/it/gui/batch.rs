//! Stories about a batch: many boards at the ports of a bench.

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use upfuse::gui::state::Action;
use upfuse::gui::state::batch::Mark;
use upfuse::gui::state::batch_record::RecordOutcome;
use upfuse::simulator::{Board, Fault, Faults, RequestKind, Time};

use super::bench::{Bench, f407, noise};

const FLASH: u32 = 0x0800_0000;

/// A board with a serial number of its own.
fn board(number: u64) -> Board {
    f407().with_serial(&format!("{:012X}", 0x3065_346A_3433 + number))
}

/// A window with a file, and a batch that has just started.
fn armed(boards: Vec<Board>) -> Bench {
    let mut bench = Bench::new(boards);
    bench.drop_file(&bench.dfu_file("product.dfu", FLASH, &noise(30_000, 4)));
    bench.press(Modifiers::COMMAND, Key::B);
    bench.click("Start batch");
    bench
}

fn passed(bench: &Bench) -> usize {
    bench.app().state.batch.count(RecordOutcome::Pass)
}

#[test]
fn the_question_counts_the_boards_that_the_file_suits() {
    let small = Board::by_name("f042").unwrap();
    let mut bench = Bench::new(vec![board(0), small]);
    bench.drop_file(&bench.dfu_file("product.dfu", FLASH, &noise(40_000, 4)));
    bench.press(Modifiers::COMMAND, Key::B);
    bench.assert_shows("1 board is plugged in now and will be upgraded immediately");
}

#[test]
fn the_question_names_different_boards() {
    let other = Board::by_name("g474").unwrap();
    for (boards, shown) in [
        (vec![board(0), board(1)], false),
        (vec![board(0), other, board(1)], true),
    ] {
        let mut bench = Bench::new(boards);
        bench.drop_file(&bench.dfu_file("product.dfu", FLASH, &noise(30_000, 4)));
        bench.press(Modifiers::COMMAND, Key::B);
        bench.assert_shows("Start the batch?");
        let mixed =
            "Different boards are plugged in: 2\u{a0}×\u{a0}STM32F2 or F4, 1\u{a0}×\u{a0}STM32G4";
        assert_eq!(bench.shows(mixed), shown);
    }
}

#[test]
fn the_tile_of_a_protected_board_says_so_first() {
    let mut bench = armed(vec![Board::by_name("f407-protected").unwrap()]);
    bench.wait_for_text("1 failed");
    let state = &bench.app().state;
    let tile = state.tiles().into_iter().next().unwrap();
    assert_eq!(tile.text, "The board's memory is read-protected");
    let records = &state.batch.records;
    assert!(records[0].detail.contains(" failed at 0x08000000"));
}

#[test]
fn write_protected_boards_are_unprotected_after_one_question_and_upgraded() {
    let protected = || Board::by_name("f407-write-protected").unwrap();
    let second = protected().with_serial("3065346A3434");
    let mut bench = armed(vec![protected(), second]);
    bench.wait_for_text("2 failed");
    let tiles = bench.app().state.tiles();
    for tile in &tiles {
        assert_eq!(tile.text, "Write-protected: sectors 0-1");
    }
    bench.click("Remove write protection of port sim-1");
    bench.assert_shows("Remove the write protection?");
    bench.click("Cancel");
    assert_eq!(bench.app().state.batch.records.len(), 2);

    bench.click("Remove write protection of port sim-1");
    bench.click("Remove write protection");
    bench.wait_for_text("1 passed");
    // The same answer for the rest of the batch.
    bench.click("Remove write protection of port sim-2");
    bench.wait_for_text("2 passed");
    bench.assert_shows("0 failed");
    bench.assert_shows("2 earlier attempts failed");

    let records = &bench.app().state.batch.records;
    let of_first = records.iter().filter(|record| record.port == "sim-1");
    let (outcomes, details): (Vec<RecordOutcome>, Vec<&str>) = of_first
        .map(|record| (record.outcome, record.detail.as_str()))
        .unzip();
    use RecordOutcome::{Fail, Pass, Unprotected};
    assert_eq!(outcomes, [Fail, Unprotected, Pass]);
    assert_eq!(details[1], "write protection removed: sectors 0-1");
    for record in records.iter().filter(|r| r.outcome == Unprotected) {
        assert!(std::fs::metadata(&record.backup).unwrap().len() > 0);
    }
}

#[test]
fn a_board_of_a_batch_is_not_verified_by_hand() {
    let mut bench = armed(vec![board(1)]);
    bench.wait_for_text("1 passed");
    let why = bench.app().state.available(Action::Verify).unwrap_err();
    assert_eq!(
        why,
        "A batch is running: boards are upgraded as they are plugged in"
    );
    bench.press(Modifiers::COMMAND, Key::Num1);
    assert!(!bench.is_enabled("Verify only"));
}

#[test]
fn there_is_no_choice_of_sounds_without_a_player() {
    let mut bench = Bench::new(Vec::new());
    bench.press(Modifiers::COMMAND, Key::Num2);
    let disabled = |bench: &Bench| {
        let sounds = bench.window.get_by_label("Sounds");
        sounds.accesskit_node().is_disabled()
    };
    assert!(!disabled(&bench));
    let why = "No sound: this system has no player";
    bench.window.state_mut().state.sound_problem = Some(why.to_owned());
    bench.window.run();
    bench.assert_shows(why);
    assert!(disabled(&bench));
}

#[test]
fn a_failed_board_is_upgraded_again_by_the_button_on_its_tile() {
    let mut bad = board(1);
    // Once.
    bad.faults = Faults::new().at_request(RequestKind::Download, 8, Fault::CorruptByte(1));
    let mut bench = armed(vec![bad]);
    bench.wait_for_text("1 failed");
    bench.assert_shows("FAIL");
    bench.click("Retry port sim-1");
    bench.wait_for_text("1 passed");
    bench.assert_shows("0 failed");
    bench.assert_shows("1 earlier attempt failed");
    let records = &bench.app().state.batch.records;
    let outcomes: Vec<RecordOutcome> = records.iter().map(|record| record.outcome).collect();
    assert_eq!(outcomes, [RecordOutcome::Fail, RecordOutcome::Pass]);
    assert!(!bench.shows("Retry"));
}

#[test]
fn escape_stops_a_batch_only_after_a_question() {
    let mut bench = Bench::new(vec![board(1)]);
    bench.drop_file(&bench.dfu_file("product.dfu", FLASH, &noise(30_000, 4)));
    let hold = bench.hold_at_transfer(40);
    bench.press(Modifiers::COMMAND, Key::B);
    bench.click("Start batch");
    hold.wait();
    bench.press(Modifiers::NONE, Key::Escape);
    bench.assert_shows("1 board is being upgraded.");
    bench.press(Modifiers::NONE, Key::Escape);
    assert!(bench.app().state.running().all(|job| !job.stopping));
    assert!(bench.app().state.batch.armed.is_some());

    bench.click("End batch");
    bench.click("Stop and end");
    bench.wait_for_worker();
    hold.release();
    bench.wait_until_idle();
    let state = &bench.app().state;
    assert!(state.batch.armed.is_none());
    assert_eq!(state.batch.count(RecordOutcome::Fail), 1);
    assert!(matches!(
        state.batch.slots.values().next().map(|slot| &slot.mark),
        Some(Mark::Fail(failure)) if failure.reason == "stopped"
    ));
}

#[test]
fn a_batch_that_ends_finishes_the_boards_that_are_being_upgraded() {
    let mut bench = Bench::new(vec![board(1)]);
    bench.drop_file(&bench.dfu_file("product.dfu", FLASH, &noise(30_000, 4)));
    let hold = bench.hold_at_transfer(40);
    bench.press(Modifiers::COMMAND, Key::B);
    bench.click("Start batch");
    hold.wait();
    bench.click("End batch");
    bench.click("Finish it, then end");
    assert!(bench.app().state.batch.armed.is_none());
    bench.bus.plug(board(2), Time::Virtual);
    hold.release();
    bench.wait_for_text("1 passed");
    bench.wait("the second board is listed", |app| {
        app.state.boards.entries.len() == 2
    });
    assert!(bench.board(1).erasures().is_empty());
    assert_eq!(passed(&bench), 1);
}

#[test]
fn a_folder_for_backups_that_is_not_there_is_created() {
    let mut bench = Bench::new(vec![board(1)]);
    bench.drop_file(&bench.dfu_file("product.dfu", FLASH, &noise(3_000, 4)));
    let folder = bench.path("new/backups");
    let settings = &mut bench.window.state_mut().state.settings;
    settings.options.backup = true;
    settings.backup_folder = Some(folder.clone());
    bench.press(Modifiers::COMMAND, Key::B);
    bench.click("Start batch");
    bench.wait_for_text("1 passed");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
}

#[test]
fn f11_fills_the_screen() {
    let mut bench = Bench::new(Vec::new());
    // Only the press: a step ends with the frame of the last event.
    bench.window.event(egui::Event::Key {
        key: Key::F11,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    });
    bench.window.step();
    let output = bench.window.output();
    let commands = &output.viewport_output[&egui::ViewportId::ROOT].commands;
    assert!(
        commands.contains(&egui::ViewportCommand::Fullscreen(true)),
        "{commands:?}"
    );
}

#[test]
fn a_port_keeps_the_name_that_a_person_gave_it() {
    let mut bench = armed(vec![board(1)]);
    bench.wait_for_text("1 passed");
    bench.click("Name port sim-1");
    bench.type_into("Name", "left 1");
    bench.click("Save name");
    bench.assert_shows("Label: left 1");
    let names = &bench.app().state.settings.port_names;
    assert_eq!(names.get("sim-1").map(String::as_str), Some("left 1"));
}

#[test]
fn tiles_are_in_the_order_of_the_ports() {
    let mut bench = armed((0..11).map(board).collect());
    bench.wait_for_text("11 passed");
    let tiles = bench.app().state.tiles();
    let places: Vec<String> = tiles.iter().map(|tile| tile.place.to_string()).collect();
    let expected: Vec<String> = (1..=11).map(|port| format!("sim-{port}")).collect();
    assert_eq!(places, expected);
    bench.assert_shows("Label: 3065346A343D");
}

#[test]
fn file_and_options_are_locked_while_a_batch_is_armed() {
    let mut bench = armed(vec![board(1)]);
    bench.wait_for_text("1 passed");
    bench.press(Modifiers::COMMAND, Key::Num1);
    bench.assert_shows("Locked until the batch has ended");
    let verify = bench.window.get_by_label("Verify");
    assert!(verify.accesskit_node().is_disabled());
    assert!(!bench.is_enabled("Choose file…"));
    let other = bench.dfu_file("other.dfu", FLASH, &noise(100, 1));
    bench.drop_onto_window(&other);
    bench.window.run();
    bench.assert_shows("product.dfu is being used");
}
