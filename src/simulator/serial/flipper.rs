//! The command line of a Flipper Zero (flipperdevices/flipperzero-firmware
//! applications/services/cli/cli.c: `cli_process_input`, `cli_handle_enter`; power_cli.c).

use std::time::Duration;

use super::super::board::StartsIn;
use super::{Line, Output, Program};

/// `CLI_INPUT_LEN_LIMIT`
const LONGEST_LINE: usize = 256;
const SHUTDOWN: Duration = Duration::from_millis(50);
const PROMPT: &str = "\r\n>: ";
const BELL: &str = "\x07";
const POWER_USAGE: &str = "Usage:\r\npower <cmd> <args>\r\nCmd list:\r\n\toff\t - shutdown power\r\n\
                           \treboot\t - reboot\r\n\treboot2dfu\t - reboot to dfu bootloader\r\n\
                           \t5v <0 or 1>\t - enable or disable 5v ext\r\n";
const WELCOME: &str = "\r\nWelcome to Flipper Zero Command Line Interface!\r\n\
                       Read the manual: https://docs.flipper.net/development/cli\r\n\
                       Run `help` or `?` to list available commands\r\n\r\n";

#[derive(Default)]
pub(super) struct Flipper {
    line: Vec<u8>,
    is_connected: bool,
}

impl Flipper {
    fn execute(&mut self, now: Duration, out: &mut Output) {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        let words: Vec<&str> = line.split_whitespace().collect();
        if !words.is_empty() {
            out.send("\r\n");
        }
        match words.as_slice() {
            [] => {}
            ["power", "reboot2dfu", ..] => {
                return out.restart(now + SHUTDOWN, StartsIn::Bootloader);
            }
            ["power", "reboot", ..] => return out.restart(now + SHUTDOWN, StartsIn::Application),
            ["power", ..] => out.send(POWER_USAGE),
            [command, ..] => {
                out.send(format!(
                    "`{command}` command not found, use `help` or `?` to list all available commands"
                ));
                out.send(BELL);
            }
        }
        out.send(PROMPT);
    }

    fn welcome(&self, out: &mut Output) {
        out.send(WELCOME);
        out.send(PROMPT);
    }
}

impl Program for Flipper {
    fn receive(&mut self, byte: u8, now: Duration, out: &mut Output) {
        match byte {
            0x01 => self.welcome(out),
            0x03 => {
                self.line.clear();
                out.send(PROMPT);
            }
            0x04 => self.line.clear(),
            0x08 | 0x7F => {
                if self.line.pop().is_none() {
                    out.send(BELL);
                }
            }
            b'\r' => self.execute(now, out),
            b' '..=b'~' if self.line.len() < LONGEST_LINE => {
                self.line.push(byte);
                out.send([byte]);
            }
            _ => out.send(BELL),
        }
    }

    /// A new session begins with its welcome (cli_vcp.c: DTR arrives as 0x01, its end as 0x04).
    fn line_changed(&mut self, line: Line, _now: Duration, out: &mut Output) {
        let was_connected = std::mem::replace(&mut self.is_connected, line.dtr());
        if line.dtr() && !was_connected {
            self.welcome(out);
        } else if !line.dtr() {
            self.line.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SerialProgram, Tested};
    use super::*;

    #[test]
    fn reboot2dfu_enters_the_bootloader() {
        let mut board = Tested::new(SerialProgram::FlipperZero);
        assert_eq!(board.ask("\r"), "\r\n>: ");
        assert!(board.ask("power x\r").contains("reboot2dfu"));
        assert!(board.ask("info\r").contains("`info` command not found"));
        assert_eq!(board.ask("power reboot2dfu\r"), "power reboot2dfu\r\n");
        board.wait(50);
        assert_eq!(board.restarted(), Some(StartsIn::Bootloader));
    }

    #[test]
    fn it_welcomes_who_opens_its_port() {
        let mut board = Tested::new(SerialProgram::FlipperZero);
        let mut line = board.port.line();
        line.control = 3;
        board.port.set_line(line, board.now);
        assert!(board.read().ends_with("\r\n>: "));
        board.port.set_line(line, board.now);
        assert_eq!(board.read(), "");
    }
}
