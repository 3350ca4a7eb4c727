//! `upfuse-cli`: the commands without the window. On Windows a program has either a window or a
//! console, and this one has the console.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use upfuse::cli::{self, Invocation};

fn main() -> ExitCode {
    match cli::parse(std::env::args_os()) {
        Invocation::Window(_) => cli::print_help().into(),
        Invocation::Command(request) => cli::run(*request).into(),
        Invocation::Exit(exit) => exit.into(),
    }
}
