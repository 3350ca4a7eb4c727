//! `upfuse enter-dfu`: asks a running program to enter DFU mode.

use crate::cli::confirm::confirm;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::eprint_line;
use crate::cli::{Context, Options, job_text, jobs};
use crate::discovery::{DFU_MODE_WITHIN, Found};
use crate::engine::Task;

pub(in crate::cli) const AFTER_HELP: &str = "\
For programs with a DFU interface, and over their serial port for flight controllers (Betaflight,
INAV and relatives), NanoVNA, tinySA, Flipper Zero, MicroPython, grblHAL, and Arduino GIGA, Portenta
H7, Nicla Vision and Opta. A program is recognised before it is asked.

Waits until the board is back in DFU mode, as long as --wait says.

Examples:
  upfuse enter-dfu && upfuse upgrade firmware.dfu
  upfuse upgrade firmware.dfu --enter-dfu";

pub(in crate::cli) fn run(context: &mut Context) -> Result<Exit, Failure> {
    let mut session = context.session()?;
    let boards = session.choose(&context.options, jobs::RequiredMode::RunTime)?;
    confirm_stop(&context.options, &boards)?;
    let exit = jobs::run(context, &mut session, &boards, |_| Task::EnterDfu)?;
    if exit != Exit::Done {
        return Ok(exit);
    }
    if !context.options.json {
        eprint_line("Waiting for DFU mode");
    }
    let timeout = context.options.wait.unwrap_or(DFU_MODE_WITHIN);
    for board in &boards {
        let bootloader = session.wait_for_bootloader(board.place(), timeout)?;
        if !context.options.json {
            context.out.line(format_args!(
                "{}: {}, in DFU mode",
                board.place(),
                bootloader.label
            ));
        }
    }
    Ok(Exit::Done)
}

/// Asks before a program is stopped that may hold a heater or a motor; one with a DFU interface is
/// prepared for it.
pub(super) fn confirm_stop(options: &Options, boards: &[Found]) -> Result<(), Failure> {
    let asked: Vec<Found> = boards
        .iter()
        .filter(|b| b.may_be_asked())
        .cloned()
        .collect();
    if asked.is_empty() {
        return Ok(());
    }
    let question = format!("{STOPS} Stop the program on {}?", job_text::boards(&asked));
    confirm(options, &question)
}

const STOPS: &str = "The running program stops: disconnect heaters, propellers and other loads \
                     first.";
