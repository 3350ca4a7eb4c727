//! How a board gets into DFU mode.

use super::step::{Action, Diagnosis, Step};
use crate::discovery::found::Found;
use crate::discovery::kind::Program;

const REPL: &str = "import machine; machine.bootloader()";

/// Nothing on the bus is a board or shows the way to one.
pub(super) fn nothing_there() -> Diagnosis {
    let mut steps = vec![Step::say(BOOT0)];
    steps.extend(BOARDS.iter().map(|text| Step::say(*text)));
    steps.extend(CONNECTION.iter().map(|text| Step::say(*text)));
    steps.push(Step::say(
        "Some parts (STM32F100, F103, F030) have no USB bootloader of their own: they need one in \
         flash, or a debugger",
    ));
    steps.push(Step::with(
        "No board? Try a simulated one",
        Action::TrySimulated,
    ));
    Diagnosis::new(
        "No board in DFU mode is on the USB bus",
        "A board shows up here only while its bootloader runs and not its program",
        steps,
    )
}

const BOOT0: &str = "Hold BOOT0 (a button, or a jumper from BOOT0 to VDD), press and release \
     reset, then let BOOT0 go. Without a reset button, hold BOOT0 while plugging the board in";

/// Common boards, one line each.
const BOARDS: &[&str] = &[
    "Nucleo-64: connect CN7 pins 5 and 7; Nucleo-144: CN11 pins 5 and 7; then press reset, with a \
     cable in the target's own USB connector",
    "Black Pill and the like: hold BOOT0, press NRST, let NRST go, let BOOT0 go",
    "Flight controllers: hold BOOT while plugging in, or type dfu in the Betaflight command line",
    "MicroPython: type import machine; machine.bootloader() at its prompt",
    "Arduino GIGA, Portenta, Nicla and Opta: press reset twice, quickly",
    "Keyboards with QMK: the reset button below, or the QK_BOOT key",
    "Flipper Zero: hold LEFT and BACK, then let only BACK go",
];

const CONNECTION: &[&str] = &[
    "Try another USB cable: many only charge",
    "Try another port of the computer, without a hub; unplug whatever else is wired to the board's \
     serial ports, which can win the bootloader's attention",
];

fn boot0() -> Step {
    Step::say(BOOT0)
}

/// A debugger's port is not the target's.
pub(super) fn past_the_debugger(label: &str) -> Diagnosis {
    Diagnosis::new(
        format!("{label} is the debugger's port, not the board's own"),
        "A debugger talks to the microcontroller over SWD; DFU needs the microcontroller's own USB",
        vec![
            Step::say(
                "Plug a second cable into the target's own USB connector: on Nucleo-144 and \
                 Discovery boards the one marked USB USER or USB OTG",
            ),
            Step::say(
                "Set BOOT0 high (on a Nucleo-64 connect CN7 pins 5 and 7, on a Nucleo-144 CN11 \
                 pins 5 and 7) and press reset",
            ),
            Step::say("The debugger can stay plugged in, for power"),
            Step::say(
                "Boards without such a connector (many Nucleo-64) need a USB cable wired to PA11 \
                 (D-) and PA12 (D+)",
            ),
        ],
    )
}

/// A program that can be asked to start the bootloader.
pub(super) fn from_run_time(found: &Found) -> Diagnosis {
    let mut steps = Vec::new();
    if found.can_detach() {
        steps.push(Step::with(
            format!("Enter DFU mode (upfuse detach --device {})", found.place()),
            Action::EnterDfuMode(found.place().clone()),
        ));
    }
    steps.push(boot0());
    Diagnosis::new(
        format!("{} runs its program", found.label),
        "It has a DFU interface for being switched into DFU mode; memory can be written only there",
        steps,
    )
}

/// A program that cannot be asked over USB DFU.
pub(super) fn from_program(label: &str, program: Program) -> Diagnosis {
    let runs = format!("{label} runs its program");
    let why = "It can be upgraded only while its bootloader runs";
    match program {
        Program::MicroPython => Diagnosis::new(
            runs,
            why,
            vec![
                Step::with(
                    format!("At the MicroPython prompt type: {REPL}"),
                    Action::CopyText(REPL.to_owned()),
                ),
                boot0(),
            ],
        ),
        Program::VirtualComPort => Diagnosis::new(
            runs,
            format!("It shows a serial port, which its program makes. {why}"),
            vec![
                Step::say(
                    "Flight controllers: type dfu in the command line of Betaflight, or hold BOOT \
                     while plugging in",
                ),
                Step::say(
                    "Flipper Zero: hold LEFT and BACK, then let only BACK go; other devices may \
                     have a menu entry such as DFU or firmware upgrade",
                ),
                boot0(),
            ],
        ),
        Program::MassStorage => Diagnosis::new(
            runs,
            format!("It shows a disk, which its program makes. {why}"),
            vec![
                Step::say("Eject the disk first, so that no file is lost"),
                boot0(),
            ],
        ),
        Program::Arduino => Diagnosis::new(
            runs,
            why,
            vec![
                Step::say(
                    "Press reset twice, quickly (GIGA, Portenta, Nicla, Opta); boards with other \
                     microcontrollers have no STM32 bootloader",
                ),
                boot0(),
            ],
        ),
        Program::SerialChip => Diagnosis::new(
            format!("{label} is not the microcontroller's own USB"),
            "It turns USB into a serial port. If there is an STM32 behind it, its own USB is not \
             plugged in here",
            vec![
                Step::say(
                    "Use the board's other USB connector if it has one; the STM32's own USB is on \
                     PA11 (D-) and PA12 (D+)",
                ),
                boot0(),
            ],
        ),
        Program::Other => Diagnosis::new(runs, why, vec![boot0()]),
    }
}
