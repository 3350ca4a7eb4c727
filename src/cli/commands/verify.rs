//! `upfuse verify FILE`: compares the board with the file.

use crate::address::AddressRange;
use crate::cli::exit::{Exit, Failure};
use crate::cli::firmware_file::FirmwareFile;
use crate::cli::{Context, Files, jobs};
use crate::engine::{Detail, Task};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    firmware: FirmwareFile,

    /// Leave this range out (START..END or START+LENGTH); may be given several times
    #[arg(long, value_name = "R")]
    keep_range: Vec<AddressRange>,

    /// List every range that differs, with the first bytes of both
    #[arg(long)]
    list: bool,
}

impl Args {
    pub(super) fn files(&self, files: Files) -> Files {
        files.input("the firmware file", [self.firmware.path()])
    }

    fn detail(&self) -> Detail {
        match self.list {
            true => Detail::Ranges,
            false => Detail::Verdict,
        }
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
        keep_ranges: args.keep_range.clone(),
        detail: args.detail(),
    })
}
