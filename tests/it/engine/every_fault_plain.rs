//! Every fault at every transfer of every task, on bootloaders without addresses: the job ends, its
//! report is true of the board, and after a replug the next upgrade succeeds.

use std::sync::Arc;
use std::time::Duration;

use upfuse::address::Address;
use upfuse::engine::{Outcome, StreamState, Task, UpgradeOptions};
use upfuse::firmware::Image;
use upfuse::simulator::{Board, Fault, Faults, RequestKind, State};

use super::bench::{Bench, Run, named};
use super::every_fault::{FAULTS, KINDS, LASTING, sample};
use super::plain::{program, raw};

/// How they differ: at the end of a download, while busy, in how blocks are counted, and in what an
/// upload gives back. With the alternate setting to write.
const PERSONALITIES: [(&str, u8); 8] = [
    ("dfu11", 0),
    ("uno-r4", 0),
    ("tinyusb", 0),
    ("tinyusb-0.9", 0),
    ("dapboot", 0),
    ("embassy-boot", 0),
    ("maple", 2),
    ("u-boot", 0),
];

/// Longer than any job here may take, all time limits together: the board's own time, not ours.
const BOUND: Duration = Duration::from_secs(300);
const SETTLE: Duration = Duration::from_secs(120);
const LENGTH: u64 = 9_000;
const UNCHANGED: &str = "Nothing on the board was changed";

#[test]
fn every_fault_at_every_transfer_ends_in_a_true_report_without_addresses() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (name, alternate) in PERSONALITIES {
        let trial = Trial::new(name, alternate);
        for task in trial.tasks() {
            let mut clean = trial.plug(Faults::new());
            let took = clean.run(&task).report.duration;
            let counters = clean.board.counters();
            let mut scenarios = Vec::new();
            for n in sample(counters.transfers()) {
                scenarios.extend(FAULTS.map(|f| (Faults::new().at_transfer(n, f), Some(f))));
                scenarios.extend(LASTING.map(|f| (Faults::new().from_transfer(n, f), Some(f))));
            }
            for kind in KINDS {
                for n in sample(counters.of(kind)) {
                    let faults = Faults::new().from_request(kind, n, Fault::Timeout);
                    scenarios.push((faults, None));
                }
            }
            count += scenarios.len();
            for (faults, _) in scenarios {
                let found = trial.check(&task, &faults, took);
                let what = found
                    .iter()
                    .map(|w| format!("{name}, {}, {faults:?}: {w}", task.noun()));
                wrong.extend(what);
            }
        }
    }
    assert!(count > 5_000, "{count}");
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// A board before it is plugged in, and what is written to it.
struct Trial {
    board: Board,
    alternate: u8,
    /// Where the memory of the alternate setting begins, and its length.
    memory: (u32, usize),
    new: Vec<u8>,
    image: Arc<Image>,
}

impl Trial {
    fn new(name: &str, alternate: u8) -> Self {
        let mut board = named(name);
        let bootloader = board.bootloader.as_mut().unwrap();
        let block = u64::from(bootloader.functional.transfer_size);
        let alternates = &mut bootloader.alternates;
        for (number, other) in alternates.iter_mut().enumerate() {
            if number != usize::from(alternate) {
                other.areas.clear();
            }
        }
        let run = &mut alternates[usize::from(alternate)].areas[0].runs[0];
        // Small: each read is tried with every fault.
        run.count = run.count.min(20 * 1024 / run.size);
        let length = u64::from(run.count) * u64::from(run.size);
        let memory = (run.start.0, usize::try_from(length).unwrap());
        let mut old = program(length);
        old.reverse();
        old[..8].copy_from_slice(&program(8));
        let board = board.holding(Address(memory.0), old);
        // Few blocks of any size, the last one short.
        let new = program(LENGTH.min(block * 5 + 10));
        Self {
            image: raw(&new),
            board,
            alternate,
            memory,
            new,
        }
    }

    fn plug(&self, faults: Faults) -> Bench {
        Bench::new(self.board.clone().with_faults(faults))
    }

    fn tasks(&self) -> Vec<Task> {
        let read = Task::Read {
            alternate: self.alternate,
            range: None,
            save: None,
        };
        vec![self.upgrade(true), read, Task::Start { at: None }]
    }

    fn upgrade(&self, start: bool) -> Task {
        Task::Upgrade {
            image: Arc::clone(&self.image),
            options: UpgradeOptions {
                start,
                target: Some(self.alternate),
                ..UpgradeOptions::default()
            },
        }
    }

