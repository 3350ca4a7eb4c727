//! Stories about boards that run a program with a DFU interface: one click brings them into DFU mode
//! and upgrades them.

use upfuse::simulator::{Board, Fault, Faults, RequestKind};

use super::bench::{Bench, noise};

const FLASH: u32 = 0x0800_0000;
const BUTTON: &str = "Enter DFU mode and upgrade";

fn running() -> Board {
    Board::by_name("runtime").unwrap()
}

#[test]
fn one_click_enters_dfu_mode_and_upgrades() {
    let mut bench = Bench::new(vec![running()]);
    assert!(!bench.is_enabled(BUTTON));
    bench.assert_shows("Choose a firmware file first");
    let bytes = noise(20_000, 3);
    bench.drop_file(&bench.dfu_file("blinky.dfu", FLASH, &bytes));
    bench.click_starting(BUTTON);
    bench.wait_for_text("Upgraded in");
    assert_eq!(bench.board(0).flash()[..bytes.len()], bytes);
}

#[test]
fn a_file_that_does_not_fit_is_refused_once_the_board_shows_its_memory() {
    let mut bench = Bench::new(vec![running()]);
    bench.drop_file(&bench.dfu_file("large.dfu", FLASH + (64 << 20), &noise(2_000, 3)));
    bench.click_starting(BUTTON);
    bench.wait_for_text("Too big for this board: the file needs");
    assert!(bench.board(0).erasures().is_empty());
    assert!(!bench.is_enabled("Upgrade STM32"));
}

#[test]
fn a_board_that_does_not_enter_dfu_mode_shows_what_to_do() {
    let mut board = running();
    board.faults = Faults::new().at_request(RequestKind::Detach, 1, Fault::Unplug);
    let mut bench = Bench::new(vec![board]);
    bench.drop_file(&bench.dfu_file("blinky.dfu", FLASH, &noise(2_000, 3)));
    bench.click_starting(BUTTON);
    bench.wait_until_idle();
    bench.assert_shows("Asked to enter DFU mode");
    bench.assert_shows("entering DFU mode…");
    bench.assert_shows("The upgrade follows");
    // Of a quarter of a second each.
    for _ in 0..70 {
        bench.window.step();
    }
    bench.assert_shows("The board did not enter DFU mode");
    assert!(!bench.shows("entering DFU mode…"));
    bench.assert_shows("BOOT0");
    assert!(bench.board(0).erasures().is_empty());

    // The next board at this port is not upgraded unasked.
    bench.board(0).plug();
    bench.wait("it is back", |app| app.state.boards.entries.len() == 1);
    assert!(bench.app().state.running().next().is_none());
}

fn with_port(name: &str) -> Bench {
    Bench::new(vec![Board::by_name(name).unwrap()])
}

#[test]
fn a_program_is_stopped_over_its_serial_port_only_after_a_question() {
    let mut bench = with_port("betaflight");
    let bytes = noise(20_000, 3);
    bench.drop_file(&bench.dfu_file("blinky.dfu", FLASH, &bytes));
    bench.click_starting(BUTTON);
    bench.assert_shows("Stop the running program?");
    bench.assert_shows("propellers");
    bench.click("Cancel");
    assert!(bench.board(0).serial_received().is_empty());
    bench.click_starting(BUTTON);
    bench.click(BUTTON);
    bench.wait_for_text("Upgraded in");
    assert_eq!(bench.board(0).flash()[..bytes.len()], bytes);
}

#[test]
fn an_unknown_program_is_left_alone_and_the_buttons_are_named() {
    let mut bench = with_port("vcp-echo");
    bench.click("Enter DFU mode");
    bench.click_last("Enter DFU mode");
    bench.wait_for_text("no program answered");
    bench.assert_shows("Hold BOOT on the flight controller");
}
