//! Arrivals at a batch, and its record.

use super::*;
use crate::address::Address;
use crate::dfu::Pace;
use crate::engine::Consent;
use crate::engine::UpgradeOptions;
use crate::firmware::{About, Format, ImageTarget, Placement, Segment, Source};
use crate::gui::state::boards::tests::entry;

impl Batch {
    /// A board that has ended, at once.
    pub(in crate::gui::state) fn add(&mut self, record: Record) {
        let number = self.tally.add(None);
        self.tally.set(number, Some(record.outcome));
        self.records.push(record);
    }
}

pub(in crate::gui::state) fn armed(length: usize) -> Batch {
    let segment = Segment::new(Address::FLASH, vec![1; length]).unwrap();
    let image = Image {
        source: Source {
            name: "a.dfu".into(),
            format: Format::DfuSe,
            size: 1,
            sha256: [0; 32],
            placement: Placement::InFile,
            crc: None,
        },
        targets: vec![ImageTarget {
            alternate: 0,
            name: None,
            segments: vec![segment],
        }],
        made_for: None,
        entry: None,
        family: None,
        later: Vec::new(),
        then: None,
        variants: Vec::new(),
        about: About::default(),
        part_names: Vec::new(),
        machine: None,
        notes: Vec::new(),
    };
    let mut batch = Batch::default();
    let armed = Armed {
        image: Arc::new(image),
        file: FileDigest {
            name: "a,b.dfu".into(),
            sha256: "00".into(),
        },
        options: BatchOptions {
            // The bytes are no program.
            upgrade: UpgradeOptions {
                consent: Consent::All,
                ..UpgradeOptions::default()
            },
            backups: None,
            pace: Pace::Adaptive,
        },
        count: None,
    };
    batch.host = "bench-2".into();
    batch.arm(Duration::ZERO, armed, "lot 7".into(), "Ada".into());
    batch
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn place() -> Place {
    Place("1-1".into())
}

fn clock() -> Moment {
    Moment::at(0, 0)
}

/// Unique IDs, as ST's bootloaders report them.
const A: &str = "3065346A3433";
const B: &str = "3065346A3434";

fn end(batch: &mut Batch, job: u64, outcome: Outcome, started: bool) {
    let report = Report {
        outcome,
        started,
        ..Report::default()
    };
    batch.finished(Duration::ZERO, clock(), &place(), JobId(job), &report);
}

fn boards(batch: &mut Batch, seconds: u64, entries: &[Entry]) -> Vec<Place> {
    batch.on_boards(at(seconds), clock(), entries)
}

/// A batch where the board at 1-1 has passed.
fn one_passed(serial: &str, started: bool) -> Batch {
    let mut batch = armed(100);
    let start = boards(&mut batch, 0, &[entry("1-1", 1, serial)]);
    assert_eq!(start, [place()]);
    batch.started(&place(), JobId(1));
    end(&mut batch, 1, Outcome::Done, started);
    batch
}

/// The same port is empty for two seconds, then has this board.
fn swap(batch: &mut Batch, serial: &str) -> Vec<Place> {
    assert!(boards(batch, 1, &[]).is_empty());
    boards(batch, 3, &[entry("1-1", 2, serial)])
}

fn mark(batch: &Batch) -> &Mark {
    &batch.slots.get(&place()).unwrap().mark
}

#[test]
fn no_board_starts_while_the_batch_is_not_armed() {
    let mut batch = Batch::default();
    assert!(boards(&mut batch, 0, &[entry("1-1", 1, A)]).is_empty());
}

#[test]
fn a_board_that_returns_from_the_start_of_its_program_has_passed() {
    let mut batch = one_passed(A, true);
    assert!(swap(&mut batch, A).is_empty());
    assert_eq!(*mark(&batch), Mark::Pass);
    assert_eq!(batch.records.len(), 1);
}

#[test]
fn a_board_that_was_not_started_by_us_is_never_taken_for_the_one_that_passed() {
    let mut batch = one_passed(A, false);
    assert!(swap(&mut batch, A).is_empty());
    assert_eq!(*mark(&batch), Mark::PerhapsDone);
    assert_eq!(batch.count(RecordOutcome::Skipped), 1);
}

#[test]
fn constant_serial_numbers_prove_nothing() {
    for serial in ["AT32", "STM32", "FFFFFFFEFFFF", "200364500000", ""] {
        let mut batch = one_passed(serial, true);
        assert!(swap(&mut batch, serial).is_empty());
        assert_eq!(*mark(&batch), Mark::PerhapsDone, "{serial}");
        let csv = batch.csv();
        assert!(
            csv.contains(",skipped,Already done? Board not written,"),
            "{csv}"
        );
    }
}

#[test]
fn a_serial_number_that_another_port_has_too_proves_nothing() {
    let mut batch = one_passed(A, true);
    let other = entry("1-2", 5, A);
    boards(&mut batch, 1, std::slice::from_ref(&other));
    boards(&mut batch, 3, &[entry("1-1", 2, A), other]);
    assert_eq!(*mark(&batch), Mark::PerhapsDone);
}

#[test]
fn a_slot_is_empty_once_its_board_has_left() {
    let mut batch = one_passed(A, false);
    assert!(!batch.slots.get(&place()).unwrap().is_empty());
    boards(&mut batch, 1, &[]);
    let slot = batch.slots.get(&place()).unwrap();
    assert!(slot.is_empty());
    assert_eq!(slot.mark, Mark::Pass);
}

#[test]
fn a_board_that_runs_its_program_has_not_left() {
    let mut batch = one_passed(A, true);
    let mut program = entry("1-1", 2, A);
    program.found.kind = crate::discovery::Kind::RunTime;
    assert!(!program.is_ready());
    // It is away while it restarts.
    boards(&mut batch, 1, &[]);
    boards(&mut batch, 2, &[program]);
    assert!(!batch.slots.get(&place()).unwrap().is_empty());
    boards(&mut batch, 60, &[]);
    assert!(batch.slots.get(&place()).unwrap().is_empty());
}

#[test]
fn a_board_plugged_in_later_is_the_next_one_even_with_the_same_serial_number() {
    let mut batch = one_passed(A, true);
    assert!(boards(&mut batch, 1, &[]).is_empty());
    assert_eq!(boards(&mut batch, 8, &[entry("1-1", 2, A)]), [place()]);
}

#[test]
fn another_serial_number_means_another_board_at_once() {
    let mut batch = one_passed(A, true);
    assert_eq!(swap(&mut batch, B), [place()]);
    assert_eq!(*mark(&batch), Mark::Running);
}

#[test]
fn a_board_that_failed_is_tried_again_when_it_is_plugged_in_again() {
    let mut batch = armed(100);
    boards(&mut batch, 0, &[entry("1-1", 1, A)]);
    batch.started(&place(), JobId(1));
    end(&mut batch, 1, Outcome::Cancelled, false);
    assert_eq!(swap(&mut batch, A), [place()]);
}

#[test]
fn another_board_during_a_job_waits_for_its_end() {
    let mut batch = armed(100);
    boards(&mut batch, 0, &[entry("1-1", 1, A)]);
    batch.started(&place(), JobId(1));
    assert!(boards(&mut batch, 1, &[entry("1-1", 2, B)]).is_empty());
    end(&mut batch, 1, Outcome::Cancelled, false);
    assert_eq!(boards(&mut batch, 1, &[entry("1-1", 2, B)]), [place()]);
}

#[test]
fn a_file_that_does_not_fit_is_recorded_and_not_started() {
    let mut batch = armed(70_000);
    assert!(boards(&mut batch, 0, &[entry("1-1", 1, A)]).is_empty());
    assert!(matches!(mark(&batch), Mark::Unsuitable(_)));
    assert_eq!(batch.count(RecordOutcome::Skipped), 1);
    boards(&mut batch, 1, &[entry("1-1", 1, A)]);
    assert_eq!(batch.count(RecordOutcome::Skipped), 1, "counted twice");
}

#[test]
fn a_record_names_batch_and_operator_and_each_line_is_new_once() {
    let mut batch = one_passed(A, true);
    let names = BTreeMap::from([("1-1".to_owned(), "left 1".to_owned())]);
    let lines: String = batch.new_records(&names).iter().map(Record::line).collect();
    assert_eq!(
        lines,
        "1970-01-01T00:00:00+00:00,lot 7,Ada,1-1,3065346A3433,\"STM32, 64 KiB\",\
         \"a,b.dfu\",00,pass,,0.0,,left 1,bench-2\r\n"
    );
    assert_eq!(batch.new_records(&names), []);
    assert_eq!(batch.csv(), format!("{HEADER}{lines}"));
}

#[test]
fn the_next_batch_counts_its_own_boards() {
    let mut batch = one_passed(A, true);
    let again = batch.armed.clone().unwrap();
    batch.disarm();
    assert_eq!(batch.records.len(), 1, "still there to be saved");
    batch.arm(Duration::ZERO, again, String::new(), String::new());
    assert_eq!(
        (batch.count(RecordOutcome::Pass), batch.passed_before),
        (0, 1)
    );
}

#[test]
fn jobs_outside_the_batch_are_not_in_the_record() {
    let mut batch = one_passed(A, true);
    end(&mut batch, 7, Outcome::Done, false);
    assert_eq!(batch.records.len(), 1);
}

fn counts(batch: &Batch) -> [usize; 3] {
    use RecordOutcome::{Fail, Pass, Skipped};
    [Pass, Fail, Skipped].map(|outcome| batch.count(outcome))
}

/// A batch where the board at 1-1 has failed.
fn one_failed(serial: &str) -> Batch {
    let mut batch = armed(100);
    boards(&mut batch, 0, &[entry("1-1", 1, serial)]);
    batch.started(&place(), JobId(1));
    end(&mut batch, 1, Outcome::Cancelled, false);
    batch
}

#[test]
fn a_board_that_passes_when_it_is_tried_again_is_one_that_passed() {
    let mut batch = one_failed("STM32");
    assert_eq!(counts(&batch), [0, 1, 0]);
    assert!(batch.retry(clock(), &entry("1-1", 1, "STM32")));
    assert_eq!(counts(&batch), [0, 0, 0], "it runs");
    batch.started(&place(), JobId(2));
    end(&mut batch, 2, Outcome::Done, false);
    assert_eq!(counts(&batch), [1, 0, 0]);
    assert_eq!(batch.records.len(), 2);
}

#[test]
fn a_board_that_failed_is_known_by_its_serial_number_when_it_is_plugged_in_again() {
    for (serial, again, counted) in [(A, A, [1, 0, 0]), (A, B, [1, 1, 0]), ("", "", [1, 1, 0])] {
        let mut batch = one_failed(serial);
        assert_eq!(swap(&mut batch, again), [place()]);
        batch.started(&place(), JobId(2));
        end(&mut batch, 2, Outcome::Done, false);
        assert_eq!(counts(&batch), counted, "{serial} {again}");
    }
}

#[test]
fn two_boards_with_one_serial_number_are_counted_apart_while_both_are_there() {
    let mut batch = one_failed(A);
    boards(&mut batch, 1, &[entry("1-1", 1, A), entry("1-2", 2, A)]);
    assert_eq!(counts(&batch), [0, 1, 0]);
}

/// A batch where the write protection of the board at 1-1 has just been removed.
fn one_unprotected() -> Batch {
    let mut batch = armed(100);
    boards(&mut batch, 0, &[entry("1-1", 1, A)]);
    batch.started(&place(), JobId(1));
    let units = "sectors 0-1".to_owned();
    let ranges = Vec::new();
    let error = JobError::WriteProtected { units, ranges };
    end(&mut batch, 1, Outcome::Failed(error), false);
    assert!(batch.begin_to_unprotect(clock(), &place()));
    batch.started(&place(), JobId(2));
    end(&mut batch, 2, Outcome::Done, false);
    assert!(batch.reads_option_bytes(&place(), JobId(2)));
    batch.removes_protection(&place(), JobId(3), "sectors 0-1".to_owned());
    end(&mut batch, 3, Outcome::Done, false);
    assert_eq!(*mark(&batch), Mark::Unprotected);
    batch
}

#[test]
fn a_board_that_restarted_without_protection_passes_once_whenever_it_is_listed_again() {
    for (first, then) in [(1, 2), (2, 2)] {
        let mut batch = one_unprotected();
        assert_eq!(
            boards(&mut batch, 1, &[entry("1-1", first, A)]),
            [place()],
            "the upgrade follows"
        );
        batch.started(&place(), JobId(4));
        assert!(boards(&mut batch, 1, &[entry("1-1", then, A)]).is_empty());
        end(&mut batch, 4, Outcome::Done, false);
        assert!(boards(&mut batch, 2, &[entry("1-1", then, A)]).is_empty());
        assert_eq!(*mark(&batch), Mark::Pass, "{first} {then}");
        assert_eq!(counts(&batch), [1, 0, 0]);
    }
}

#[test]
fn another_board_is_not_taken_for_the_one_without_protection() {
    let mut batch = one_unprotected();
    assert_eq!(swap(&mut batch, B), [place()]);
    assert_eq!(counts(&batch), [0, 1, 0], "the first was not upgraded");
}

#[test]
fn no_protection_is_removed_after_the_end_of_a_batch() {
    let mut batch = one_failed(A);
    assert!(
        !batch.begin_to_unprotect(clock(), &place()),
        "not protected"
    );
    let units = String::new();
    let ranges = Vec::new();
    let error = JobError::WriteProtected { units, ranges };
    batch.retry(clock(), &entry("1-1", 1, A));
    batch.started(&place(), JobId(2));
    end(&mut batch, 2, Outcome::Failed(error), false);
    batch.disarm();
    assert!(!batch.begin_to_unprotect(clock(), &place()));
}
