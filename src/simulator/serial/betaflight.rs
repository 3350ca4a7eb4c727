//! A flight controller: MSP version 1, and the command line behind `#`. From
//! betaflight/src/main/msp/msp_serial.c (00f73a6e), msp/msp.c (`mspCommonProcessOutCommand`,
//! `MSP_REBOOT`, `mspRebootFn`) and cli/cli.c, and from INAV's fc/fc_msp.c and fc/cli.c. Frames of
//! MSP version 2 are not understood here.

use std::time::Duration;

use super::super::board::StartsIn;
use super::{Output, Program};

/// `mspProcessPendingRequest`: a request of one character counts after this silence.
const GUARD_TIME: Duration = Duration::from_millis(100);
/// `MSP_PORT_INBUF_SIZE`
const LONGEST_PAYLOAD: u8 = 192;
/// `CLI_IN_BUFFER_SIZE`
const LONGEST_LINE: usize = 256;
/// Sending the answer and stopping the motors, before the reset.
const SHUTDOWN: Duration = Duration::from_millis(10);

const MSP_API_VERSION: u8 = 1;
const MSP_FC_VARIANT: u8 = 2;
const MSP_FC_VERSION: u8 = 3;
const MSP_REBOOT: u8 = 68;

/// What differs between the two families of programs.
struct Family {
    variant: &'static str,
    api_version: [u8; 3],
    version: [u8; 3],
    /// The answer to MSP_REBOOT with this payload, and what runs then.
    reboot: fn(&[u8]) -> Result<Reboot, Refused>,
    /// The word of the command line that enters the ROM's bootloader, and what it prints.
    command: (&'static str, &'static str),
    unknown_command: &'static str,
}

struct Reboot {
    reply: Vec<u8>,
    next: Option<StartsIn>,
}

impl Reboot {
    fn new(reply: &[u8], next: Option<StartsIn>) -> Self {
        let reply = reply.to_vec();
        Self { reply, next }
    }
}

/// An answer with `!`: MSP_RESULT_ERROR.
struct Refused;

const BETAFLIGHT: Family = Family {
    variant: "BTFL",
    api_version: [0, 1, 46],
    version: [4, 5, 1],
    reboot: betaflight_reboot,
    command: ("bl", "\r\n# restarting in ROM bootloader mode"),
    unknown_command: "\r\n###ERROR: UNKNOWN COMMAND, TRY 'HELP'###\r\n",
};

/// INAV restarts itself whatever the payload is (fc_msp.c, `MSP_REBOOT`).
const INAV: Family = Family {
    variant: "INAV",
    api_version: [0, 2, 5],
    version: [7, 1, 2],
    reboot: |_| Ok(Reboot::new(&[], Some(StartsIn::Application))),
    command: ("dfu", "\r\nRestarting in DFU mode"),
    unknown_command: UNKNOWN,
};

/// Cleanflight, and Betaflight until 4.0, restart themselves likewise (fc/fc_msp.c, `mspRebootFn`),
/// and have the same word (fc/cli.c, `cliDfu`).
const CLEANFLIGHT: Family = Family {
    variant: "CLFL",
    api_version: [0, 1, 37],
    version: [2, 2, 0],
    ..INAV
};

/// cli.c, `cliProcess`
const UNKNOWN: &str = "Unknown command, try 'help'";

/// 1 is the ROM. 2 and 3 are a mass storage device, refused without one (`USE_USB_MSC`). 4 is a
/// bootloader in flash: answered, and nothing follows without one (`USE_FLASH_BOOT_LOADER`).
fn betaflight_reboot(payload: &[u8]) -> Result<Reboot, Refused> {
    match payload.first() {
        None | Some(0) => Ok(Reboot::new(&[0], Some(StartsIn::Application))),
        Some(1) => Ok(Reboot::new(&[1], Some(StartsIn::Bootloader))),
        Some(4) => Ok(Reboot::new(&[4], None)),
        Some(_) => Err(Refused),
    }
}

/// Where in a frame of MSP version 1 the next byte belongs.
enum Frame {
    Idle,
    Dollar,
    M,
    Size,
    Command {
        size: u8,
    },
    Payload {
        size: u8,
        command: u8,
        payload: Vec<u8>,
    },
}

pub(super) struct FlightController {
    family: Family,
    frame: Frame,
    /// A request of one character that waits for silence.
    pending: Option<(Duration, u8)>,
    /// The line of the command line so far, once that is entered.
    line: Option<Vec<u8>>,
}

