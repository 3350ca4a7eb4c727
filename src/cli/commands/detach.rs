//! `upfuse detach`: a running application with a run-time DFU interface goes into DFU mode.

use std::time::Duration;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::say;
use crate::cli::{Context, jobs};
use crate::engine::Task;

pub(in crate::cli) const AFTER_HELP: &str = "\
Waits until the board is back in DFU mode: 10 seconds, or as long as --wait says.

Example:
  upfuse detach && upfuse upgrade firmware.dfu";

/// Programs take a second or two to hand over; a driver that Windows installs first takes longer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(in crate::cli) fn run(context: &mut Context) -> Result<Exit, Failure> {
    let mut session = context.session()?;
    let boards = session.choose(&context.options, jobs::Wanted::RunTime)?;
    let asked = jobs::run(context, &mut session, &boards, |_| Task::Detach)?;
    if asked != Exit::Done {
        return Ok(asked);
    }
    if !context.options.json {
        say("Waiting for DFU mode");
    }
    let patience = context.options.wait.unwrap_or(PATIENCE);
    for board in &boards {
        let back = session.wait_for_bootloader(board.place(), patience)?;
        if !context.options.json {
            context.out.line(format_args!(
                "{}: {}, in DFU mode",
                board.place(),
                back.label
            ));
        }
    }
    Ok(Exit::Done)
}