    fn held(&self, bench: &Bench) -> Vec<u8> {
        bench.flash(self.memory.0, self.memory.1)
    }

    /// What is untrue.
    fn check(&self, task: &Task, faults: &Faults, clean: Duration) -> Vec<String> {
        let mut bench = self.plug(faults.clone());
        let before = self.held(&bench);
        let run = bench.run(task);
        bench.board.clock().sleep(SETTLE);
        let after = self.held(&bench);
        let mut wrong = self.untrue(task, faults, &run, &before, &after);
        if run.report.duration > clean + BOUND {
            wrong.push(format!("took {:?}", run.report.duration));
        }
        let silent = is_lasting(faults);
        let text = format!("{faults:?}");
        let spoiled = ["CorruptByte", "DropWrite", "Garbage", "Status(Ok"];
        let is_spoiled = spoiled.iter().any(|fault| text.contains(fault));
        if run.report.started && !is_spoiled && bench.board.state() != State::AppIdle && !silent {
            wrong.push(format!("\"started\", but it is {:?}", bench.board.state()));
        }
        bench.board.mend();
        bench.board.unplug();
        bench.board.plug();
        let again = bench.run(&self.upgrade(false));
        if again.report.outcome != Outcome::Done {
            wrong.push(format!("the next upgrade: {:?}", again.report.outcome));
        } else if !self.held(&bench).starts_with(&self.new) {
            wrong.push("the next upgrade left other bytes".to_owned());
        }
        wrong
    }

    fn untrue(
        &self,
        task: &Task,
        faults: &Faults,
        run: &Run,
        before: &[u8],
        after: &[u8],
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        let report = &run.report;
        let text = format!("{faults:?}");
        // Success that the device reported for what it did not do.
        let deceived = ["Garbage", "Status(Ok"].iter().any(|f| text.contains(f));
        let spoiled = ["CorruptByte", "DropWrite"]
            .iter()
            .any(|f| text.contains(f));
        if report.board_summary.starts_with(UNCHANGED) && before != after {
            wrong.push("\"nothing changed\", but it has".to_owned());
        }
        let holds = after.starts_with(&self.new);
        let is_verified = report.bytes_verified == self.new.len() as u64;
        match (task, &report.outcome) {
            (Task::Upgrade { .. }, Outcome::Done) => {
                if !holds && is_verified {
                    wrong.push("\"verified\", but it is not".to_owned());
                }
                if !holds && !deceived && !spoiled {
                    wrong.push("\"done\", but it is not".to_owned());
                }
                if !is_verified && report.board_summary.ends_with(", verified") {
                    wrong.push(format!("{} bytes verified", report.bytes_verified));
                }
            }
            (Task::Upgrade { .. }, _) => {
                let stream = report.stream;
                if before != after && stream.is_none() {
                    wrong.push("changed, and no stream".to_owned());
                }
                if !holds && stream == Some(StreamState::Stored) && !deceived && !spoiled {
                    wrong.push("\"stored\", but it is not".to_owned());
                }
            }
            (Task::Read { .. }, Outcome::Done) => {
                let read = report.read.iter().flat_map(|target| &target.segments);
                let read: Vec<u8> = read.flat_map(|segment| segment.data().to_vec()).collect();
                let says_less = report
                    .board_summary
                    .contains("its memory probably ends there");
                let gives_text = read.starts_with(b"Hello");
                let is_true = read == before || says_less && before.starts_with(&read);
                // USB's checksums alone protect the length of an answer.
                let lengthened = text.contains("Length(");
                if !is_true && !gives_text && !deceived && !lengthened {
                    wrong.push(format!("{} of {} bytes read", read.len(), before.len()));
                }
            }
            _ => {}
        }
        wrong
    }
}

/// A device that answers nothing more may as well have jumped to its program.
fn is_lasting(faults: &Faults) -> bool {
    let text = format!("{faults:?}");
    text.contains("From(") && text.contains("Timeout")
}

/// The requests that a plain device gets at all.
#[test]
fn no_command_of_dfuse_reaches_a_board_without_addresses() {
    for (name, alternate) in PERSONALITIES {
        let trial = Trial::new(name, alternate);
        let mut bench = trial.plug(Faults::new());
        bench.run(&trial.upgrade(true)).done();
        let blocks = bench.board.counters().of(RequestKind::Download);
        let size = trial
            .board
            .bootloader
            .as_ref()
            .unwrap()
            .functional
            .transfer_size;
        let needed = trial.new.len().div_ceil(usize::from(size)) + 1;
        assert_eq!(blocks, needed as u64, "{name}");
    }
}
