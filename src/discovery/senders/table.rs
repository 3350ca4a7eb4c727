//! The programs. Their order is that of the questions to a device whose ID several of them share:
//! first an empty line, the least that any text program can receive (it also ends what a listener may
//! have typed before); then a binary frame that is silence to those that read lines; at last a line
//! that begins with '$', which the others have refused or ignored by then.

use super::{Answer, Names, Question, Request, Sender, flight_controller};

/// ST's virtual COM port, and the same of its clones.
const SHARED: &[(u16, u16, u16)] = &[
    (0x0483, 0x5740, 0x5740),
    (0x28E9, 0x018A, 0x018A),
    (0x2E3C, 0x5740, 0x5740),
    (0x314B, 0x5740, 0x5740),
    (0x3997, 0x5740, 0x5740),
];

const BOOT_BUTTON: &str = "Hold BOOT on the flight controller while you plug it in";

pub(crate) const SENDERS: &[Sender] = &[
    // flipperzero-firmware applications/services/power/power_cli.c; 99-flipper.rules and qFlipper's
    // deviceregistry.cpp for the names.
    Sender {
        program: "a Flipper Zero",
        ids: &[(0x0483, 0x5740, 0x5740)],
        names: Some(Names::MakerOrProduct("Flipper Devices", "Flipper ")),
        proof: &[Question {
            send: b"\r",
            answer: Answer::ending(&[">: "]),
            milliseconds: 1000,
        }],
        request: Request::Send {
            bytes: b"power reboot2dfu\r",
            refusal: "Usage",
        },
        buttons: "Flipper Zero: hold LEFT and BACK, then release only BACK",
    },
    // DiSlord/NanoVNA-D main.c and erikkaashoek/tinySA main.c: `cmd_reset`, `info_about`; on
    // TINYSA4 `reset dfu` restarts the program.
    Sender {
        program: "a NanoVNA or tinySA",
        ids: &[(0x0483, 0x5740, 0x5740)],
        names: None,
        proof: &[
            Question {
                send: b"\r",
                answer: Answer::ending(&["ch> "]),
                milliseconds: 400,
            },
            Question {
                send: b"version\r",
                answer: Answer::Text {
                    any: &[""],
                    end: "ch> ",
                    refusals: &[("tinySA4", ULTRA), ("HW Version", ULTRA)],
                    otherwise: None,
                },
                milliseconds: 1000,
            },
            Question {
                send: b"info\r",
                answer: Answer::Text {
                    any: &["NanoVNA", "NANOVNA", "tinySA"],
                    end: "ch> ",
                    refusals: &[("ULTRA", ULTRA), ("Ultra", ULTRA)],
                    otherwise: None,
                },
                milliseconds: 1000,
            },
        ],
        request: Request::Send {
            bytes: b"reset dfu\r",
            refusal: "?",
        },
        buttons: "NanoVNA and tinySA: choose Config, DFU in the menu, or hold the jog switch (H4: \
                  BOOT0) while you switch it on",
    },
    Sender {
        program: "a flight controller",
        ids: SHARED,
        names: None,
        proof: flight_controller::BETAFLIGHT,
        request: flight_controller::REBOOT_TO_ROM,
        buttons: BOOT_BUTTON,
    },
    // INAV src/main/fc/cli.c: `dfu`.
    Sender {
        program: "a flight controller with INAV",
        ids: SHARED,
        names: None,
        proof: flight_controller::INAV,
        request: flight_controller::INAV_CONSOLE,
        buttons: BOOT_BUTTON,
    },
    // betaflight src/main/cli/cli.c: `bl`; Cleanflight: `dfu`.
    Sender {
        program: "a flight controller with older firmware",
        ids: SHARED,
        names: None,
        proof: flight_controller::OLDER,
        request: flight_controller::CONSOLE,
        buttons: BOOT_BUTTON,
    },
    // grblHAL STM32F4xx and STM32F7xx driver.c: `enter_dfu`; core report.c: the lines of $I, and of
    // $I+ whatever the compatibility level is.
    Sender {
        program: "grblHAL",
        ids: &[(0x0483, 0x5740, 0x5740)],
        names: None,
        proof: &[
            Question {
                send: b"\n$I\n",
                answer: Answer::text(&["[VER:"], "ok\r\n"),
                milliseconds: 500,
            },
            Question {
                send: b"$I+\n",
                answer: Answer::text(&["[FIRMWARE:grblHAL]"], "ok\r\n"),
                milliseconds: 500,
            },
            Question {
                send: b"?",
                answer: Answer::state(&["<Idle"], ">\r\n", "the machine is not idle"),
                milliseconds: 500,
            },
        ],
        request: Request::Send {
            bytes: b"$DFU\n",
            refusal: "error:",
        },
        buttons: "Hold the board's BOOT button, or set its BOOT0 jumper, while you press reset",
    },
    // micropython tools/pyboard.py, tools/mpremote/mpremote/main.py (the pause, so that the answer
    // arrives), ports/stm32/modmachine.c. Other ports have IDs of 0xF055 as well, and their bootloaders
    // speak something else; only this one has the module stm (ports/stm32/modstm.c).
    Sender {
        program: "MicroPython",
        ids: &[(0xF055, 0x9800, 0x98FF)],
        names: None,
        proof: &[
            Question {
                send: b"\r\x03\x03",
                answer: Answer::Anything,
                milliseconds: 200,
            },
            Question {
                send: b"\r\x01",
                answer: Answer::ending(&["raw REPL; CTRL-B to exit\r\n>"]),
                milliseconds: 2000,
            },
            Question {
                send: b"import stm\x04",
                answer: Answer::state(&["OK\x04\x04"], "\x04>", "its microcontroller is no STM32"),
                milliseconds: 2000,
            },
        ],
        request: Request::Send {
            bytes: b"import time, machine\ntime.sleep_ms(100)\nmachine.bootloader()\n\x04",
            refusal: "Traceback",
        },
        buttons: "MicroPython: hold BOOT0 (on a Pyboard connect DFU to 3V3) while you press reset",
    },
    // ArduinoCore-mbed boards.txt and cores/arduino/USB/USBSerial.cpp: `_ontouch1200bps_`;
    // MicroPython's builds for the same boards do likewise (ports/stm32/usbd_cdc_interface.c).
    Sender {
        program: "an Arduino GIGA, Portenta H7, Nicla Vision or Opta",
        ids: &[
            (0x2341, 0x0266, 0x0266),
            (0x2341, 0x0566, 0x0566),
            (0x2341, 0x025B, 0x025B),
            (0x2341, 0x055B, 0x055B),
            (0x2341, 0x025F, 0x025F),
            (0x2341, 0x055F, 0x055F),
            (0x2341, 0x0264, 0x0264),
            (0x2341, 0x0564, 0x0564),
        ],
        names: None,
        proof: &[],
        request: Request::Touch1200,
        buttons: "Press the Arduino's reset button twice, quickly",
    },
];

