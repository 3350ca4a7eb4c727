//! Each bootloader without addresses, from its own source: what an upgrade and a read say of it.

use upfuse::engine::{Report, Task, UpgradeOptions};
use upfuse::simulator::State;

use super::bench::{Bench, FLASH, named, stay};
use super::plain::{program, raw};

const SIZE: u64 = 9_000;

fn upgraded(name: &str, target: u8, options: UpgradeOptions) -> (Report, Bench) {
    let mut bench = Bench::new(named(name).holding_old_firmware(9));
    let options = UpgradeOptions {
        target: Some(target),
        ..options
    };
    let run = bench.upgrade_with(&raw(&program(SIZE)), options);
    run.done();
    (run.report, bench)
}

#[test]
fn an_end_is_what_the_board_reported() {
    // Its reset starts the program: seen to leave.
    let (report, bench) = upgraded("embassy-boot", 0, UpgradeOptions::default());
    assert!(report.started);
    assert_eq!(bench.board.state(), State::AppIdle);
    let reported = "The board reports that it holds the new firmware, not verified";
    assert_eq!(report.board_summary, reported);
    // Left as it asks to be reset.
    let (report, bench) = upgraded("embassy-boot", 0, stay());
    assert!(!report.started && !report.stuck);
    assert_eq!(bench.board.state(), State::Manifest);
    assert!(report.start_hint.unwrap().contains("waits for a reset"));
    // Gone by itself, whatever was asked.
    let (report, _) = upgraded("dapboot", 0, stay());
    assert!(report.started);
    let left = "The board took all of the new firmware and left DFU mode, not verified";
    assert_eq!(report.board_summary, left);
}

#[test]
fn a_detach_starts_the_program_where_the_board_knows_one_in_dfu_mode() {
    let (report, bench) = upgraded("u-boot", 0, UpgradeOptions::default());
    assert!(report.started);
    assert_eq!(report.bytes_verified, SIZE);
    assert_eq!(bench.board.state(), State::AppIdle);
}

#[test]
fn a_board_that_ignores_detach_and_reset_is_said_to_have_stayed() {
    let (report, _) = upgraded("tinyusb", 0, UpgradeOptions::default());
    assert!(!report.started);
    assert!(report.start_hint.unwrap().contains("stayed in DFU mode"));
}

#[test]
fn a_board_that_gives_something_else_back_is_not_verified_and_not_wrong() {
    let (report, bench) = upgraded("tinyusb", 0, stay());
    assert_eq!(report.bytes_verified, 0);
    let summary = &report.board_summary;
    assert!(
        summary.contains("does not give its program back"),
        "{summary}"
    );
    assert_eq!(bench.flash(FLASH, 9_000), program(SIZE));
}

#[test]
fn a_board_that_fails_when_polled_too_early_is_polled_when_it_asks_for() {
    let (report, _) = upgraded("tinyusb-0.9", 0, stay());
    assert_eq!(report.bytes_verified, SIZE);
}

#[test]
fn reading_ends_where_the_board_ends_with_an_error() {
    let mut bench = Bench::new(named("maple").holding_old_firmware(9));
    let run = bench.run(&Task::Read {
        alternate: 2,
        range: None,
        save: None,
    });
    let report = run.done();
    assert_eq!(report.bytes_read, 120 << 10);
    assert!(
        report.board_summary.contains("after 120 KiB"),
        "{}",
        report.board_summary
    );
}

#[test]
fn a_target_that_the_board_refuses_is_its_own_error() {
    let mut bench = Bench::new(named("zephyr"));
    let refused = UpgradeOptions {
        target: Some(0),
        ..stay()
    };
    let run = bench.upgrade_with(&raw(&program(SIZE)), refused);
    assert_eq!(run.error().code(), "device");
    let (report, _) = upgraded("zephyr", 1, stay());
    assert_eq!(report.bytes_verified, SIZE);
}
