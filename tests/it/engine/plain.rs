//! Boards that speak plain DFU 1.1: a stream of bytes, without addresses.

use std::sync::Arc;

use upfuse::engine::{JobError, Outcome, PlainRefusal, StreamState, Task, UpgradeOptions};
use upfuse::firmware::{self, Image};
use upfuse::simulator::{Board, Fault, Faults, RequestKind, State, Status};

use super::bench::{Bench, FLASH, Run, cancel_at, image, named, random, stay};

const SIZE: u64 = 20_000;

/// A stack pointer into RAM and an odd reset vector: the simulated board runs it.
pub(crate) fn program(length: u64) -> Vec<u8> {
    let mut bytes = random(5, length);
    bytes[..8].copy_from_slice(&[0x00, 0x10, 0x00, 0x20, 0x01, 0x00, 0x00, 0x08]);
    bytes
}

pub(crate) fn raw(bytes: &[u8]) -> Arc<Image> {
    Arc::new(firmware::parse("fw.bin", bytes, None).unwrap())
}

fn upgrade(board: Board, bytes: &[u8], options: UpgradeOptions) -> (Run, Vec<u8>) {
    let mut bench = Bench::new(board);
    let run = bench.upgrade_with(&raw(bytes), options);
    let memory = bench.flash(FLASH, 64 << 10);
    (run, memory)
}

#[test]
fn a_file_is_written_verified_and_its_program_started() {
    let new = program(SIZE);
    let board = named("dfu11").holding_old_firmware(7);
    let (run, memory) = upgrade(board, &new, UpgradeOptions::default());
    let report = run.done();
    assert_eq!(memory[..new.len()], new);
    assert_eq!(report.bytes_written, SIZE);
    assert_eq!(report.bytes_verified, SIZE);
    assert!(report.started);
    assert_eq!(report.stream, Some(StreamState::Stored));
    assert_eq!(
        report.board_summary,
        "The board holds the new firmware, verified"
    );
}

#[test]
fn a_cancel_aborts_the_download_and_says_that_the_old_program_is_unknown() {
    let new = program(SIZE);
    let mut bench = Bench::new(named("dfu11"));
    cancel_at(&bench, 20);
    let run = bench.upgrade(&raw(&new));
    assert_eq!(run.report.outcome, Outcome::Cancelled);
    let summary = &run.report.board_summary;
    assert!(
        summary.starts_with("Whether the old program still runs is not known"),
        "{summary}"
    );
    assert!(matches!(
        run.report.stream,
        Some(StreamState::Sending { .. })
    ));
    assert_eq!(bench.board.state(), State::Idle);
    assert!(bench.board.counters().of(RequestKind::Abort) > 0);
}

#[test]
fn what_needs_addresses_is_refused_before_anything_is_sent() {
    let new = program(SIZE);
    let refused = |task: &Task| {
        let mut bench = Bench::new(named("dfu11"));
        let run = bench.run(task);
        assert_eq!(bench.board.counters().transfers(), 0);
        match run.error() {
            JobError::Plain(refusal) => refusal.clone(),
            other => panic!("{other}"),
        }
    };
    let upgrade = |image: Arc<Image>, options| Task::Upgrade { image, options };
    let with_addresses = image(0x0800_0000, &new);
    assert!(matches!(
        refused(&upgrade(with_addresses, stay())),
        PlainRefusal::File(_)
    ));
    let at = firmware::parse("fw.bin", &new, Some("0x08000000".parse().unwrap()));
    assert_eq!(
        refused(&upgrade(Arc::new(at.unwrap()), stay())),
        PlainRefusal::Address
    );
    let keep = UpgradeOptions {
        keep: true,
        ..stay()
    };
    assert_eq!(refused(&upgrade(raw(&new), keep)), PlainRefusal::Keep);
    let mass_erase = UpgradeOptions {
        mass_erase: true,
        ..stay()
    };
    assert_eq!(
        refused(&upgrade(raw(&new), mass_erase)),
        PlainRefusal::Erase
    );
    assert_eq!(refused(&Task::Unprotect), PlainRefusal::Unprotect);
}

#[test]
fn between_two_targets_nothing_is_guessed() {
    let mut bench = Bench::new(named("uno-r4"));
    let run = bench.upgrade(&raw(&program(SIZE)));
    assert_eq!(
        run.error().to_string(),
        "the board has several targets: 0 CodeFlash, 1 DataFlash"
    );
    let chosen = UpgradeOptions {
        target: Some(0),
        ..stay()
    };
    let new = program(SIZE);
    let run = bench.upgrade_with(&raw(&new), chosen);
    run.done();
    assert_eq!(bench.flash(0, new.len()), new);
}

#[test]
fn a_file_for_another_device_is_doubted() {
    let suffix = |vendor: u16, product: u16| {
        let mut file = program(SIZE);
        file.extend([0xFF, 0xFF]);
        file.extend(product.to_le_bytes());
        file.extend(vendor.to_le_bytes());
        file.extend([0x00, 0x01, b'U', b'F', b'D', 16]);
        let crc = !crc32fast::hash(&file);
        file.extend(crc.to_le_bytes());
        Arc::new(firmware::parse("fw.dfu", &file, None).unwrap())
    };
    let mut bench = Bench::new(named("dfu11"));
    for (vendor, product) in [(0x1209, 0x0001), (0xFFFF, 0xFFFF)] {
        let run = bench.upgrade(&suffix(vendor, product));
        assert_eq!(run.notes(), [""; 0]);
    }
    for (vendor, product) in [(0x1209, 0x0002), (0x0483, 0xDF11)] {
        let run = bench.upgrade(&suffix(vendor, product));
        assert!(run.notes()[0].contains("made for another device"));
    }
}

#[test]
fn an_error_of_the_board_ends_the_download_with_its_reason() {
    let faults = Faults::new().at_request(
        RequestKind::GetStatus,
        9,
        Fault::Status(Status::Verify, State::Error),
    );
    let (run, _) = upgrade(named("dfu11").with_faults(faults), &program(SIZE), stay());
    assert!(
        run.error()
            .to_string()
            .contains("differs from what was written"),
        "{}",
        run.error()
    );
}

#[test]
fn a_file_longer_than_the_memory_is_reported_by_the_board() {
    let (run, _) = upgrade(named("dfu11"), &program(70_000), stay());
    assert!(
        run.error()
            .to_string()
            .contains("no memory at this address"),
        "{}",
        run.error()
    );
}

#[test]
fn the_memory_is_read_to_its_end() {
    let old = program(64 << 10);
    let board = named("dfu11").holding("0x08000000".parse().unwrap(), old.clone());
    let mut bench = Bench::new(board);
    let run = bench.run(&Task::Read {
        alternate: 0,
        range: None,
        save: None,
    });
    let report = run.done();
    assert_eq!(report.read[0].segments[0].data(), old);
    assert_eq!(report.bytes_read, 64 << 10);
}
