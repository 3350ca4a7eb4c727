//! A simulated board, the engine running on it, and the result.

use std::sync::Arc;

use upfuse::address::{Address, AddressRange};
use upfuse::dfu::{Cancel, Pace, Session};
use upfuse::discovery::{Os, SystemFacts, examine};
use upfuse::engine::{self, Consent, JobEvent, Outcome, Report, Task, UpgradeOptions};
use upfuse::firmware::{self, Image};
use upfuse::simulator::{Board, SimulatedBoard, SimulatedBus, Time, pseudo_random};
use upfuse::transport::{Bus, Opened};

pub(crate) const FLASH: u32 = 0x0800_0000;

pub(crate) struct Bench {
    bus: SimulatedBus,
    pub(crate) board: SimulatedBoard,
    pub(crate) cancel: Cancel,
    pub(crate) pace: Pace,
}

pub(crate) struct Run {
    pub(crate) report: Report,
    pub(crate) events: Vec<JobEvent>,
}

impl Bench {
    pub(crate) fn new(board: Board) -> Self {
        let bus = SimulatedBus::new();
        let board = bus.plug(board, Time::Virtual);
        Self {
            bus,
            board,
            cancel: Cancel::default(),
            pace: Pace::Adaptive,
        }
    }

    /// A board of this name, blank.
    pub(crate) fn blank(name: &str) -> Self {
        Self::new(named(name))
    }

    /// A board of this name whose sectors all hold other data.
    pub(crate) fn used(name: &str) -> Self {
        Self::new(named(name).holding_old_firmware(99))
    }

    /// The description of the board for the engine.
    pub(crate) fn described(&mut self) -> engine::Board {
        // A board that resets itself is missing in one scan.
        let first = self.bus.scan().unwrap();
        let records = if first.is_empty() {
            self.bus.scan().unwrap()
        } else {
            first
        };
        let found = examine(&records, &SystemFacts::new(Os::Linux));
        engine::Board::from(&found[0])
    }

    /// The board's interface, for requests of a test's own.
    pub(crate) fn open(&mut self) -> Opened {
        let place = self.board.place();
        self.bus.open(&place, 0).unwrap().0
    }

    /// An upgrade has consent: random bytes are no program.
    pub(crate) fn run(&mut self, task: &Task) -> Run {
        let mut task = task.clone();
        if let Task::Upgrade { options, .. } = &mut task {
            options.consent = Consent::All;
        }
        let described = self.described();
        let (opened, _) = self.bus.open(&described.place, 0).unwrap();
        let size = described.functional.transfer_size;
        let mut session = Session::new(opened, size, self.pace, self.cancel.clone());
        let mut events = Vec::new();
        let report = engine::run(&task, &described, &mut session, &mut |e| events.push(e));
        check_grammar(&events, &report);
        Run { report, events }
    }

    pub(crate) fn upgrade(&mut self, image: &Arc<Image>) -> Run {
        self.upgrade_with(image, stay())
    }

    pub(crate) fn upgrade_with(&mut self, image: &Arc<Image>, options: UpgradeOptions) -> Run {
        self.run(&Task::Upgrade {
            image: Arc::clone(image),
            options,
        })
    }

    /// The flash from `start`.
    pub(crate) fn flash(&self, start: u32, length: usize) -> Vec<u8> {
        let range = AddressRange::new(Address(start), length as u64).unwrap();
        self.board.read(range).unwrap()
    }
}

impl Run {
    pub(crate) fn done(&self) -> &Report {
        assert_eq!(
            self.report.outcome,
            Outcome::Done,
            "{}",
            self.report.board_summary
        );
        &self.report
    }

    pub(crate) fn error(&self) -> &engine::JobError {
        match &self.report.outcome {
            Outcome::Failed(error) => error,
            other => panic!("{other:?} where a failure was expected"),
        }
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        let note = |event: &JobEvent| match event {
            JobEvent::Note(text) => Some(text.clone()),
            _ => None,
        };
        self.events.iter().filter_map(note).collect()
    }
}

/// The phases come first, and are entered in that order or skipped; there is exactly one final
/// event, at the end, with the report that `run` returns.
fn check_grammar(events: &[JobEvent], report: &Report) {
    let [JobEvent::Phases(phases), later @ ..] = events else {
        panic!("{:?} is first", events.first());
    };
    let mut ahead = phases.iter();
    for event in later {
        assert!(!matches!(event, JobEvent::Phases(_)));
        if let JobEvent::Phase(entered) = event {
            assert!(
                ahead.any(|phase| phase == entered),
                "{entered:?} was entered, and the phases are {phases:?}"
            );
        }
    }
    let finished = events
        .iter()
        .filter(|e| matches!(e, JobEvent::Finished(_)))
        .count();
    assert_eq!(finished, 1);
    assert_eq!(
        events.last(),
        Some(&JobEvent::Finished(Box::new(report.clone())))
    );
}

/// Cancels at the `n`th transfer.
pub(crate) fn cancel_at(bench: &Bench, n: u64) {
    let cancel = bench.cancel.clone();
    let mut count = 0;
    bench.board.listen(move |_| {
        count += 1;
        if count == n {
            cancel.cancel();
        }
    });
}

pub(crate) fn named(name: &str) -> Board {
    Board::by_name(name).unwrap_or_else(|| panic!("no board {name}"))
}

/// An image of bytes at an address. Not a raw binary: these bytes are no program.
pub(crate) fn image(start: u32, bytes: &[u8]) -> Arc<Image> {
    pieces(&[(start, bytes)])
}

/// An image of several pieces, made through an S-record file.
pub(crate) fn pieces(pieces: &[(u32, &[u8])]) -> Arc<Image> {
    let mut text = String::new();
    for (start, bytes) in pieces {
        for (index, line) in bytes.chunks(32).enumerate() {
            let address = start + u32::try_from(index * 32).unwrap();
            let mut record = vec![u8::try_from(line.len() + 5).unwrap()];
            record.extend(address.to_be_bytes());
            record.extend(line);
            let sum = record.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
            record.push(!sum);
            text.push_str("S3");
            record
                .iter()
                .for_each(|byte| text.push_str(&format!("{byte:02X}")));
            text.push('\n');
        }
    }
    Arc::new(firmware::parse("test.s19", text.as_bytes(), None).unwrap())
}

pub(crate) fn random(seed: u32, length: u64) -> Vec<u8> {
    pseudo_random(seed, length)
}

/// Default options, but the board stays in DFU mode.
pub(crate) fn stay() -> UpgradeOptions {
    UpgradeOptions {
        start: false,
        ..UpgradeOptions::default()
    }
}
