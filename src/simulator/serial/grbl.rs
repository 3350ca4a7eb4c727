//! grblHAL on an STM32F4 (grblHAL/core report.c, protocol.c; STM32F4xx/Src/driver.c, `enter_dfu`).

use std::time::Duration;

use super::super::board::StartsIn;
use super::{Output, Program};

/// `hal.delay_ms(100, NULL)` in `enter_dfu`.
const SHUTDOWN: Duration = Duration::from_millis(100);
/// `LINE_BUFFER_SIZE`
const LONGEST_LINE: usize = 257;
const STATUS: &str = "<Idle|MPos:0.000,0.000,0.000|Bf:100,1023|FS:0,0>\r\n";

pub(super) struct GrblHal {
    line: Vec<u8>,
}

impl GrblHal {
    pub(super) fn new(out: &mut Output) -> Self {
        out.send("\r\nGrblHAL 1.1f ['$' or '$HELP' for help]\r\n");
        Self { line: Vec::new() }
    }

    fn execute(&mut self, now: Duration, out: &mut Output) {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).to_ascii_uppercase();
        match line.trim() {
            "" => out.send("ok\r\n"),
            // The same without COMPATIBILITY_LEVEL (report.c, `report_build_info`); the plugin is that
            // of `$DFU` (driver.c, `onReportOptions`).
            "$I" | "$I+" => out.send(
                "[VER:1.1f.20240910:]\r\n[OPT:VNMSL,100,1024,3,0]\r\n[AXS:3:XYZ]\r\n\
                 [FIRMWARE:grblHAL]\r\n[DRIVER:STM32F407]\r\n[BOARD:Generic]\r\n\
                 [PLUGIN:Bootloader Entry v0.02]\r\nok\r\n",
            ),
            "$DFU" => {
                out.send("[MSG:Warning: Entering DFU Bootloader]\r\n");
                out.restart(now + SHUTDOWN, StartsIn::Bootloader);
            }
            // Status_InvalidStatement of a system command, Status_ExpectedCommandLetter else.
            command if command.starts_with('$') => out.send("error:3\r\n"),
            _ => out.send("error:1\r\n"),
        }
    }
}

impl Program for GrblHal {
    fn receive(&mut self, byte: u8, now: Duration, out: &mut Output) {
        match byte {
            // Commands in real time, at any place (protocol.c, `protocol_enqueue_realtime_command`).
            b'?' => out.send(STATUS),
            0x18 => {
                self.line.clear();
                out.send("\r\nGrblHAL 1.1f ['$' or '$HELP' for help]\r\n");
            }
            // CR LF ends one line.
            b'\n' if self.line.is_empty() => {}
            b'\n' | b'\r' => self.execute(now, out),
            b' '..=b'~' if self.line.len() < LONGEST_LINE => self.line.push(byte),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SerialProgram, Tested};
    use super::*;

    #[test]
    fn it_names_itself_and_enters_the_bootloader_when_asked() {
        let mut board = Tested::new(SerialProgram::GrblHal);
        board.read();
        assert!(board.ask("$I\n").starts_with("[VER:1.1f"));
        assert!(board.ask("$I+\n").contains("[PLUGIN:Bootloader Entry"));
        assert!(board.ask("?").starts_with("<Idle|"));
        assert_eq!(board.ask("$NO\n"), "error:3\r\n");
        let answer = board.ask("$DFU\n");
        assert_eq!(answer, "[MSG:Warning: Entering DFU Bootloader]\r\n");
        board.wait(99);
        assert_eq!(board.restarted(), None);
        board.wait(1);
        assert_eq!(board.restarted(), Some(StartsIn::Bootloader));
    }
}
