//! Jobs on recorded boards: a record of a job answers the same job to the same end.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use upfuse::address::Address;
use upfuse::dfu::{Cancel, Pace, Session};
use upfuse::discovery::{Os, SystemFacts, examine};
use upfuse::engine::{self, Outcome, Report, Task};
use upfuse::simulator::{Board, Matching, Replay, SimulatedBus, Time};
use upfuse::transport::Bus;
use upfuse::transport::recording::{KeepData, Recorder, Recording, Side};

use super::bench::{image, named, stay};

/// Where all boards here have memory for programs.
const START: u32 = 0x0801_0000;

#[derive(Clone, Default)]
struct Sheet(Arc<Mutex<Vec<u8>>>);

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a job on the only board of a bus, recorded if wanted.
fn run(bus: &mut dyn Bus, recorder: Option<&Recorder>, task: &Task) -> Report {
    let records = bus.scan().unwrap();
    let found = examine(&records, &SystemFacts::new(Os::Linux));
    let board = engine::Board::from(&found[0]);
    let mut opened = bus.open(&board.place, 0).map(|(opened, _)| opened);
    if let Some(recorder) = recorder {
        recorder.devices(&records);
        opened = recorder.opened(&records[0], 0, opened);
    }
    let size = board.functional.transfer_size;
    let mut session = Session::new(opened.unwrap(), size, Pace::Adaptive, Cancel::default());
    engine::run(task, &board, &mut session, &mut |_| {})
}

fn record(board: Board, keep: KeepData, task: &Task) -> (Report, String) {
    let sheet = Sheet::default();
    let recorder = Recorder::new(sheet.clone(), keep, Side::Host).unwrap();
    let mut bus = SimulatedBus::new();
    bus.plug(board, Time::Virtual);
    let report = run(&mut bus, Some(&recorder), task);
    let text = String::from_utf8(sheet.0.lock().unwrap().clone()).unwrap();
    (report, text)
}

fn replay(text: &str) -> Replay {
    Replay::new(Recording::parse(text).unwrap(), Matching::Strict)
}

fn upgrade(bytes: &[u8]) -> Task {
    Task::Upgrade {
        image: image(START, bytes),
        options: stay(),
    }
}

fn program(length: usize) -> Vec<u8> {
    (0..length)
        .map(|i| (i.wrapping_mul(7) % 251) as u8)
        .collect()
}

/// Every way of being busy, of counting blocks, of ending in an odd state.
const BOARDS: [&str; 8] = [
    "f072",
    "f407",
    "f767",
    "g474",
    "h743-rev-v",
    "l072",
    "cube",
    "mboot",
];

fn check_upgrade(name: &str, keep: KeepData) {
    let task = upgrade(&program(40_000));
    let board = named(name).holding_old_firmware(99);
    let (recorded, text) = record(board, keep, &task);
    assert_eq!(recorded.outcome, Outcome::Done, "{name}");
    let mut bus = replay(&text);
    let replayed = run(&mut bus, None, &task);
    let result = bus.result();
    assert!(result.is_ok(), "{name}: {result:?}");
    assert_eq!(replayed.outcome, Outcome::Done, "{name}");
    assert_eq!(replayed.bytes_written, recorded.bytes_written, "{name}");
    assert_eq!(replayed.bytes_verified, recorded.bytes_verified, "{name}");
    assert_eq!(replayed.transfers, recorded.transfers, "{name}");
    let (one, other) = (replayed.duration, recorded.duration);
    let milliseconds = one.abs_diff(other).as_millis();
    assert!(milliseconds <= 1, "{name}: {one:?}, recorded {other:?}");
}

#[test]
fn the_record_of_an_upgrade_answers_the_same_upgrade_in_the_same_time() {
    for name in BOARDS {
        check_upgrade(name, KeepData::Everything);
    }
}

/// On the l072, the block with the end of the file also holds sectors that stay: only a record of
/// everything has their bytes.
#[test]
fn hashes_are_enough_where_only_what_was_written_is_read_back() {
    for name in BOARDS.into_iter().filter(|name| *name != "l072") {
        check_upgrade(name, KeepData::Hashes);
    }
}

#[test]
fn the_record_of_a_failure_fails_in_the_same_way() {
    let task = upgrade(&program(10_000));
    let (recorded, text) = record(named("f407-protected"), KeepData::Hashes, &task);
    let mut bus = replay(&text);
    let replayed = run(&mut bus, None, &task);
    bus.result().unwrap();
    assert!(matches!(recorded.outcome, Outcome::Failed(_)));
    assert_eq!(replayed.outcome, recorded.outcome);
}

#[test]
fn another_file_departs_from_the_record_and_fails() {
    let (_, text) = record(named("f072"), KeepData::Hashes, &upgrade(&program(10_000)));
    let mut other = program(10_000);
    other[5000] ^= 1;
    let mut bus = replay(&text);
    let replayed = run(&mut bus, None, &upgrade(&other));
    assert!(matches!(replayed.outcome, Outcome::Failed(_)));
    let departure = bus.result().unwrap_err();
    assert!(
        departure.expected.starts_with("DNLOAD [21 01 0004"),
        "{departure}"
    );
}

#[test]
fn data_that_matched_is_known_only_to_a_record_of_everything() {
    let bytes = program(10_000);
    let task = upgrade(&bytes);
    let board = || named("f072").holding(Address(START), bytes.clone());
    let (_, text) = record(board(), KeepData::Everything, &task);
    let mut bus = replay(&text);
    assert_eq!(run(&mut bus, None, &task).bytes_matched, 10_000);
    assert_eq!(bus.result().unwrap().made_up, 0);
    let (_, text) = record(board(), KeepData::Hashes, &task);
    let mut bus = replay(&text);
    run(&mut bus, None, &task);
    let departure = bus.result().unwrap_err();
    assert!(departure.to_string().contains("has only"), "{departure}");
}

#[test]
fn a_board_that_resets_itself_is_claimed_again_in_the_replay() {
    let (recorded, text) = record(named("f407-protected"), KeepData::Hashes, &Task::Unprotect);
    assert_eq!(recorded.outcome, Outcome::Done);
    assert!(text.contains("\"request\":\"REOPEN\""));
    let mut bus = replay(&text);
    let replayed = run(&mut bus, None, &Task::Unprotect);
    bus.result().unwrap();
    assert_eq!(replayed.outcome, Outcome::Done);
}
