//! Facts that jobs learn about a board are reported with the board.

use std::time::Duration;

use crate::dfu::Pace;
use crate::discovery::{Diagnosis, Found};
use crate::engine::Task;
use crate::simulator::{ApplicationInterface, Board, SimulatedBus, StartsIn, Time};
use crate::transport::Place;
use crate::worker::{Command, Event, Handle, JobId, Setup, spawn};

fn worker(board: Board, time: Time) -> (Handle, Place) {
    let simulated = SimulatedBus::new();
    let place = simulated.plug(board, time).place();
    let setup = Setup {
        usb: None,
        simulated,
        time,
    };
    (spawn(setup, || {}), place)
}

fn f407() -> Board {
    Board::by_name("f407").unwrap()
}

/// Receives events until `answer` accepts one. The timeout turns a hang into a failure.
fn wait_for<T>(handle: &Handle, mut answer: impl FnMut(Event) -> Option<T>) -> T {
    loop {
        let event = handle.events.recv_timeout(Duration::from_secs(20));
        if let Some(found) = answer(event.expect("no event from the worker")) {
            return found;
        }
    }
}

fn wait_for_board(handle: &Handle, wanted: impl Fn(&Found) -> bool) -> Found {
    wait_for(handle, |event| match event {
        Event::Boards(inventory) => inventory.found.into_iter().find(&wanted),
        _ => None,
    })
}

/// The first diagnosis of the device at `place`.
fn wait_for_diagnosis(handle: &Handle, place: &Place) -> Diagnosis {
    wait_for(handle, |event| match event {
        Event::Boards(inventory) => inventory.diagnosis(place).cloned(),
        _ => None,
    })
}

fn run(handle: &Handle, place: &Place, task: Task) {
    let command = Command::Run {
        job: JobId(1),
        place: place.clone(),
        task,
        pace: Pace::default(),
    };
    handle.commands.send(command).unwrap();
}

fn read_flash() -> Task {
    Task::Read {
        alternate: 0,
        range: None,
        save: None,
    }
}

#[test]
fn a_board_that_a_job_found_protected_is_listed_as_protected() {
    let board = Board {
        read_protected: true,
        ..f407()
    };
    let (handle, place) = worker(board, Time::Virtual);
    let first = wait_for(&handle, |event| match event {
        Event::Boards(inventory) => Some(inventory),
        _ => None,
    });
    assert!(first.found[0].can_upgrade());
    assert_eq!(first.diagnoses, []);

    run(&handle, &place, read_flash());
    let diagnosis = wait_for_diagnosis(&handle, &place);
    assert_eq!(diagnosis.what, "STM32F2 or F4, 1 MiB is read-protected");
}

#[test]
fn a_detached_board_returns_at_its_place_and_its_program_is_remembered() {
    let mut board = f407();
    board.starts_in = StartsIn::Application;
    let functional = board.bootloader.as_ref().unwrap().functional;
    let application = board.application.as_mut().unwrap();
    application.run_time = Some(functional);
    application.interfaces.push(ApplicationInterface {
        class: 0xFE,
        subclass: 1,
        protocol: 1,
        name: None,
    });
    // Virtual time passes only while a transfer waits, and none waits for the bootloader.
    let (handle, place) = worker(board, Time::Real);
    let program = wait_for_board(&handle, Found::can_detach);

    run(&handle, &place, Task::EnterDfu);
    let bootloader = wait_for_board(&handle, Found::is_bootloader);
    assert_eq!(bootloader.place(), program.place());
    let before = bootloader.previous_program.unwrap();
    assert_eq!(
        (before.vendor, before.product),
        (program.record.vendor, program.record.product)
    );
}

/// The udev rules are only read when a board needs them.
#[cfg(target_os = "linux")]
#[test]
fn the_diagnosis_of_a_blocked_board_uses_the_facts_of_this_machine() {
    let board = Board::by_name("f407-no-access").unwrap();
    let (handle, place) = worker(board, Time::Virtual);
    let why = wait_for_diagnosis(&handle, &place).why;
    assert!(
        why.contains("installed"),
        "the rule is not mentioned: {why}"
    );
}
