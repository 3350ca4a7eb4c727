//! MicroPython on an STM32: the friendly and the raw prompt (shared/runtime/pyexec.c, 007b6416:
//! `pyexec_friendly_repl`, `pyexec_raw_repl`; readline.c) and `machine.bootloader()`
//! (ports/stm32/modmachine.c). Of the language, it understands only the statements that lead into a
//! bootloader; raw paste mode is answered as not supported (`R\x00`).

use std::collections::VecDeque;
use std::time::Duration;

use super::super::board::StartsIn;
use super::{Output, Program};

const CTRL_A: u8 = 1;
const CTRL_B: u8 = 2;
const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const CTRL_E: u8 = 5;

/// The buffer for bytes that the running program has not read (usbd_cdc_interface.h,
/// `USBD_CDC_RX_DATA_SIZE`).
const UNREAD: usize = 1024;
const LONGEST_LINE: usize = 4096;
/// Compiling a few statements.
const COMPILING: Duration = Duration::from_millis(2);
const BANNER: &str = "MicroPython v1.24.1 on 2024-11-29; PYBv1.1 with STM32F405RG\r\n\
                      Type \"help()\" for more information.\r\n";
const INTERRUPTED: &str = "Traceback (most recent call last):\r\n  File \"main.py\", line 7, in <module>\r\nKeyboardInterrupt: \r\n";

/// Which of its loops reads the next byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// `main.py`, which does not read.
    Program,
    Friendly,
    Raw,
    /// Statements run until this time; then they have no more to do.
    Running {
        until: Duration,
        raw: bool,
    },
}

pub(super) struct MicroPython {
    mode: Mode,
    line: Vec<u8>,
    unread: VecDeque<u8>,
}

/// The end of statements.
enum End {
    Done { sleeps: Duration, printed: String },
    Bootloader { sleeps: Duration },
    Raised(String),
}

impl MicroPython {
    pub(super) fn new() -> Self {
        Self {
            mode: Mode::Program,
            line: Vec::new(),
            unread: VecDeque::new(),
        }
    }

    fn prompt(&mut self, out: &mut Output) {
        self.line.clear();
        self.mode = Mode::Friendly;
        out.send(">>> ");
    }

    fn raw_prompt(&mut self, out: &mut Output) {
        self.line.clear();
        self.mode = Mode::Raw;
        out.send(">");
    }

    fn friendly(&mut self, byte: u8, now: Duration, out: &mut Output) {
        let is_empty = self.line.is_empty();
        match byte {
            CTRL_A if is_empty => {
                out.send("\r\nraw REPL; CTRL-B to exit\r\n");
                self.raw_prompt(out);
            }
            CTRL_B if is_empty => {
                out.send("\r\n");
                out.send(BANNER);
                self.prompt(out);
            }
            CTRL_C => {
                out.send("\r\n");
                self.prompt(out);
            }
            CTRL_D if is_empty => self.soft_reset(out),
            b'\r' if is_empty => {
                out.send("\r\n");
                self.prompt(out);
            }
            b'\r' => {
                out.send("\r\n");
                self.execute(false, now, out);
            }
            0x08 | 0x7F => self.backspace(out),
            b' '..=b'~' if self.line.len() < LONGEST_LINE => {
                self.line.push(byte);
                out.send([byte]);
            }
            _ => {}
        }
    }

    fn backspace(&mut self, out: &mut Output) {
        if self.line.pop().is_some() {
            out.send("\x08\x1B[K");
        }
    }

    fn raw(&mut self, byte: u8, now: Duration, out: &mut Output) {
        match byte {
            // A question for raw paste mode (`do_reader_stdin`).
            CTRL_A if self.line.len() == 2 && self.line.first() == Some(&CTRL_E) => {
                out.send(b"R\x00");
                self.raw_prompt(out);
            }
            CTRL_A => {
                out.send("raw REPL; CTRL-B to exit\r\n");
                self.raw_prompt(out);
            }
            CTRL_B => {
                out.send("\r\n");
                out.send(BANNER);
                self.prompt(out);
            }
            CTRL_C => self.line.clear(),
            CTRL_D => {
                out.send("OK");
                if self.line.is_empty() {
                    out.send("\r\n");
                    self.soft_reset(out);
                } else {
                    self.execute(true, now, out);
                }
            }
            _ if self.line.len() < LONGEST_LINE => self.line.push(byte),
            _ => {}
        }
    }

