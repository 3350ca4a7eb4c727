//! `upfuse`: the window without a command, the command line with one.

use std::process::ExitCode;

use upfuse::cli::{self, Invocation};

fn main() -> ExitCode {
    match cli::parse(std::env::args_os()) {
        Invocation::Window(options) => window(options),
        Invocation::Command(request) => cli::run(*request).into(),
        Invocation::Over(exit) => exit.into(),
    }
}

#[cfg(feature = "gui")]
fn window(options: cli::WindowOptions) -> ExitCode {
    match upfuse::gui::run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => cli::no_window(&error).into(),
    }
}

#[cfg(not(feature = "gui"))]
fn window(_options: cli::WindowOptions) -> ExitCode {
    cli::print_help().into()
}
