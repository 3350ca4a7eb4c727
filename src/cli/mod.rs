//! The command line: a file for each command, and the code that commands share. Like the window,
//! it works through the worker; it knows nothing of the window.

mod args;
mod board_name;
mod choose;
mod commands;
mod confirm;
mod exit;
mod files;
mod firmware_file;
mod interrupt;
mod job_differences;
mod job_json;
mod job_printer;
mod job_text;
mod jobs;
mod logging;
mod options;
mod output;
mod save_to;
mod traffic;
mod version;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory as _, Parser as _};

use crate::printable::printable_path;
use crate::transport::recording::Side;
use args::Cli;
use commands::Command;
pub use exit::{Exit, Failure};
pub(crate) use files::Files;
use jobs::Session;
pub use options::Options;
use output::{Output, eprint_line};
pub(crate) use traffic::Traffic;

/// The parsed command line.
#[derive(Debug)]
pub enum Invocation {
    /// There is no command: open the window.
    Window(WindowOptions),
    /// A command, with its options.
    Command(Box<Request>),
    /// Nothing more to do: help or a usage error was printed.
    Exit(Exit),
}

/// The options of the window.
#[derive(Clone, Debug, Default)]
pub struct WindowOptions {
    /// The firmware file to open with; several are opened in Files.
    pub files: Vec<PathBuf>,
    /// Simulated boards, a record to write, a record to replay.
    pub device: Options,
}

/// A command that can be run.
#[derive(Debug)]
pub struct Request {
    command: Command,
    options: Options,
}

/// The options and the output of a command.
#[derive(Debug)]
pub struct Context {
    pub options: Options,
    pub out: Output,
    /// What the command line names.
    files: Files,
    traffic: Traffic,
}

impl Context {
    /// Starts the worker on the real bus, on simulated boards, or on those of a record.
    fn session(&mut self) -> Result<Session, Failure> {
        self.open_traffic()?;
        Session::open(&self.options, &self.traffic)
    }

    /// Reads the record to replay and begins the one to write.
    fn open_traffic(&mut self) -> Result<(), Failure> {
        self.traffic = Traffic::open(&self.options, Side::Host)?;
        Ok(())
    }
}

/// Reads the program's arguments; prints help, version and usage errors itself.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Invocation {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let json = arguments
        .iter()
        .skip(1)
        .any(|argument| argument == "--json");
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is not an error.
            error.print().ok();
            if !error.use_stderr() {
                return Invocation::Exit(Exit::Done);
            }
            if json {
                print_usage_error(&error);
            }
            return Invocation::Exit(Exit::Usage);
        }
    };
    let Cli {
        files,
        options,
        command,
    } = cli;
    let Some(command) = command else {
        if let Some(file) = files.iter().find(|file| !file.exists()) {
            eprint_line(format_args!(
                "error: '{}' is neither a command nor a file; try `upfuse --help`",
                printable_path(file)
            ));
            return Invocation::Exit(Exit::Usage);
        }
        return Invocation::Window(WindowOptions {
            files,
            device: options,
        });
    };
    if let Some(file) = files.first() {
        eprint_line(format_args!(
            "error: '{}' comes before the command; put it after the command",
            printable_path(file)
        ));
        return Invocation::Exit(Exit::Usage);
    }
    Invocation::Command(Box::new(Request { command, options }))
}

/// Runs a command; prints why it failed.
pub fn run(request: Request) -> Exit {
    let Request { command, options } = request;
    let json = options.json;
    logging::start(options.verbose);
    let mut context = Context {
        options,
        out: Output::default(),
        files: Files::default(),
        traffic: Traffic::default(),
    };
    let result = commands::run(&command, Cli::command, &mut context);
    let mut exit = result.unwrap_or_else(|failure| {
        report(&failure, json, &mut context.out);
        failure.exit
    });
    // Not as JSON: the output is complete, and a job has noted it.
    if let Err(failure) = context.traffic.finish_replay() {
        print_failure(&failure);
        exit = failure.exit;
    }
    if let Err(failure) = context.traffic.finish_record() {
        print_failure(&failure);
        if exit == Exit::Done {
            exit = failure.exit;
        }
    }
    match context.out.finish() {
        Ok(()) => exit,
        Err(failure) => {
            print_failure(&failure);
            failure.exit
        }
    }
}

/// Prints the help, for a build without a window.
pub fn print_help() -> Exit {
    // A closed pipe is not an error.
    Cli::command().print_help().ok();
    Exit::Usage
}

/// Prints why the window is not opened.
pub fn refuse_window(failure: &Failure) -> Exit {
    print_failure(failure);
    failure.exit
}

/// Prints why there is no window, and what works without one.
pub fn no_window(error: &impl std::fmt::Display) -> Exit {
    eprint_line(format_args!("error: no window can be opened: {error}"));
    eprint_line("  The command line does the same without a display: upfuse --help");
    Exit::Internal
}

/// Prints why the window closed unexpectedly.
pub fn window_failed(cause: &impl std::fmt::Display) -> Exit {
    eprint_line(format_args!("error: the window had to close: {cause}"));
    Exit::Internal
}

/// For scripts, beside the text on stderr.
fn print_usage_error(error: &clap::Error) {
    let text = error.to_string();
    // The rest is the usage.
    let lines = text.lines().take_while(|line| !line.trim().is_empty());
    let message: Vec<&str> = lines.map(str::trim).collect();
    let message = message.join(" ");
    let mut out = Output::default();
    let failure = Failure::usage(message.trim_start_matches("error: "));
    print_json(&failure, &mut out);
    // The exit code says the same.
    out.finish().ok();
}

fn report(failure: &Failure, json: bool, out: &mut Output) {
    print_failure(failure);
    if json {
        print_json(failure, out);
    }
}

fn print_json(failure: &Failure, out: &mut Output) {
    out.json(&serde_json::json!({
        "event": "error",
        "error": {
            "code": failure.code,
            "message": failure.message,
            "advice": failure.advice,
        },
    }));
}

fn print_failure(failure: &Failure) {
    eprint_line(format_args!("error: {}", failure.message));
    for line in &failure.advice {
        eprint_line(format_args!("  {line}"));
    }
}
