//! A thousand upgrades by one worker: its process holds no more after them than after the first ones.

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process;
use std::sync::Arc;
use std::time::Duration;

use super::{Command, Event, Handle, JobId, Setup, spawn};
use crate::address::Address;
use crate::dfu::Pace;
use crate::engine::{JobError, JobEvent, Outcome, Task, UpgradeOptions};
use crate::firmware::{self, Image};
use crate::simulator::{Board, SimulatedBus, Time, pseudo_random};
use crate::transport::Place;

const UPGRADES: u32 = 1000;
/// Until then caches fill and allocators settle.
const FIRST: u32 = 100;
/// In KiB: less than two bytes for each byte of one image that each upgrade would keep.
const GROWTH: u64 = 4 * 1024;
/// Long enough for a loaded machine; a test that passes never waits for it.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What a process holds.
#[derive(Clone, Copy, Debug)]
struct Figures {
    /// Resident memory, KiB.
    memory: u64,
    threads: u64,
    files: usize,
}

impl Figures {
    fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        Self {
            memory: field("VmRSS:"),
            threads: field("Threads:"),
            files: Path::new("/proc/self/fd").read_dir().unwrap().count(),
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            memory,
            threads,
            files,
        } = self;
        write!(f, "{memory} KiB, {threads} threads, {files} open files")
    }
}

#[test]
fn a_thousand_upgrades_leave_memory_threads_and_files_flat() {
    let run = process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "worker::soak::in_a_process_of_its_own"])
        .args(["--ignored", "--nocapture"])
        .output()
        .unwrap();
    // Not `print!`, which a passing test does not show.
    std::io::stderr().write_all(&run.stderr).unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stdout)
    );
}

#[test]
#[ignore = "run by the test above: other tests would change what the process holds"]
fn in_a_process_of_its_own() {
    let bus = SimulatedBus::new();
    let board = bus.plug(Board::by_name("f042").unwrap(), Time::Virtual);
    let setup = Setup {
        usb: None,
        simulated: bus,
        time: Time::Virtual,
    };
    let handle = spawn(setup, || {});
    let images = [image(1), image(2)];
    let mut number = 0;
    let mut upgrade_until = |end: u32| {
        while number < end {
            let image = &images[(number % 2) as usize];
            number += u32::from(upgrades(&handle, &board.place(), u64::from(number), image));
        }
        Figures::now()
    };
    let before = upgrade_until(FIRST);
    let after = upgrade_until(UPGRADES);
    eprintln!("after {FIRST} upgrades: {before}; after {UPGRADES}: {after}");
    assert!(after.memory <= before.memory + GROWTH);
    // The last job's thread may be about to end.
    assert!(after.threads <= before.threads + 1);
    assert!(after.files <= before.files);
}

fn image(seed: u32) -> Arc<Image> {
    let mut bytes = pseudo_random(seed, 3_000);
    // A program: its stack, and its reset handler in the file.
    bytes[..8].copy_from_slice(&[0, 0x10, 0, 0x20, 9, 0, 0, 8]);
    Arc::new(firmware::parse("test.bin", &bytes, Some(Address::FLASH)).unwrap())
}

/// One upgrade that writes. `false` if the job before it was not over yet.
fn upgrades(handle: &Handle, place: &Place, number: u64, image: &Arc<Image>) -> bool {
    let options = UpgradeOptions {
        start: false,
        ..UpgradeOptions::default()
    };
    let command = Command::Run {
        job: JobId(number),
        place: place.clone(),
        task: Task::Upgrade {
            image: Arc::clone(image),
            options,
        },
        pace: Pace::Adaptive,
    };
    handle.commands.send(command).unwrap();
    loop {
        let event = handle.events.recv_timeout(TIMEOUT).unwrap();
        let Event::Job {
            event: JobEvent::Finished(report),
            ..
        } = event
        else {
            continue;
        };
        match &report.outcome {
            Outcome::Failed(JobError::AlreadyRunning(_) | JobError::NoBoard(_)) => return false,
            outcome => assert_eq!(*outcome, Outcome::Done),
        }
        assert!(report.bytes_written > 0);
        return true;
    }
}
