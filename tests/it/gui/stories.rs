//! Stories: each is one task of a person, from the first click to the result.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use upfuse::gui::state::Action;
use upfuse::simulator::{Fault, Faults, RequestKind};

use super::bench::{Bench, f407, noise};

const FLASH: u32 = 0x0800_0000;

#[test]
fn first_upgrade() {
    let mut bench = Bench::new(vec![f407()]);
    assert!(!bench.is_enabled("Upgrade the board"));
    bench.assert_shows("Choose a firmware file first");

    let mut bytes = noise(40_000, 7);
    // A stack pointer and a reset vector: without a program the board would come back in DFU mode.
    bytes[..8].copy_from_slice(&[0, 0, 2, 0x20, 0x01, 0x01, 0, 0x08]);
    let file = bench.dfu_file("blinky.dfu", FLASH, &bytes);
    bench.drop_file(&file);
    bench.assert_shows("blinky.dfu");
    bench.assert_shows("Fits this board: changes at most 3 of 12 sectors");

    bench.click_starting("Upgrade STM32F2 or F4");
    bench.wait_for_text("Upgraded in");
    assert_eq!(bench.board(0).flash()[..bytes.len()], bytes);
    let report = upfuse::gui::state::report::text(&bench.app().state);
    for text in [
        "STM32F2 or F4",
        "blinky.dfu",
        "SHA-256",
        "Upgraded in",
        "Comparing",
    ] {
        assert!(report.contains(text), "no '{text}' in:\n{report}");
    }
    bench.assert_shows("39.1 KiB written, 39.1 KiB verified. The program was started");
}

#[test]
fn the_same_file_again_writes_nothing() {
    let mut bench = Bench::new(vec![f407()]);
    let bytes = noise(20_000, 3);
    bench.board(0).fill(upfuse::address::Address(FLASH), &bytes);
    let file = bench.dfu_file("same.dfu", FLASH, &bytes);
    bench.drop_file(&file);
    bench.click_starting("Upgrade STM32F2 or F4");
    bench.wait_for_text("Already up to date");
    assert!(bench.board(0).erasures().is_empty());
}

#[test]
fn without_a_board_the_window_shows_steps_and_offers_a_simulated_one() {
    let mut bench = Bench::new(Vec::new());
    bench.assert_shows("BOOT0");
    bench.click("Try a simulated board");
    bench.wait("the simulated board is there", |app| {
        app.state.boards.ready().count() == 1
    });
    bench.wait_for_text("STM32F2 or F4, 1 MiB");
    bench.click_more("Unplug");
    bench.wait("it is gone", |app| app.state.boards.entries.is_empty());
}

#[test]
fn a_failed_verify_shows_the_address() {
    let mut board = f407();
    // The fifth written block gets a wrong bit.
    board.faults = Faults::new().at_request(RequestKind::Download, 8, Fault::CorruptByte(5));
    let mut bench = Bench::new(vec![board]);
    let file = bench.dfu_file("blinky.dfu", FLASH, &noise(30_000, 9));
    bench.drop_file(&file);
    bench.click_starting("Upgrade STM32F2 or F4");
    bench.wait_for_text("Upgrade failed");
    bench.assert_shows("instead of 0x");
    bench.unfold("Details");
    bench.assert_shows("mismatch");
}

#[test]
fn an_upgrade_interrupted_by_unplugging_can_be_finished_later() {
    let mut board = f407();
    board.faults = Faults::new().at_request(RequestKind::Download, 12, Fault::Unplug);
    let mut bench = Bench::new(vec![board]);
    let bytes = noise(60_000, 5);
    let file = bench.dfu_file("blinky.dfu", FLASH, &bytes);
    bench.drop_file(&file);
    bench.click_starting("Upgrade STM32F2 or F4");
    bench.wait_for_text("Upgrade failed");
    bench.wait("the list notices", |app| {
        app.state.boards.entries.is_empty()
    });
    bench.assert_shows("Upgrade failed");
    bench.assert_shows("Connect a board in DFU mode");

    bench.board(0).plug();
    bench.wait("it is back", |app| app.state.boards.ready().count() == 1);
    bench.click_starting("Upgrade again: STM32F2 or F4");
    bench.wait_for_text("Upgraded in");
    assert_eq!(bench.board(0).flash()[..bytes.len()], bytes);
}

