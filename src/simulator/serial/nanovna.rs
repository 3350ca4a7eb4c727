//! The shell of the NanoVNA (DiSlord/NanoVNA-D main.c, 000caf30: `VNAShell_readLine`,
//! `VNAShell_executeLine`, `cmd_reset`; ui.c, `ui_enter_dfu`) and of the tinySA, which was made from
//! it (erikkaashoek/tinySA main.c: `cmd_version`, `cmd_reset`). Both were made from the shell of
//! ChibiOS (os/various/shell.c: `shell_thread`, `cmd_info`), which many programs have.

use std::time::Duration;

use super::super::board::StartsIn;
use super::{Output, Program};

/// `VNA_SHELL_MAX_LENGTH`
const LONGEST_LINE: usize = 48;
/// From the answer to the reset: a last message is drawn on the screen.
const SHUTDOWN: Duration = Duration::from_millis(20);

/// What differs between the instruments.
pub(super) struct Instrument {
    banner: &'static str,
    /// `None`: the command does not exist.
    version: Option<&'static str>,
    info: &'static str,
    /// What `reset dfu` leads to. The tinySA Ultra (`TINYSA4`) ignores the word after `reset`.
    /// `None`: the command does not exist.
    reset_dfu: Option<StartsIn>,
    /// After the name of an unknown command.
    unknown: &'static str,
}

pub(super) const NANOVNA_H: Instrument = Instrument {
    banner: "\r\nNanoVNA Shell\r\n",
    version: Some("1.2.40\r\n"),
    info: "Board: NanoVNA-H\r\n2019-2024 Copyright @DiSlord (based on @edy555 source)\r\n\
         Licensed under GPL.\r\n  https://github.com/DiSlord/NanoVNA-D\r\n\
         Version: 1.2.40 [p:101, IF:12k, ADC:192k, Lcd:320x240]\r\n\
         Architecture: ARMv6-M Core Variant: Cortex-M0\r\nPlatform: STM32F072xB Entry Level Medium Density devices\r\n",
    reset_dfu: Some(StartsIn::Bootloader),
    unknown: "?",
};

pub(super) const TINYSA_ULTRA: Instrument = Instrument {
    banner: "\r\ntinySA Shell\r\n",
    version: Some("tinySA4_v1.4-143-g864bb27\r\nHW Version:167\r\n"),
    info: "tinySA ULTRA\r\n2019-2024 Copyright @Erik Kaashoek\r\n",
    reset_dfu: Some(StartsIn::Application),
    unknown: "?",
};

pub(super) const CHIBIOS: Instrument = Instrument {
    banner: "\r\nChibiOS/RT Shell\r\n",
    version: None,
    info: "Kernel:       3.0.2\r\nCompiler:     GCC 4.8.2\r\nArchitecture: ARMv6-M\r\n\
           Core Variant: Cortex-M0\r\nPort Info:    Preemption through NMI\r\n\
           Platform:     STM32F072xB Entry Level Medium Density devices\r\n\
           Board:        ST STM32F072B-Discovery\r\n",
    reset_dfu: None,
    unknown: " ?",
};

pub(super) struct Shell {
    instrument: Instrument,
    line: Vec<u8>,
}

impl Shell {
    pub(super) fn new(instrument: Instrument, out: &mut Output) -> Self {
        out.send(instrument.banner);
        out.send("ch> ");
        let line = Vec::new();
        Self { instrument, line }
    }

    fn backspace(&mut self, out: &mut Output) {
        if self.line.pop().is_some() {
            out.send("\x08 \x08");
        }
    }

    fn execute(&self, line: &str, now: Duration, out: &mut Output) {
        let words: Vec<&str> = line.split([' ', '\t']).filter(|w| !w.is_empty()).collect();
        let Instrument {
            version,
            info,
            reset_dfu,
            unknown,
            ..
        } = self.instrument;
        match (words.as_slice(), version, reset_dfu) {
            ([], ..) => {}
            (["version", ..], Some(version), _) => out.send(version),
            (["info", ..], ..) => out.send(info),
            (["help", ..], ..) => out.send("Commands: help info\r\n"),
            (["reset", "dfu"], _, Some(StartsIn::Bootloader)) => {
                out.send("Performing reset to DFU mode\r\n");
                out.restart(now + SHUTDOWN, StartsIn::Bootloader);
            }
            (["reset", ..], _, Some(_)) => {
                out.send("Performing reset\r\n");
                out.restart(now + SHUTDOWN, StartsIn::Application);
            }
            ([command, ..], ..) => out.send(format!("{command}{unknown}\r\n")),
        }
    }
}

impl Program for Shell {
    fn receive(&mut self, byte: u8, now: Duration, out: &mut Output) {
        // After `reset` it does nothing any more.
        if out.restart.is_some() {
            return;
        }
        match byte {
            0x08 | 0x7F => self.backspace(out),
            b'\r' => {
                out.send("\r\n");
                let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
                self.execute(&line, now, out);
                if out.restart.is_none() {
                    out.send("ch> ");
                }
            }
            b' '.. if self.line.len() < LONGEST_LINE - 1 => {
                self.line.push(byte);
                out.send([byte]);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SerialProgram, Tested};
    use super::*;

    #[test]
    fn reset_dfu_enters_the_bootloader() {
        let mut board = Tested::new(SerialProgram::NanoVna);
        assert_eq!(board.read(), "\r\nNanoVNA Shell\r\nch> ");
        assert_eq!(board.ask("\r"), "\r\nch> ");
        assert_eq!(board.ask("version\r"), "version\r\n1.2.40\r\nch> ");
        assert_eq!(board.ask("nonsense 1\r"), "nonsense 1\r\nnonsense?\r\nch> ");
        let answer = board.ask("reset dfu\r");
        assert_eq!(answer, "reset dfu\r\nPerforming reset to DFU mode\r\n");
        board.wait(20);
        assert_eq!(board.restarted(), Some(StartsIn::Bootloader));
    }

    #[test]
    fn the_ultra_only_restarts() {
        let mut board = Tested::new(SerialProgram::TinySaUltra);
        board.read();
        assert!(board.ask("version\r").contains("\r\ntinySA4_v"));
        assert!(board.ask("reset dfu\r").ends_with("Performing reset\r\n"));
        board.wait(20);
        assert_eq!(board.restarted(), Some(StartsIn::Application));
    }

    #[test]
    fn the_shell_of_chibios_knows_neither_command() {
        let mut board = Tested::new(SerialProgram::ChibiOsShell);
        board.read();
        assert_eq!(board.ask("version\r"), "version\r\nversion ?\r\nch> ");
        assert!(board.ask("info\r").contains("Kernel:"));
        assert!(board.ask("reset dfu\r").contains("reset ?"));
        board.wait(1000);
        assert_eq!(board.restarted(), None);
    }

    #[test]
    fn other_programs_questions_only_fill_its_line() {
        let mut board = Tested::new(SerialProgram::NanoVna);
        board.read();
        assert_eq!(board.ask(b"$M<\x00\x01\x01"), "$M<");
        assert_eq!(board.ask(b"\x08\x08\x08\x08"), "\x08 \x08".repeat(3));
        assert_eq!(board.ask("\r"), "\r\nch> ");
    }
}
