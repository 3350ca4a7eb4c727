//! Advice is about the command that failed.

use upfuse::address::{Address, AddressRange};
use upfuse::engine::{Detail, EraseScope, Task, advice_for};
use upfuse::simulator::{Fault, Faults, RequestKind};

use super::bench::{Bench, FLASH, Run, image, named, random, stay};

fn steps(task: &Task, run: &Run) -> String {
    advice_for(task, run.error()).join(". ")
}

fn upgrade(length: u64) -> Task {
    Task::Upgrade {
        image: image(FLASH, &random(1, length)),
        options: stay(),
    }
}

fn verify() -> Task {
    Task::Verify {
        image: image(FLASH, &random(1, 60_000)),
        target: None,
        keep_ranges: Vec::new(),
        detail: Detail::Verdict,
    }
}

fn erase(alternate: u8, start: u32) -> Task {
    let range = AddressRange::new(Address(start), 1).unwrap();
    Task::Erase(EraseScope::Range { alternate, range })
}

#[test]
fn a_lost_board_is_incomplete_only_after_an_upgrade_that_changed_it() {
    let lost = |task: &Task, kind, nth| {
        let faults = Faults::new().at_request(kind, nth, Fault::Unplug);
        let board = named("f407").holding_old_firmware(2).with_faults(faults);
        let run = Bench::new(board).run(task);
        steps(task, &run)
    };
    let text = lost(&verify(), RequestKind::Upload, 8);
    assert!(
        !text.contains("incomplete") && !text.contains("upgrade"),
        "{text}"
    );
    let text = lost(&erase(0, FLASH), RequestKind::GetStatus, 2);
    assert!(text.contains("erase again"), "{text}");
    let text = lost(&upgrade(60_000), RequestKind::Download, 20);
    assert!(text.contains("incomplete"), "{text}");
    // Flash with a double ECC error cannot be read; erasing it can.
    let text = lost(&upgrade(60_000), RequestKind::Upload, 1);
    assert!(text.contains("--rewrite"), "{text}");
}

#[test]
fn no_advice_is_about_a_file_where_there_is_none() {
    let start = Task::Start {
        at: Some(Address(0x2000_0000)),
    };
    let read = |alternate, start| Task::Read {
        alternate,
        range: AddressRange::new(Address(start), 16),
        save: None,
    };
    for task in [
        erase(0, 0),
        erase(9, FLASH),
        erase(1, 0x1FFF_C000),
        erase(2, 0x1FFF_7800),
        read(9, FLASH),
        read(0, 0),
        start,
        verify(),
    ] {
        let run = Bench::used("f407").run(&task);
        let text = steps(&task, &run);
        assert!(!text.is_empty());
        let about_files = text.contains("Check that the file")
            || text.contains("binary file")
            || text.contains("the file's targets")
            || text.contains("linked");
        assert!(!about_files, "{task:?}: {text}");
    }
}

#[test]
fn a_board_that_holds_something_else_is_not_worn_out() {
    let run = Bench::used("f407").run(&verify());
    assert!(!steps(&verify(), &run).contains("worn out"));
    let mut board = named("f407").holding_old_firmware(2);
    board.write_protected = AddressRange::new(Address(FLASH), 0x4000)
        .into_iter()
        .collect();
    let task = erase(0, FLASH);
    let run = Bench::new(board).run(&task);
    assert!(steps(&task, &run).contains("write-protected"));
}

/// errTARGET and errADDRESS come before anything is done.
#[test]
fn a_refused_erase_changed_nothing() {
    use upfuse::simulator::{State, Status};
    let refusal = Fault::Status(Status::Target, State::Error);
    let faults = Faults::new().at_request(RequestKind::GetStatus, 1, refusal);
    let board = named("f407").holding_old_firmware(2).with_faults(faults);
    let run = Bench::new(board).run(&erase(0, FLASH));
    assert_eq!(run.error().code(), "device", "{}", run.error());
    assert_eq!(run.report.board_summary, "Nothing on the board was changed");
}
