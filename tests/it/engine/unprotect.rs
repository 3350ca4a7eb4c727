//! Removing read protection: what is reported must be what became of the board.

use std::time::Duration;

use upfuse::engine::{Outcome, Task};
use upfuse::simulator::{Board, Fault, Faults, RequestKind};

use super::bench::{Bench, FLASH, Run, cancel_at, image, named, random};

/// Said of a board that was protected before as of one that was not: the job does not look.
const ERASED: &str = "Everything was erased, and the board is not read-protected";

fn protected() -> Board {
    named("f042").holding_old_firmware(3).read_protected()
}

#[test]
fn unprotect_erases_everything_and_the_board_can_be_upgraded_again() {
    let mut bench = Bench::new(named("f407").holding_old_firmware(3).read_protected());
    bench.run(&Task::Unprotect).done();
    let data = random(2, 5_000);
    // The board resets itself; the next scan finds it again.
    bench.upgrade(&image(FLASH, &data)).done();
    assert_eq!(bench.flash(FLASH, 5_000), data);
    assert!(!bench.board.is_read_protected());
}

#[test]
fn what_is_said_is_true_of_a_board_that_was_never_protected() {
    let mut bench = Bench::used("f407");
    let run = bench.run(&Task::Unprotect);
    assert_eq!(run.done().board_summary, ERASED);
}

/// ST's device library takes the one byte of the command, ignores it and stays on the bus.
#[test]
fn an_ignored_unprotect_is_no_success() {
    let mut bench = Bench::used("cube");
    let before = bench.board.flash();
    let run = bench.run(&Task::Unprotect);
    assert_eq!(run.error().code(), "device");
    assert_eq!(
        run.error().to_string(),
        "waiting failed: the device accepted removing read protection, but stayed on the bus"
    );
    assert_eq!(
        run.report.board_summary,
        "The board is not read-protected; whether anything was erased is not known"
    );
    assert!(
        run.report.duration.as_secs() < 5,
        "{:?}",
        run.report.duration
    );
    assert_eq!(bench.board.flash(), before);

    let mut bench = Bench::blank("cube");
    let run = bench.run(&Task::Unprotect);
    assert_eq!(run.error().code(), "device");
    assert_eq!(run.report.sectors_erased, 0);
}

/// A device that stops answering was not seen to do anything.
#[test]
fn an_unprotect_without_an_end_is_no_success() {
    let board = named("f407").read_protected();
    let faults = Faults::new().at_request(RequestKind::Download, 1, Fault::StuckBusy);
    let mut bench = Bench::new(board.with_faults(faults));
    let run = bench.run(&Task::Unprotect);
    assert_eq!(run.error().code(), "device", "{}", run.error());
}

/// What the flash and the protection are once the board has finished whatever it does.
fn settle(bench: &mut Bench, old: &[u8]) -> (bool, bool, bool) {
    bench.board.clock().sleep(Duration::from_secs(60));
    let flash = bench.board.flash();
    let blank = flash.iter().all(|byte| *byte == 0xFF);
    (bench.board.is_read_protected(), blank, flash == old)
}

fn check_claim(run: &Run, bench: &mut Bench, old: &[u8], context: &str) {
    let (protected, blank, unchanged) = settle(bench, old);
    let text = &run.report.board_summary;
    if run.report.outcome == Outcome::Done {
        assert!(!protected && blank, "{context}: {text}");
    }
    if text.contains("Nothing on the board was changed") {
        assert!(protected && unchanged, "{context}: {text}");
    }
    if text == ERASED {
        assert!(!protected && blank, "{context}: {text}");
    }
    if text.contains("still read-protected") {
        assert!(protected, "{context}: {text}");
    }
}

fn transfers() -> u64 {
    let mut bench = Bench::new(protected());
    bench.run(&Task::Unprotect).done();
    bench.board.counters().transfers()
}

#[test]
fn every_fault_at_any_transfer_of_an_unprotect_is_reported_correctly() {
    let faults = [
        Fault::Stall,
        Fault::Timeout,
        Fault::LostAnswer,
        Fault::Garbage,
        Fault::ShortRead,
        Fault::Broken,
        Fault::BrokenAnswer,
        Fault::StalledAnswer,
        Fault::Unplug,
        Fault::UnplugLate,
        Fault::PowerCycle,
    ];
    for n in 1..=transfers() {
        for fault in faults {
            let script = Faults::new().at_transfer(n, fault);
            let mut bench = Bench::new(protected().with_faults(script));
            let old = bench.board.flash();
            let run = bench.run(&Task::Unprotect);
            check_claim(&run, &mut bench, &old, &format!("{fault:?} at {n}"));
        }
    }
}

#[test]
fn a_cancel_at_any_transfer_of_an_unprotect_is_reported_correctly() {
    for n in 1..=transfers() {
        let mut bench = Bench::new(protected());
        let old = bench.board.flash();
        cancel_at(&bench, n);
        let run = bench.run(&Task::Unprotect);
        check_claim(&run, &mut bench, &old, &format!("cancel at {n}"));
        let text = &run.report.board_summary;
        assert!(
            text == "Nothing on the board was changed" || text == ERASED,
            "cancel at {n}: {text}"
        );
    }
}

#[test]
fn a_cable_pulled_during_an_unprotect_leaves_the_state_unknown() {
    let faults = Faults::new().at_request(RequestKind::GetStatus, 6, Fault::Unplug);
    let board = named("f407").read_protected();
    let mut bench = Bench::new(board.with_faults(faults));
    let run = bench.run(&Task::Unprotect);
    assert_eq!(run.error().code(), "lost-contact", "{}", run.error());
    assert_eq!(
        run.report.board_summary,
        "Whether the read protection was removed and the memory erased is not known"
    );
}

#[test]
fn a_board_that_comes_back_protected_is_no_success() {
    let faults = Faults::new().at_request(RequestKind::GetStatus, 6, Fault::PowerCycle);
    let board = named("f407").read_protected();
    let mut bench = Bench::new(board.with_faults(faults));
    let run = bench.run(&Task::Unprotect);
    assert_eq!(run.error().code(), "protected", "{}", run.error());
    assert_eq!(
        run.report.board_summary,
        "The board is still read-protected"
    );
}
