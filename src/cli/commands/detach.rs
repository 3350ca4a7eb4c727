//! `upfuse detach`: switches a running application with a run-time DFU interface into DFU mode.

use std::time::Duration;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::eprint_line;
use crate::cli::{Context, jobs};
use crate::engine::Task;

pub(in crate::cli) const AFTER_HELP: &str = "\
Waits until the board is back in DFU mode: 10 seconds, or as long as --wait says.

Example:
  upfuse detach && upfuse upgrade firmware.dfu";

/// Programs need a second or two to switch; a driver that Windows installs first takes longer.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(in crate::cli) fn run(context: &mut Context) -> Result<Exit, Failure> {
    let mut session = context.session()?;
    let boards = session.choose(&context.options, jobs::RequiredMode::RunTime)?;
    let exit = jobs::run(context, &mut session, &boards, |_| Task::Detach)?;
    if exit != Exit::Done {
        return Ok(exit);
    }
    if !context.options.json {
        eprint_line("Waiting for DFU mode");
    }
    let timeout = context.options.wait.unwrap_or(TIMEOUT);
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