    /// main.py runs again, except in the raw prompt (ports/stm32/main.c).
    fn soft_reset(&mut self, out: &mut Output) {
        out.send("\r\nMPY: sync filesystems\r\nMPY: soft reboot\r\n");
        if self.mode == Mode::Raw {
            out.send("raw REPL; CTRL-B to exit\r\n");
            self.raw_prompt(out);
        } else {
            self.mode = Mode::Program;
        }
    }

    fn execute(&mut self, raw: bool, now: Duration, out: &mut Output) {
        let line = std::mem::take(&mut self.line);
        match run(&String::from_utf8_lossy(&line)) {
            End::Done { sleeps, printed } => {
                out.send(printed);
                let until = now + COMPILING + sleeps;
                self.mode = Mode::Running { until, raw };
            }
            // What was sent before is on its way; USB ends in the middle of the statement.
            End::Bootloader { sleeps } => {
                let until = now + COMPILING + sleeps;
                out.restart(until, StartsIn::Bootloader);
                self.mode = Mode::Running {
                    until: Duration::MAX,
                    raw,
                };
            }
            End::Raised(exception) => self.end(raw, &exception, out),
        }
    }

    /// After statements: in the raw prompt what they printed and what they raised end with 0x04.
    fn end(&mut self, raw: bool, exception: &str, out: &mut Output) {
        if raw {
            out.send(b"\x04");
            out.send(exception);
            out.send(b"\x04");
            self.raw_prompt(out);
        } else {
            out.send(exception);
            self.prompt(out);
        }
    }

    fn interrupt(&mut self, out: &mut Output) {
        match self.mode {
            // The friendly prompt follows the program.
            Mode::Program => {
                out.send("\r\n");
                out.send(INTERRUPTED);
                out.send(BANNER);
                self.prompt(out);
            }
            Mode::Running { raw, .. } => self.end(
                raw,
                "Traceback (most recent call last):\r\n  File \"<stdin>\", line 1, in <module>\r\nKeyboardInterrupt: \r\n",
                out,
            ),
            Mode::Friendly | Mode::Raw => {}
        }
    }

    /// Reads what has waited, for as long as nothing runs.
    fn read(&mut self, now: Duration, out: &mut Output) {
        loop {
            let read: fn(&mut Self, u8, Duration, &mut Output) = match self.mode {
                Mode::Friendly => Self::friendly,
                Mode::Raw => Self::raw,
                Mode::Program | Mode::Running { .. } => return,
            };
            let Some(byte) = self.unread.pop_front() else {
                return;
            };
            read(self, byte, now, out);
        }
    }
}

impl Program for MicroPython {
    fn receive(&mut self, byte: u8, now: Duration, out: &mut Output) {
        let is_busy = matches!(self.mode, Mode::Program | Mode::Running { .. });
        if byte == CTRL_C && is_busy && out.restart.is_none() {
            self.interrupt(out);
        } else if self.unread.len() < UNREAD {
            self.unread.push_back(byte);
        }
        self.read(now, out);
    }

    fn advance(&mut self, now: Duration, out: &mut Output) {
        match self.mode {
            Mode::Running { until, raw } if until <= now => self.end(raw, "", out),
            _ => {}
        }
        self.read(now, out);
    }

    fn next_event(&self) -> Option<Duration> {
        match self.mode {
            Mode::Running { until, .. } if until < Duration::MAX => Some(until),
            _ => None,
        }
    }
}

