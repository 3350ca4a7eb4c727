//! A file in parts, with a restart of the board between them.

use super::*;
use crate::address::AddressRange;
use crate::engine::Part;
use crate::firmware::{ImageTarget, Restart, Segment, Stage};
use crate::simulator::{Fault, Faults, RequestKind};

const EXTERNAL: Address = Address(0x9000_0000);

fn segment(at: Address, bytes: Vec<u8>) -> Segment {
    Segment::new(at, bytes).unwrap()
}

/// As EdgeTX makes it: a bootloader, a mark in RAM, and the rest for external flash.
fn in_parts() -> Arc<Image> {
    let mut image = Image::clone(&image(3000));
    image.source.format = crate::firmware::Format::Uf2;
    image.later.push(Stage {
        restart: Restart {
            marker: Some(segment(Address(0x2400_0000), b"BDFU".to_vec())),
            start: Address::FLASH,
        },
        target: ImageTarget {
            alternate: 0,
            name: None,
            segments: vec![segment(EXTERNAL, pseudo_random(8, 5000))],
        },
    });
    Arc::new(image)
}

fn radio() -> Board {
    Board::by_name("edgetx-h7").unwrap()
}

fn consented(image: &Arc<Image>) -> Task {
    Task::Upgrade {
        image: Arc::clone(image),
        options: UpgradeOptions {
            consent: crate::engine::Consent::All,
            start: false,
            ..UpgradeOptions::default()
        },
    }
}

#[test]
fn every_part_is_written_and_one_report_covers_them() {
    let bus = SimulatedBus::new();
    let board = bus.plug(radio(), Time::Virtual);
    let handle = start(&bus);
    boards(&handle, |found| !found.is_empty());
    run(&handle, 1, &board.place(), consented(&in_parts()));
    let mut parts = Vec::new();
    let report = loop {
        let Event::Job { event, .. } = handle.events.recv_timeout(TIMEOUT).unwrap() else {
            continue;
        };
        match event {
            JobEvent::Part(part) => parts.push(part),
            JobEvent::Finished(report) => break report,
            _ => {}
        }
    };
    assert_eq!(report.outcome, Outcome::Done, "{}", report.board_summary);
    assert_eq!(parts, [1, 2].map(|number| Part { number, of: 2 }));
    assert_eq!(report.bytes_verified, 8000);
    assert!(!report.started, "{report:?}");
    let range = AddressRange::new(EXTERNAL, 5000).unwrap();
    assert_eq!(board.read(range).unwrap(), pseudo_random(8, 5000));
    assert_eq!(
        board.flash()[..3000],
        *in_parts().targets[0].segments[0].data()
    );
}

/// The cable is pulled during the second part.
#[test]
fn a_loss_in_a_later_part_says_what_is_on_the_board() {
    let bus = SimulatedBus::new();
    // The first part is 3 blocks.
    let faults = Faults::new().at_request(RequestKind::Download, 14, Fault::Unplug);
    let board = bus.plug(radio().with_faults(faults), Time::Virtual);
    let handle = start(&bus);
    boards(&handle, |found| !found.is_empty());
    run(&handle, 1, &board.place(), consented(&in_parts()));
    let report = &finished(&handle, 1)[&JobId(1)];
    assert!(matches!(report.outcome, Outcome::Failed(_)), "{report:?}");
    let state = &report.board_summary;
    assert!(state.starts_with("Part 1 of 2 is on the board"), "{state}");
}

