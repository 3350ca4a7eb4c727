//! `upfuse completions SHELL`

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Context;
use super::args::Cli;
use super::exit::{Exit, Failure};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell to write them for
    shell: Shell,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "upfuse", &mut script);
    context.out.raw(&script);
    Ok(Exit::Done)
}