impl FlightController {
    pub(super) fn betaflight() -> Self {
        Self::new(BETAFLIGHT)
    }

    pub(super) fn inav() -> Self {
        Self::new(INAV)
    }

    pub(super) fn cleanflight() -> Self {
        Self::new(CLEANFLIGHT)
    }

    fn new(family: Family) -> Self {
        Self {
            family,
            frame: Frame::Idle,
            pending: None,
            line: None,
        }
    }

    /// `mspSerialProcessReceivedData`
    fn receive_msp(&mut self, byte: u8, now: Duration, out: &mut Output) {
        self.pending = None;
        self.frame = match std::mem::replace(&mut self.frame, Frame::Idle) {
            Frame::Idle if byte == b'$' => Frame::Dollar,
            Frame::Idle => {
                // 'R' is `reboot_character` (io/serial.c).
                let is_request = matches!(byte, b'#' | b'R');
                self.pending = is_request.then_some((now + GUARD_TIME, byte));
                Frame::Idle
            }
            Frame::Dollar if byte == b'M' => Frame::M,
            Frame::M if byte == b'<' => Frame::Size,
            Frame::Dollar | Frame::M => Frame::Idle,
            Frame::Size if byte > LONGEST_PAYLOAD => Frame::Idle,
            Frame::Size => Frame::Command { size: byte },
            Frame::Command { size } => Frame::Payload {
                size,
                command: byte,
                payload: Vec::new(),
            },
            Frame::Payload {
                size,
                command,
                mut payload,
            } => {
                if payload.len() < usize::from(size) {
                    payload.push(byte);
                    Frame::Payload {
                        size,
                        command,
                        payload,
                    }
                } else {
                    if byte == checksum(command, &payload) {
                        self.perform(command, &payload, now, out);
                    }
                    Frame::Idle
                }
            }
        };
    }

    fn perform(&mut self, command: u8, payload: &[u8], now: Duration, out: &mut Output) {
        match command {
            MSP_API_VERSION => answer(out, b'>', command, &self.family.api_version),
            MSP_FC_VARIANT => answer(out, b'>', command, self.family.variant.as_bytes()),
            MSP_FC_VERSION => answer(out, b'>', command, &self.family.version),
            MSP_REBOOT => match (self.family.reboot)(payload) {
                Ok(Reboot { reply, next }) => {
                    answer(out, b'>', command, &reply);
                    if let Some(next) = next {
                        out.restart(now + SHUTDOWN, next);
                    }
                }
                Err(Refused) => answer(out, b'!', command, &[]),
            },
            _ => answer(out, b'!', command, &[]),
        }
    }

    /// `cliProcess`: characters are sent back; an empty line only brings the prompt again.
    fn receive_line(
        line: &mut Vec<u8>,
        byte: u8,
        family: &Family,
        now: Duration,
        out: &mut Output,
    ) {
        match byte {
            b'\r' | b'\n' => {
                if line.is_empty() {
                    return;
                }
                out.send("\r\n");
                let words = String::from_utf8_lossy(line).to_ascii_lowercase();
                line.clear();
                match words.trim() {
                    word if word == family.command.0 => {
                        out.send(family.command.1);
                        out.send("\r\nRebooting");
                        out.restart(now + SHUTDOWN, StartsIn::Bootloader);
                        return;
                    }
                    "exit" => {
                        out.send("\r\n# leaving CLI mode, unsaved changes lost\r\nRebooting");
                        out.restart(now + SHUTDOWN, StartsIn::Application);
                        return;
                    }
                    comment if comment.starts_with('#') => {}
                    _ => out.send(family.unknown_command),
                }
                out.send("\r\n# ");
            }
            b' '..=b'~' if line.len() < LONGEST_LINE => {
                line.push(byte);
                out.send([byte]);
            }
            _ => {}
        }
    }
}

impl Program for FlightController {
    fn receive(&mut self, byte: u8, now: Duration, out: &mut Output) {
        match &mut self.line {
            Some(line) => Self::receive_line(line, byte, &self.family, now, out),
            None => self.receive_msp(byte, now, out),
        }
    }

