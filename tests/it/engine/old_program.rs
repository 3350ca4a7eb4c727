//! The first sentence after a stop or a failure: what became of the program that was there.

use upfuse::engine::{Outcome, Task};
use upfuse::simulator::{Fault, Faults, RequestKind};

use super::bench::{Bench, FLASH, Run, cancel_at, image, named, random, stay};

const SECTOR: usize = 2048;

/// The old program fills four sectors, the new one three.
fn bench() -> Bench {
    Bench::new(named("g474").holding_old_firmware(8))
}

fn check(run: &Run, bench: &Bench, old: &[u8], context: &str) -> &'static str {
    let now = bench.board.flash();
    let text = run.report.board_summary.clone();
    let sentences = [
        "Nothing on the board was changed",
        "Nothing of the old program was erased",
        "The old program is gone: the board does not run until it is upgraded",
        "The old program is gone; all of the new one is written",
        "Whether the old program still runs is not known",
    ];
    let first = sentences.into_iter().find(|first| text.starts_with(first));
    let first = first.unwrap_or_else(|| panic!("{context}: {text}"));
    let kept = |range: std::ops::Range<usize>| {
        let bytes = old[range.clone()].iter().zip(&now[range]);
        bytes.clone().all(|(old, now)| *old == 0xFF || old == now)
    };
    match sentences.iter().position(|sentence| *sentence == first) {
        Some(0) => assert_eq!(now, old, "{context}"),
        Some(1) => assert!(kept(0..old.len()), "{context}"),
        Some(2) => assert!(!kept(0..SECTOR), "{context}"),
        _ => {}
    }
    first
}

#[test]
fn a_stop_at_any_moment_says_what_became_of_the_old_program() {
    let mut seen = std::collections::BTreeSet::new();
    let new = random(31, 3 * SECTOR as u64);
    let mut clean = bench();
    clean.upgrade(&image(FLASH, &new)).done();
    for n in 1..=clean.board.counters().transfers() {
        let mut bench = bench();
        let old = bench.board.flash();
        cancel_at(&bench, n);
        let run = bench.upgrade(&image(FLASH, &new));
        if run.report.outcome == Outcome::Cancelled {
            seen.insert(check(&run, &bench, &old, &format!("stop at {n}")));
        }
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
}

#[test]
fn a_lost_board_says_it_too() {
    let new = random(31, 3 * SECTOR as u64);
    for nth in 1..20 {
        let faults = Faults::new().at_request(RequestKind::Download, nth, Fault::Unplug);
        let mut bench = Bench::new(named("g474").holding_old_firmware(8).with_faults(faults));
        let old = bench.board.flash();
        let run = bench.upgrade(&image(FLASH, &new));
        if run.report.outcome != Outcome::Done {
            check(&run, &bench, &old, &format!("unplugged at download {nth}"));
        }
    }
}

#[test]
fn on_a_blank_board_there_was_no_old_program() {
    let mut bench = Bench::new(named("g474"));
    let new = random(31, 3 * SECTOR as u64);
    let mut blocks = 0;
    let cancel = bench.cancel.clone();
    bench.board.listen(move |transfer| {
        // Block numbers from 2 on carry data, lower ones commands (AN3156).
        blocks += u32::from(transfer.kind == RequestKind::Download && transfer.value >= 2);
        if blocks == 2 {
            cancel.cancel();
        }
    });
    let run = bench.upgrade(&image(FLASH, &new));
    let text = &run.report.board_summary;
    assert_eq!(run.report.outcome, Outcome::Cancelled);
    let blank = "Nothing was erased: the start of the memory was blank before. ";
    assert!(text.starts_with(blank), "{text}");
}

/// Whether a sector further on belonged to the program cannot be known.
#[test]
fn only_the_start_of_the_program_tells() {
    let new = random(31, 2 * SECTOR as u64);
    let at = FLASH + 4 * SECTOR as u32;
    let mut bench = Bench::new(
        named("g474")
            .holding_old_firmware(8)
            .with_faults(Faults::new().at_request(RequestKind::GetStatus, 8, Fault::Unplug)),
    );
    let run = bench.upgrade_with(&image(at, &new), stay());
    let text = &run.report.board_summary;
    assert!(
        text.starts_with("Whether the old program still runs is not known"),
        "{text}"
    );
    // The new program has a vector table of its own; the board starts at its first sector.
    let mut program = random(32, 2 * SECTOR as u64);
    program[..4].copy_from_slice(&0x2000_1000u32.to_le_bytes());
    program[4..8].copy_from_slice(&(at + 0x201).to_le_bytes());
    let far = image(at, &program);
    let mut clean = Bench::new(named("g474").holding_old_firmware(8));
    clean.upgrade_with(&far, stay()).done();
    let mut stopped = 0;
    for n in 1..=clean.board.counters().transfers() {
        let mut bench = Bench::new(named("g474").holding_old_firmware(8));
        cancel_at(&bench, n);
        let run = bench.upgrade_with(&far, stay());
        let text = &run.report.board_summary;
        assert!(!text.starts_with("The old program is gone"), "{n}: {text}");
        stopped += u32::from(text.starts_with("Whether the old program still runs"));
    }
    assert!(stopped > 0);
    let mut bench = Bench::used("f407");
    cancel_at(&bench, 60);
    let run = bench.run(&Task::Erase(upfuse::engine::EraseScope::All));
    let text = &run.report.board_summary;
    assert!(text.starts_with("The old program is gone"), "{text}");
}
