//! `upfuse erase`: all memory, or the sectors that a range touches.

use crate::address::AddressRange;
use crate::cli::confirm::confirm;
use crate::cli::exit::{Exit, Failure};
use crate::cli::{Context, job_text, jobs};
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
    let boards = session.choose(&context.options, jobs::RequiredMode::Dfu)?;
    let names = job_text::boards(&boards);
    let (scope, question) = match args.range {
        Some(range) => {
            let alternate = context.options.target.unwrap_or(0);
            let scope = EraseScope::Range { alternate, range };
            (
                scope,
                format!("Erase every sector that {range} touches on {names}?"),
            )
        }
        None => (EraseScope::All, format!("Erase everything on {names}?")),
    };
    confirm(&context.options, &question)?;
    jobs::run(context, &mut session, &boards, |_| Task::Erase(scope))
}
