//! Conversations in memory, in virtual time, with programs that answer as their sources say.

#[cfg(target_os = "linux")]
mod pty;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::discovery::samples::plain;
use crate::discovery::senders_for;
use crate::transport::{Clock, DeviceRecord, SerialPort, VirtualClock};

/// What a program does with what it received: the answer, and whether it leaves the bus after it.
type Play = fn(&[u8]) -> Option<(Vec<u8>, bool)>;

struct Program {
    clock: Arc<VirtualClock>,
    play: Play,
    input: Vec<u8>,
    output: VecDeque<u8>,
    /// Bytes that arrive at a time, each 5 ms after the last.
    piece: usize,
    leaves: bool,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    written: Vec<u8>,
    baud_rate: Option<u32>,
    dtr_dropped: bool,
}

impl SerialPort for Program {
    fn write(&mut self, bytes: &[u8], _: Duration) -> Result<(), SerialError> {
        self.check()?;
        self.seen.lock().unwrap().written.extend(bytes);
        self.input.extend(bytes);
        if let Some((answer, leaves)) = (self.play)(&self.input) {
            self.input.clear();
            self.output.extend(answer);
            self.leaves |= leaves;
        }
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, SerialError> {
        self.check()?;
        let count = self.piece.min(self.output.len()).min(buffer.len());
        let pause = if count == 0 {
            timeout
        } else {
            Duration::from_millis(5)
        };
        self.clock.sleep(pause.min(timeout));
        for (to, from) in buffer.iter_mut().zip(self.output.drain(..count)) {
            *to = from;
        }
        Ok(count)
    }

    fn set_baud_rate(&mut self, baud_rate: u32) -> Result<(), SerialError> {
        self.seen.lock().unwrap().baud_rate = Some(baud_rate);
        Ok(())
    }

    fn set_dtr(&mut self, on: bool) -> Result<(), SerialError> {
        self.seen.lock().unwrap().dtr_dropped = !on;
        Ok(())
    }
}

impl Program {
    fn check(&self) -> Result<(), SerialError> {
        match self.leaves && self.output.is_empty() {
            true => Err(SerialError::new(SerialErrorKind::Gone, "EIO")),
            false => Ok(()),
        }
    }
}

struct Conversation {
    result: Result<&'static str, NotEntered>,
    seen: Seen,
    took: Duration,
}

impl Conversation {
    fn with_pieces(record: &DeviceRecord, play: Play, piece: usize) -> Self {
        let clock = Arc::new(VirtualClock::default());
        let seen = Arc::new(Mutex::new(Seen::default()));
        let port = Program {
            clock: Arc::clone(&clock),
            play,
            input: Vec::new(),
            output: VecDeque::new(),
            piece,
            leaves: false,
            seen: Arc::clone(&seen),
        };
        let opened = OpenedSerial {
            name: "/dev/ttyACM0".to_owned(),
            port: Box::new(port),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
        };
        let senders = senders_for(record);
        let asked = ask(opened, &senders, &Cancel::default(), &mut |_| {});
        let seen = std::mem::take(&mut *seen.lock().unwrap());
        Self {
            result: asked.map(|sender| sender.program),
            seen,
            took: clock.now(),
        }
    }

    fn new(record: &DeviceRecord, play: Play) -> Self {
        Self::with_pieces(record, play, 64)
    }

    fn wrote(&self, text: &str) -> bool {
        answer::contains(&self.seen.written, text)
    }

