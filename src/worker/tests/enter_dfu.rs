//! Boards whose program is asked over its serial port to enter DFU mode. The simulated programs were
//! written from their own sources.

use super::*;
use crate::transport::SerialErrorKind;

fn entering(image: &Arc<Image>) -> Task {
    Task::Upgrade {
        image: Arc::clone(image),
        options: UpgradeOptions {
            enter_dfu: true,
            start: false,
            ..UpgradeOptions::default()
        },
    }
}

fn only_report(handle: &Handle) -> Report {
    finished(handle, 1).into_values().next().unwrap()
}

#[test]
fn an_upgrade_brings_the_board_into_dfu_mode_first_and_is_one_job() {
    for name in ["betaflight", "inav", "micropython", "grblhal", "runtime"] {
        let bus = SimulatedBus::new();
        let board = bus.plug(Board::by_name(name).unwrap(), Time::Virtual);
        let handle = start(&bus);
        boards(&handle, |found| !found.is_empty());
        let file = image(9000);
        run(&handle, 1, &board.place(), entering(&file));
        let report = only_report(&handle);
        assert_eq!(report.outcome, Outcome::Done, "{name}: {report:?}");
        assert_eq!(report.bytes_verified, 9000, "{name}");
        assert_eq!(board.flash()[..9000], *file.targets[0].segments[0].data());
    }
}

#[test]
fn a_board_in_dfu_mode_is_upgraded_at_once() {
    let bus = SimulatedBus::new();
    let board = bus.plug(f407(), Time::Virtual);
    let handle = start(&bus);
    boards(&handle, |found| !found.is_empty());
    run(&handle, 1, &board.place(), entering(&image(3000)));
    let report = only_report(&handle);
    assert_eq!(report.outcome, Outcome::Done, "{report:?}");
}

/// A listener on the same ID receives the questions, once for each row of the table, and nothing else.
#[test]
fn an_unknown_program_on_a_shared_id_is_left_alone() {
    for name in ["vcp", "vcp-echo", "vcp-measuring"] {
        let bus = SimulatedBus::new();
        let board = bus.plug(Board::by_name(name).unwrap(), Time::Virtual);
        let handle = start(&bus);
        boards(&handle, |found| !found.is_empty());
        run(&handle, 1, &board.place(), entering(&image(3000)));
        let report = only_report(&handle);
        let Outcome::Failed(error) = &report.outcome else {
            panic!("{name}: {report:?}");
        };
        assert_eq!(error.code(), "unknown-program", "{name}");
        let received = board.serial_received();
        let rest = String::from_utf8_lossy(&received)
            .replace("$M<\0\u{1}\u{1}", "")
            .replace("$I\n", "");
        assert_eq!(rest.trim(), "", "{name}");
        assert!(board.erasures().is_empty());
    }
}

#[test]
fn a_port_that_cannot_be_opened_is_named_with_what_helps() {
    for (kind, help) in [
        (SerialErrorKind::Busy, "Close the other program"),
        (SerialErrorKind::Access, "dialout"),
    ] {
        let bus = SimulatedBus::new();
        let board = bus.plug(Board::by_name("betaflight").unwrap(), Time::Virtual);
        board.set_serial_blocked(kind);
        let handle = start(&bus);
        boards(&handle, |found| !found.is_empty());
        run(&handle, 1, &board.place(), Task::EnterDfu);
        let report = only_report(&handle);
        let Outcome::Failed(error) = &report.outcome else {
            panic!("{report:?}");
        };
        let steps = crate::engine::advice(error);
        assert!(steps.iter().any(|step| step.contains(help)), "{steps:?}");
        assert!(board.serial_received().is_empty());
    }
}

#[test]
fn a_file_that_is_refused_after_the_program_was_stopped_says_so_and_what_to_do() {
    for name in ["betaflight", "runtime"] {
        let bus = SimulatedBus::new();
        let board = bus.plug(Board::by_name(name).unwrap(), Time::Virtual);
        let handle = start(&bus);
        boards(&handle, |found| !found.is_empty());
        let task = entering(&image(4 << 20));
        run(&handle, 1, &board.place(), task.clone());
        let report = only_report(&handle);
        assert!(
            matches!(report.outcome, Outcome::Failed(_)),
            "{name}: {report:?}"
        );
        assert_eq!(
            report.board_summary,
            "The board's program was stopped: the board is in DFU mode, its memory is unchanged",
            "{name}"
        );
        let steps = crate::engine::steps_after(&task, &report).join("\n");
        for step in ["reset button", "upfuse start", "NanoVNA"] {
            assert!(steps.contains(step), "{name}: {steps}");
        }
        assert_eq!(report.backup_to_restore(), None, "{name}");
    }
}
