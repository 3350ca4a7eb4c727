//! The serial ports of programs, on the bus: who may open them, and what follows the commands that
//! enter a bootloader.

use super::*;

use upfuse::transport::{DeviceRecord, OpenedSerial, SerialErrorKind};

const API_VERSION: &[u8] = b"$M<\x00\x01\x01";
const SHORT: Duration = Duration::from_millis(400);

struct Desk {
    bus: SimulatedBus,
    board: SimulatedBoard,
    record: DeviceRecord,
}

impl Desk {
    fn with(name: &str) -> Self {
        let mut bus = SimulatedBus::new();
        let board = bus.plug(board(name), Time::Virtual);
        let record = bus.scan().unwrap().remove(0);
        Self { bus, board, record }
    }

    fn open(&mut self) -> Result<OpenedSerial, SerialErrorKind> {
        let opened = self.bus.open_serial(&self.record);
        opened.map_err(|error| error.kind)
    }

    /// What is there once a restart is over.
    fn returned(&mut self) -> DeviceRecord {
        for _ in 0..3 {
            let found = self.bus.scan().unwrap();
            if let Some(record) = found.into_iter().find(|r| r.address != self.record.address) {
                return record;
            }
        }
        panic!("the board did not restart");
    }
}

/// Sends, and reads until nothing comes for a while.
fn ask(opened: &mut OpenedSerial, bytes: &[u8]) -> Vec<u8> {
    opened.port.write(bytes, SHORT).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 64];
    while let Ok(count @ 1..) = opened.port.read(&mut buffer, SHORT) {
        answer.extend(&buffer[..count]);
    }
    answer
}

#[test]
fn a_flight_controller_comes_back_as_bootloader_at_its_place() {
    let mut desk = Desk::with("betaflight");
    let mut port = desk.open().unwrap();
    assert_eq!(ask(&mut port, API_VERSION), b"$M>\x03\x01\x00\x01\x2E\x2D");
    assert_eq!(
        ask(&mut port, b"$M<\x01\x44\x01\x44"),
        b"$M>\x01\x44\x01\x44"
    );
    let gone = port.port.write(b"x", SHORT).unwrap_err();
    assert_eq!(gone.kind, SerialErrorKind::Gone);
    let after = desk.returned();
    assert_eq!(
        (after.place, after.product),
        (desk.record.place.clone(), 0xDF11)
    );
}

#[test]
fn micropython_comes_back_as_bootloader() {
    let mut desk = Desk::with("micropython");
    let mut port = desk.open().unwrap();
    ask(&mut port, b"\r\x03\x03");
    assert!(ask(&mut port, b"\r\x01").ends_with(b"raw REPL; CTRL-B to exit\r\n>"));
    let statements = b"import time, machine\ntime.sleep_ms(100)\nmachine.bootloader()\n\x04";
    assert_eq!(ask(&mut port, statements), b"OK");
    drop(port);
    assert_eq!(desk.returned().product, 0xDF11);
}

#[test]
fn an_arduino_comes_back_after_1200_baud_and_the_end_of_dtr() {
    let mut desk = Desk::with("giga");
    let mut port = desk.open().unwrap();
    port.port.set_baud_rate(1200).unwrap();
    port.port.set_dtr(false).unwrap();
    assert_eq!(
        port.port.read(&mut [0], SHORT).unwrap_err().kind,
        SerialErrorKind::Gone
    );
    let after = desk.returned();
    assert_eq!((after.vendor, after.product), (0x2341, 0x0366));
}

#[test]
fn programs_with_the_same_ids_answer_otherwise_and_remember_what_they_got() {
    let betaflight = Desk::with("betaflight").record;
    for name in [
        "vcp",
        "vcp-echo",
        "vcp-measuring",
        "nanovna",
        "tinysa-ultra",
        "grblhal",
        "flipper",
    ] {
        let mut desk = Desk::with(name);
        let ids = |record: &DeviceRecord| (record.vendor, record.product, record.version);
        assert_eq!(ids(&desk.record), ids(&betaflight), "{name}");
        let mut port = desk.open().unwrap();
        let mut answer: Vec<u8> = Vec::new();
        let mut buffer = [0; 64];
        port.port.write(API_VERSION, SHORT).unwrap();
        for _ in 0..4 {
            let count = port.port.read(&mut buffer, SHORT).unwrap();
            answer.extend(&buffer[..count]);
        }
        assert!(!answer.windows(3).any(|bytes| bytes == *b"$M>"), "{name}");
        assert_eq!(desk.board.serial_received(), API_VERSION, "{name}");
    }
}

#[test]
fn a_port_is_opened_once_at_a_time_and_only_on_the_device_that_was_seen() {
    let mut desk = Desk::with("vcp-echo");
    let first = desk.open().unwrap();
    assert_eq!(desk.open().unwrap_err(), SerialErrorKind::Busy);
    drop(first);
    desk.open().unwrap();
    desk.board.set_serial_blocked(SerialErrorKind::Access);
    assert_eq!(desk.open().unwrap_err(), SerialErrorKind::Access);
    desk.board.set_serial_blocked(None);
    desk.board.unplug();
    desk.board.plug();
    assert_eq!(desk.open().unwrap_err(), SerialErrorKind::Gone);
    let mut bootloader = Desk::with("f407");
    assert_eq!(bootloader.open().unwrap_err(), SerialErrorKind::NoPort);
}
