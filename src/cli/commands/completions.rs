//! `upfuse completions SHELL`

use clap_complete::Shell;

use crate::cli::Context;
use crate::cli::exit::{Exit, Failure};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The shell
    shell: Shell,
}

pub(in crate::cli) fn run(
    args: &Args,
    definition: fn() -> clap::Command,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut definition(), "upfuse", &mut script);
    context.out.raw(&script);
    Ok(Exit::Done)
}
