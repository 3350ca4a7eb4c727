//! `upfuse start`: leaves DFU mode and runs the program.

use crate::address::Address;
use crate::cli::exit::{Exit, Failure};
use crate::cli::{Context, jobs};
use crate::engine::Task;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Address of the program [default: the start of flash, or behind a bootloader that lives there]
    #[arg(long, value_name = "ADDR")]
    at: Option<Address>,
}

pub(in crate::cli) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let mut session = context.session()?;
    let boards = session.choose(&context.options, jobs::RequiredMode::Dfu)?;
    jobs::run(context, &mut session, &boards, |_| Task::Start {
        at: args.at,
    })
}