#[test]
fn reading_back_shows_the_bytes_and_finds_text_in_them() {
    let mut bench = Bench::new(vec![f407()]);
    bench
        .board(0)
        .fill(upfuse::address::Address(FLASH + 0x2000), b"Hello, board");
    bench.press(Modifiers::COMMAND, Key::Num3);
    bench.type_into("From", "0x08000000");
    bench.type_into("Length", "16K");
    bench.click("Read");
    bench.wait_for_text("16 KiB of Internal Flash");
    bench.assert_shows("0x08000000  FF FF FF");
    bench.type_into("Find", "\"board\"");
    bench.press(Modifiers::NONE, Key::Enter);
    bench.assert_shows("Found at 0x08002007");
    bench.assert_shows("48 65 6C 6C 6F");
    bench.click("Blank check");
    bench.wait_for_text("Not blank");
    bench.assert_shows("0x08002000");
    let log = bench.app().state.log.text();
    assert!(log.contains("Not blank after "), "{log}");
    assert!(
        log.contains("The first byte that is not 0xFF is at 0x08002000"),
        "{log}"
    );
}

#[test]
fn erasing_everything_asks_first_with_the_focus_on_the_safe_button() {
    let mut bench = Bench::new(vec![f407()]);
    bench
        .board(0)
        .fill(upfuse::address::Address(FLASH), &noise(4096, 2));
    bench.press(Modifiers::COMMAND, Key::Num3);
    bench.click("Erase everything…");
    bench.assert_shows("This cannot be undone.");

    // Enter is the safe answer.
    bench.press(Modifiers::NONE, Key::Enter);
    assert!(bench.app().state.modal.is_none());
    assert!(bench.board(0).erasures().is_empty());

    bench.click("Erase everything…");
    bench.press(Modifiers::NONE, Key::Escape);
    assert!(bench.app().state.modal.is_none());
    assert!(bench.board(0).erasures().is_empty());

    bench.click("Erase everything…");
    bench.click("Erase everything");
    bench.wait_until_idle();
    bench.wait_for_text("Erased");
    assert!(bench.board(0).flash().iter().all(|byte| *byte == 0xFF));
}

#[test]
fn the_shortcut_starts_an_upgrade_and_f1_lists_it() {
    let mut bench = Bench::new(vec![f407()]);
    bench.press(Modifiers::NONE, Key::F1);
    bench.assert_shows("Keyboard shortcuts");
    bench.assert_shows("Ctrl+Enter");
    bench.press(Modifiers::NONE, Key::Escape);
    assert!(bench.app().state.modal.is_none());

    let file = bench.dfu_file("blinky.dfu", FLASH, &noise(9_000, 8));
    bench.drop_file(&file);
    bench.press(Modifiers::COMMAND, Key::Enter);
    bench.wait_for_text("Upgraded in");
}

#[test]
fn every_screen_names_all_its_widgets_at_the_smallest_size() {
    // The harness fails a frame with an unnamed widget.
    let mut bench = Bench::sized(vec![f407()], egui::vec2(720.0, 480.0));
    let file = bench.dfu_file("blinky.dfu", FLASH, &noise(9_000, 8));
    bench.drop_file(&file);
    for key in [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5] {
        bench.press(Modifiers::COMMAND, key);
    }
    bench.press(Modifiers::COMMAND, Key::I);
    bench.assert_shows("Manifestation tolerant");
    bench.press(Modifiers::NONE, Key::Escape);
}

#[test]
fn the_upgrade_button_is_never_cut_off() {
    let mut bench = Bench::sized(vec![f407()], egui::vec2(720.0, 480.0));
    let file = bench.dfu_file("blinky.dfu", FLASH, &noise(9_000, 8));
    bench.drop_file(&file);
    let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(720.0, 480.0));
    let button = bench
        .window
        .get_by_label("Upgrade STM32F2 or F4, 1 MiB with blinky.dfu")
        .rect();
    assert!(screen.contains_rect(button), "{button:?}");
    assert!(
        button.width() > 300.0 && button.height() >= 40.0,
        "{button:?}"
    );
}

