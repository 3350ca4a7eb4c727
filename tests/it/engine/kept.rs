//! An upgrade that keeps the rest of partly covered sectors and does not end well: a stop loses
//! nothing, a failure says what it lost.

use upfuse::address::{Address, ByteSize};
use upfuse::engine::{Outcome, Summary, Task, UpgradeOptions};
use upfuse::firmware::Image;
use upfuse::simulator::{Board, Fault, Faults, State};

use super::bench::{Bench, FLASH, Run, cancel_at, named, pieces, random, stay};

/// Pages of 2 KiB on the G474.
const PAGE: usize = 2048;
/// The first piece covers a part of the first page, the second all of the second page and the ends
/// of both of its neighbours.
const FIRST: std::ops::Range<usize> = 0..1000;
const SECOND: std::ops::Range<usize> = 3000..8000;

fn small_board() -> Board {
    named("g474").holding_old_firmware(8)
}

fn new_image() -> std::sync::Arc<Image> {
    let bytes = random(31, 8000);
    let at = |offset: usize| FLASH + u32::try_from(offset).unwrap();
    pieces(&[
        (at(FIRST.start), &bytes[FIRST]),
        (at(SECOND.start), &bytes[SECOND]),
    ])
}

fn task() -> Task {
    Task::Upgrade {
        image: new_image(),
        options: UpgradeOptions {
            keep: true,
            ..stay()
        },
    }
}

fn transfers_of_a_clean_run(board: Board) -> u64 {
    let mut bench = Bench::new(board);
    let old = bench.board.flash();
    bench.run(&task()).done();
    assert_eq!(outside(&bench.board.flash()), outside(&old));
    bench.board.counters().transfers()
}

/// The bytes that the file does not cover.
fn outside(flash: &[u8]) -> Vec<u8> {
    let gap = FIRST.end..SECOND.start;
    [&flash[gap], &flash[SECOND.end..]].concat()
}

fn summary(run: &Run) -> Summary {
    let task = task();
    Summary::new(task.noun(), &task, &run.report)
}

#[test]
fn a_stop_at_any_transfer_keeps_every_byte_outside_the_file() {
    let mut restored = 0;
    for n in 1..=transfers_of_a_clean_run(small_board()) {
        let mut bench = Bench::new(small_board());
        let old = bench.board.flash();
        cancel_at(&bench, n);
        let run = bench.run(&task());
        assert!(
            outside(&bench.board.flash()) == outside(&old),
            "stop at {n}"
        );
        assert_eq!(bench.board.defects(), [], "stop at {n}");
        assert_eq!(bench.board.state(), State::Idle, "stop at {n}");
        assert_eq!(run.report.lost, None, "stop at {n}");
        let Outcome::Cancelled = run.report.outcome else {
            continue;
        };
        restored += u32::from(run.notes().iter().any(|note| note.contains("written back")));
        bench.cancel = upfuse::dfu::Cancel::default();
        bench.run(&task()).done();
        assert!(outside(&bench.board.flash()) == outside(&old), "after {n}");
    }
    assert!(
        restored > 5,
        "only {restored} stops had bytes to write back"
    );
}

#[test]
fn a_board_that_fails_once_and_answers_again_keeps_every_byte_outside_the_file() {
    for n in 1..=transfers_of_a_clean_run(small_board()) {
        let faults = Faults::new().at_transfer(n, Fault::Timeout);
        let mut bench = Bench::new(small_board().with_faults(faults));
        let old = bench.board.flash();
        let run = bench.run(&task());
        assert!(outside(&bench.board.flash()) == outside(&old), "{n}");
        assert_eq!(run.report.lost, None, "{n}");
    }
}

#[test]
fn a_lost_board_names_the_bytes_that_it_lost_and_nothing_promises_them() {
    let mut losses = 0;
    for fault in [Fault::Unplug, Fault::UnplugLate] {
        for n in 1..transfers_of_a_clean_run(small_board()) {
            let faults = Faults::new().at_transfer(n, fault);
            let mut bench = Bench::new(small_board().with_faults(faults));
            let old = bench.board.flash();
            let run = bench.run(&task());
            let now = bench.board.flash();
            let context = format!("{fault:?} at {n}: {:?}", run.report);
            let lost = run.report.lost.clone();
            let ranges = lost.iter().flat_map(|lost| lost.ranges.clone());
            let named: Vec<usize> = ranges
                .flat_map(|range| {
                    let start = (range.start().0 - FLASH) as usize;
                    start..start + usize::try_from(range.len()).unwrap()
                })
                .collect();
            let differs =
                |at: &usize| now[*at] != old[*at] && !FIRST.contains(at) && !SECOND.contains(at);
            let missing = (0..5 * PAGE).find(|at| differs(at) && !named.contains(at));
            assert_eq!(missing, None, "{context}");
            let Some(lost) = lost else {
                continue;
            };
            losses += 1;
            let summary = summary(&run);
            let text = &run.report.board_summary;
            assert!(text.starts_with("Data that was to be kept "), "{context}");
            let size = ByteSize(lost.total()).to_string();
            assert!(text.contains(&size), "{context}");
            assert!(text.contains(&lost.ranges[0].to_string()), "{context}");
            let steps = summary.steps.join(" ");
            assert!(!steps.contains("continues"), "{steps}");
            assert!(steps.contains("does not bring back"), "{steps}");
        }
    }
    assert!(losses > 10, "only {losses} boards lost bytes");
}

#[test]
fn blank_bytes_are_not_called_lost() {
    let blank_outside = |faults: Faults| {
        let bench = Bench::new(named("g474").with_faults(faults));
        for covered in [FIRST, SECOND] {
            let at = FLASH + u32::try_from(covered.start).unwrap();
            bench.board.fill(Address(at), &vec![0x5A; covered.len()]);
        }
        bench
    };
    let mut clean = blank_outside(Faults::new());
    clean.run(&task()).done();
    let mut erased = 0;
    for n in 1..clean.board.counters().transfers() {
        let mut bench = blank_outside(Faults::new().at_transfer(n, Fault::Unplug));
        let run = bench.run(&task());
        assert_eq!(run.report.lost, None, "{n}");
        erased += u32::from(
            run.report
                .board_summary
                .contains("was erased, not verified"),
        );
    }
    assert!(erased > 0);
}
