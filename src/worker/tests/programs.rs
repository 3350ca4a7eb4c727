//! Programs that are asked over their serial port, each of them simulated from its own source.

use super::*;
use crate::transport::SerialErrorKind;

fn asked(name: &str, task: &Task) -> (SimulatedBus, Report, crate::simulator::SimulatedBoard) {
    let bus = SimulatedBus::new();
    let board = bus.plug(Board::by_name(name).unwrap(), Time::Virtual);
    let handle = start(&bus);
    boards(&handle, |found| !found.is_empty());
    run(&handle, 1, &board.place(), task.clone());
    let report = finished(&handle, 1).remove(&JobId(1)).unwrap();
    (bus, report, board)
}

#[test]
fn each_program_leads_from_its_serial_port_to_a_verified_flash() {
    let file = image(20_000);
    let task = Task::Upgrade {
        image: Arc::clone(&file),
        options: UpgradeOptions {
            enter_dfu: true,
            ..UpgradeOptions::default()
        },
    };
    for name in [
        "betaflight",
        "inav",
        "cleanflight",
        "micropython",
        "nanovna",
        "flipper",
        "grblhal",
    ] {
        let (_bus, report, board) = asked(name, &task);
        assert_eq!(report.outcome, Outcome::Done, "{name}");
        assert_eq!(report.bytes_verified, 20_000, "{name}");
        let written = &board.flash()[..20_000];
        assert_eq!(written, file.targets[0].segments[0].data(), "{name}");
    }
}

#[test]
fn a_touch_at_1200_baud_brings_an_arduino_into_dfu_mode() {
    let (mut bus, report, _) = asked("giga", &Task::EnterDfu);
    assert_eq!(report.outcome, Outcome::Done);
    let ids = bus.scan().unwrap().remove(0);
    assert_eq!((ids.vendor, ids.product), (0x2341, 0x0366));
}

/// What no program takes for more than a question: an empty line, names and versions, MSP's requests
/// for its version and its name, grblHAL's for its build.
const HARMLESS: &[&[u8]] = &[
    b"$M<\x00\x01\x01",
    b"$M<\x00\x02\x02",
    b"\r",
    b"version\r",
    b"info\r",
    b"\n$I\n",
    b"$I+\n",
];

/// What remains of `bytes` without harmless questions.
fn harm(mut bytes: &[u8]) -> &[u8] {
    while let Some(rest) = HARMLESS
        .iter()
        .find_map(|question| bytes.strip_prefix(*question))
    {
        bytes = rest;
    }
    bytes
}

#[test]
fn a_program_on_the_same_ids_gets_questions_and_no_command() {
    for name in [
        "vcp",
        "vcp-echo",
        "vcp-measuring",
        "tinysa-ultra",
        "chibios-shell",
    ] {
        let (_bus, report, board) = asked(name, &Task::EnterDfu);
        assert!(matches!(report.outcome, Outcome::Failed(_)), "{name}");
        let received = board.serial_received();
        assert!(!received.is_empty(), "{name}");
        assert_eq!(harm(&received), b"", "{name}: {received:?}");
        assert_eq!(board.counters().transfers(), 0, "{name}");
    }
}

#[test]
fn a_port_that_cannot_be_opened_is_not_written_to() {
    for kind in [SerialErrorKind::Busy, SerialErrorKind::Access] {
        let bus = SimulatedBus::new();
        let board = bus.plug(Board::by_name("betaflight").unwrap(), Time::Virtual);
        board.set_serial_blocked(kind);
        let handle = start(&bus);
        boards(&handle, |found| !found.is_empty());
        run(&handle, 1, &board.place(), Task::EnterDfu);
        let report = finished(&handle, 1).remove(&JobId(1)).unwrap();
        assert!(matches!(report.outcome, Outcome::Failed(_)));
        assert_eq!(board.serial_received(), b"");
    }
}
