//! Programs behind a CDC-ACM serial port: bytes in, bytes out, and the command that restarts the
//! board in its bootloader. Each is written from the source of the real program, and shares nothing
//! with the host that talks to it.

mod arduino;
mod betaflight;
mod flipper;
mod grbl;
mod micropython;
mod nanovna;
mod other;

use std::collections::VecDeque;
use std::time::Duration;

use super::board::StartsIn;

/// Bytes that wait for a host that does not read; programs drop what does not fit.
const BUFFER: usize = 4096;

/// The program behind a serial port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialProgram {
    Betaflight,
    /// It speaks the same protocol, and MSP_REBOOT only restarts it.
    Inav,
    /// As INAV; older than MSP_REBOOT's types.
    Cleanflight,
    MicroPython,
    NanoVna,
    /// The same shell without a way into the bootloader.
    TinySaUltra,
    /// The same shell with other commands: ChibiOS's own.
    ChibiOsShell,
    FlipperZero,
    GrblHal,
    /// It enters the bootloader when the port is closed at 1200 baud.
    ArduinoMbed,
    /// It takes everything and answers nothing.
    Silent,
    /// It sends back what it receives.
    Echo,
    /// It sends measurements and takes nothing.
    Measurements,
}

/// A program's serial port, as its descriptors show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serial {
    pub program: SerialProgram,
    /// bDeviceClass, bDeviceSubClass and bDeviceProtocol.
    pub device_class: [u8; 3],
    /// The number of the bulk endpoints to and from the program.
    pub data_endpoint: u8,
}

/// The number of the interrupt endpoint.
pub(super) const NOTIFICATION_ENDPOINT: u8 = 2;

/// What the host sets on a port (USB PSTN 1.2 §6.3.10, §6.3.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// dwDTERate, bCharFormat, bParityType and bDataBits.
    pub(super) coding: [u8; 7],
    /// Bit 0: DTR. Bit 1: RTS.
    pub(super) control: u8,
}

impl Line {
    fn baud_rate(self) -> u32 {
        let [b0, b1, b2, b3, ..] = self.coding;
        u32::from_le_bytes([b0, b1, b2, b3])
    }

    fn dtr(self) -> bool {
        self.control & 1 != 0
    }
}

/// What a program does with its port.
trait Program: Send {
    /// A byte from the host.
    fn receive(&mut self, byte: u8, now: Duration, out: &mut Output);

    /// Lets the time that has passed take effect.
    fn advance(&mut self, _now: Duration, _out: &mut Output) {}

    /// When it does something next, without the host.
    fn next_event(&self) -> Option<Duration> {
        None
    }

    fn line_changed(&mut self, _line: Line, _now: Duration, _out: &mut Output) {}
}

/// What a program has done: bytes for the host, and a restart.
#[derive(Debug, Default)]
struct Output {
    bytes: VecDeque<u8>,
    restart: Option<(Duration, StartsIn)>,
}

impl Output {
    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let room = BUFFER.saturating_sub(self.bytes.len());
        self.bytes.extend(bytes.as_ref().iter().take(room));
    }

    /// The board leaves the bus at this time, and comes back running `next`.
    fn restart(&mut self, at: Duration, next: StartsIn) {
        self.restart.get_or_insert((at, next));
    }
}

/// The port of a program that runs.
pub(super) struct Port {
    program: Box<dyn Program>,
    out: Output,
    line: Line,
}

impl Port {
    pub(super) fn new(program: SerialProgram, now: Duration) -> Self {
        let mut out = Output::default();
        Self {
            program: start(program, now, &mut out),
            out,
            line: Line {
                // 115200 8N1
                coding: [0x00, 0xC2, 0x01, 0x00, 0, 0, 8],
                control: 0,
            },
        }
    }

    /// Bytes from the host; the program takes all of them.
    pub(super) fn receive(&mut self, bytes: &[u8], now: Duration) {
        self.advance(now);
        for byte in bytes {
            self.program.receive(*byte, now, &mut self.out);
        }
    }

    /// At most `most` bytes for the host.
    pub(super) fn take(&mut self, most: usize) -> Vec<u8> {
        let count = most.min(self.out.bytes.len());
        self.out.bytes.drain(..count).collect()
    }

    pub(super) fn line(&self) -> Line {
        self.line
    }

    pub(super) fn set_line(&mut self, line: Line, now: Duration) {
        self.advance(now);
        self.line = line;
        self.program.line_changed(line, now, &mut self.out);
    }

    pub(super) fn advance(&mut self, now: Duration) {
        self.program.advance(now, &mut self.out);
    }

    pub(super) fn restarts_at(&self) -> Option<Duration> {
        self.out.restart.map(|(at, _)| at)
    }

