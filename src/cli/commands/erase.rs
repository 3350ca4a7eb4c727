//! `upfuse erase`: all memory, or the sectors that a range touches.

use crate::address::AddressRange;
use crate::cli::confirm::confirm;
use crate::cli::exit::{Exit, Failure};
use crate::cli::{Context, job_text, jobs};
use crate::discovery::Found;
use crate::engine::{EraseScope, Task};

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  upfuse erase --range 0x08004000+64K
  upfuse erase --all --yes";

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(in crate::cli) struct Args {
    /// Everything: a mass erase
    #[arg(long)]
    all: bool,

    /// Every sector that these addresses touch: START..END (END not included) or START+LENGTH
    #[arg(long, value_name = "R")]
    range: Option<AddressRange>,
}

pub(in crate::cli) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let mut session = context.session()?;
    let boards = session.choose(&context.options, jobs::RequiredMode::Erasable)?;
    let names = job_text::boards(&boards);
    let (scope, question) = match args.range {
        Some(range) => {
            let alternate = context.options.target.unwrap_or(0);
            let scope = EraseScope::Range { alternate, range };
            let target = job_text::target_name(&boards, alternate);
            let question =
                format!("Erase every sector of {target} that {range} touches on {names}?");
            (scope, question)
        }
        None => {
            if let Some(alternate) = context.options.target {
                check_erased_target(&boards, alternate)?;
            }
            job_text::warn_of_erase(&context.options, &boards);
            let target = job_text::whole_flash(&boards);
            (EraseScope::All, format!("Erase {target} on {names}?"))
        }
    };
    confirm(&context.options, &question)?;
    jobs::run(context, &mut session, &boards, |_| Task::Erase(scope))
}

/// A mass erase has no target of its own: it erases the first one of each board.
fn check_erased_target(boards: &[Found], alternate: u8) -> Result<(), Failure> {
    for board in boards {
        let Some(first) = board.targets.first() else {
            continue;
        };
        if first.alternate == alternate {
            continue;
        }
        let message = match board.target(alternate) {
            Some(other) => format!(
                "--all erases target {}, {}, and not target {alternate}, {}",
                first.alternate, first.name, other.name
            ),
            None => format!(
                "{} at {} has no target {alternate}",
                board.label,
                board.place()
            ),
        };
        let failure = Failure::new(Exit::Refused, "no-target", message);
        return Err(failure.advise("--range erases sectors of the target that --target names"));
    }
    Ok(())
}
