//! A fault at any transfer: one final event, a correct report about the board, and a second upgrade
//! that completes the job.

use upfuse::engine::{JobEvent, Outcome, SectorState, advice};
use upfuse::simulator::{Board, Fault, Faults, RequestKind, SimulatedBoard, State};

use super::bench::{Bench, FLASH, Run, cancel_at, image, named, random};

const LENGTH: u64 = 7_000;

/// Four pages of 2 KiB: small enough to make every transfer of an upgrade fail in turn.
fn small_board() -> Board {
    named("g474").holding_old_firmware(8)
}

fn transfers_of_a_clean_run() -> u64 {
    let mut bench = Bench::new(small_board());
    bench.upgrade(&image(FLASH, &random(31, LENGTH))).done();
    bench.board.counters().transfers()
}

/// The sector states in the job's events must match the flash.
fn check_claims(run: &Run, board: &SimulatedBoard, old: &[u8], new: &[u8]) {
    let mut claims = std::collections::BTreeMap::new();
    for event in &run.events {
        if let JobEvent::Sectors(changes) = event {
            claims.extend(changes.iter().map(|change| (change.index, change.state)));
        }
    }
    let flash = board.flash();
    for (index, state) in claims {
        let start = index as usize * 2048;
        let end = (start + 2048).min(new.len());
        let now = &flash[start..end];
        match state {
            SectorState::Matches | SectorState::Written | SectorState::Verified => {
                assert_eq!(now, &new[start..end], "sector {index} {state:?}");
            }
            SectorState::Differs => assert_eq!(now, &old[start..end], "sector {index}"),
            SectorState::Erased | SectorState::Blank => {
                assert!(now.iter().all(|b| *b == 0xFF), "sector {index}")
            }
            _ => {}
        }
    }
}

#[test]
fn a_cable_pulled_at_any_transfer_ends_in_one_correct_report() {
    let new = random(31, LENGTH);
    // The last transfer returns a finished board to dfuIDLE.
    for n in 1..transfers_of_a_clean_run() {
        for fault in [Fault::Unplug, Fault::UnplugLate, Fault::UnplugOnWindows] {
            let faults = Faults::new().at_transfer(n, fault);
            let mut bench = Bench::new(small_board().with_faults(faults));
            let file = image(FLASH, &new);
            let run = bench.upgrade(&file);
            assert_eq!(run.error().code(), "unplugged", "{fault:?} at transfer {n}");
            assert!(!advice(run.error()).is_empty());
            assert!(!run.report.board_summary.is_empty());

            bench.board.plug();
            let again = bench.upgrade(&file);
            again.done();
            assert_eq!(
                bench.flash(FLASH, new.len()),
                new,
                "{fault:?} at transfer {n}"
            );
        }
    }
}

/// The device may have acted on a broken request; a read of status or memory can be repeated.
#[test]
fn a_single_bus_error_in_a_read_is_survived() {
    for kind in [
        RequestKind::GetStatus,
        RequestKind::GetState,
        RequestKind::Upload,
    ] {
        for fault in [Fault::Broken, Fault::BrokenAnswer] {
            for nth in 1..20 {
                let faults = Faults::new().at_request(kind, nth, fault);
                let mut bench = Bench::new(small_board().with_faults(faults));
                let new = random(31, LENGTH);
                bench.upgrade(&image(FLASH, &new)).done();
                assert_eq!(
                    bench.flash(FLASH, new.len()),
                    new,
                    "{fault:?} at {kind} {nth}"
                );
            }
        }
    }
}

#[test]
fn every_other_fault_at_any_transfer_is_survived_or_reported() {
    let new = random(31, LENGTH);
    let file = image(FLASH, &new);
    let faults = [
        Fault::Stall,
        Fault::Timeout,
        Fault::LostAnswer,
        Fault::Garbage,
        Fault::ShortRead,
        Fault::Broken,
        Fault::BrokenAnswer,
    ];
    for n in 1..=transfers_of_a_clean_run() {
        for fault in faults {
            let script = Faults::new().at_transfer(n, fault);
            let mut bench = Bench::new(small_board().with_faults(script));
            let old = bench.board.flash();
            let run = bench.upgrade(&file);
            match &run.report.outcome {
                Outcome::Done => assert_eq!(bench.flash(FLASH, new.len()), new, "{fault:?} at {n}"),
                Outcome::Failed(error) => assert!(!advice(error).is_empty()),
                Outcome::Cancelled => panic!("the job was cancelled"),
            }
            check_claims(&run, &bench.board, &old, &new);
            let again = bench.upgrade(&file);
            again.done();
            assert_eq!(bench.flash(FLASH, new.len()), new, "{fault:?} at {n}");
        }
    }
}

