//! The options that every command takes. Their doc comments are the help texts.

use std::path::PathBuf;
use std::time::Duration;

use super::board_name::BoardName;
use crate::dfu::Pace;
use crate::simulator::Profile;

/// Options that every command takes, before or after its name.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Options {
    /// The board: its ID as `list` prints it, or its serial number if no other board has it
    #[arg(
        long,
        global = true,
        value_name = "ID",
        help_heading = "Device options"
    )]
    pub device: Option<String>,

    /// Work on all boards in DFU mode at the same time
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
        value_parser = BoardName,
        hide_possible_values = true,
        help = simulate_help(),
        help_heading = "Device options"
    )]
    pub simulate: Vec<String>,

    /// Record the USB traffic in this file, for a report: descriptors and every transfer, without
    /// serial numbers; of more than 64 bytes only the length and the hash
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Device options"
    )]
    pub record: Option<PathBuf>,

    /// Record all bytes of every transfer, also of the firmware
    #[arg(
        long,
        global = true,
        requires = "record",
        help_heading = "Device options"
    )]
    pub record_data: bool,

    /// Use the board of this record instead of hardware; it answers as recorded, until the command
    /// departs from the record
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        conflicts_with = "simulate",
        help_heading = "Device options"
    )]
    pub replay: Option<PathBuf>,

    /// Accept that a status is read more or less often than recorded
    #[arg(
        long,
        global = true,
        requires = "replay",
        help_heading = "Device options"
    )]
    pub replay_tolerant: bool,

    /// Slow but safe timing: always wait the full bwPollTimeout
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
