//! `upfuse verify FILE`: compares the board with the file.

use crate::cli::exit::{Exit, Failure};
use crate::cli::firmware_file::FirmwareFile;
use crate::cli::{Context, Files, jobs};
use crate::engine::Task;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    firmware: FirmwareFile,
}

impl Args {
    pub(super) fn files(&self, files: Files) -> Files {
        files.input("the firmware file", [self.firmware.path()])
    }
}

pub(in crate::cli) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let image = args.firmware.load_and_print_summary(&context.options)?;
    let mut session = context.session()?;
    let boards = session.choose(&context.options, jobs::RequiredMode::Dfu)?;
    let target = context.options.target;
    jobs::run(context, &mut session, &boards, |_| Task::Verify {
        image: image.clone(),
        target,
    })
}
