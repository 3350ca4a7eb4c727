//! Each task on a board that answers anything: it ends, in bounded time of the board's clock, with one
//! final event, and is done only if the board said so.

#![no_main]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::Source;
use libfuzzer_sys::fuzz_target;
use upfuse::address::{Address, AddressRange};
use upfuse::dfu::{Cancel, Pace, Session};
use upfuse::discovery::{Os, SystemFacts, examine};
use upfuse::engine::{self, Board, Detail, EraseScope, JobEvent, Task, UpgradeOptions};
use upfuse::firmware;
use upfuse::transport::{Clock, Opened, Transport, UsbError, UsbErrorKind, VirtualClock};

/// The input is used up long before.
const BOUND: Duration = Duration::from_secs(24 * 3600);
/// Larger maps make a run slow without making it different.
const MOST_SECTORS: usize = 4096;

fuzz_target!(|input: &[u8]| {
    let mut source = Source(input);
    let choice = source.byte();
    let device = common::device(&mut source);
    let found = examine(&[device], &SystemFacts::new(Os::Linux));
    let Some(found) = found.first() else { return };
    let board = Board::from(found);
    let maps = board
        .targets
        .iter()
        .filter_map(|target| target.map.as_ref().ok());
    if maps
        .map(|map| map.sectors().take(MOST_SECTORS).count())
        .sum::<usize>()
        >= MOST_SECTORS
    {
        return;
    }
    let Some(task) = task(choice) else { return };
    let clock = Arc::new(VirtualClock::default());
    let opened = Opened {
        transport: Box::new(Answers {
            bytes: source.0.to_vec(),
            at: 0,
            clock: Arc::clone(&clock),
        }),
        clock: Arc::<VirtualClock>::clone(&clock),
    };
    let pace = if choice & 0x80 == 0 {
        Pace::Adaptive
    } else {
        Pace::Compatible
    };
    let size = board.functional.transfer_size;
    let mut session = Session::new(opened, size, pace, Cancel::default());
    let mut last = None;
    let mut finished = 0;
    let report = engine::run(&task, &board, &mut session, &mut |event| {
        finished += u32::from(matches!(event, JobEvent::Finished(_)));
        last = Some(event);
    });
    assert_eq!(finished, 1);
    assert_eq!(last, Some(JobEvent::Finished(Box::new(report))));
    assert!(clock.now() < BOUND, "{:?}", clock.now());
});

fn task(choice: u8) -> Option<Task> {
    let range = AddressRange::new(Address(0x0800_0000), 5000)?;
    let kept = AddressRange::new(Address(0x0800_0300), 0x321);
    let mut bytes = vec![0x00, 0x10, 0x00, 0x20, 0x09, 0x00, 0x00, 0x08];
    bytes.extend((0..4000u32).map(|n| (n % 251) as u8));
    let image = || {
        let parsed = firmware::parse("a.bin", &bytes, Some(Address(0x0800_0000)));
        parsed.ok().map(Arc::new)
    };
    Some(match choice % 8 {
        0 => Task::Verify {
            image: image()?,
            target: None,
            keep_ranges: Vec::new(),
            detail: Detail::Verdict,
        },
        1 => Task::Read {
            alternate: 0,
            range: Some(range),
            save: None,
        },
        2 => Task::Erase(EraseScope::Range {
            alternate: 0,
            range,
        }),
        3 => Task::Erase(EraseScope::All),
        4 => Task::Unprotect,
        5 => Task::Start { at: None },
        6 => Task::EnterDfu,
        _ => Task::Upgrade {
            image: image()?,
            options: UpgradeOptions {
                keep: choice & 8 != 0,
                mass_erase: choice & 16 != 0,
                keep_ranges: kept.into_iter().filter(|_| choice & 128 != 0).collect(),
                rewrite: choice & 32 != 0,
                verify: choice & 64 == 0,
                ..UpgradeOptions::default()
            },
        },
    })
}

/// Answers with the bytes of the input; at their end it is gone.
struct Answers {
    bytes: Vec<u8>,
    at: usize,
    clock: Arc<VirtualClock>,
}

impl Answers {
    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn answer(&mut self, timeout: Duration) -> Result<u8, UsbError> {
        self.clock.sleep(Duration::from_millis(1));
        let kind = match self.byte() {
            None => UsbErrorKind::Gone,
            Some(0xFF) => UsbErrorKind::Stall,
            Some(0xFE) => UsbErrorKind::Io,
            Some(0xFD) => {
                self.clock.sleep(timeout);
                UsbErrorKind::Timeout
            }
            Some(other) => return Ok(other),
        };
        Err(UsbError::new(kind, "fuzzed"))
    }
}

impl Transport for Answers {
    fn write(&mut self, _: u8, _: u16, _: &[u8], timeout: Duration) -> Result<(), UsbError> {
        self.answer(timeout).map(drop)
    }

    fn read(
        &mut self,
        request: u8,
        _: u16,
        buffer: &mut [u8],
        timeout: Duration,
    ) -> Result<usize, UsbError> {
        let choice = self.answer(timeout)?;
        if let (3, 0..=0xDF, [status, p0, p1, p2, state, _]) = (request, choice, &mut *buffer) {
            // Mostly a status that makes sense.
            [*status, *p0, *p1, *p2] = [choice >> 4, choice & 8, 0, 0];
            *state = self.byte().unwrap_or_default() % 16;
            return Ok(6);
        }
        let length = match choice {
            0..=0xBF => buffer.len(),
            _ => buffer.len().min(usize::from(choice & 0x3F)),
        };
        // Longer blocks repeat a few bytes, so that inputs stay small.
        let pattern = [self.byte().unwrap_or(0xFF), self.byte().unwrap_or(0xFF)];
        for (index, byte) in buffer.iter_mut().take(length).enumerate() {
            *byte = pattern[usize::from(index % 16 == 0)];
        }
        Ok(length)
    }

    fn select_alternate(&mut self, _: u8) -> Result<(), UsbError> {
        self.answer(Duration::from_secs(5)).map(drop)
    }

    fn reset(&mut self) -> Result<(), UsbError> {
        self.answer(Duration::from_secs(5)).map(drop)
    }

    fn reopen(&mut self) -> Result<(), UsbError> {
        self.answer(Duration::from_secs(1)).map(drop)
    }
}
