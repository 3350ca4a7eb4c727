use std::time::Duration;

use super::*;
use crate::transport::Transport;
use crate::transport::recording::{Asked, Data, Entry, Setup, Transfer};

const SECOND: Duration = Duration::from_secs(1);
const GETSTATUS: u8 = 3;
const IDLE: [u8; 6] = [0, 0, 0, 0, 2, 0];
const BUSY: [u8; 6] = [0, 50, 0, 0, 4, 0];
const DOWNLOAD_IDLE: [u8; 6] = [0, 0, 0, 0, 5, 0];

/// A record in the making.
struct Script(Vec<Entry>);

impl Script {
    fn new() -> Self {
        let device = DeviceRecord {
            place: Place("1-4.2".to_owned()),
            address: 7,
            speed: None,
            vendor: 0x0483,
            product: 0xDF11,
            version: 0x2200,
            manufacturer: None,
            product_name: None,
            serial: None,
            interfaces: Vec::new(),
            blocked: None,
            driver: None,
        };
        Self(vec![
            Entry::Device(Box::new(device)),
            Entry::Open {
                interface: 0,
                result: Ok(()),
            },
        ])
    }

    fn transfer(mut self, setup: &str, out: Data, received: Data) -> Self {
        let number = self.0.len() as u64 - 1;
        self.0.push(Entry::Transfer(Transfer {
            number,
            at: SECOND * number as u32,
            took: Duration::from_millis(1),
            asked: Asked::Control(setup.parse().unwrap()),
            out,
            received,
            result: Ok(()),
        }));
        self
    }

    fn status(self, bytes: [u8; 6]) -> Self {
        let bytes = Data::Bytes(bytes.to_vec());
        self.transfer("a1 03 0000 0000 0006", Data::default(), bytes)
    }

    fn download(self, block: u16, data: Data) -> Self {
        let length = data.length();
        let setup = format!("21 01 {block:04x} 0000 {length:04x}");
        self.transfer(&setup, data, Data::default())
    }

    fn upload(self, block: u16, data: Data) -> Self {
        let length = data.length();
        let setup = format!("a1 02 {block:04x} 0000 {length:04x}");
        self.transfer(&setup, Data::default(), data)
    }

    fn select(self) -> Self {
        let setup = Setup::select(0, 0).to_string();
        self.transfer(&setup, Data::default(), Data::default())
    }

    fn replay(self, matching: Matching) -> (Replay, Box<dyn Transport>) {
        let recording = Recording {
            program: String::new(),
            boards: vec![(Place("1-4.2".to_owned()), self.0)],
        };
        let mut replay = Replay::new(recording, matching);
        let place = replay.scan().unwrap()[0].place.clone();
        let (opened, _) = replay.open(&place, 0).unwrap();
        (replay, opened.transport)
    }
}

fn status(transport: &mut Box<dyn Transport>) -> Result<[u8; 6], UsbError> {
    let mut bytes = [0; 6];
    transport.read(GETSTATUS, 0, &mut bytes, SECOND)?;
    Ok(bytes)
}

fn upload(transport: &mut Box<dyn Transport>, block: u16, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    assert_eq!(transport.read(2, block, &mut bytes, SECOND), Ok(length));
    bytes
}

fn hashed(bytes: &[u8]) -> Data {
    Data::Hashed {
        length: bytes.len(),
        sha256: crate::transport::recording::sha256(bytes),
    }
}

#[test]
fn a_host_that_follows_the_record_gets_its_answers_at_its_times() {
    let script = Script::new()
        .status(IDLE)
        .download(2, Data::Bytes(vec![7; 4]));
    let recording = Recording {
        program: String::new(),
        boards: vec![(Place("1-4.2".to_owned()), script.0)],
    };
    let mut replay = Replay::new(recording, Matching::Strict);
    let (opened, _) = replay.open(&Place("sim-r1".to_owned()), 0).unwrap();
    let mut transport = opened.transport;
    assert_eq!(status(&mut transport), Ok(IDLE));
    transport.write(1, 2, &[7; 4], SECOND).unwrap();
    assert_eq!(opened.clock.now(), SECOND + Duration::from_millis(1));
    drop(transport);
    let result = replay.result().unwrap();
    assert_eq!((result.transfers, result.made_up), (2, 0));
}

#[test]
fn a_departure_is_named_with_its_number_and_ends_the_board() {
    let script = Script::new()
        .status(IDLE)
        .download(2, Data::Bytes(vec![7; 4]))
        .status(IDLE);
    let (replay, mut transport) = script.replay(Matching::Strict);
    status(&mut transport).unwrap();
    let error = transport.write(1, 2, &[7, 7, 7, 8], SECOND).unwrap_err();
    assert_eq!(error.kind, UsbErrorKind::NotInRecord);
    assert_eq!(
        status(&mut transport).unwrap_err().kind,
        UsbErrorKind::NotInRecord
    );
    assert_eq!(
        replay.result().unwrap_err().to_string(),
        "sim-r1, transfer 2: expected DNLOAD [21 01 0002 0000 0004] with [07, 07, 07, 07], \
         found DNLOAD [21 01 0002 0000 0004] with [07, 07, 07, 08]"
    );
}

#[test]
fn a_host_that_ends_early_or_goes_on_departs() {
    let (replay, mut transport) = Script::new()
        .status(IDLE)
        .status(IDLE)
        .replay(Matching::Strict);
    status(&mut transport).unwrap();
    let early = replay.result().unwrap_err();
    assert_eq!((early.number, early.found.as_str()), (2, "nothing more"));
    status(&mut transport).unwrap();
    assert_eq!(replay.result().unwrap().transfers, 2);
    status(&mut transport).unwrap_err();
    let late = replay.result().unwrap_err();
    assert_eq!((late.number, late.expected.as_str()), (3, "nothing more"));
}

