//! `upfuse`: opens the window, or runs a command if there is one.

#![forbid(unsafe_code)]
// Keeps a console from opening with the window; on Windows commands are for `upfuse-cli`.
#![cfg_attr(
    all(windows, feature = "gui", not(debug_assertions)),
    windows_subsystem = "windows"
)]

use std::process::ExitCode;

use upfuse::cli::{self, Exit, Invocation};

fn main() -> ExitCode {
    let exit = match cli::parse(std::env::args_os()) {
        Invocation::Window(options) => window(options),
        _ if stdout_is_detached() => refer_to_console_program(),
        Invocation::Command(request) => cli::run(*request),
        Invocation::Exit(exit) => exit,
    };
    exit.into()
}

#[cfg(feature = "gui")]
fn window(options: cli::WindowOptions) -> Exit {
    upfuse::gui::start(options)
}

#[cfg(not(feature = "gui"))]
fn window(_options: cli::WindowOptions) -> Exit {
    cli::print_help()
}

#[cfg(feature = "gui")]
fn refer_to_console_program() -> Exit {
    upfuse::gui::refer_to_console_program(std::env::args_os())
}

#[cfg(not(feature = "gui"))]
fn refer_to_console_program() -> Exit {
    Exit::Usage
}

/// Windows gives a program that has a window no stdout, unless the caller redirects it.
#[cfg(windows)]
fn stdout_is_detached() -> bool {
    use std::os::windows::io::AsRawHandle as _;

    let handle = std::io::stdout().as_raw_handle();
    // None, or INVALID_HANDLE_VALUE.
    handle.is_null() || handle.addr() == usize::MAX
}

#[cfg(not(windows))]
fn stdout_is_detached() -> bool {
    false
}