#[test]
fn a_job_that_is_stopped_while_its_board_restarts_ends_with_the_first_part() {
    let bus = SimulatedBus::new();
    let board = bus.plug(radio(), Time::Virtual);
    let handle = start(&bus);
    boards(&handle, |found| !found.is_empty());
    // It is open already, and cannot be opened when it is back.
    let held = board.clone();
    board.listen(move |_| held.set_blocked(UsbErrorKind::Access));
    run(&handle, 1, &board.place(), consented(&in_parts()));
    let mut finished = None;
    while finished.is_none() {
        let Event::Job { event, .. } = handle.events.recv_timeout(TIMEOUT).unwrap() else {
            continue;
        };
        match event {
            JobEvent::Phase(crate::engine::Phase::Wait) => {
                handle.commands.send(Command::Cancel(JobId(1))).unwrap();
            }
            JobEvent::Finished(report) => finished = Some(report),
            _ => {}
        }
    }
    let report = finished.unwrap();
    assert_eq!(report.outcome, Outcome::Cancelled);
    assert_eq!(
        report.board_summary,
        "Part 1 of 2 is on the board; nothing of part 2 was written"
    );
}

/// The board waits in the bootloader that the first part started.
#[test]
fn a_second_upgrade_names_the_part_that_the_board_takes_now() {
    let bus = SimulatedBus::new();
    let board = bus.plug(radio(), Time::Virtual);
    let handle = start(&bus);
    boards(&handle, |found| !found.is_empty());
    run(&handle, 1, &board.place(), consented(&in_parts()));
    assert_eq!(finished(&handle, 1)[&JobId(1)].outcome, Outcome::Done);
    run(&handle, 2, &board.place(), consented(&in_parts()));
    let report = &finished(&handle, 1)[&JobId(2)];
    let Outcome::Failed(error) = &report.outcome else {
        panic!("{report:?}");
    };
    assert_eq!(error.code(), "device");
    assert_eq!(
        error.to_string(),
        "part 2 of 2 was not written: the board was not restarted for it"
    );
    let steps = crate::engine::advice(error);
    assert!(steps[0].contains("--part 2"), "{steps:?}");
    assert_eq!(report.board_summary, "Nothing on the board was changed");
}

#[test]
fn no_one_is_asked_to_press_reset_between_two_parts() {
    let bus = SimulatedBus::new();
    let board = bus.plug(radio(), Time::Virtual);
    let handle = start(&bus);
    boards(&handle, |found| !found.is_empty());
    run(&handle, 1, &board.place(), consented(&in_parts()));
    loop {
        let Event::Job { event, .. } = handle.events.recv_timeout(TIMEOUT).unwrap() else {
            continue;
        };
        match event {
            JobEvent::Note(note) => assert!(!note.contains("reset"), "{note}"),
            JobEvent::Finished(report) => {
                assert_eq!(report.outcome, Outcome::Done);
                break;
            }
            _ => {}
        }
    }
}

/// What each of two bootloaders reads of a file in parts.
#[test]
fn a_file_in_parts_is_verified_as_far_as_the_bootloader_reads_it() {
    let verify = |image: &Arc<Image>| Task::Verify {
        image: Arc::clone(image),
        target: None,
        keep_ranges: Vec::new(),
        detail: crate::engine::Detail::Verdict,
    };
    let bus = SimulatedBus::new();
    let board = bus.plug(radio(), Time::Virtual);
    let handle = start(&bus);
    boards(&handle, |found| !found.is_empty());
    run(&handle, 1, &board.place(), consented(&in_parts()));
    assert_eq!(finished(&handle, 1)[&JobId(1)].outcome, Outcome::Done);
    run(&handle, 2, &board.place(), verify(&in_parts()));
    let report = &finished(&handle, 1)[&JobId(2)];
    assert_eq!(report.outcome, Outcome::Done, "the second bootloader");
    assert_eq!(report.bytes_verified, 8000);
    board.unplug();
    boards(&handle, <[_]>::is_empty);
    board.plug();
    boards(&handle, |found| {
        found.iter().any(|found| found.targets.len() > 1)
    });
    run(&handle, 3, &board.place(), verify(&in_parts()));
    let report = &finished(&handle, 1)[&JobId(3)];
    assert_eq!(report.bytes_verified, 3000, "{report:?}");
    let Outcome::Failed(error) = &report.outcome else {
        panic!("{report:?}");
    };
    assert_eq!(
        error.to_string(),
        "the board holds the rest of the file, but part 2 of 2 was not compared: the bootloader \
         that is running does not read its memory"
    );
}