const ULTRA: &str = "this one is a tinySA Ultra, which enters DFU mode only by its jog switch, held \
                     while it is switched on";

#[cfg(test)]
mod tests {
    use super::super::senders_for;
    use super::*;
    use crate::discovery::samples::plain;
    use crate::transport::DeviceRecord;

    fn programs(record: &DeviceRecord) -> Vec<&'static str> {
        let rows = senders_for(record).into_iter();
        rows.map(|sender| sender.program).collect()
    }

    #[test]
    fn a_device_with_names_of_its_own_is_asked_only_by_them() {
        let mut record = plain("1-1", 0x0483, 0x5740, Some("STM32 Virtual ComPort"));
        let shared = programs(&record);
        assert!(!shared.contains(&"a Flipper Zero") && shared.contains(&"grblHAL"));
        assert_eq!(shared.first(), Some(&"a NanoVNA or tinySA"));
        record.manufacturer = Some("Flipper Devices Inc.".to_owned());
        assert_eq!(programs(&record), ["a Flipper Zero"]);
    }

    #[test]
    fn nothing_is_sent_to_a_device_that_no_row_names_or_that_has_no_port() {
        assert!(programs(&plain("1-1", 0x1A86, 0x7523, None)).is_empty());
        assert!(programs(&plain("1-1", 0x2341, 0x0043, None)).is_empty());
        let mut record = plain("1-1", 0xF055, 0x9800, None);
        assert_eq!(programs(&record), ["MicroPython"]);
        record.interfaces.clear();
        assert!(programs(&record).is_empty());
    }

    #[test]
    fn a_program_without_a_proof_has_an_id_of_its_own() {
        for sender in SENDERS.iter().filter(|sender| sender.proof.is_empty()) {
            let shares = |(vendor, first, _): &(u16, u16, u16)| {
                SHARED.iter().any(|(v, f, _)| (v, f) == (vendor, first))
            };
            assert!(!sender.ids.iter().any(shares), "{}", sender.program);
        }
    }
}
