//! The command line: one file for each command, and what they share. It works through the
//! worker, as the window does, and knows nothing of the window.

mod args;
mod choose;
mod commands;
mod confirm;
mod exit;
mod firmware_file;
mod interrupt;
mod job_json;
mod jobs;
mod logging;
mod options;
mod output;
mod save_to;
mod show;
mod version;
mod words;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory as _, Parser as _};

use args::Cli;
use commands::Command;
pub use exit::{Exit, Failure};
use jobs::Session;
pub use options::Options;
use output::{Output, say};

/// What a person asked for.
#[derive(Debug)]
pub enum Invocation {
    /// No command: the window.
    Window(WindowOptions),
    /// A command, with its options.
    Command(Box<Request>),
    /// Nothing more to do: help was printed, or what was typed makes no sense.
    Over(Exit),
}

/// What the window takes from the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowOptions {
    /// The firmware file to open with.
    pub file: Option<PathBuf>,
    /// Simulated boards to begin with.
    pub simulate: Vec<String>,
}

/// A command that can be run.
#[derive(Debug)]
pub struct Request {
    command: Command,
    options: Options,
}

/// What every command is given.
#[derive(Debug)]
pub struct Context {
    pub options: Options,
    pub out: Output,
}

impl Context {
    /// The worker on the buses that the options ask for.
    fn session(&self) -> Result<Session, Failure> {
        Session::open(&self.options)
    }
}

/// Reads the program's arguments; prints help, version and usage errors itself.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Invocation {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            // Nobody may be reading; that is no error.
            error.print().ok();
            return Invocation::Over(exit);
        }
    };
    let Cli {
        file,
        options,
        command,
    } = cli;
    match (command, file) {
        (None, Some(file)) if !file.exists() => {
            say(format_args!(
                "error: '{}' is neither a command nor a file; try `upfuse --help`",
                file.display()
            ));
            Invocation::Over(Exit::Usage)
        }
        (None, file) => Invocation::Window(WindowOptions {
            file,
            simulate: options.simulate,
        }),
        (Some(command), None) => Invocation::Command(Box::new(Request { command, options })),
        (Some(_), Some(file)) => {
            say(format_args!(
                "error: '{}' stands before a command; write it behind",
                file.display()
            ));
            Invocation::Over(Exit::Usage)
        }
    }
}

/// Runs a command to its end and says how it went.
pub fn run(request: Request) -> Exit {
    let Request { command, options } = request;
    let json = options.json;
    logging::start(options.verbose);
    let mut context = Context {
        options,
        out: Output::default(),
    };
    let result = commands::run(&command, Cli::command, &mut context);
    let exit = result.unwrap_or_else(|failure| {
        report(&failure, json, &mut context.out);
        failure.exit
    });
    match context.out.finish() {
        Ok(()) => exit,
        Err(failure) => {
            tell(&failure);
            failure.exit
        }
    }
}

/// Prints the help, for a build without a window.
pub fn print_help() -> Exit {
    // Nobody may be reading; that is no error.
    Cli::command().print_help().ok();
    Exit::Usage
}

/// Says why the window is not opened.
pub fn refuse_window(failure: &Failure) -> Exit {
    tell(failure);
    failure.exit
}

/// Says why there is no window, and what works without one.
pub fn no_window(error: &impl std::fmt::Display) -> Exit {
    say(format_args!("error: no window can be opened: {error}"));
    say("  The command line does the same without a display: upfuse --help");
    Exit::Internal
}

/// Says why the window is gone before anybody closed it.
pub fn window_failed(cause: &impl std::fmt::Display) -> Exit {
    say(format_args!("error: the window had to close: {cause}"));
    Exit::Internal
}

fn report(failure: &Failure, json: bool, out: &mut Output) {
    tell(failure);
    if json {
        out.json(&serde_json::json!({
            "event": "error",
            "error": {
                "code": failure.code,
                "message": failure.message,
                "advice": failure.advice,
            },
        }));
    }
}

fn tell(failure: &Failure) {
    say(format_args!("error: {}", failure.message));
    for line in &failure.advice {
        say(format_args!("  {line}"));
    }
}
