//! A sketch on an Arduino with the mbed core (arduino/ArduinoCore-mbed cores/arduino/USB/
//! USBSerial.cpp, `usbPortChanged` and `waitForPortClose`): 1200 baud set, DTR off and 200 ms passed
//! lead into the bootloader.

use std::time::Duration;

use super::super::board::StartsIn;
use super::{Line, Output, Program};

/// `WAIT_TIMEOUT`
const WAIT: Duration = Duration::from_millis(200);

#[derive(Default)]
pub(super) struct Mbed {
    /// When the wait that follows 1200 baud is over.
    until: Option<Duration>,
    dtr: bool,
}

impl Program for Mbed {
    /// What it is sent is the sketch's own matter.
    fn receive(&mut self, _byte: u8, _now: Duration, _out: &mut Output) {}

    fn line_changed(&mut self, line: Line, now: Duration, out: &mut Output) {
        self.dtr = line.dtr();
        if line.baud_rate() == 1200 {
            self.until.get_or_insert(now + WAIT);
        }
        self.advance(now, out);
    }

    fn advance(&mut self, now: Duration, out: &mut Output) {
        match self.until {
            Some(until) if until <= now && !self.dtr => out.restart(now, StartsIn::Bootloader),
            _ => {}
        }
    }

    fn next_event(&self) -> Option<Duration> {
        self.until.filter(|_| !self.dtr)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SerialProgram, Tested};
    use super::*;

    fn set(board: &mut Tested, baud: u32, control: u8) {
        let mut line = board.port.line();
        line.coding[..4].copy_from_slice(&baud.to_le_bytes());
        line.control = control;
        board.port.set_line(line, board.now);
    }

    #[test]
    fn it_waits_for_the_port_to_close_after_1200_baud() {
        let mut board = Tested::new(SerialProgram::ArduinoMbed);
        set(&mut board, 1200, 3);
        board.wait(500);
        assert_eq!(board.restarted(), None);
        set(&mut board, 1200, 0);
        assert_eq!(board.restarted(), Some(StartsIn::Bootloader));
    }

    #[test]
    fn it_waits_at_least_200_ms_and_for_no_other_rate() {
        let mut board = Tested::new(SerialProgram::ArduinoMbed);
        set(&mut board, 115_200, 3);
        set(&mut board, 115_200, 0);
        board.wait(1000);
        assert_eq!(board.restarted(), None);
        set(&mut board, 1200, 0);
        board.wait(199);
        assert_eq!(board.restarted(), None);
        board.wait(1);
        assert_eq!(board.restarted(), Some(StartsIn::Bootloader));
    }
}
