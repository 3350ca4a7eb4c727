//! Every fault at every transfer of every task, on one board of each personality: the job ends, its
//! report is true of the board, and after a replug the next upgrade succeeds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use upfuse::dfu::Cancel;
use upfuse::engine::{EraseScope, Outcome, SectorState, Task, UpgradeOptions};
use upfuse::simulator::{Fault, Faults, RequestKind, State, Status};

use super::bench::{Bench, Run, cancel_at, stay};
use super::every_fault_board::{Prototype, SectorClaim};

/// How boards differ: while busy, after errors, in what they report, and when they leave.
const PERSONALITIES: [&str; 14] = [
    "f407",       // answers dfuDNBUSY
    "f072",       // stalls while busy
    "f767",       // holds GETSTATUS, reports too long times
    "l475",       // reports too short times
    "l152",       // erased flash holds 0x00
    "h743",       // blocks of 1 KiB
    "h743-rev-v", // erases stay dfuDNBUSY
    "c5",         // stalls CLRSTATUS
    "openbl",     // GETSTATE and GETSTATUS disagree
    "cube",       // failures stay dfuDNBUSY; ignores mass erase and read unprotect
    "mboot",      // never answers GETSTATE
    "gd32vf103",  // leaves in the middle of a transfer
    "at32f415",   // a clone
    "dso-nano",   // two memories
];

const WITH_MASS_ERASE: &str = "upgrade, everything erased";
const KEEPING: &str = "upgrade, rest kept";
/// The boards of these two upgrades: one of each kind of waiting, of hanging and of leaving.
const MORE_UPGRADES: [&str; 5] = ["f407", "f072", "h743-rev-v", "cube", "mboot"];

/// Longer than any job here may take, all time limits together: the board's own time, not ours.
const BOUND: Duration = Duration::from_secs(300);
/// Enough for everything that a board may still do after a job.
const SETTLE: Duration = Duration::from_secs(120);
/// Positions of a fault in one task; in longer ones the middle is sampled.
const POSITIONS: u64 = 48;

pub(crate) const FAULTS: [Fault; 18] = [
    Fault::Stall,
    Fault::Timeout,
    Fault::LostAnswer,
    Fault::StalledAnswer,
    Fault::Broken,
    Fault::BrokenAnswer,
    Fault::Unplug,
    Fault::UnplugLate,
    Fault::CorruptByte(5),
    Fault::DropWrite,
    Fault::StuckBusy,
    Fault::Garbage,
    Fault::ShortRead,
    Fault::Length(0),
    Fault::Length(5),
    Fault::Status(Status::Write, State::Error),
    Fault::Status(Status::Vendor, State::Error),
    Fault::Status(Status::Ok, State::Idle),
];

/// How the report begins when nothing was.
const UNCHANGED: &str = "Nothing on the board was changed";

/// With a stop at the same transfer, before the second try.
const STOPPED: [Fault; 4] = [
    Fault::Stall,
    Fault::LostAnswer,
    Fault::Status(Status::Write, State::Error),
    Fault::Status(Status::Vendor, State::Error),
];

/// From here on, without end.
pub(crate) const LASTING: [Fault; 3] = [Fault::Timeout, Fault::Stall, Fault::Length(0)];

pub(crate) const KINDS: [RequestKind; 7] = [
    RequestKind::Download,
    RequestKind::Upload,
    RequestKind::GetStatus,
    RequestKind::ClearStatus,
    RequestKind::GetState,
    RequestKind::Abort,
    RequestKind::SetInterface,
];

#[test]
fn every_fault_at_every_transfer_ends_in_a_true_report() {
    let mut tally = Tally::default();
    let threads = PERSONALITIES.chunks(PERSONALITIES.len() / 2).map(|names| {
        std::thread::spawn(move || {
            let mut tally = Tally::default();
            names
                .iter()
                .for_each(|name| try_personality(name, &mut tally));
            tally
        })
    });
    let threads: Vec<_> = threads.collect();
    for thread in threads {
        tally.add(thread.join().unwrap());
    }
    // Not `print!`, which a passing test does not show.
    write!(std::io::stderr(), "{tally}").unwrap();
    assert!(
        tally.violations.is_empty(),
        "{} violations:\n{}",
        tally.violations.len(),
        tally.violations.join("\n")
    );
}

