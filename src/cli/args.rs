//! The global options. Their doc comments are the help texts.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use super::commands::Command;
use super::exit::EXIT_CODES;
use crate::dfu::Pace;
use crate::simulator::Profile;

const VERSION: &str = env!("CARGO_PKG_VERSION");

const EXAMPLES: &str = "\
Examples:
  upfuse                                       open the window
  upfuse list                                  what is plugged in
  upfuse upgrade firmware.dfu                  upgrade the only board there is
  upfuse upgrade firmware.dfu --device 1-4.2   upgrade this one
  upfuse upgrade firmware.dfu --all-devices    upgrade them all
  upfuse --simulate f407 upgrade firmware.dfu  try it without a board";

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
    max_term_width = 100,
)]
pub(super) struct Cli {
    /// Open the window with this firmware file
    pub file: Option<PathBuf>,

    #[command(flatten)]
    pub options: Options,

    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options that every command takes, before or after its name.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Options {
    /// The board: its ID as `list` prints it, or its serial number where no other has it
    #[arg(
        long,
        global = true,
        value_name = "ID",
        help_heading = "Device options"
    )]
    pub device: Option<String>,

    /// Work on every board in DFU mode, at the same time
    #[arg(
        long,
        global = true,
        conflicts_with = "device",
        help_heading = "Device options"
    )]
    pub all_devices: bool,

    /// Wait this long for a board to appear
    #[arg(
        long,
        global = true,
        value_name = "SECONDS",
        value_parser = seconds,
        help_heading = "Device options"
    )]
    pub wait: Option<Duration>,

    /// The target on the board: an alternate setting, as `list` prints it
    #[arg(
        long,
        global = true,
        value_name = "ALT",
        help_heading = "Device options"
    )]
    pub target: Option<u8>,

    #[arg(
        long,
        global = true,
        value_name = "BOARD",
        help = simulate_help(),
        help_heading = "Device options"
    )]
    pub simulate: Vec<String>,

    /// Always wait the full bwPollTimeout (slow)
    #[arg(long, global = true, help_heading = "Device options")]
    pub compatible_timing: bool,

    /// Do not ask before something is destroyed
    #[arg(long, short = 'y', global = true, help_heading = "Output options")]
    pub yes: bool,

    /// Print JSON on stdout: `list` one array, jobs one object per line
    #[arg(long, global = true, help_heading = "Output options")]
    pub json: bool,

    /// Log to stderr (-vv: every request)
    #[arg(
        long,
        short,
        global = true,
        action = clap::ArgAction::Count,
        help_heading = "Output options"
    )]
    pub verbose: u8,
}

impl Options {
    pub(super) fn pace(&self) -> Pace {
        if self.compatible_timing {
            Pace::Compatible
        } else {
            Pace::Adaptive
        }
    }
}

fn simulate_help() -> String {
    let names: Vec<_> = Profile::menu().map(|profile| profile.name).collect();
    format!(
        "Use a simulated board instead of hardware, e.g. {}; may be given several times",
        names.join(", ")
    )
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse::<f64>()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "not a number of seconds".to_owned())
}
