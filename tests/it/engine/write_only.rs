//! Memory of type 'f': it can be erased and written, and not read. A public bootloader for the
//! STM32G4 says so of all its flash, `@Flash/0x08000000/128*2Kf`: it reads the bank that runs and
//! writes the other.

use upfuse::address::{Address, AddressRange};
use upfuse::engine::{Action, Detail, EraseScope, JobEvent, Task, UpgradeOptions};
use upfuse::simulator::Board;

use super::bench::{Bench, FLASH, Run, image, named, random, stay};

pub(super) const PAGE: u32 = 2048;

/// A G474 whose pages from `first` on cannot be read.
pub(super) fn write_only_from(first: u32) -> Board {
    let mut board = named("g474").holding_old_firmware(99);
    let bootloader = board.bootloader.as_mut().unwrap();
    let flash = &mut bootloader.alternates[0];
    let all = flash.areas[0].runs[0];
    let mut tail = all;
    tail.start = all.start.checked_add(u64::from(first * PAGE)).unwrap();
    tail.count = all.count - first;
    tail.access.read = false;
    let mut head = all;
    head.count = first;
    flash.areas[0].runs = vec![head, tail];
    let groups = match first {
        0 => format!("{}*2Kf", tail.count),
        _ => format!("{first}*2Kg,{}*2Kf", tail.count),
    };
    flash.layout = Some(format!("@Flash/0x08000000/{groups}"));
    board
}

fn range(start: u32, length: u64) -> AddressRange {
    AddressRange::new(Address(start), length).unwrap()
}

/// The bytes that the decided plan neither compares nor verifies, and the sectors that it erases.
fn planned(run: &Run) -> (u64, usize) {
    let plans = run.events.iter().rev().filter_map(|event| match event {
        JobEvent::Planned(plan) => Some(plan),
        _ => None,
    });
    let plan = plans.into_iter().next().unwrap();
    let sectors = plan.targets[0].sectors.iter();
    let rewritten = sectors.filter(|s| s.action == Action::EraseAndWrite);
    (plan.totals().unverified_bytes, rewritten.count())
}

#[test]
fn memory_that_cannot_be_read_is_written_without_a_compare_and_not_verified() {
    let data = random(81, 5_000);
    for mass_erase in [false, true] {
        let mut bench = Bench::new(write_only_from(0));
        let options = UpgradeOptions {
            mass_erase,
            ..stay()
        };
        let run = bench.upgrade_with(&image(FLASH, &data), options);
        assert_eq!(run.done().bytes_verified, 0);
        assert_eq!(
            run.report.board_summary,
            "The board holds the new firmware, not verified"
        );
        assert_eq!(planned(&run), (5_000, 3));
        let notes = run.notes();
        let said = |note: &&String| note.contains("not verified");
        assert_eq!(notes.iter().filter(said).count(), 1, "{notes:?}");
        assert_eq!(bench.flash(FLASH, 5_000), data);
        assert_eq!(bench.board.defects(), []);
    }
}

#[test]
fn what_can_be_read_beside_it_is_verified() {
    let data = random(82, 6 * u64::from(PAGE));
    let mut bench = Bench::new(write_only_from(4));
    let run = bench.upgrade(&image(FLASH, &data));
    assert_eq!(run.done().bytes_verified, 4 * u64::from(PAGE));
    assert_eq!(
        run.report.board_summary,
        "The board holds the new firmware; 4 KiB of it cannot be read and is not verified"
    );
    assert_eq!(bench.flash(FLASH, data.len()), data);
}

#[test]
fn an_erase_of_it_is_not_verified() {
    for scope in [
        EraseScope::All,
        EraseScope::Range {
            alternate: 0,
            range: range(FLASH, 10),
        },
    ] {
        let mut bench = Bench::new(write_only_from(0));
        let run = bench.run(&Task::Erase(scope));
        let summary = &run.done().board_summary;
        assert!(summary.ends_with("erased, not verified"), "{summary}");
        let blank = bench.flash(FLASH, PAGE as usize);
        assert!(blank.iter().all(|byte| *byte == 0xFF));
    }
}

#[test]
fn what_needs_to_read_it_is_refused_before_anything_is_changed() {
    let keep = UpgradeOptions {
        keep: true,
        ..stay()
    };
    let image = image(FLASH, &random(83, 100));
    for task in [
        Task::Upgrade {
            image: image.clone(),
            options: keep,
        },
        Task::Verify {
            image,
            target: None,
            keep_ranges: Vec::new(),
            detail: Detail::Verdict,
        },
        Task::Read {
            alternate: 0,
            range: None,
            save: None,
        },
    ] {
        let mut bench = Bench::new(write_only_from(0));
        let run = bench.run(&task);
        assert_eq!(
            run.error().to_string(),
            "the sector 0x08000000–0x080007FF cannot be read"
        );
        assert_eq!(run.error().code(), "not-allowed");
        assert!(bench.board.erasures().is_empty());
    }
}
