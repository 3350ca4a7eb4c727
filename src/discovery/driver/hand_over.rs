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
    #[error("the board is simulated: upfuse-driver.exe is not started for {0}")]
    Simulated(InstanceId),
    #[error("drivers are changed on Windows only: other systems need none")]
    NotWindows,
    #[error("{} is missing; it belongs beside this program", .0.display())]
    ProgramMissing(PathBuf),
    #[error("upfuse-driver.exe could not be started: {0}")]
    Start(std::io::Error),
    #[error("the question for administrator rights was answered with No")]
    Declined,
    #[error(
        "upfuse-driver.exe ended without a report (exit code {0}); `upfuse driver status` shows the \
         driver of now"
    )]
    NoReport(i32),
    #[error(
        "administrator rights were not given, or upfuse-driver.exe could not start or was stopped \
         (exit code {0}); `upfuse driver status` shows the driver of now"
    )]
    Unclear(i32),
    #[error("Windows' records of USB devices cannot be read: {0}")]
    Records(String),
}

/// ERROR_CANCELLED
#[cfg(any(windows, test))]
const CANCELLED: i32 = 1223;

/// By the exit code of cmd.exe, which is upfuse-driver's where that ran. 1 is cmd.exe's own as well.
#[cfg(any(windows, test))]
fn without_report(code: Option<i32>) -> HandOverError {
    match code.unwrap_or(1) {
        CANCELLED => HandOverError::Declined,
        // `Exit`, and the NTSTATUS of a program that crashed or was closed: 0xC000013A.
        code @ (i32::MIN..=0 | 2..=10) => HandOverError::NoReport(code),
        code => HandOverError::Unclear(code),
    }
}

/// Lets Windows ask for administrator rights, and changes the driver. Blocks until both are over.
/// `asks` is called before the question, which not every change needs.
///
/// # Errors
/// If nothing was tried, or it is not known what.
#[cfg(not(windows))]
pub(crate) fn change_driver(
    _: Action,
    _: &InstanceId,
    _asks: impl FnOnce(),
) -> Result<Report, HandOverError> {
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
    use crate::discovery::driver::settled::settled;

    /// CREATE_NO_WINDOW: no console of cmd.exe flashes up beside the window.
    const NO_WINDOW: u32 = 0x0800_0000;

    /// Lets Windows ask for administrator rights, and changes the driver. Blocks until both are
    /// over. `asks` is called before the question, which not every change needs.
    ///
    /// # Errors
    /// If nothing was tried, or it is not known what.
    pub(crate) fn change_driver(
        action: Action,
        instance: &InstanceId,
        asks: impl FnOnce(),
    ) -> Result<Report, HandOverError> {
        let device = registry::device(instance).map_err(HandOverError::Records)?;
        if let Some(outcome) = settled(action, instance, device.as_ref()) {
            return Ok(Report {
                run: String::new(),
                action,
                instance: instance.clone(),
                outcome,
                device,
                steps: Vec::new(),
            });
        }
        let program = std::env::current_exe().map_err(HandOverError::Start)?;
        let program = program.with_file_name("upfuse-driver.exe");
        if !program.is_file() {
            return Err(HandOverError::ProgramMissing(program));
        }
        asks();
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
            .ok_or_else(|| without_report(status.code()))
    }

    fn command_interpreter() -> PathBuf {
        let root = std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
        PathBuf::from(root).join("System32").join("cmd.exe")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_windows_calls_cancelled_is_a_no() {
        let text = |code| without_report(code).to_string();
        assert!(text(Some(1223)).contains("answered with No"));
        // STATUS_CONTROL_C_EXIT: the console of upfuse-driver was closed.
        for code in [0, 5, -1_073_741_510] {
            let text = text(Some(code));
            assert!(text.contains("without a report"), "{text}");
            assert!(text.contains(&code.to_string()), "{text}");
        }
        for code in [Some(1), Some(9059), None] {
            assert!(text(code).contains("could not start"), "{code:?}");
        }
    }
}
