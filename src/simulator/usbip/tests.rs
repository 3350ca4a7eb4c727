//! A small client over loopback; boards in virtual time, so that nothing is waited for.

mod serial;

use std::io::Read;
use std::time::Duration;

use super::*;
use crate::simulator::{Board, Fault, Faults, RequestKind, Time};
use crate::transport::Place;
use crate::transport::recording::{Entry, KeepData, Recording, Side};

const STALL: i32 = -32;

struct Client {
    stream: TcpStream,
    sequence: u32,
}

/// What a client reads: the kind (3 submitted, 4 unlinked), sequence, status, data.
type Returned = (u32, u32, i32, Vec<u8>);

fn boards(names: &[&str]) -> Vec<SimulatedBoard> {
    let make = |name: &&str| Board::by_name(name).unwrap();
    names.iter().map(make).map(in_virtual_time).collect()
}

fn in_virtual_time(board: Board) -> SimulatedBoard {
    SimulatedBoard::new(board, Place("sim-1".into()), Time::Virtual)
}

fn server(boards: &[SimulatedBoard]) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    serve(listener, boards.to_vec(), None).unwrap()
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

fn take(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut buffer = vec![0; length];
    stream.read_exact(&mut buffer).unwrap();
    buffer
}

fn be(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes[..4].try_into().unwrap())
}

/// Imports; the error is the status in the reply.
fn import(server: &Server, bus_id: &str) -> Result<Client, u32> {
    let mut stream = connect(server);
    let mut request = vec![1, 0x11, 0x80, 3, 0, 0, 0, 0];
    request.extend(bus_id.bytes().chain(std::iter::repeat(0)).take(32));
    stream.write_all(&request).unwrap();
    let head = take(&mut stream, 8);
    assert_eq!(head[..4], [1, 0x11, 0, 3]);
    match be(&head[4..]) {
        0 => {
            let device = take(&mut stream, 312);
            assert_eq!(&device[256..256 + bus_id.len()], bus_id.as_bytes());
            Ok(Client {
                stream,
                sequence: 0,
            })
        }
        refusal => Err(refusal),
    }
}

impl Client {
    fn send(&mut self, setup: [u8; 8], data: &[u8]) -> u32 {
        let length = match setup[0] & 0x80 {
            0 => data.len() as u32,
            _ => u32::from(u16::from_le_bytes([setup[6], setup[7]])),
        };
        self.submit(0, setup[0] >> 7, length, setup, data)
    }

    /// A bulk or interrupt transfer from the device, of at most `length` bytes.
    fn receive(&mut self, endpoint: u32, length: u32) -> u32 {
        self.submit(endpoint, 1, length, [0; 8], &[])
    }

    /// A bulk transfer to the device.
    fn transmit(&mut self, endpoint: u32, data: &[u8]) -> u32 {
        self.submit(endpoint, 0, data.len() as u32, [0; 8], data)
    }

    fn submit(
        &mut self,
        endpoint: u32,
        to_host: u8,
        length: u32,
        setup: [u8; 8],
        data: &[u8],
    ) -> u32 {
        self.sequence += 1;
        let mut bytes = Vec::new();
        for word in [
            1,
            self.sequence,
            0x0001_0001,
            u32::from(to_host),
            endpoint,
            0,
            length,
            0,
            0,
            0,
        ] {
            bytes.extend(word.to_be_bytes());
        }
        bytes.extend(setup);
        bytes.extend(data);
        self.stream.write_all(&bytes).unwrap();
        self.sequence
    }

    fn unlink(&mut self, victim: u32) -> u32 {
        self.sequence += 1;
        let mut bytes = Vec::new();
        for word in [2, self.sequence, 0x0001_0001, 0, 0, victim] {
            bytes.extend(u32::to_be_bytes(word));
        }
        bytes.extend([0; 24]);
        self.stream.write_all(&bytes).unwrap();
        self.sequence
    }

    fn returned(&mut self, read: bool) -> Returned {
        let head = take(&mut self.stream, 48);
        let (kind, status) = (be(&head), be(&head[20..]) as i32);
        let length = match (kind, read) {
            (3, true) => be(&head[24..]) as usize,
            _ => 0,
        };
        let data = take(&mut self.stream, length);
        (kind, be(&head[4..]), status, data)
    }