/// Runs statements one after the other.
fn run(source: &str) -> End {
    let mut sleeps = Duration::ZERO;
    let mut printed = String::new();
    let statements = source.split(['\n', '\r', ';']).map(str::trim);
    for statement in statements.filter(|statement| !statement.is_empty()) {
        if let Some(milliseconds) = argument(statement, "time.sleep_ms(")
            && let Ok(milliseconds) = milliseconds.parse::<u32>()
        {
            sleeps += Duration::from_millis(milliseconds.into());
        } else if statement == "print(sys.platform)" {
            // MICROPY_PY_SYS_PLATFORM of every STM32 (ports/stm32/mpconfigport.h).
            printed += "pyboard\r\n";
        } else if matches!(statement, "machine.bootloader()" | "pyb.bootloader()") {
            return End::Bootloader { sleeps };
        } else if !is_import(statement) {
            return End::Raised(format!(
                "Traceback (most recent call last):\r\n  File \"<stdin>\", line 1, in <module>\r\n\
                 NameError: name '{statement}' isn't defined\r\n"
            ));
        }
    }
    End::Done { sleeps, printed }
}

fn argument<'a>(statement: &'a str, call: &str) -> Option<&'a str> {
    statement.strip_prefix(call)?.strip_suffix(')')
}

/// Of modules that it has.
fn is_import(statement: &str) -> bool {
    let modules = statement.strip_prefix("import ");
    modules.is_some_and(|modules| {
        let mut modules = modules.split(',').map(str::trim);
        modules.all(|module| matches!(module, "machine" | "pyb" | "stm" | "sys" | "time"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{SerialProgram, Tested};
    use super::*;

    fn in_raw_prompt() -> Tested {
        let mut board = Tested::new(SerialProgram::MicroPython);
        board.ask("\r\x03\x03");
        assert!(
            board
                .ask("\r\x01")
                .ends_with("raw REPL; CTRL-B to exit\r\n>")
        );
        board
    }

    #[test]
    fn a_running_program_is_interrupted_and_reads_what_has_waited() {
        let mut board = Tested::new(SerialProgram::MicroPython);
        assert_eq!(board.ask("\r"), "");
        let answer = board.ask("\x03");
        assert!(answer.contains("KeyboardInterrupt"));
        assert!(answer.ends_with(">>> \r\n>>> "), "{answer}");
        assert_eq!(board.ask("x\x03"), "x\r\n>>> ");
    }

    #[test]
    fn the_raw_prompt_runs_statements() {
        let mut board = in_raw_prompt();
        assert_eq!(board.ask("import machine\x04"), "OK");
        assert_eq!(board.wait(2), "\x04\x04>");
        assert_eq!(
            board.ask("import sys;print(sys.platform)\x04"),
            "OKpyboard\r\n"
        );
        assert_eq!(board.wait(2), "\x04\x04>");
        assert!(board.ask("nonsense\x04").starts_with("OK\x04Traceback"));
        assert_eq!(board.ask("\x05A\x01"), "R\x00>");
    }

    #[test]
    fn the_bootloader_ends_usb_without_a_further_word() {
        let mut board = in_raw_prompt();
        let statements = "import time, machine\ntime.sleep_ms(100)\nmachine.bootloader()\n\x04";
        assert_eq!(board.ask(statements), "OK");
        assert_eq!(board.wait(101), "");
        assert_eq!(board.restarted(), None);
        assert_eq!(board.wait(1), "");
        assert_eq!(board.restarted(), Some(StartsIn::Bootloader));
    }

    #[test]
    fn the_friendly_prompt_sends_back_and_runs_too() {
        let mut board = Tested::new(SerialProgram::MicroPython);
        board.ask("\x03");
        assert_eq!(board.ask("import machine\r"), "import machine\r\n");
        assert_eq!(board.wait(2), ">>> ");
        assert_eq!(
            board.ask("machine.bootloader()\r"),
            "machine.bootloader()\r\n"
        );
        board.wait(2);
        assert_eq!(board.restarted(), Some(StartsIn::Bootloader));
    }

    #[test]
    fn a_soft_reset_runs_the_program_again() {
        let mut board = Tested::new(SerialProgram::MicroPython);
        board.ask("\x03");
        assert!(board.ask("\x04").contains("soft reboot"));
        assert_eq!(board.ask("machine.bootloader()\r"), "");
        board.wait(1000);
        assert_eq!(board.restarted(), None);
    }
}
