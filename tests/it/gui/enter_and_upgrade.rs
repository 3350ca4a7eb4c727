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
    // Of a quarter of a second each.
    for _ in 0..70 {
        bench.window.step();
    }
    bench.assert_shows("The board did not enter DFU mode");
    bench.assert_shows("BOOT0");
    assert!(bench.board(0).erasures().is_empty());

    // The next board at this port is not upgraded unasked.
    bench.board(0).plug();
    bench.wait("it is back", |app| app.state.boards.entries.len() == 1);
    assert!(bench.app().state.running().next().is_none());
}
