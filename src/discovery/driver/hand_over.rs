//! Asks for administrator rights by starting `upfuse-driver.exe`, and reads the report it leaves.

use std::path::PathBuf;

use super::instance::InstanceId;
use super::report::{Action, Report};

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[allow(
    dead_code,
    reason = "one happens nowhere on Windows, the others only there"
)]
pub(crate) enum HandOverError {
    #[error("drivers are changed on Windows only: other systems need none")]
    NotWindows,
    #[error("{} is missing; it belongs beside this program", .0.display())]
    ProgramMissing(PathBuf),
    #[error("upfuse-driver.exe could not be started: {0}")]
    Start(std::io::Error),
    #[error(
        "the question for administrator rights was answered with No, or upfuse-driver.exe was stopped"
    )]
    NoReport,
    #[error("Windows' records of USB devices cannot be read: {0}")]
    Records(String),
}

/// Lets Windows ask for administrator rights, and changes the driver. Blocks until both are over.
///
/// # Errors
/// If nothing was tried, or it is not known what.
#[cfg(not(windows))]
pub(crate) fn change_driver(_: Action, _: &InstanceId) -> Result<Report, HandOverError> {
    Err(HandOverError::NotWindows)
}

#[cfg(windows)]
pub(crate) use on_windows::change_driver;

#[cfg(windows)]
mod on_windows {
    use std::os::windows::process::CommandExt as _;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::discovery::driver::registry;

    /// CREATE_NO_WINDOW: no console of cmd.exe flashes up beside the window.
    const NO_WINDOW: u32 = 0x0800_0000;

    /// Lets Windows ask for administrator rights, and changes the driver. Blocks until both are
    /// over.
    ///
    /// # Errors
    /// If nothing was tried, or it is not known what.
    pub(crate) fn change_driver(
        action: Action,
        instance: &InstanceId,
    ) -> Result<Report, HandOverError> {
        let program = std::env::current_exe().map_err(HandOverError::Start)?;
        let program = program.with_file_name("upfuse-driver.exe");
        if !program.is_file() {
            return Err(HandOverError::ProgramMissing(program));
        }
        let earlier = registry::report(instance).map(|report| report.run);
        // CreateProcess refuses a program that wants administrator rights; `start` of cmd.exe asks.
        // Names come through the environment: what they hold is read once, and between quotes.
        let status = Command::new(command_interpreter())
            .env("UPFUSE_PROGRAM", &program)
            .env("UPFUSE_ACTION", action.name())
            .env("UPFUSE_INSTANCE", instance.as_str())
            .raw_arg(concat!(
                r#"/d /v:off /s /c "start "Upfuse" /wait "%UPFUSE_PROGRAM%" %UPFUSE_ACTION% "#,
                r#""%UPFUSE_INSTANCE%"""#
            ))
            .creation_flags(NO_WINDOW)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(HandOverError::Start)?;
        log::info!("upfuse-driver.exe {}: {status}", action.name());
        registry::report(instance)
            .filter(|report| report.action == action && Some(&report.run) != earlier.as_ref())
            .ok_or(HandOverError::NoReport)
    }

    fn command_interpreter() -> PathBuf {
        let root = std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
        PathBuf::from(root).join("System32").join("cmd.exe")
    }
}