fn try_personality(name: &str, tally: &mut Tally) {
    for (noun, protected) in [
        ("upgrade", false),
        (WITH_MASS_ERASE, false),
        (KEEPING, false),
        ("read", false),
        ("erase", false),
        ("mass erase", false),
        ("unprotect", true),
        ("start", false),
    ] {
        if [WITH_MASS_ERASE, KEEPING].contains(&noun) && !MORE_UPGRADES.contains(&name) {
            continue;
        }
        let prototype = Prototype::new(name, protected);
        let task = task(noun, &prototype);
        let mut clean = prototype.plug(Faults::new());
        let run = clean.run(&task);
        let took = run.report.duration;
        let counters = clean.board.counters();
        for n in sample(counters.transfers()) {
            for fault in FAULTS {
                let faults = Faults::new().at_transfer(n, fault);
                tally.count(
                    &prototype,
                    noun,
                    &task,
                    (faults, None),
                    &format!("{fault:?} at {n}"),
                    took,
                );
            }
            for fault in STOPPED {
                let faults = Faults::new().at_transfer(n, fault);
                tally.count(
                    &prototype,
                    noun,
                    &task,
                    (faults, Some(n)),
                    &format!("{fault:?} and a stop at {n}"),
                    took,
                );
            }
            for fault in LASTING {
                let faults = Faults::new().from_transfer(n, fault);
                tally.count(
                    &prototype,
                    noun,
                    &task,
                    (faults, None),
                    &format!("{fault:?} from {n}"),
                    took,
                );
            }
        }
        for kind in KINDS {
            for n in sample(counters.of(kind)) {
                let faults = Faults::new().from_request(kind, n, Fault::Timeout);
                let what = format!("no answer to {kind} from the {n}. on");
                tally.count(&prototype, noun, &task, (faults, None), &what, took);
            }
        }
    }
}

pub(crate) fn sample(count: u64) -> Vec<u64> {
    if count <= POSITIONS {
        return (1..=count).collect();
    }
    let (first, last) = (POSITIONS / 2, POSITIONS / 4);
    let middle = count - first - last;
    let step = middle.div_ceil(POSITIONS - first - last).max(1);
    (1..=first)
        .chain((first + 1..=count - last).step_by(usize::try_from(step).unwrap()))
        .chain(count - last + 1..=count)
        .collect()
}

fn task(noun: &str, prototype: &Prototype) -> Task {
    match noun {
        "upgrade" => Task::Upgrade {
            image: Arc::clone(&prototype.image),
            options: UpgradeOptions::default(),
        },
        WITH_MASS_ERASE => Task::Upgrade {
            image: Arc::clone(&prototype.image),
            options: UpgradeOptions {
                mass_erase: true,
                ..UpgradeOptions::default()
            },
        },
        KEEPING => Task::Upgrade {
            image: Arc::clone(&prototype.image),
            options: UpgradeOptions {
                keep: true,
                ..UpgradeOptions::default()
            },
        },
        "read" => Task::Read {
            alternate: 0,
            range: Some(prototype.extent()),
            save: None,
        },
        "erase" => Task::Erase(EraseScope::Range {
            alternate: 0,
            range: prototype.extent(),
        }),
        "mass erase" => Task::Erase(EraseScope::All),
        "unprotect" => Task::Unprotect,
        _ => Task::Start { at: None },
    }
}

/// Outcomes by class, and what was not as it should be.
#[derive(Default)]
struct Tally {
    classes: BTreeMap<(String, &'static str), u32>,
    violations: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        for (class, count) in other.classes {
            *self.classes.entry(class).or_default() += count;
        }
        self.violations.extend(other.violations);
    }

    fn count(
        &mut self,
        prototype: &Prototype,
        noun: &str,
        task: &Task,
        (faults, stop): (Faults, Option<u64>),
        what: &str,
        clean: Duration,
    ) {
        let tried = catch_unwind(AssertUnwindSafe(|| {
            try_fault(prototype, task, (faults, stop), clean)
        }));
        let (class, wrong) = tried.unwrap_or(("panicked", vec!["panic".to_owned()]));
        *self.classes.entry((noun.to_owned(), class)).or_default() += 1;
        let name = prototype.name;
        let wrong = wrong
            .iter()
            .map(|wrong| format!("{name}, {noun}, {what}: {wrong}"));
        self.violations.extend(wrong);
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let total: u32 = self.classes.values().sum();
        let mut text = format!(
            "{total} fault scenarios on {} boards (of long tasks at most {POSITIONS} transfers are tried):\n",
            PERSONALITIES.len()
        );
        for ((noun, class), count) in &self.classes {
            writeln!(text, "  {noun:<26} {count:>6}  {class}")?;
        }
        f.write_str(&text)
    }
}