    fn control(&mut self, setup: [u8; 8], data: &[u8]) -> Result<Vec<u8>, i32> {
        let sequence = self.send(setup, data);
        let (kind, answered, status, data) = self.returned(setup[0] & 0x80 != 0);
        assert_eq!((kind, answered), (3, sequence));
        if status == 0 { Ok(data) } else { Err(status) }
    }

    fn get_descriptor(&mut self, kind: u8, index: u8, length: u16) -> Result<Vec<u8>, i32> {
        let [l0, l1] = length.to_le_bytes();
        self.control([0x80, 6, index, kind, 0, 0, l0, l1], &[])
    }

    fn status(&mut self) -> Result<Vec<u8>, i32> {
        self.control([0xA1, 3, 0, 0, 0, 0, 6, 0], &[])
    }

    fn download(&mut self, block: u8, data: &[u8]) -> Result<Vec<u8>, i32> {
        let [l0, l1] = (data.len() as u16).to_le_bytes();
        self.control([0x21, 1, block, 0, 0, 0, l0, l1], data)
    }

    fn is_at_its_end(&mut self) -> bool {
        self.stream.read(&mut [0]).unwrap() == 0
    }
}

#[test]
fn the_device_list_names_every_board_on_the_bus() {
    let boards = boards(&["f407", "f072"]);
    let server = server(&boards);
    let list = |server: &Server| {
        let mut stream = connect(server);
        stream.write_all(&[1, 0x11, 0x80, 5, 0, 0, 0, 0]).unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        all
    };
    let all = list(&server);
    assert_eq!(all[..12], [1, 0x11, 0, 5, 0, 0, 0, 0, 0, 0, 0, 2]);
    assert_eq!(all.len(), 12 + 2 * (312 + 4));
    let device = &all[12..];
    assert_eq!(&device[256..260], b"1-1\0");
    // Speed full, 0483:df11, bcdDevice 2200, one interface fe/01/02.
    assert_eq!(device[296..306], [0, 0, 0, 2, 4, 0x83, 0xDF, 0x11, 0x22, 0]);
    assert_eq!(device[306..316], [0, 0, 0, 1, 1, 1, 0xFE, 1, 2, 0]);
    boards[0].unplug();
    assert_eq!(list(&server)[11], 1);
}

#[test]
fn descriptors_are_cut_to_the_length_that_was_asked_for() {
    let server = server(&boards(&["f407"]));
    let mut client = import(&server, "1-1").unwrap();
    assert_eq!(client.get_descriptor(1, 0, 8).unwrap().len(), 8);
    assert_eq!(client.get_descriptor(1, 0, 64).unwrap().len(), 18);
    assert_eq!(client.get_descriptor(2, 0, 9).unwrap()[2..4], [54, 0]);
    assert_eq!(client.get_descriptor(2, 0, 4096).unwrap().len(), 54);
    assert_eq!(client.get_descriptor(6, 0, 10), Err(STALL));
    assert_eq!(client.get_descriptor(3, 0xEE, 18), Err(STALL));
    // SET_CONFIGURATION, SET_INTERFACE 2, GET_INTERFACE, GET_STATUS
    assert_eq!(client.control([0, 9, 1, 0, 0, 0, 0, 0], &[]), Ok(vec![]));
    assert_eq!(client.control([1, 11, 2, 0, 0, 0, 0, 0], &[]), Ok(vec![]));
    assert_eq!(
        client.control([0x81, 10, 0, 0, 0, 0, 1, 0], &[]),
        Ok(vec![2])
    );
    assert_eq!(client.control([1, 11, 9, 0, 0, 0, 0, 0], &[]), Err(STALL));
    assert_eq!(
        client.control([0x80, 0, 0, 0, 0, 0, 2, 0], &[]),
        Ok(vec![0, 0])
    );
}

