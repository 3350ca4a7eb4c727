//! Flight controllers: the MultiWii Serial Protocol, version 1. A frame is `$M<` length command
//! payload checksum, its answer `$M>` likewise (betaflight src/main/msp/msp_serial.c).

use super::{Answer, Question, Request};

const MSP_API_VERSION: u8 = 1;
const MSP_FC_VARIANT: u8 = 2;

/// The question that proves a flight controller; `accepts` decides by the version of its interface.
const fn api_version(accepts: fn(&[u8]) -> bool) -> Question {
    Question {
        send: b"$M<\x00\x01\x01",
        answer: Answer::Msp {
            command: MSP_API_VERSION,
            accepts,
        },
        milliseconds: 400,
    }
}

const fn variant(accepts: fn(&[u8]) -> bool) -> Question {
    Question {
        send: b"$M<\x00\x02\x02",
        answer: Answer::Msp {
            command: MSP_FC_VARIANT,
            accepts,
        },
        milliseconds: 400,
    }
}

/// Since interface 1.42 MSP_SET_REBOOT knows the ROM bootloader; older ones restart their program
/// (betaflight-configurator src/js/protocols/webstm32.ts).
fn knows_reboot_to_rom(version: &[u8]) -> bool {
    matches!(version, [_, major, minor, ..] if (*major, *minor) >= (1, 42))
}

fn is_any(_: &[u8]) -> bool {
    true
}

/// INAV counts the versions of its interface by itself, and MSP_SET_REBOOT restarts its program.
fn is_not_inav(variant: &[u8]) -> bool {
    variant != b"INAV"
}

fn is_inav(variant: &[u8]) -> bool {
    variant == b"INAV"
}

pub(super) const BETAFLIGHT: &[Question] =
    &[api_version(knows_reboot_to_rom), variant(is_not_inav)];
pub(super) const INAV: &[Question] = &[api_version(is_any), variant(is_inav)];
pub(super) const OLDER: &[Question] = &[api_version(is_any), variant(is_not_inav)];

/// MSP_SET_REBOOT (68) with type 1: the ROM bootloader (betaflight src/main/msp/msp.c).
pub(super) const REBOOT_TO_ROM: Request = Request::Send {
    bytes: b"$M<\x01\x44\x01\x44",
    refusal: "$M!",
};

/// `#` alone opens the command line, after a pause of 100 ms (msp_serial.c, guard time).
const fn console(commands: &'static [&'static [u8]]) -> Request {
    Request::Console {
        enter: b"#",
        prompt: "# ",
        commands,
    }
}

pub(super) const INAV_CONSOLE: Request = console(&[b"dfu\r", b"bl\r"]);
pub(super) const CONSOLE: Request = console(&[b"bl\r", b"dfu\r"]);

#[cfg(test)]
mod tests {
    use super::*;

    /// As in betaflight-configurator's MSPHelper: the checksum is the exclusive or of all bytes from
    /// the length on.
    #[test]
    fn the_checksums_of_the_frames_are_right() {
        let questions = BETAFLIGHT.iter().map(|question| question.send);
        let Request::Send { bytes, .. } = REBOOT_TO_ROM else {
            panic!("not a frame");
        };
        for frame in questions.chain([bytes]) {
            let body = frame.strip_prefix(b"$M<").unwrap();
            let (checksum, body) = body.split_last().unwrap();
            assert_eq!(body.iter().fold(0, |sum, byte| sum ^ byte), *checksum);
            assert_eq!(usize::from(body[0]), body.len() - 2);
        }
    }

    #[test]
    fn only_a_program_that_knows_the_request_is_asked_by_it() {
        assert!(knows_reboot_to_rom(&[0, 1, 42]) && knows_reboot_to_rom(&[0, 1, 47]));
        assert!(!knows_reboot_to_rom(&[0, 1, 41]) && !knows_reboot_to_rom(&[0, 1]));
        assert!(is_inav(b"INAV") && !is_not_inav(b"INAV") && is_not_inav(b"BTFL"));
    }
}
