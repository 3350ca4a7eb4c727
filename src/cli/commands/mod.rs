//! The commands, one file each. Their doc comments are the help texts.

mod completions;
mod convert;
mod doctor;
mod driver;
mod enter_dfu;
mod erase;
mod info;
mod list;
mod man;
mod option_bytes;
mod read;
mod simulate;
mod start;
mod unprotect;
mod upgrade;
mod verify;

use clap::Subcommand;

use super::exit::{Exit, Failure};
use super::{Context, Files, Options};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// List the boards on the bus, their state, and the steps that make them ready
    #[command(after_help = "Examples:\n  upfuse list\n  upfuse list --json")]
    List(list::Args),

    /// Show the contents of a firmware file
    Info(info::Args),

    /// Compare, erase, write, verify and start
    #[command(visible_alias = "flash", after_help = upgrade::EXAMPLES)]
    Upgrade(upgrade::Args),

    /// Compare the board with a firmware file
    #[command(after_help = "Example:\n  upfuse verify firmware.dfu")]
    Verify(verify::Args),

    /// Save the board's memory to a file
    #[command(after_help = read::EXAMPLES)]
    Read(read::Args),

    /// Erase all of the memory, or the sectors that a range touches
    #[command(after_help = erase::EXAMPLES)]
    Erase(erase::Args),

    /// Leave DFU mode and run the program
    Start(start::Args),

    /// Ask a running program to enter DFU mode
    #[command(visible_alias = "detach", after_help = enter_dfu::AFTER_HELP)]
    EnterDfu,

    /// Remove read protection, which erases everything
    Unprotect,

    /// Show the option bytes, and change them without harm
    #[command(after_help = option_bytes::EXAMPLES)]
    OptionBytes(option_bytes::Args),

    /// Generate, extract and translate firmware files, as DFU File Manager did
    Convert(convert::Args),

    /// Explain why a board is not there, and what to do about it
    Doctor,

    /// Name or change the driver that Windows has bound to a board
    #[command(after_help = driver::EXAMPLES)]
    Driver(driver::Args),

    /// Put simulated boards on a real bus, through USB/IP
    #[command(after_help = simulate::EXAMPLES, after_long_help = simulate::after_long_help())]
    Simulate(simulate::Args),

    /// Print a script that completes commands and options in your shell
    #[command(
        after_help = "Example:\n  upfuse completions bash > ~/.local/share/bash-completion/completions/upfuse"
    )]
    Completions(completions::Args),

    /// Print the manual page of the program or of a command, for `man -l -`
    #[command(hide = true)]
    Man(man::Args),
}

impl Command {
    /// The name of a command that has no use for `--target`.
    fn without_target(&self) -> Option<&'static str> {
        match self {
            Self::Info(_)
            | Self::Upgrade(_)
            | Self::Verify(_)
            | Self::Read(_)
            | Self::Erase(_)
            | Self::Convert(_) => None,
            Self::List(_) => Some("list"),
            Self::Start(_) => Some("start"),
            Self::EnterDfu => Some("enter-dfu"),
            Self::Unprotect => Some("unprotect"),
            Self::OptionBytes(_) => Some("option-bytes"),
            Self::Doctor => Some("doctor"),
            Self::Driver(_) => Some("driver"),
            Self::Simulate(_) => Some("simulate"),
            Self::Completions(_) => Some("completions"),
            Self::Man(_) => Some("man"),
        }
    }

    /// The files that the command line names. A conversion checks its own, also in the window.
    fn files(&self, options: &Options) -> Files {
        let files = Files::of_options(options);
        match self {
            Self::Info(args) => args.files(files),
            Self::Upgrade(args) => args.files(files),
            Self::Verify(args) => args.files(files),
            Self::Read(args) => args.files(files),
            Self::OptionBytes(args) => args.files(files),
            Self::Simulate(args) => args.files(files),
            Self::Convert(_)
            | Self::List(_)
            | Self::Erase(_)
            | Self::Start(_)
            | Self::EnterDfu
            | Self::Unprotect
            | Self::Doctor
            | Self::Driver(_)
            | Self::Completions(_)
            | Self::Man(_) => files,
        }
    }
}

/// Runs `command` to its end; `definition` is the whole command line, for the completions.
pub(in crate::cli) fn run(
    command: &Command,
    definition: fn() -> clap::Command,
    context: &mut Context,
) -> Result<Exit, Failure> {
    if let (Some(name), Some(_)) = (command.without_target(), context.options.target) {
        let message = format!("`upfuse {name}` has no use for --target");
        return Err(Failure::usage(message));
    }
    context.files = command.files(&context.options);
    context.files.check()?;
    match command {
        Command::List(args) => list::run(args, context),
        Command::Info(args) => info::run(args, context),
        Command::Upgrade(args) => upgrade::run(args, context),
        Command::Verify(args) => verify::run(args, context),
        Command::Read(args) => read::run(args, context),
        Command::Erase(args) => erase::run(args, context),
        Command::Start(args) => start::run(args, context),
        Command::EnterDfu => enter_dfu::run(context),
        Command::Unprotect => unprotect::run(context),
        Command::OptionBytes(args) => option_bytes::run(args, context),
        Command::Convert(args) => convert::run(args, context),
        Command::Doctor => doctor::run(context),
        Command::Driver(args) => driver::run(args, context),
        Command::Simulate(args) => simulate::run(args, context),
        Command::Completions(args) => completions::run(args, definition, context),
        Command::Man(args) => man::run(args, definition, context),
    }
}
