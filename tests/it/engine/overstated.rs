//! The ROM of the STM32L0 announces 192 KiB on every part, `1536*128g` (ST community 92276, an
//! STM32L072KB; 214330, an STM32L072RB), and beyond the real end it refuses or leaves.

use upfuse::address::{Address, AddressRange};
use upfuse::engine::{EraseScope, Outcome, SaveTo, Task, advice};
use upfuse::firmware::Existing;
use upfuse::simulator::{Board, Fault, Faults};

use super::bench::{Bench, FLASH, cancel_at, image, named, random};

const REAL: usize = 128 << 10;

/// An STM32L072RB: 128 KiB, and the layout of 192.
fn l072rb() -> Board {
    let mut board = named("l072").holding_old_firmware(99);
    let flash = &mut board.bootloader.as_mut().unwrap().alternates[0];
    flash.areas[0].runs[0].count = 1024;
    board
}

fn read(range: Option<AddressRange>, save: Option<SaveTo>) -> Task {
    Task::Read {
        alternate: 0,
        range,
        save,
    }
}

#[test]
fn a_read_of_everything_ends_where_the_memory_ends_and_saves_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flash.bin");
    let save = SaveTo {
        path: path.clone(),
        existing: Existing::Refuse,
    };
    let mut bench = Bench::new(l072rb());
    let run = bench.run(&read(None, Some(save)));
    assert_eq!(run.done().bytes_read, REAL as u64);
    assert_eq!(
        run.report.board_summary,
        "The board cannot be read from 0x08020000 on: its memory probably ends there, after 128 KiB"
    );
    assert_eq!(std::fs::read(path).unwrap(), bench.flash(FLASH, REAL));
}

#[test]
fn it_ends_there_too_where_the_board_leaves() {
    let mut bench = Bench::new(l072rb());
    let whole = bench.run(&read(None, None));
    let before_the_end = whole.done().transfers.total;
    for transfer in before_the_end - 8..before_the_end {
        let faults = Faults::default().at_transfer(transfer, Fault::Unplug);
        let mut bench = Bench::new(l072rb().with_faults(faults));
        let run = bench.run(&read(None, None));
        let read = run.report.bytes_read;
        match run.report.outcome {
            Outcome::Done => assert_eq!(read, REAL as u64),
            _ => assert!(read < REAL as u64, "{read}"),
        }
    }
}

#[test]
fn an_erase_of_everything_counts_the_sectors_that_there_are() {
    let mut bench = Bench::new(l072rb());
    let run = bench.run(&Task::Erase(EraseScope::All));
    assert_eq!(run.done().sectors_erased, 1024);
    assert_eq!(
        run.report.board_summary,
        "1024 sectors are erased and empty"
    );
}

#[test]
fn the_end_of_read_protection_is_seen_in_the_sectors_that_there_are() {
    let mut bench = Bench::new(l072rb().read_protected());
    let run = bench.run(&Task::Unprotect);
    assert_eq!(run.done().sectors_erased, 1024);
    assert_eq!(
        run.report.board_summary,
        "Everything was erased, and the board is not read-protected"
    );
}

#[test]
fn a_stopped_erase_of_everything_is_no_failure_there() {
    let erase = Task::Erase(EraseScope::All);
    for n in [3, 20, 50] {
        let mut bench = Bench::new(l072rb());
        cancel_at(&bench, n);
        let run = bench.run(&erase);
        assert_eq!(run.report.outcome, Outcome::Cancelled, "{n}");
        assert_eq!(run.report.sectors_erased, 1024, "{n}");
    }
}

#[test]
fn a_requested_range_beyond_the_end_fails() {
    let mut bench = Bench::new(l072rb());
    let range = AddressRange::new(Address(FLASH), REAL as u64 + 128).unwrap();
    let run = bench.run(&read(Some(range), None));
    assert_eq!(run.error().code(), "device", "{}", run.error());
}

#[test]
fn a_refusal_before_any_possible_end_fails() {
    let mut board = l072rb();
    board.bootloader.as_mut().unwrap().alternates[0].areas[0].runs[0].count = 500;
    let run = Bench::new(board).run(&read(None, None));
    assert_eq!(run.error().code(), "device", "{}", run.error());
}

#[test]
fn a_page_of_the_second_bank_that_is_not_erased_comes_with_the_reason() {
    // ST community 382839, an STM32L073.
    let mut board = l072rb();
    let second = AddressRange::new(Address(FLASH + 0x1_8000), 0x8000).unwrap();
    board.bootloader.as_mut().unwrap().failing = vec![second];
    let image = image(FLASH + 0x1_8000, &random(91, 500));
    let run = Bench::new(board).upgrade(&image);
    let steps = advice(run.error());
    assert!(steps[0].contains("96 KiB"), "{steps:?}");
}