#[test]
fn closing_during_a_job_asks_first_and_keeps_it_running_by_default() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.dfu_file("blinky.dfu", FLASH, &noise(200_000, 8));
    bench.drop_file(&file);
    let hold = bench.hold_at_transfer(50);
    bench.click_starting("Upgrade STM32F2 or F4");
    hold.wait();
    bench.press(Modifiers::COMMAND, Key::Q);
    bench.assert_shows("A job is running");
    assert!(!bench.shows("1 MiB, ready, port sim-1"));
    bench.press(Modifiers::NONE, Key::Enter);
    assert!(bench.app().state.modal.is_none());
    hold.release();
    bench.wait_for_text("Upgraded in");
}

#[test]
fn board_details_and_the_report_show_the_same_device_record() {
    let mut bench = Bench::new(vec![f407()]);
    bench.click_more("Board details…");
    let report = upfuse::gui::state::report::text(&bench.app().state);
    for (name, value) in [
        ("Device", "STM32F2 or F4, 1 MiB (likely)"),
        ("DFU mode", "VID 0483, PID df11, version 22.00"),
        ("Accelerated upload (ST)", "no"),
        ("DFU version", "1.1a"),
    ] {
        bench.assert_shows(&format!("Label: {name}\n"));
        bench.assert_shows(&format!("Label: {value}\n"));
        let row = format!("  {name}: {value}\n");
        assert!(report.contains(&row), "no '{row}' in:\n{report}");
    }
}

#[test]
fn a_name_given_to_a_board_is_shown_and_remembered() {
    let mut bench = Bench::new(vec![f407()]);
    bench.press(Modifiers::NONE, Key::F2);
    bench.type_into("Name", "left jig");
    bench.press(Modifiers::NONE, Key::Enter);
    bench.assert_shows("left jig, ready, port sim-1");
    assert!(
        bench
            .app()
            .state
            .settings
            .board_names
            .values()
            .any(|name| name == "left jig")
    );
}

#[test]
fn memory_that_cannot_be_erased_can_be_read() {
    let mut bench = Bench::new(vec![f407()]);
    bench.press(Modifiers::COMMAND, Key::Num3);
    // Empty fields are everything, which has a button of its own.
    let available = |bench: &Bench| bench.app().state.available(Action::EraseRange);
    let why = "Type a range, or choose sectors";
    assert_eq!(available(&bench), Err(why.to_owned()));
    bench.window.state_mut().state.range.length = "16K".to_owned();
    bench.window.run();
    assert!(bench.is_enabled("Erase this range…"));
    bench.click("3 Device Feature");
    assert!(!bench.is_enabled("Erase this range…"));
    bench.click("Read");
    bench.wait_for_text("4 bytes of Device Feature");
    // Only an upgrade or a verification says that the board holds the right program.
    bench.assert_shows("STM32F2 or F4, 1 MiB, read, port sim-1");
}

#[test]
fn a_protected_board_is_named_and_removing_the_protection_asks_first() {
    let mut board = f407();
    board.read_protected = true;
    let mut bench = Bench::new(vec![board]);
    let file = bench.dfu_file("blinky.dfu", FLASH, &noise(9_000, 8));
    bench.drop_file(&file);
    bench.click_starting("Upgrade STM32F2 or F4");
    bench.wait_for_text("Upgrade failed");
    bench.wait_for_text("STM32F2 or F4, 1 MiB, protected, port sim-1");
    bench.click_last("Remove protection…");
    bench.assert_shows("Removing it makes the board erase its whole flash");
    bench.press(Modifiers::NONE, Key::Enter);
    assert!(bench.app().state.modal.is_none(), "the focus is on Cancel");
}