#[test]
fn a_record_whose_device_was_not_opened_is_not_departed_from() {
    let recording = Recording {
        program: String::new(),
        boards: vec![(Place("1-4.2".to_owned()), Script::new().status(IDLE).0)],
    };
    let mut replay = Replay::new(recording, Matching::Strict);
    assert_eq!(replay.scan().unwrap()[0].vendor, 0x0483);
    assert_eq!(replay.result().unwrap(), Replayed::default());
}

#[test]
fn a_tolerant_replay_takes_more_or_fewer_statuses_in_a_row() {
    let script = || {
        Script::new()
            .status(BUSY)
            .status(DOWNLOAD_IDLE)
            .status(DOWNLOAD_IDLE)
    };
    let script = || script().download(2, Data::Bytes(vec![7]));
    // More: the answer stays the last one.
    let (replay, mut transport) = script().replay(Matching::Tolerant);
    for expected in [BUSY, DOWNLOAD_IDLE, DOWNLOAD_IDLE, DOWNLOAD_IDLE] {
        assert_eq!(status(&mut transport), Ok(expected));
    }
    transport.write(1, 2, &[7], SECOND).unwrap();
    replay.result().unwrap();
    // Fewer, and a strict one.
    for (matching, may) in [(Matching::Tolerant, true), (Matching::Strict, false)] {
        let (replay, mut transport) = script().replay(matching);
        status(&mut transport).unwrap();
        status(&mut transport).unwrap();
        assert_eq!(transport.write(1, 2, &[7], SECOND).is_ok(), may);
        assert_eq!(replay.result().is_ok(), may);
    }
}

#[test]
fn a_tolerant_replay_never_skips_what_changes_the_board() {
    let script = Script::new()
        .status(IDLE)
        .download(2, Data::Bytes(vec![7]))
        .status(IDLE);
    let (replay, mut transport) = script.replay(Matching::Tolerant);
    status(&mut transport).unwrap();
    transport.write(6, 0, &[], SECOND).unwrap_err();
    assert_eq!(replay.result().unwrap_err().number, 2);
}

#[test]
fn a_tolerant_replay_does_without_set_interface_and_takes_one() {
    let (replay, mut transport) = Script::new()
        .select()
        .status(IDLE)
        .replay(Matching::Tolerant);
    status(&mut transport).unwrap();
    transport.select_alternate(0).unwrap();
    replay.result().unwrap();
}

#[test]
fn a_board_that_left_may_be_asked_for_it_by_a_tolerant_replay() {
    for (matching, may) in [(Matching::Tolerant, true), (Matching::Strict, false)] {
        let mut script = Script::new().status(IDLE);
        script.0.push(Entry::Gone);
        let (replay, mut transport) = script.replay(matching);
        status(&mut transport).unwrap();
        let kind = status(&mut transport).unwrap_err().kind;
        assert_eq!(kind == UsbErrorKind::Gone, may);
        assert_eq!(replay.result().is_ok(), may);
    }
}

#[test]
fn a_board_that_was_written_is_read_back_from_its_hashes() {
    let block: Vec<u8> = (0..=255).collect();
    let script = Script::new()
        .download(2, hashed(&block))
        .upload(2, hashed(&block));
    let (replay, mut transport) = script.replay(Matching::Strict);
    transport.write(1, 2, &block, SECOND).unwrap();
    assert_eq!(upload(&mut transport, 2, 256), block);
    assert_eq!(replay.result().unwrap().made_up, 0);
}

#[test]
fn unknown_data_is_made_up_agrees_with_what_is_known_of_it_and_is_counted() {
    let old: Vec<u8> = (0..=255).rev().collect();
    let start = Data::Bytes(old[..64].to_vec());
    let script = Script::new()
        .upload(2, hashed(&old))
        .upload(2, start)
        .status(IDLE);
    let (replay, mut transport) = script.replay(Matching::Strict);
    let whole = upload(&mut transport, 2, 256);
    assert_eq!(upload(&mut transport, 2, 64), old[..64]);
    assert_eq!(whole[..64], old[..64]);
    assert!(whole[64..].iter().all(|byte| ![0, 0xFF].contains(byte)));
    assert_eq!(replay.result().unwrap_err().made_up, 1);
    status(&mut transport).unwrap();
    assert_eq!(replay.result().unwrap().made_up, 1);
}

#[test]
fn the_bus_changes_as_recorded_one_change_for_each_scan() {
    let mut script = Script::new().status(IDLE);
    let Entry::Device(mut back) = script.0[0].clone() else {
        panic!("no device");
    };
    back.address += 1;
    script.0.extend([Entry::Gone, Entry::Device(back)]);
    let (mut replay, mut transport) = script.replay(Matching::Strict);
    assert_eq!(replay.scan().unwrap()[0].address, 7);
    status(&mut transport).unwrap();
    assert_eq!(replay.scan().unwrap()[0].address, 7);
    assert!(replay.scan().unwrap().is_empty());
    assert_eq!(replay.scan().unwrap()[0].address, 8);
}

#[test]
fn a_change_that_is_due_is_reported_and_a_bus_at_rest_is_silent() {
    let mut script = Script::new().status(IDLE);
    script.0.push(Entry::Gone);
    let (mut replay, mut transport) = script.replay(Matching::Strict);
    let (changes, changed) = Changes::channel();
    replay.watch(changes);
    replay.scan().unwrap();
    assert!(changed.is_empty());
    status(&mut transport).unwrap();
    replay.scan().unwrap();
    assert_eq!(changed.try_iter().count(), 1);
    assert!(replay.scan().unwrap().is_empty());
    assert!(changed.is_empty());
}