    /// The restart whose time has come.
    pub(super) fn restarted(&self, now: Duration) -> Option<(Duration, StartsIn)> {
        self.out.restart.filter(|(at, _)| *at <= now)
    }

    /// When something happens next, without the host.
    pub(super) fn next_event(&self) -> Option<Duration> {
        self.restarts_at()
            .into_iter()
            .chain(self.program.next_event())
            .min()
    }
}

fn start(program: SerialProgram, now: Duration, out: &mut Output) -> Box<dyn Program> {
    match program {
        SerialProgram::Betaflight => Box::new(betaflight::FlightController::betaflight()),
        SerialProgram::Inav => Box::new(betaflight::FlightController::inav()),
        SerialProgram::Cleanflight => Box::new(betaflight::FlightController::cleanflight()),
        SerialProgram::MicroPython => Box::new(micropython::MicroPython::new()),
        SerialProgram::NanoVna => Box::new(nanovna::Shell::new(nanovna::NANOVNA_H, out)),
        SerialProgram::TinySaUltra => Box::new(nanovna::Shell::new(nanovna::TINYSA_ULTRA, out)),
        SerialProgram::ChibiOsShell => Box::new(nanovna::Shell::new(nanovna::CHIBIOS, out)),
        SerialProgram::FlipperZero => Box::new(flipper::Flipper::default()),
        SerialProgram::GrblHal => Box::new(grbl::GrblHal::new(out)),
        SerialProgram::ArduinoMbed => Box::new(arduino::Mbed::default()),
        SerialProgram::Silent => Box::new(other::Silent),
        SerialProgram::Echo => Box::new(other::Echo),
        SerialProgram::Measurements => Box::new(other::Measurements::new(now)),
    }
}

/// A program at time 0, for the tests of each.
#[cfg(test)]
struct Tested {
    port: Port,
    now: Duration,
}

#[cfg(test)]
impl Tested {
    fn new(program: SerialProgram) -> Self {
        let port = Port::new(program, Duration::ZERO);
        let now = Duration::ZERO;
        Self { port, now }
    }

    /// Sends bytes, and returns what comes back at once.
    fn ask(&mut self, bytes: impl AsRef<[u8]>) -> String {
        self.port.receive(bytes.as_ref(), self.now);
        self.read()
    }

    fn read(&mut self) -> String {
        String::from_utf8_lossy(&self.port.take(BUFFER)).into_owned()
    }

    fn wait(&mut self, milliseconds: u64) -> String {
        self.now += Duration::from_millis(milliseconds);
        self.port.advance(self.now);
        self.read()
    }

    /// What it runs after its restart, if it has restarted by now.
    fn restarted(&self) -> Option<StartsIn> {
        self.port.restarted(self.now).map(|(_, next)| next)
    }
}

#[cfg(test)]
mod tests {
    use super::super::board::pseudo_random;
    use super::*;

    #[test]
    fn what_no_host_reads_is_dropped_at_last() {
        let mut output = Output::default();
        output.send(vec![1; BUFFER - 1]);
        output.send([2, 3, 4]);
        assert_eq!(output.bytes.len(), BUFFER);
        assert_eq!(output.bytes.back(), Some(&2));
    }

    #[test]
    fn no_program_breaks_at_any_bytes_and_times() {
        use SerialProgram::*;
        let programs = [
            Betaflight,
            Inav,
            Cleanflight,
            MicroPython,
            NanoVna,
            TinySaUltra,
            ChibiOsShell,
            FlipperZero,
            GrblHal,
            ArduinoMbed,
            Silent,
            Echo,
            Measurements,
        ];
        // Bytes that mean something to one of them are among them often enough.
        let some = b"$M<>#\r\n\x01\x02\x03\x04\x05AR?IDFU+\x44reset dfu;\xFF";
        for program in programs {
            for seed in 0..50 {
                let mut tested = Tested::new(program);
                for pair in pseudo_random(seed, 400).chunks(2) {
                    let picked = some[usize::from(pair[0]) % some.len()];
                    let byte = if pair[1] % 4 == 0 { pair[0] } else { picked };
                    tested.ask([byte]);
                    tested.wait(u64::from(pair[1] / 8));
                }
                assert!(tested.port.out.bytes.len() <= BUFFER);
            }
        }
    }

    #[test]
    fn the_first_restart_counts() {
        let mut output = Output::default();
        output.restart(Duration::from_millis(5), StartsIn::Bootloader);
        output.restart(Duration::from_millis(1), StartsIn::Application);
        let first = (Duration::from_millis(5), StartsIn::Bootloader);
        assert_eq!(output.restart, Some(first));
    }
}
