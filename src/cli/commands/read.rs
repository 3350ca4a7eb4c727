//! `upfuse read OUT`: saves memory to a file.

use std::path::PathBuf;

use crate::address::AddressRange;
use crate::cli::exit::{Exit, Failure};
use crate::cli::{Context, Files, jobs, save_to};
use crate::engine::Task;
use crate::firmware::writable_extensions;

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  upfuse read flash.bin
  upfuse read settings.hex --range 0x08004000..0x08008000
  upfuse read options.bin --target 1";

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[arg(help = format!("Output file; the extension chooses the format ({})", writable_extensions()))]
    out: PathBuf,

    /// Only these addresses: START..END (END not included) or START+LENGTH, e.g. 0x08000000+64K
    #[arg(long, value_name = "R")]
    range: Option<AddressRange>,
}

impl Args {
    pub(super) fn files(&self, files: Files) -> Files {
        files.output(save_to::READ_OUT, [self.out.as_path()])
    }
}

pub(in crate::cli) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    save_to::check_extension(&args.out)?;
    let mut session = context.session()?;
    let boards = session.choose(&context.options, jobs::RequiredMode::Dfu)?;
    let files = save_to::file_for_each_board(&args.out, &boards, context)?;
    let alternate = context.options.target.unwrap_or(0);
    jobs::run(context, &mut session, &boards, |place| Task::Read {
        alternate,
        range: args.range,
        save: files.get(place).cloned(),
    })
}
