//! `upfuse read OUT`: saves memory to a file.

use std::path::PathBuf;

use crate::address::AddressRange;
use crate::cli::exit::{Exit, Failure};
use crate::cli::{Context, Files, jobs, save_to};
use crate::discovery::Found;
use crate::engine::{PlainRefusal, Task};
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
    if context.options.target.is_none() {
        boards.iter().try_for_each(require_one_target)?;
    }
    let files = save_to::file_for_each_board(&args.out, &boards, context)?;
    let alternate = context.options.target.unwrap_or(0);
    jobs::run(context, &mut session, &boards, |place| Task::Read {
        alternate,
        range: args.range,
        save: files.get(place).cloned(),
    })
}

/// Between the targets of a board without addresses nothing is guessed.
fn require_one_target(board: &Found) -> Result<(), Failure> {
    if !board.is_plain() || board.targets.len() < 2 {
        return Ok(());
    }
    let refusal = PlainRefusal::choose_target(&board.targets);
    let failure = Failure::new(Exit::Refused, "several-targets", refusal.to_string());
    let advice = refusal.advice().iter();
    Err(advice.fold(failure, |failure, line| failure.advise(*line)))
}
