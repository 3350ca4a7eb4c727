//! The whole command line: file, options and command. The attributes hold the help text.

use std::path::PathBuf;

use clap::Parser;

use super::commands::Command;
use super::exit::EXIT_CODES;
use super::options::Options;

const VERSION: &str = env!("CARGO_PKG_VERSION");

const EXAMPLES: &str = "\
Examples:
  upfuse                                       open the window
  upfuse list                                  list the boards on the bus
  upfuse upgrade firmware.dfu                  upgrade the only board
  upfuse upgrade firmware.dfu --device 1-4.2   upgrade this one
  upfuse upgrade firmware.dfu --all-devices    upgrade them all
  upfuse --simulate f407 upgrade firmware.dfu  try it without a board
  upfuse upgrade firmware.dfu --record usb.txt record the USB traffic, for a report";

#[derive(Debug, Parser)]
#[command(
    name = "upfuse",
    version = VERSION,
    long_version = super::version::long(),
    about = "Upgrade the firmware of STM32 boards over USB (DFU and DfuSe)",
    long_about = "Upgrade the firmware of STM32 boards over USB (DFU and DfuSe).\n\n\
        Without a command, the window opens; with a FILE, the window opens with it.",
    after_help = "Try `upfuse --help` for examples and exit codes.",
    after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"),
    disable_help_subcommand = true,
    subcommand_precedence_over_arg = true,
    max_term_width = 100,
)]
pub(super) struct Cli {
    /// Open the window with this firmware file or job profile, or with several files in Files
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    #[command(flatten)]
    pub options: Options,

    #[command(subcommand)]
    pub command: Option<Command>,
}