    fn why(&self) -> &str {
        match &self.result {
            Err(NotEntered::Refused { why, .. }) => why,
            other => panic!("{other:?}"),
        }
    }
}

fn shared() -> DeviceRecord {
    plain("1-4", 0x0483, 0x5740, Some("STM32 Virtual ComPort"))
}

fn stays(answer: impl Into<Vec<u8>>) -> Option<(Vec<u8>, bool)> {
    Some((answer.into(), false))
}

fn leaves(answer: impl Into<Vec<u8>>) -> Option<(Vec<u8>, bool)> {
    Some((answer.into(), true))
}

/// Version 1.46 of the interface, BTFL. Everything but a frame is dropped.
fn betaflight(input: &[u8]) -> Option<(Vec<u8>, bool)> {
    match input {
        b"$M<\x00\x01\x01" => stays(*b"$M>\x03\x01\x00\x01\x2e\x2d"),
        b"$M<\x00\x02\x02" => stays(*b"$M>\x04\x02BTFL\x1a"),
        b"$M<\x01\x44\x01\x44" => leaves(*b"$M>\x01\x44\x01\x44"),
        _ if input.starts_with(b"$") => None,
        _ => stays(*b""),
    }
}

fn inav(input: &[u8]) -> Option<(Vec<u8>, bool)> {
    match input {
        b"$M<\x00\x01\x01" => stays(*b"$M>\x03\x01\x00\x02\x05\x05"),
        b"$M<\x00\x02\x02" => stays(*b"$M>\x04\x02INAV\x16"),
        b"#" => stays(*b"\r\nEntering CLI Mode, type 'exit' to return, or 'help'\r\n\r\n# "),
        b"dfu\r" => leaves(*b"dfu\r\n\r\nRestarting in DFU mode"),
        _ if input.starts_with(b"$") => None,
        _ => stays(*b""),
    }
}

/// Betaflight 3.5: version 1.40, and a command line without `bl`.
fn older(input: &[u8]) -> Option<(Vec<u8>, bool)> {
    match input {
        b"$M<\x00\x01\x01" => stays(*b"$M>\x03\x01\x00\x01\x28\x2b"),
        b"$M<\x00\x02\x02" => stays(*b"$M>\x04\x02BTFL\x1a"),
        b"#" => stays(*b"\r\nEntering CLI Mode\r\n\r\n# "),
        b"bl\r" => stays(*b"bl\r\nUnknown command, try 'help'\r\n# "),
        b"dfu\r" => leaves(*b"dfu"),
        _ if input.starts_with(b"$") => None,
        _ => stays(*b""),
    }
}

fn nano_vna(input: &[u8]) -> Option<(Vec<u8>, bool)> {
    match input {
        b"\r" => stays(*b"\r\nch> "),
        b"version\r" => stays(*b"version\r\n1.2.40\r\nch> "),
        b"info\r" => stays(*b"info\r\nBoard: NanoVNA-H 4\r\nVersion: 1.2.40\r\nch> "),
        b"reset dfu\r" => leaves(*b"reset dfu\r\nPerforming reset to DFU mode\r\n"),
        _ => None,
    }
}

fn ultra(input: &[u8]) -> Option<(Vec<u8>, bool)> {
    match input {
        b"\r" => stays(*b"\r\nch> "),
        b"version\r" => stays(*b"version\r\ntinySA4_v1.4-143\r\nHW Version:V0.4.5.1\r\nch> "),
        _ => None,
    }
}

/// Some other program with ChibiOS' shell.
fn chibios(input: &[u8]) -> Option<(Vec<u8>, bool)> {
    match input {
        b"\r" => stays(*b"\r\nch> "),
        _ if input.ends_with(b"\r") => stays(*b"?\r\nch> "),
        _ => None,
    }
}

fn grbl_hal(input: &[u8], state: &str) -> Option<(Vec<u8>, bool)> {
    match input {
        b"\n$I\n" => stays(*b"ok\r\n[VER:1.1f.20250225:]\r\n[OPT:VNMSL,100,1024,3,0]\r\nok\r\n"),
        b"$I+\n" => stays(*b"[VER:1.1f.20250225:]\r\n[FIRMWARE:grblHAL]\r\nok\r\n"),
        b"?" => stays(format!("<{state}|MPos:0.000,0.000,0.000|FS:0,0>\r\n")),
        b"$DFU\n" => leaves(*b"[MSG:Warning: Entering DFU Bootloader]\r\n"),
        _ if input.starts_with(b"$M") || input == b"\r" => stays(*b""),
        _ => None,
    }
}

const NO_STM: &str = "Traceback (most recent call last):\r\n  File \"<stdin>\", line 1, in \
                      <module>\r\nImportError: no module named 'stm'\r\n";

fn micro_python(input: &[u8], exception: &str) -> Option<(Vec<u8>, bool)> {
    match input {
        b"\r\x03\x03" => stays(*b"\r\n>>> \r\nKeyboardInterrupt\r\n>>> "),
        b"\r\x01" => stays(*b"\r\nraw REPL; CTRL-B to exit\r\n>"),
        b"import stm\x04" => stays(format!("OK\x04{exception}\x04>")),
        b"import time, machine\ntime.sleep_ms(100)\nmachine.bootloader()\n\x04" => leaves(*b"OK"),
        _ => None,
    }
}

#[test]
fn a_recognised_program_is_asked_and_leaves() {
    let flipper = DeviceRecord {
        manufacturer: Some("Flipper Devices Inc.".to_owned()),
        ..shared()
    };
    let pyboard = plain("1-4", 0xF055, 0x9800, None);
    let answers: [(&DeviceRecord, Play, &str); 7] = [
        (&shared(), betaflight, "a flight controller"),
        (&shared(), inav, "a flight controller with INAV"),
        (&shared(), older, "a flight controller with older firmware"),
        (&shared(), nano_vna, "a NanoVNA or tinySA"),
        (&shared(), |input| grbl_hal(input, "Idle"), "grblHAL"),
        (
            &flipper,
            |input| match input {
                b"\r" => stays(*b"\r\n>: "),
                b"power reboot2dfu\r" => leaves(*b""),
                _ => None,
            },
            "a Flipper Zero",
        ),
        (&pyboard, |input| micro_python(input, ""), "MicroPython"),
    ];
    for (record, play, program) in answers {
        for piece in [1, 64] {
            let asked = Conversation::with_pieces(record, play, piece);
            assert_eq!(asked.result.ok(), Some(program), "in pieces of {piece}");
        }
    }
}

/// What proves a program, and nothing else, is sent to one that does not give the proof.
#[test]
fn an_unknown_program_receives_the_questions_and_nothing_else() {
    const QUESTIONS: &[u8] = b"\r$M<\x00\x01\x01$M<\x00\x01\x01$M<\x00\x01\x01\n$I\n";
    let silent: Play = |_| stays(*b"");
    let echo: Play = |input| stays(input.to_vec());
    let endless: Play = |_| stays(vec![b'x'; 100_000]);
    let damaged: Play = |_| stays(*b"$M>\x03\x01\x00\x01\x2e\xff");
    for play in [silent, echo, endless, damaged] {
        let asked = Conversation::new(&shared(), play);
        assert!(
            matches!(asked.result, Err(NotEntered::Unknown)),
            "{:?}",
            asked.result
        );
        assert_eq!(asked.seen.written, QUESTIONS);
        assert!(asked.took < Duration::from_secs(5), "{:?}", asked.took);
    }
    let asked = Conversation::new(&shared(), chibios);
    assert!(matches!(asked.result, Err(NotEntered::Unknown)));
    assert!(!asked.wrote("reset"));
}

#[test]
fn a_program_in_the_wrong_state_is_not_asked() {
    let running: Play = |input| grbl_hal(input, "Run");
    let asked = Conversation::new(&shared(), running);
    assert_eq!(asked.why(), "the machine is not idle");
    assert!(!asked.wrote("$DFU"));

    let asked = Conversation::new(&shared(), ultra);
    assert!(asked.why().contains("Ultra"), "{}", asked.why());
    assert!(!asked.wrote("reset"));

    let other: Play = |input| micro_python(input, NO_STM);
    let asked = Conversation::new(&plain("1-4", 0xF055, 0x9802, None), other);
    assert!(asked.why().contains("no STM32"), "{}", asked.why());
    assert!(!asked.wrote("bootloader"));
}

#[test]
fn a_program_that_refuses_is_reported_as_such() {
    let without: Play = |input| match input {
        b"$M<\x01\x44\x01\x44" => stays(*b"$M!\x00\x44\x44"),
        _ => betaflight(input),
    };
    let asked = Conversation::new(&shared(), without);
    assert_eq!(asked.why(), "it does not know the request");
    let mute: Play = |input| match input {
        b"#" => stays(*b""),
        _ => inav(input),
    };
    let asked = Conversation::new(&shared(), mute);
    assert_eq!(asked.why(), "its command line does not open");
}

#[test]
fn an_arduino_is_asked_by_its_baud_rate_alone() {
    let record = plain("1-4", 0x2341, 0x0266, Some("Giga"));
    let asked = Conversation::new(&record, |_| stays(*b""));
    assert!(asked.result.is_ok() && asked.seen.written.is_empty());
    assert_eq!(asked.seen.baud_rate, Some(1200));
    assert!(asked.seen.dtr_dropped && asked.took >= Duration::from_millis(200));
}

#[test]
fn a_device_that_leaves_before_it_is_recognised_has_not_been_asked() {
    let asked = Conversation::new(&shared(), |_| leaves(*b""));
    let Err(NotEntered::Serial(error)) = asked.result else {
        panic!("{:?}", asked.result);
    };
    assert_eq!(error.kind, SerialErrorKind::Gone);
}
