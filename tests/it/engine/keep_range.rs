//! Ranges of the board's memory that an upgrade leaves as they are, although the file covers them.

use std::sync::Arc;

use upfuse::address::{Address, AddressRange};
use upfuse::engine::{JobError, JobEvent, Outcome, Task, UpgradeOptions};
use upfuse::firmware::Image;
use upfuse::simulator::{Board, Fault, Faults, State};

use super::bench::{Bench, FLASH, Run, cancel_at, named, pieces, random, stay};

/// Pages of 2 KiB on the G474.
const PAGE: usize = 2048;
const LENGTH: usize = 8 * PAGE;
/// Inside a page, a whole page with the ends of its neighbours, and beyond the end of the file in a
/// page that it touches.
const KEPT: [std::ops::Range<usize>; 3] = [
    0x123..0x1FF,
    2 * PAGE - 8..3 * PAGE + 8,
    LENGTH - 40..LENGTH,
];

fn range(offsets: &std::ops::Range<usize>) -> AddressRange {
    let start = Address(FLASH + u32::try_from(offsets.start).unwrap());
    AddressRange::new(start, offsets.len() as u64).unwrap()
}

fn old_board() -> Board {
    named("g474").holding_old_firmware(8)
}

fn image() -> Arc<Image> {
    pieces(&[(FLASH, &random(31, LENGTH as u64 - 20))])
}

fn options() -> UpgradeOptions {
    UpgradeOptions {
        keep_ranges: KEPT.iter().map(range).collect(),
        ..stay()
    }
}

fn task() -> Task {
    Task::Upgrade {
        image: image(),
        options: options(),
    }
}

/// The bytes in the kept ranges.
fn kept(flash: &[u8]) -> Vec<u8> {
    KEPT.iter()
        .flat_map(|range| &flash[range.clone()])
        .copied()
        .collect()
}

fn check_written(bench: &Bench, old: &[u8]) {
    let now = bench.board.flash();
    assert!(kept(&now) == kept(old), "a kept range has changed");
    let new = random(31, LENGTH as u64 - 20);
    for (offset, byte) in new.iter().enumerate() {
        if !KEPT.iter().any(|range| range.contains(&offset)) {
            assert_eq!(now[offset], *byte, "at {offset:#x}");
        }
    }
    assert_eq!(now[LENGTH..], old[LENGTH..]);
}

#[test]
fn kept_ranges_stay_and_the_rest_is_written_and_verified() {
    let mut bench = Bench::new(old_board());
    let old = bench.board.flash();
    let run = bench.run(&task());
    let report = run.done();
    check_written(&bench, &old);
    assert_eq!(bench.board.defects(), []);
    let new = LENGTH - 20 - KEPT.iter().map(|r| r.len()).sum::<usize>() + 20;
    assert_eq!(
        (report.bytes_written, report.bytes_verified),
        (new as u64, new as u64)
    );
    // The page in the middle is not touched at all.
    assert_eq!(report.sectors_erased, 7);
    // The same again changes nothing.
    let again = bench.run(&task());
    assert_eq!(again.done().sectors_erased, 0);
    check_written(&bench, &old);
}

#[test]
fn the_plan_shows_what_is_kept_and_loses_nothing_of_it() {
    let mut bench = Bench::new(old_board());
    let run = bench.run(&Task::Compare {
        image: image(),
        options: options(),
    });
    run.done();
    let mut plans = run.events.iter().filter_map(|event| match event {
        JobEvent::Planned(plan) => Some(plan),
        _ => None,
    });
    let plan = plans.next_back().unwrap();
    let kept: u64 = plan.targets[0]
        .sectors
        .iter()
        .map(|sector| sector.kept_bytes())
        .sum();
    // The page in the middle is not in the plan.
    assert_eq!(
        kept,
        (KEPT.iter().map(|r| r.len()).sum::<usize>() - PAGE) as u64
    );
    assert_eq!(plan.totals().lost_bytes, 0);
}

fn transfers_of_a_clean_run() -> u64 {
    let mut bench = Bench::new(old_board());
    bench.run(&task()).done();
    bench.board.counters().transfers()
}

#[test]
fn a_stop_at_any_transfer_leaves_kept_ranges_as_they_were() {
    let mut restored = 0;
    for n in 1..=transfers_of_a_clean_run() {
        let mut bench = Bench::new(old_board());
        let old = bench.board.flash();
        cancel_at(&bench, n);
        let run = bench.run(&task());
        assert!(kept(&bench.board.flash()) == kept(&old), "stop at {n}");
        assert_eq!(bench.board.state(), State::Idle, "stop at {n}");
        if run.report.outcome == Outcome::Cancelled {
            restored += u32::from(run.notes().iter().any(|note| note.contains("written back")));
            bench.cancel = upfuse::dfu::Cancel::default();
            bench.run(&task()).done();
            check_written(&bench, &old);
        }
    }
    assert!(
        restored > 5,
        "only {restored} stops had bytes to write back"
    );
}

#[test]
fn a_failure_that_the_board_survives_leaves_kept_ranges_as_they_were() {
    for n in 1..=transfers_of_a_clean_run() {
        let faults = Faults::new().at_transfer(n, Fault::Timeout);
        let mut bench = Bench::new(old_board().with_faults(faults));
        let old = bench.board.flash();
        let run: Run = bench.run(&task());
        assert!(kept(&bench.board.flash()) == kept(&old), "{n}");
        assert_eq!(run.report.lost, None, "{n}");
    }
}

#[test]
fn a_range_cannot_be_kept_where_everything_is_erased() {
    let mut bench = Bench::new(old_board());
    let old = bench.board.flash();
    let options = UpgradeOptions {
        mass_erase: true,
        ..options()
    };
    let run = bench.upgrade_with(&image(), options);
    assert!(
        matches!(run.error(), JobError::KeptErased(_)),
        "{:?}",
        run.error()
    );
    assert!(bench.board.flash() == old);
}

#[test]
fn with_all_of_the_file_kept_nothing_is_written() {
    let mut bench = Bench::new(old_board());
    let old = bench.board.flash();
    let options = UpgradeOptions {
        keep_ranges: vec![range(&(0..LENGTH))],
        ..stay()
    };
    let run = bench.upgrade_with(&image(), options);
    assert!(
        matches!(run.error(), JobError::AllKept),
        "{:?}",
        run.error()
    );
    assert!(bench.board.flash() == old);
}

#[test]
fn a_verification_leaves_kept_ranges_out() {
    let mut bench = Bench::new(old_board());
    bench.run(&task()).done();
    let verify = |keep_ranges| Task::Verify {
        image: image(),
        target: None,
        keep_ranges,
        detail: upfuse::engine::Detail::Verdict,
    };
    let without = bench.run(&verify(Vec::new()));
    assert!(matches!(without.error(), JobError::Mismatch { .. }));
    bench.run(&verify(options().keep_ranges)).done();
}
