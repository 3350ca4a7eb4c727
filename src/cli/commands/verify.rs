//! `upfuse verify FILE`: compare the board with the file.

use std::path::PathBuf;

use crate::address::Address;
use crate::cli::exit::{Exit, Failure};
use crate::cli::{Context, firmware_file, jobs};
use crate::engine::Task;
use crate::firmware::readable_extensions;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[arg(help = format!("The firmware file: {}", readable_extensions()))]
    file: PathBuf,

    /// Load address for .bin files [default: 0x08000000]
    #[arg(long, value_name = "ADDR")]
    at: Option<Address>,
}

pub(in crate::cli) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let image = firmware_file::load(&args.file, args.at)?;
    if !context.options.json {
        firmware_file::introduce(&image);
    }
    let mut session = context.session()?;
    let boards = session.choose(&context.options, jobs::Wanted::DfuMode)?;
    let target = context.options.target;
    jobs::run(context, &mut session, &boards, |_| Task::Verify {
        image: image.clone(),
        target,
    })
}
