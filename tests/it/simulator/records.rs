//! The simulated boards against records of boards: the recorded requests, sent to a simulated board,
//! get the recorded answers.
//!
//! `records/BOARD-HOST.jsonl` is a record with all data (`--record-data`) of what HOST did with a board
//! whose flash was blank; BOARD is the simulated one that must answer like it.

use std::path::PathBuf;
use std::time::Duration;

use upfuse::simulator::{Board, SimulatedBus, Time};
use upfuse::transport::recording::{Asked, Data, Entry, Recording, Transfer};
use upfuse::transport::{Bus, Clock, Opened, Transport, UsbError};

fn records() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/records");
    let files = std::fs::read_dir(folder).unwrap();
    let files = files.map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .collect()
}

/// The simulated board that a file name begins with.
fn board(path: &std::path::Path) -> Option<Board> {
    let name = path.file_stem()?.to_str()?.split('-').next()?;
    Board::by_name(name)
}

fn bytes(data: &Data) -> Vec<u8> {
    match data {
        Data::Bytes(bytes) => bytes.clone(),
        Data::Filled { length, fill } => vec![*fill; *length],
        Data::Hashed { .. } => panic!("made without --record-data"),
    }
}

/// Sends a recorded request.
fn send(transport: &mut dyn Transport, transfer: &Transfer) -> Result<Vec<u8>, UsbError> {
    let timeout = Duration::from_secs(40);
    let setup = match transfer.asked {
        Asked::Control(setup) => setup,
        Asked::Reset => return transport.reset().map(|()| Vec::new()),
        Asked::Reopen => return transport.reopen().map(|()| Vec::new()),
    };
    match setup.kind {
        0x01 => transport.select_alternate(setup.value as u8)?,
        0x21 => {
            let out = bytes(&transfer.out);
            transport.write(setup.request, setup.value, &out, timeout)?;
        }
        _ => {
            let mut buffer = vec![0; setup.length.into()];
            let length = transport.read(setup.request, setup.value, &mut buffer, timeout)?;
            buffer.truncate(length);
            return Ok(buffer);
        }
    }
    Ok(Vec::new())
}

fn wait_until(clock: &dyn Clock, time: Duration) {
    clock.sleep(time.saturating_sub(clock.now()));
}

fn check(name: &str, entries: &[Entry], mut bus: SimulatedBus) {
    let place = bus.scan().unwrap()[0].place.clone();
    let mut opened: Option<Opened> = None;
    for entry in entries {
        match entry {
            Entry::Device(_) | Entry::Gone => {}
            Entry::Open { interface, .. } => {
                drop(opened.take());
                opened = Some(bus.open(&place, *interface).unwrap().0);
            }
            Entry::Transfer(transfer) => {
                let Opened { transport, clock } = opened.as_mut().unwrap();
                wait_until(&**clock, transfer.at);
                let answer = send(&mut **transport, transfer);
                let number = transfer.number;
                match (&transfer.result, answer) {
                    (Ok(()), Ok(answer)) => assert!(
                        transfer.received.is(&answer),
                        "{name}, transfer {number}: {answer:02x?} instead of {}",
                        transfer.received
                    ),
                    (Err(expected), Err(found)) => {
                        assert_eq!(expected.kind, found.kind, "{name}, transfer {number}");
                    }
                    (expected, found) => {
                        panic!("{name}, transfer {number}: {found:?} instead of {expected:?}")
                    }
                }
            }
        }
    }
}

#[test]
fn the_simulated_boards_answer_as_the_recorded_ones() {
    let mut checked = 0;
    for path in records() {
        let Some(board) = board(&path) else { continue };
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.display().to_string();
        let recording = Recording::parse(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        let bus = SimulatedBus::new();
        bus.plug(board, Time::Virtual);
        check(&name, &recording.boards[0].1, bus);
        checked += 1;
    }
    assert_ne!(checked, 0);
}