#[test]
fn a_stopped_upgrade_shows_the_next_step_and_can_be_finished() {
    let mut bench = Bench::new(vec![f407()]);
    let bytes = noise(900_000, 5);
    let file = bench.dfu_file("blinky.dfu", FLASH, &bytes);
    bench.drop_file(&file);
    let hold = bench.hold_at_transfer(300);
    bench.click_starting("Upgrade STM32F2 or F4");
    hold.wait();
    bench.click("Stop");
    bench.assert_shows("Stopping…");
    bench.wait_for_worker();
    hold.release();
    bench.wait_for_text("Upgrade stopped");
    bench.assert_shows("Run the upgrade again: it continues where it stopped");
    bench.assert_shows("STM32F2 or F4, 1 MiB, stopped, port sim-1");

    bench.click_starting("Upgrade again: STM32F2 or F4");
    bench.wait_for_text("Upgraded in");
    assert!(!bench.shows("Upgrade again"));
    assert_eq!(bench.board(0).flash()[..bytes.len()], bytes);
}

#[test]
fn an_erase_shows_its_phases_and_marks_the_current_one() {
    let mut bench = Bench::new(vec![f407()]);
    bench.press(Modifiers::COMMAND, Key::Num3);
    // After the mass erase, while its result is read back.
    let hold = bench.hold_at_transfer(400);
    bench.click("Erase everything…");
    bench.click("Erase everything");
    hold.wait();
    bench.wait_for_text("Verifying, ");
    let marks = format!("{:?}", bench.app().state.shown_job().unwrap().marks());
    assert_eq!(marks, "[(Connect, Done), (Erase, Done), (Verify, Current)]");
    hold.release();
    bench.wait_for_text("Erased");
}

#[test]
fn sectors_are_chosen_with_the_keyboard_and_erased_alone() {
    let mut bench = Bench::new(vec![f407()]);
    let bytes = noise(64 << 10, 2);
    bench.board(0).fill(upfuse::address::Address(FLASH), &bytes);
    bench.press(Modifiers::COMMAND, Key::Num3);
    bench
        .window
        .get_by_role_and_label(
            egui::accesskit::Role::Slider,
            "Memory map of Internal Flash",
        )
        .focus();
    bench.window.run();
    bench.press(Modifiers::NONE, Key::ArrowRight);
    bench.assert_shows("Sector 1: 0x08004000–0x08007FFF, 16 KiB, readable, erasable, writable");
    bench.press(Modifiers::NONE, Key::Enter);
    assert_eq!(bench.app().state.range.start, "0x08004000");
    assert_eq!(bench.app().state.range.length, "16K");
    bench.press(Modifiers::NONE, Key::ArrowRight);
    bench.press(Modifiers::SHIFT, Key::Enter);
    assert_eq!(bench.app().state.range.length, "32K");

    bench.click("Erase this range…");
    bench.assert_shows("0x08004000–0x0800BFFF");
    bench.click("Erase");
    bench.wait_until_idle();
    bench.wait_for_text("Erased");
    let flash = bench.board(0).flash();
    assert_eq!(flash[..16 << 10], bytes[..16 << 10]);
    assert!(flash[16 << 10..48 << 10].iter().all(|byte| *byte == 0xFF));
    assert_eq!(flash[48 << 10..64 << 10], bytes[48 << 10..]);
}

#[test]
fn a_range_that_the_file_covers_is_left_as_it_is() {
    let mut bench = Bench::new(vec![f407().holding_old_firmware(7)]);
    let file = bench.dfu_file("keyboard.dfu", FLASH, &noise(40_000, 9));
    bench.drop_file(&file);
    let old = bench.board(0).flash();
    bench.click("More");
    bench.type_into("Keep a range", "0x08004000+16");
    bench.press(Modifiers::NONE, Key::Escape);
    bench.assert_shows("leaves 16 bytes as they are");
    bench.click_starting("Upgrade STM32F2 or F4");
    bench.wait_for_text("Upgraded in");
    let new = bench.board(0).flash();
    assert_eq!(new[0x4000..0x4010], old[0x4000..0x4010]);
    assert_eq!(new[0x4010..0x4020], noise(40_000, 9)[0x4010..0x4020]);
}

#[test]
fn a_range_that_is_none_makes_the_button_unavailable() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.dfu_file("keyboard.dfu", FLASH, &noise(40_000, 9));
    bench.drop_file(&file);
    bench.click("More");
    bench.type_into("Keep a range", "0x08004000");
    bench.press(Modifiers::NONE, Key::Escape);
    bench.assert_shows("Check the range to keep");
    assert!(!bench.is_enabled("Upgrade STM32F2 or F4"));
}