    fn advance(&mut self, now: Duration, out: &mut Output) {
        match self.pending {
            Some((at, character)) if at <= now => {
                self.pending = None;
                if character == b'#' {
                    self.line = Some(Vec::new());
                    // cliEnter
                    out.send("\r\nEntering CLI Mode, type 'exit' to reboot, or 'help'\r\n\r\n# ");
                } else {
                    out.restart(at, StartsIn::Bootloader);
                }
            }
            _ => {}
        }
    }

    fn next_event(&self) -> Option<Duration> {
        self.pending.map(|(at, _)| at)
    }
}

fn checksum(command: u8, payload: &[u8]) -> u8 {
    let size = u8::try_from(payload.len()).unwrap_or(u8::MAX);
    payload.iter().fold(size ^ command, |sum, byte| sum ^ byte)
}

/// `mspSerialEncode`, version 1.
fn answer(out: &mut Output, direction: u8, command: u8, payload: &[u8]) {
    let size = u8::try_from(payload.len()).unwrap_or(u8::MAX);
    out.send([b'$', b'M', direction, size, command]);
    out.send(payload);
    out.send([checksum(command, payload)]);
}

#[cfg(test)]
mod tests {
    use super::super::{SerialProgram, Tested};
    use super::*;

    const API_VERSION: &[u8] = b"$M<\x00\x01\x01";
    const TO_ROM: &[u8] = b"$M<\x01\x44\x01\x44";

    #[test]
    fn betaflight_answers_and_reboots_to_the_rom() {
        let mut board = Tested::new(SerialProgram::Betaflight);
        assert_eq!(board.ask(API_VERSION), "$M>\x03\x01\x00\x01\x2E\x2D");
        assert_eq!(board.ask(b"$M<\x00\x02\x02"), "$M>\x04\x02BTFL\x1A");
        assert_eq!(board.ask(TO_ROM), "$M>\x01\x44\x01\x44");
        assert_eq!(board.restarted(), None);
        board.wait(10);
        assert_eq!(board.restarted(), Some(StartsIn::Bootloader));
    }

    #[test]
    fn a_wrong_checksum_is_not_answered_and_a_wrong_type_is_refused() {
        let mut board = Tested::new(SerialProgram::Betaflight);
        assert_eq!(board.ask(b"$M<\x01\x44\x01\x45"), "");
        assert_eq!(board.ask(b"$M<\x01\x44\x02\x47"), "$M!\x00\x44\x44");
        assert_eq!(board.ask(b"$M<\x01\x44\x04\x41"), "$M>\x01\x44\x04\x41");
        assert_eq!(board.ask(b"$M<\x00\xC8\xC8").as_bytes()[..3], *b"$M!");
        board.wait(1000);
        assert_eq!(board.restarted(), None);
    }

    #[test]
    fn the_command_line_is_entered_after_silence_only() {
        let mut board = Tested::new(SerialProgram::Betaflight);
        board.ask("#");
        board.wait(50);
        board.ask("x");
        assert_eq!(board.wait(500), "");
        board.ask("#");
        assert_eq!(board.wait(99), "");
        let banner = board.wait(1);
        assert!(banner.contains("Entering CLI Mode") && banner.ends_with("\r\n# "));
        assert!(board.ask("dfu\r").contains("UNKNOWN COMMAND"));
        assert!(
            board
                .ask("bl\r")
                .contains("# restarting in ROM bootloader mode")
        );
        board.wait(10);
        assert_eq!(board.restarted(), Some(StartsIn::Bootloader));
    }

    #[test]
    fn inav_and_cleanflight_enter_the_rom_only_by_their_command_line() {
        for (program, name) in [
            (SerialProgram::Inav, "INAV"),
            (SerialProgram::Cleanflight, "CLFL"),
        ] {
            only_by_the_command_line(program, name);
        }
    }

    fn only_by_the_command_line(program: SerialProgram, name: &str) {
        let mut board = Tested::new(program);
        assert_eq!(board.ask(b"$M<\x00\x02\x02")[5..9], *name);
        assert_eq!(board.ask(TO_ROM), "$M>\x00\x44\x44");
        board.wait(10);
        assert_eq!(board.restarted(), Some(StartsIn::Application));
        let mut board = Tested::new(program);
        board.ask("#");
        board.wait(100);
        assert!(board.ask("bl\r").contains("Unknown command"));
        assert!(board.ask("dfu\r").contains("Restarting in DFU mode"));
        board.wait(10);
        assert_eq!(board.restarted(), Some(StartsIn::Bootloader));
    }
}
