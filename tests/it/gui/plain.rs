//! Boards without addresses in the window.

use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use upfuse::address::{Address, AddressRange};
use upfuse::simulator::Board;

use super::bench::{Bench, noise};

fn named(name: &str) -> Board {
    Board::by_name(name).unwrap()
}

/// A raw file that does not show where it belongs.
fn raw_file(bench: &Bench, bytes: &[u8]) -> std::path::PathBuf {
    let file = bench.path("blinky.bin");
    std::fs::write(&file, bytes).unwrap();
    file
}

#[test]
fn a_raw_file_needs_no_address_but_one_of_several_targets() {
    let mut bench = Bench::new(vec![named("uno-r4")]);
    let bytes = noise(3_000, 7);
    let file = raw_file(&bench, &bytes);
    bench.drop_file(&file);
    bench.assert_shows("it has no addresses and no map");
    assert!(!bench.shows("Choose where the file is written first"));
    bench.assert_shows("Choose the target to write to first");
    assert!(!bench.is_enabled("Upgrade UNO R4"));

    bench
        .window
        .get_by_role_and_label(Role::RadioButton, "0 CodeFlash")
        .click();
    bench.window.run();
    bench.assert_shows("Sends all of the file, 2.9 KiB, to CodeFlash");
    bench.click_starting("Upgrade UNO R4");
    bench.wait_for_text("Upgraded in");
    bench.assert_shows("The board holds the new firmware, verified");
    let range = AddressRange::new(Address(0), 3_000).unwrap();
    assert_eq!(bench.board(0).read(range).unwrap(), bytes);
}

#[test]
fn what_needs_addresses_is_refused_in_words() {
    let mut bench = Bench::new(vec![named("dfu11")]);
    bench.click("Read & erase");
    bench.assert_shows("is read as a whole");
    assert!(!bench.is_enabled("Erase this range") && !bench.is_enabled("Erase everything"));
    bench.click("Read");
    bench.wait_for_text("64 KiB");

    bench.click("Upgrade");
    let file = bench.dfu_file("addressed.dfu", 0x0800_0000, &noise(1_000, 2));
    bench.drop_file(&file);
    bench.assert_shows("The file is DfuSe with addresses, and the board takes plain data only");
}

#[test]
fn a_file_that_no_target_takes_is_refused_at_once() {
    let mut bench = Bench::new(vec![named("uno-r4")]);
    let file = bench.dfu_file("addressed.dfu", 0x0800_0000, &noise(1_000, 2));
    bench.drop_file(&file);
    bench.assert_shows("The file is DfuSe with addresses, and the board takes plain data only");
    assert!(!bench.shows("Write it anyway"));
}

#[test]
fn the_whole_file_is_sent_and_no_address_is_asked_for_afterwards() {
    let mut bench = Bench::new(vec![named("dfu11")]);
    let mut bytes = noise(3_000, 7);
    // Begins like a program at 0x08000000: a stack in RAM, a reset handler in flash.
    bytes[..8].copy_from_slice(&[0, 0, 2, 0x20, 1, 1, 0, 8]);
    let file = raw_file(&bench, &bytes);
    bench.drop_file(&file);
    let differs = bench.window.get_by_label("Write only what differs");
    assert!(differs.accesskit_node().is_disabled());
    bench.click_starting("Upgrade ");
    bench.wait_for_text("Upgraded in");
    assert!(!bench.shows("Write to address") && !bench.shows("Where does this file belong?"));
}