#[test]
fn a_block_is_written_through_the_wire() {
    let boards = boards(&["f767"]);
    let server = server(&boards);
    let mut client = import(&server, "1-1").unwrap();
    client.download(2, &[0x42; 2048]).unwrap();
    assert_eq!(client.status().unwrap(), [0, 104, 0, 0, 4, 0]);
    // Holds the second one until the block is programmed.
    assert_eq!(client.status().unwrap(), [0, 0, 0, 0, 5, 0]);
    assert_eq!(
        boards[0].flash()[..2049],
        [vec![0x42; 2048], vec![0xFF]].concat()
    );
    assert_eq!(client.download(1, &[0; 4]), Err(STALL));
    assert_eq!(boards[0].counters().of(RequestKind::Download), 2);
}

#[test]
fn a_waiting_transfer_can_be_unlinked_and_gets_no_other_answer() {
    let fault = Faults::new().at_request(RequestKind::GetStatus, 1, Fault::Timeout);
    let boards = [in_virtual_time(
        Board::by_name("f407").unwrap().with_faults(fault),
    )];
    let server = server(&boards);
    let mut client = import(&server, "1-1").unwrap();
    let held = client.send([0xA1, 3, 0, 0, 0, 0, 6, 0], &[]);
    let queued = client.send([0xA1, 5, 0, 0, 0, 0, 1, 0], &[]);
    let first = client.unlink(queued);
    assert_eq!(client.returned(false), (4, first, -104, vec![]));
    let second = client.unlink(held);
    assert_eq!(client.returned(false), (4, second, -104, vec![]));
    // The endpoint lives, and an unlink that comes too late says so.
    let done = client.send([0xA1, 5, 0, 0, 0, 0, 1, 0], &[]);
    assert_eq!(client.returned(true), (3, done, 0, vec![2]));
    let late = client.unlink(done);
    assert_eq!(client.returned(false), (4, late, 0, vec![]));
}

#[test]
fn a_board_is_imported_once_at_a_time() {
    let server = server(&boards(&["f407"]));
    let first = import(&server, "1-1").unwrap();
    assert_eq!(import(&server, "1-1").err(), Some(2));
    assert_eq!(import(&server, "1-2").err(), Some(4));
    drop(first);
    let released = |event| event == Event::Released(0);
    while !released(
        server
            .events()
            .recv_timeout(Duration::from_secs(20))
            .unwrap(),
    ) {}
    assert!(import(&server, "1-1").is_ok());
}

#[test]
fn unplugging_ends_the_connection() {
    let boards = boards(&["f407"]);
    let server = server(&boards);
    let mut client = import(&server, "1-1").unwrap();
    client.status().unwrap();
    boards[0].unplug();
    assert!(client.is_at_its_end());
    assert_eq!(import(&server, "1-1").err(), Some(4));
    boards[0].plug();
    import(&server, "1-1").unwrap().status().unwrap();
}

/// Linux first reports EPROTO for the transfers of a pulled cable.
#[test]
fn transfers_break_until_the_hub_notices_that_the_cable_is_out() {
    let fault = Faults::new().at_request(RequestKind::GetStatus, 1, Fault::UnplugLate);
    let board = in_virtual_time(Board::by_name("f407").unwrap().with_faults(fault));
    let clock = board.clock();
    let server = server(&[board]);
    let mut client = import(&server, "1-1").unwrap();
    assert_eq!(client.status(), Err(-71));
    assert_eq!(client.status(), Err(-71));
    clock.sleep(Duration::from_millis(300));
    assert!(client.is_at_its_end());
}

#[test]
fn leaving_answers_ends_the_connection_and_the_program_can_be_attached() {
    let vectors = [0, 0, 2, 0x20, 0xC1, 0x01, 0, 8];
    let board = Board::by_name("f407").unwrap();
    let boards = [in_virtual_time(
        board.holding(crate::address::Address::FLASH, vectors),
    )];
    let server = server(&boards);
    let mut client = import(&server, "1-1").unwrap();
    client.download(0, &[]).unwrap();
    assert_eq!(client.status().unwrap(), [0, 1, 0, 0, 7, 0]);
    assert!(client.is_at_its_end());
    drop(client);
    // Waits for the board to come back.
    let mut client = import(&server, "1-1").unwrap();
    assert_eq!(
        client.get_descriptor(1, 0, 18).unwrap()[8..12],
        [0x83, 0x04, 0x40, 0x57]
    );
}

