//! How a board gets into DFU mode.

use super::step::{Action, Diagnosis, Step};
use crate::discovery::found::Found;
use crate::discovery::kind::Program;

const REPL: &str = "import machine; machine.bootloader()";

/// No device on the bus is a board or can become one.
pub(super) fn no_board() -> Diagnosis {
    let mut steps = vec![Step::new(BOOT0)];
    steps.extend(BOARDS.iter().map(|text| Step::new(*text)));
    steps.extend(CONNECTION.iter().map(|text| Step::new(*text)));
    steps.push(Step::new(
        "Some parts (STM32F100, F103, F030) have no USB bootloader of their own: they need one in \
         flash, or a debugger",
    ));
    steps.push(Step::with_action(
        "No board? Try a simulated one",
        Action::TrySimulated,
    ));
    Diagnosis::new(
        "No board in DFU mode is on the USB bus",
        "A board appears here only while it runs its bootloader, not its program",
        steps,
    )
}

const BOOT0: &str = "Hold BOOT0 (a button, or a jumper from BOOT0 to VDD), press and release \
     reset, then release BOOT0. Without a reset button, hold BOOT0 while plugging the board in";

/// Common boards, one line each.
const BOARDS: &[&str] = &[
    "Nucleo-64: connect CN7 pins 5 and 7; Nucleo-144: CN11 pins 5 and 7; then press reset, with a \
     cable in the target's own USB connector",
    "Black Pill and similar boards: hold BOOT0, press and release NRST, release BOOT0",
    "Flight controllers: hold BOOT while plugging in, or type bl in the Betaflight command line \
     (INAV: dfu)",
    "MicroPython: type import machine; machine.bootloader() at its prompt",
    "Arduino GIGA, Portenta, Nicla and Opta: press reset twice, quickly",
    "Keyboards with QMK: the reset button below, or the QK_BOOT key",
    "Flipper Zero: hold LEFT and BACK, then release only BACK",
];

const CONNECTION: &[&str] = &[
    "Try another USB cable: many only charge",
    "Try another port of the computer, without a hub; disconnect everything else from the \
     board's serial ports: the bootloader may listen to those instead",
];

fn boot0() -> Step {
    Step::new(BOOT0)
}

/// A debugger's port is not the target's.
pub(super) fn debugger_port(label: &str) -> Diagnosis {
    Diagnosis::new(
        format!("{label} is the debugger's port, not the board's own"),
        "A debugger talks to the microcontroller over SWD; DFU needs the microcontroller's own USB",
        vec![
            Step::new(
                "Plug a second cable into the target's own USB connector: on Nucleo-144 and \
                 Discovery boards the one marked USB USER or USB OTG",
            ),
            Step::new(
                "Set BOOT0 high (on a Nucleo-64 connect CN7 pins 5 and 7, on a Nucleo-144 CN11 \
                 pins 5 and 7) and press reset",
            ),
            Step::new("The debugger can stay plugged in, for power"),
            Step::new(
                "Boards without such a connector (many Nucleo-64) need a USB cable wired to PA11 \
                 (D-) and PA12 (D+)",
            ),
        ],
    )
}

/// What this program does: it asks the other one.
fn enter(found: &Found, what: &str) -> Step {
    Step::with_action(
        format!("{what} (upfuse enter-dfu --device {})", found.place()),
        Action::EnterDfuMode(found.place().clone()),
    )
}

/// A program that starts the bootloader on request.
pub(super) fn from_run_time(found: &Found) -> Diagnosis {
    let mut steps = Vec::new();
    if found.can_detach() {
        steps.push(enter(found, "Enter DFU mode"));
    }
    steps.push(boot0());
    Diagnosis::new(
        format!("{} runs its program", found.label),
        "Its DFU interface can switch it into DFU mode; memory can be written only there",
        steps,
    )
}

/// A run-time DFU interface of a maker that is not known to make boards.
pub(super) fn perhaps_no_board(found: &Found) -> Diagnosis {
    Diagnosis::new(
        format!("{} is perhaps not a board", found.label),
        "It can be updated over USB, but so can other devices, for example a computer's Bluetooth",
        vec![Step::new(format!(
            "Only if it is your board, switch it into DFU mode: upfuse enter-dfu --device {}",
            found.place()
        ))],
    )
}

/// A program without a run-time DFU interface.
pub(super) fn from_program(found: &Found, program: Program) -> Diagnosis {
    let mut diagnosis = of_program(&found.label, program);
    let asks = match program {
        _ if !found.may_be_asked() => return diagnosis,
        Program::VirtualComPort => {
            "Enter DFU mode: Upfuse asks flight controllers, NanoVNA, tinySA, Flipper Zero and \
             grblHAL over the serial port"
        }
        _ => "Enter DFU mode: Upfuse asks the program over its serial port",
    };
    diagnosis.steps.insert(0, enter(found, asks));
    diagnosis
}

fn of_program(label: &str, program: Program) -> Diagnosis {
    let runs = format!("{label} runs its program");
    let why = "It can be upgraded only while its bootloader runs";
    match program {
        Program::MicroPython => Diagnosis::new(
            runs,
            why,
            vec![
                Step::with_action(
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
                Step::new(
                    "Flight controllers: type bl in the command line of Betaflight (INAV: dfu), or \
                     hold BOOT while plugging in",
                ),
                Step::new(
                    "Flipper Zero: hold LEFT and BACK, then release only BACK; other devices may \
                     have a menu entry such as DFU or firmware upgrade",
                ),
                boot0(),
            ],
        ),
        Program::MassStorage => Diagnosis::new(
            runs,
            format!("It shows a disk, which its program makes. {why}"),
            vec![
                Step::new("Eject the disk first, so that no file is lost"),
                boot0(),
            ],
        ),
        Program::Arduino => Diagnosis::new(
            runs,
            why,
            vec![
                Step::new(
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
                Step::new(
                    "Use the board's other USB connector if it has one; the STM32's own USB is on \
                     PA11 (D-) and PA12 (D+)",
                ),
                boot0(),
            ],
        ),
        Program::Other => Diagnosis::new(runs, why, vec![boot0()]),
    }
}
