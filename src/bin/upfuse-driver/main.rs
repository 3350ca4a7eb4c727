//! `upfuse-driver`: changes the driver of one board on Windows, as administrator. `upfuse` and
//! `upfuse-cli` start it; Windows asks before it runs (`assets/windows/upfuse-driver.manifest`).
//!
//! It takes an action and a device instance ID and believes nothing else that its caller may write:
//! not the environment, no file, no folder of the user's. What the device is, it looks up itself.

#[cfg(windows)]
mod windows;

#[cfg(windows)]
#[allow(
    unsafe_code,
    reason = "no crate offers these calls; the one place in the whole program"
)]
mod windows_calls;

use std::process::ExitCode;

#[cfg(windows)]
fn main() -> ExitCode {
    windows::main()
}

#[cfg(not(windows))]
fn main() -> ExitCode {
    use std::io::Write as _;

    // The exit code tells the same.
    writeln!(std::io::stderr(), "upfuse-driver is for Windows only").ok();
    ExitCode::from(2)
}