fn try_fault(
    prototype: &Prototype,
    task: &Task,
    (faults, stop): (Faults, Option<u64>),
    clean: Duration,
) -> (&'static str, Vec<String>) {
    let mut bench = prototype.plug(faults.clone());
    let before = bench.board.flash();
    if let Some(n) = stop {
        cancel_at(&bench, n);
    }
    let run = bench.run(task);
    bench.cancel = Cancel::default();
    let mut wrong = Vec::new();
    if run.report.duration > clean + BOUND {
        wrong.push(format!("took {:?}", run.report.duration));
    }
    bench.board.clock().sleep(SETTLE);
    let after = bench.board.flash();
    wrong.extend(check_report(
        prototype,
        task,
        &run,
        &bench,
        (&before, &after),
        &faults,
    ));
    let class = classify(&run);

    bench.board.mend();
    bench.board.unplug();
    bench.board.plug();
    if bench.board.is_read_protected() {
        let again = bench.run(&Task::Unprotect);
        if again.report.outcome != Outcome::Done {
            let supported = prototype.can_unprotect();
            wrong.extend(supported.then(|| format!("then unprotect: {:?}", again.report.outcome)));
            return (class, wrong);
        }
    }
    let again = bench.upgrade_with(&prototype.image, stay());
    if again.report.outcome != Outcome::Done {
        wrong.push(format!("the next upgrade: {:?}", again.report.outcome));
    } else if !prototype.holds_image(&bench.board.flash()) {
        wrong.push("the next upgrade left wrong flash".to_owned());
    }
    (class, wrong)
}

fn classify(run: &Run) -> &'static str {
    let unchanged = run.report.board_summary.starts_with(UNCHANGED);
    match &run.report.outcome {
        Outcome::Done => "done",
        Outcome::Failed(error) if error.code() == "unplugged" => "failed, unplugged",
        Outcome::Failed(error) if error.code() == "mismatch" => "failed, difference found",
        Outcome::Failed(error) if error.code() == "protected" => "failed, protected",
        Outcome::Failed(_) if unchanged => "failed, nothing changed",
        Outcome::Failed(_) => "failed, sectors changed",
        Outcome::Cancelled => "cancelled",
    }
}

/// What is untrue.
fn check_report(
    prototype: &Prototype,
    task: &Task,
    run: &Run,
    bench: &Bench,
    (before, after): (&[u8], &[u8]),
    faults: &Faults,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let report = &run.report;
    let done = report.outcome == Outcome::Done;
    let garbled = format!("{faults:?}").contains("Garbage");
    // Wrong data, or success for what was never done, which only verifying finds.
    let deceived = garbled || format!("{faults:?}").contains("Status(Ok");
    // A device that answers nothing more may as well have jumped to its program.
    let silent =
        format!("{faults:?}").contains("From(") && format!("{faults:?}").contains("Timeout");
    let runs_program = bench.board.state() == State::AppIdle;
    let protected = bench.board.is_read_protected();
    if report.board_summary.starts_with(UNCHANGED) && before != after {
        wrong.push("\"nothing changed\", but flash changed".to_owned());
    }
    if report.started && !runs_program && !silent {
        wrong.push(format!("\"started\", but it is {:?}", bench.board.state()));
    }
    let ends_well = match task {
        _ if !done => true,
        Task::Upgrade { .. } => prototype.holds_image(after),
        // Nothing in the protocol protects the data of an upload but USB's own checksums.
        Task::Read { .. } => garbled || prototype.was_read(&report.read, before),
        Task::Erase(EraseScope::Range { range, .. }) => prototype.is_blank(after, *range),
        Task::Erase(EraseScope::All) => prototype.is_blank(after, prototype.erasable()),
        Task::Unprotect => !protected && prototype.is_blank(after, prototype.erasable()),
        _ => runs_program || silent,
    };
    if !ends_well {
        wrong.push("\"done\", but it is not".to_owned());
    }
    let keeps = matches!(task, Task::Upgrade { options, .. } if options.keep);
    if keeps
        && !deceived
        && !prototype.keeps_rest(
            before,
            after,
            report.lost.as_ref().map_or(&[], |lost| &lost.ranges),
        )
    {
        wrong.push("bytes that were to be kept are lost without a word".to_owned());
    }
    if matches!(task, Task::Unprotect) && done {
        return wrong;
    }
    // An upgrade reads a sector after writing it; an erase reads what it has erased.
    let believes_erases = deceived && matches!(task, Task::Upgrade { .. });
    let claims = prototype.claims(&run.events);
    for claim in claims {
        let SectorClaim { sector, state } = claim;
        let is_believed = believes_erases && state.is_some_and(SectorState::is_erased);
        // What differs may be the rest.
        let is_of_rest = keeps
            && state == Some(SectorState::Mismatch)
            && !prototype.keeps_rest_of(sector, before, after, &[]);
        if !is_believed && !is_of_rest && !prototype.is_true(claim, before, after, deceived) {
            wrong.push(format!("sector {sector} is not {state:?}"));
        }
    }
    wrong
}