#[test]
fn a_cancel_at_any_transfer_leaves_the_board_idle_and_the_next_run_finishes() {
    let new = random(31, LENGTH);
    let file = image(FLASH, &new);
    let mut cancelled = 0;
    for n in 1..=transfers_of_a_clean_run() {
        let mut bench = Bench::new(small_board());
        let old = bench.board.flash();
        cancel_at(&bench, n);
        let run = bench.upgrade(&file);
        assert_eq!(bench.board.state(), State::Idle, "transfer {n}");
        check_claims(&run, &bench.board, &old, &new);
        if run.report.outcome == Outcome::Cancelled {
            cancelled += 1;
            let matching = matching_bytes(&bench, &new);
            bench.cancel = upfuse::dfu::Cancel::default();
            let again = bench.upgrade(&file);
            assert!(
                again.done().bytes_matched >= matching,
                "matching sectors are not written again"
            );
        } else {
            run.done();
        }
        assert_eq!(bench.flash(FLASH, new.len()), new, "transfer {n}");
    }
    assert!(cancelled > 20, "only {cancelled} runs were cancelled");
}

/// Bytes in sectors that already hold the new firmware.
fn matching_bytes(bench: &Bench, new: &[u8]) -> u64 {
    let flash = bench.flash(FLASH, new.len());
    let sectors = flash.chunks(2048).zip(new.chunks(2048));
    sectors
        .filter(|(a, b)| a == b)
        .map(|(a, _)| a.len() as u64)
        .sum()
}

#[test]
fn a_bit_that_is_not_written_is_found_and_reported() {
    let mut bench = Bench::new(small_board().with_faults(Faults::new().at_request(
        RequestKind::Download,
        9,
        Fault::CorruptByte(5),
    )));
    let run = bench.upgrade(&image(FLASH, &random(31, LENGTH)));
    assert_eq!(run.error().code(), "mismatch");
    let text = run.error().to_string();
    assert!(text.contains("(1 sector differs)"), "{text}");
    assert!(
        run.report.board_summary.contains("differs from the file"),
        "{}",
        run.report.board_summary
    );
    assert!(!run.report.started);
}

#[test]
fn a_bad_bit_without_verification_is_reported_as_not_verified() {
    let mut bench = Bench::new(small_board().with_faults(Faults::new().at_request(
        RequestKind::Download,
        9,
        Fault::CorruptByte(5),
    )));
    let options = upfuse::engine::UpgradeOptions {
        verify: false,
        ..super::bench::stay()
    };
    let run = bench.upgrade_with(&image(FLASH, &random(31, LENGTH)), options);
    assert_eq!(run.done().bytes_verified, 0);
    assert_eq!(
        run.report.board_summary,
        "The board holds the new firmware, not verified"
    );
}

/// inertial-sense-sdk PR#1186: an STM32U5 at RDP 1 acknowledges writes and drops them.
#[test]
fn an_acknowledged_and_dropped_write_is_found() {
    let range = upfuse::address::AddressRange::new(upfuse::address::Address(FLASH), 2048).unwrap();
    let mut bench = Bench::new(small_board().write_protected(range));
    let run = bench.upgrade(&image(FLASH, &random(31, LENGTH)));
    assert_eq!(run.error().code(), "mismatch");
}

#[test]
fn read_protection_is_reported_and_nothing_is_changed() {
    let mut bench = Bench::new(small_board().read_protected());
    let run = bench.upgrade(&image(FLASH, &random(31, LENGTH)));
    assert_eq!(run.error().code(), "protected", "{}", run.error());
    assert_eq!(run.report.board_summary, "Nothing on the board was changed");
    let notes = run.notes();
    let distinct: std::collections::BTreeSet<_> = notes.iter().collect();
    assert_eq!(distinct.len(), notes.len(), "repeated: {notes:?}");
    assert!(
        advice(run.error())
            .iter()
            .any(|line| line.contains("erases everything"))
    );
    assert!(bench.board.erasures().is_empty());
    assert_eq!(bench.board.state(), State::Idle);
}

#[test]
fn a_device_that_stops_answering_ends_the_job_in_time() {
    for n in [1, 5, 9, 15, 30] {
        let faults = Faults::new().from_transfer(n, Fault::Timeout);
        let mut bench = Bench::new(small_board().with_faults(faults));
        let run = bench.upgrade(&image(FLASH, &random(31, LENGTH)));
        assert!(matches!(run.report.outcome, Outcome::Failed(_)));
        let seconds = run.report.duration.as_secs();
        assert!(seconds < 180, "transfer {n}: {seconds} s");
        let text = [vec![run.report.board_summary.clone()], advice(run.error())].concat();
        assert!(text.join(" ").contains("nplug "), "transfer {n}: {text:?}");
    }
}

#[test]
fn two_equal_runs_emit_the_same_events_to_the_microsecond() {
    let run = |length| {
        let mut bench = Bench::new(small_board());
        bench.upgrade(&image(FLASH, &random(1, length))).events
    };
    assert!(run(LENGTH) == run(LENGTH));
    assert!(run(LENGTH) != run(LENGTH - 1));
}
