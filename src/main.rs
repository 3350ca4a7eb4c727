//! `upfuse`: the window without a command, the command line with one.

use std::process::ExitCode;

use upfuse::cli::{self, Invocation};

fn main() -> ExitCode {
    match cli::parse(std::env::args_os()) {
        Invocation::Window(_options) => cli::print_help().into(),
        Invocation::Command(request) => cli::run(*request).into(),
        Invocation::Over(exit) => exit.into(),
    }
}