#[test]
fn an_invalid_message_ends_the_connection_and_frees_the_board() {
    let server = server(&boards(&["f407"]));
    let mut stream = connect(&server);
    stream.write_all(&[9; 8]).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0);
    let mut client = import(&server, "1-1").unwrap();
    let mut huge = vec![
        0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    huge.extend([0xFF; 24]);
    client.stream.write_all(&huge).unwrap();
    assert!(client.is_at_its_end());
}

fn server_within(limits: Limits, boards: &[SimulatedBoard]) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    serve_within(limits, listener, boards.to_vec(), None).unwrap()
}

fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0]) {
        Ok(received) => received == 0,
        // What was not read ends it with a reset.
        Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
    }
}

#[test]
fn connections_beyond_the_limit_are_closed_and_an_attached_board_is_served() {
    let limits = Limits {
        connections: 3,
        ..Limits::default()
    };
    let server = server_within(limits, &boards(&["f407"]));
    let mut client = import(&server, "1-1").unwrap();
    let mut silent: Vec<_> = (0..6).map(|_| connect(&server)).collect();
    // The first of them were accepted, and wait for their request.
    assert!(silent.iter_mut().skip(2).all(is_closed));
    assert_eq!(client.status().unwrap().len(), 6);
}

#[test]
fn a_client_that_asks_for_nothing_is_disconnected_and_an_attached_one_is_not() {
    let limits = Limits {
        silence: Duration::from_millis(20),
        ..Limits::default()
    };
    let server = server_within(limits, &boards(&["f407"]));
    let mut client = import(&server, "1-1").unwrap();
    assert!(is_closed(&mut connect(&server)));
    assert_eq!(client.status().unwrap().len(), 6);
}

/// The kernel's client hangs up when the server does; another program may not.
#[test]
fn a_client_that_stays_after_its_board_has_left_keeps_no_place() {
    let limits = Limits {
        connections: 1,
        silence: Duration::from_millis(20),
        ..Limits::default()
    };
    let boards = boards(&["f407"]);
    let server = server_within(limits, &boards);
    let mut client = import(&server, "1-1").unwrap();
    boards[0].unplug();
    assert!(client.is_at_its_end());
    let is_served = || {
        let mut stream = connect(&server);
        stream.write_all(&[1, 0x11, 0x80, 5, 0, 0, 0, 0]).ok();
        stream.read_exact(&mut [0; 12]).is_ok()
    };
    assert!((0..100_000).any(|_| is_served()));
    drop(client);
}

#[test]
fn a_client_that_sends_and_sends_behind_a_held_transfer_is_disconnected() {
    let fault = Faults::new().at_request(RequestKind::GetStatus, 1, Fault::Timeout);
    let board = in_virtual_time(Board::by_name("f407").unwrap().with_faults(fault));
    let limits = Limits {
        waiting: 4,
        ..Limits::default()
    };
    let server = server_within(limits, &[board]);
    let mut client = import(&server, "1-1").unwrap();
    for _ in 0..6 {
        client.send([0xA1, 3, 0, 0, 0, 0, 6, 0], &[]);
    }
    assert!(is_closed(&mut client.stream));
    assert!(import(&server, "1-1").is_ok());
}

#[test]
fn what_a_host_does_is_recorded_on_the_side_of_the_device() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usb.jsonl");
    let recorder = Recorder::create(&path, KeepData::Hashes, Side::Device).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = serve(listener, boards(&["f407"]), Some(recorder)).unwrap();
    let mut client = import(&server, "1-1").unwrap();
    client.get_descriptor(1, 0, 18).unwrap();
    let idle = client.status().unwrap();
    client.download(0, &[0x21, 0, 0, 0, 8]).unwrap();
    assert_eq!(
        client.control([0xA1, 2, 2, 0, 0, 0, 64, 0], &[]),
        Err(STALL)
    );
    let recording = Recording::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    let entries = &recording.boards[0].1;
    assert!(matches!(
        entries[..2],
        [Entry::Device(_), Entry::Open { .. }]
    ));
    let transfers: Vec<_> = entries[2..]
        .iter()
        .map(|entry| match entry {
            Entry::Transfer(transfer) => transfer,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(transfers.len(), 3);
    assert!(transfers[0].received.is(&idle));
    assert!(transfers[1].out.is(&[0x21, 0, 0, 0, 8]));
    assert!(transfers[2].result.is_err());
}
