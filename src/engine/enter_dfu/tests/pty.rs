//! Conversations over the system's own serial ports, with real time: a pseudo-terminal whose other
//! end plays the program.

use std::os::fd::AsRawFd as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::super::{NotEntered, ask};
use super::{Play, betaflight, micro_python, shared};
use crate::dfu::Cancel;
use crate::discovery::samples::plain;
use crate::discovery::senders_for;
use crate::transport::{DeviceRecord, RealClock, SerialErrorKind, open_serial_at};

/// Plays the program until it leaves, or nobody listens any more; returns what it was sent.
fn program(play: Play) -> (PathBuf, JoinHandle<Vec<u8>>) {
    let (mut end, other) = serial2::SerialPort::pair().unwrap();
    let path = std::fs::read_link(format!("/proc/self/fd/{}", other.as_raw_fd())).unwrap();
    end.set_read_timeout(Duration::from_secs(10)).unwrap();
    let thread = std::thread::spawn(move || {
        // Without it, the first end reads an error until the port is opened.
        let _held_open = other;
        let (mut sent, mut input, mut buffer) = (Vec::new(), Vec::new(), [0; 64]);
        while let Ok(count) = end.read(&mut buffer) {
            sent.extend(&buffer[..count]);
            input.extend(&buffer[..count]);
            let Some((answer, leaves)) = play(&input) else {
                continue;
            };
            input.clear();
            end.write_all(&answer).unwrap();
            if leaves {
                break;
            }
        }
        sent
    });
    (path, thread)
}

fn converse(record: &DeviceRecord, play: Play) -> (Result<&'static str, NotEntered>, Vec<u8>) {
    let (path, thread) = program(play);
    let clock = Arc::new(RealClock::default());
    let opened = open_serial_at(&path, clock).unwrap();
    let asked = ask(
        opened,
        &senders_for(record),
        &Cancel::default(),
        &mut |_| {},
    );
    (asked.map(|sender| sender.program), thread.join().unwrap())
}

#[test]
fn a_program_behind_a_terminal_is_recognised_and_asked() {
    let (asked, _) = converse(&shared(), betaflight);
    assert_eq!(asked.ok(), Some("a flight controller"));
    let play: Play = |input| micro_python(input, "");
    let (asked, sent) = converse(&plain("1-4", 0xF055, 0x9800, None), play);
    assert_eq!(asked.ok(), Some("MicroPython"));
    // As they were sent: no byte is changed on the way.
    assert!(
        sent.starts_with(b"\r\x03\x03\r\x01import stm\x04"),
        "{sent:?}"
    );
}

#[test]
fn a_device_that_leaves_is_no_answer() {
    let (asked, _) = converse(&shared(), |_| Some((Vec::new(), true)));
    let Err(NotEntered::Serial(error)) = asked else {
        panic!("{asked:?}");
    };
    assert_eq!(error.kind, SerialErrorKind::Gone);
}
