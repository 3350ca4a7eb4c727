//! Mass erases: those that the board ignores, refuses or does only in part, and a cancel.

use std::time::Duration;

use upfuse::address::{Address, AddressRange};
use upfuse::engine::{EraseScope, Outcome, Task, UpgradeOptions};

use super::bench::{Bench, FLASH, cancel_at, image, named, random, stay};

#[test]
fn a_mass_erase_leaves_all_flash_blank() {
    let mut bench = Bench::used("f767");
    bench.run(&Task::Erase(EraseScope::All)).done();
    assert!(bench.board.flash().iter().all(|b| *b == 0xFF));
}

fn mass_erasing() -> UpgradeOptions {
    UpgradeOptions {
        mass_erase: true,
        ..stay()
    }
}

/// ST's device library takes the one byte of a mass erase and ignores it.
#[test]
fn an_ignored_mass_erase_continues_sector_by_sector() {
    let mut bench = Bench::used("cube");
    let run = bench.run(&Task::Erase(EraseScope::All));
    assert_eq!(run.done().sectors_erased, 9);
    assert_eq!(run.report.board_summary, "9 sectors are erased and empty");
    let after = bench.board.flash();
    assert!(after[48 * 1024..].iter().all(|b| *b == 0xFF));
    assert!(
        run.notes().iter().any(|n| n.contains("9 sectors")),
        "{:?}",
        run.notes()
    );

    let mut bench = Bench::used("cube");
    let data = random(12, 5_000);
    for verify in [true, false] {
        let options = UpgradeOptions {
            verify,
            ..mass_erasing()
        };
        let run = bench.upgrade_with(&image(FLASH + 0xC000, &data), options);
        assert_eq!(run.done().sectors_erased, 9);
        assert_eq!(bench.board.defects(), []);
        assert_eq!(bench.flash(FLASH + 0xC000, 5_000), data);
    }
}

/// Write-protected sectors keep their contents, and no error is reported for them (AN2662).
#[test]
fn sectors_that_no_erase_clears_are_not_reported_as_erased() {
    let board = || Bench::new(named("f407-write-protected").holding_old_firmware(3));
    let mut bench = board();
    let run = bench.run(&Task::Erase(EraseScope::All));
    assert_eq!(run.error().code(), "write-protected");
    assert_eq!(run.report.sectors_erased, 10);
    assert_eq!(
        run.report.board_summary,
        "Whether the old program still runs is not known. 10 sectors are erased and empty, 2 sectors \
         are not empty after an erase"
    );

    // The image does not cover them, and then it does.
    let data = random(12, 5_000);
    let mut bench = board();
    let run = bench.upgrade_with(&image(FLASH + 0x8000, &data), mass_erasing());
    assert_eq!(run.done().sectors_erased, 10);
    let options = UpgradeOptions {
        verify: false,
        ..mass_erasing()
    };
    let mut bench = board();
    let run = bench.upgrade_with(&image(FLASH, &data), options);
    assert_eq!(run.error().code(), "write-protected");
    assert!(bench.board.writes().is_empty());
}

/// The erase cannot be stopped; the report is about the board after it.
#[test]
fn a_cancelled_mass_erase_is_reported_as_it_ended() {
    let erase = Task::Erase(EraseScope::All);
    let mut clean = Bench::used("f407");
    clean.run(&erase).done();
    let mut erased = 0;
    for n in 1..clean.board.counters().transfers().min(200) {
        let mut bench = Bench::used("f407");
        let old = bench.board.flash();
        cancel_at(&bench, n);
        let run = bench.run(&erase);
        assert_eq!(run.report.outcome, Outcome::Cancelled, "transfer {n}");
        bench.board.clock().sleep(Duration::from_secs(60));
        let text = &run.report.board_summary;
        if text == "Nothing on the board was changed" {
            assert_eq!(bench.board.flash(), old, "transfer {n}");
        } else {
            assert!(!text.contains("may be"), "{n}: {text}");
            assert!(bench.board.flash().iter().all(|byte| *byte == 0xFF));
            assert_eq!(run.report.sectors_erased, 12);
            erased += 1;
        }
    }
    assert!(erased > 20, "only {erased} were erased");
}

/// No error is reported for a write-protected sector (AN2662), here one that begins blank.
#[test]
fn only_sectors_that_were_read_completely_are_called_empty() {
    let locked = AddressRange::new(Address(FLASH + 0x2_0000), 0x2_0000).unwrap();
    let board = named("f407")
        .holding(Address(FLASH + 0x3_0000), random(4, 0x1_0000))
        .write_protected(locked);
    let erase = Task::Erase(EraseScope::All);
    let mut clean = Bench::new(board.clone());
    assert_eq!(clean.run(&erase).error().code(), "mismatch");
    let mut unverified = 0;
    for n in 1..clean.board.counters().transfers().min(200) {
        let mut bench = Bench::new(board.clone());
        cancel_at(&bench, n);
        let run = bench.run(&erase);
        assert_eq!(run.report.outcome, Outcome::Cancelled, "transfer {n}");
        let text = &run.report.board_summary;
        assert!(
            !text.contains("12 sectors are erased and empty"),
            "{n}: {text}"
        );
        unverified += u32::from(text.contains("erased, not verified"));
    }
    assert!(unverified > 20, "{unverified}");
}

/// A board whose command list has no erase of everything (AN3156: it answers with a stall).
#[test]
fn a_refused_mass_erase_continues_sector_by_sector() {
    let mut board = named("f407").holding_old_firmware(3);
    board.bootloader.as_mut().unwrap().mass_erase = false;
    let mut bench = Bench::new(board.clone());
    let run = bench.run(&Task::Erase(EraseScope::All));
    assert_eq!(run.done().sectors_erased, 12);
    assert!(bench.board.flash().iter().all(|byte| *byte == 0xFF));

    let data = random(3, 5_000);
    let mut bench = Bench::new(board.clone());
    bench
        .upgrade_with(&image(FLASH, &data), mass_erasing())
        .done();
    assert_eq!(bench.flash(FLASH, data.len()), data);

    board.bootloader.as_mut().unwrap().unreadable = true;
    let mut bench = Bench::new(board);
    bench.run(&Task::Erase(EraseScope::All)).done();
    assert!(bench.board.flash().iter().all(|byte| *byte == 0xFF));
}
