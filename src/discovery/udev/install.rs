//! Installs the udev rule as administrator.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::RULE;

/// Reads the rule from its input. `trigger` applies it to boards that are already plugged in.
const INSTALL: &str = "umask 022 && cat > /etc/udev/rules.d/70-upfuse.rules \
     && udevadm control --reload && udevadm trigger --subsystem-match=usb --action=add";

/// Why the rule could not be installed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InstallError {
    #[error("pkexec could not be started")]
    Start(#[source] std::io::Error),
    #[error("the rule could not be sent to pkexec")]
    Send(#[source] std::io::Error),
    #[error("the password dialog was dismissed, or this account may not install rules")]
    Refused,
    #[error("installing the rule failed: {0}")]
    Failed(String),
}

/// Asks for the administrator's password through pkexec, writes the rule and applies it.
/// Blocks until the person has answered.
///
/// # Errors
/// [`InstallError`]; nothing is installed then.
pub(crate) fn install_rule() -> Result<(), InstallError> {
    let mut child = Command::new("pkexec")
        .args(["/bin/sh", "-c", INSTALL])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(InstallError::Start)?;
    let sent = match child.stdin.take() {
        Some(mut input) => input.write_all(RULE.as_bytes()),
        None => Ok(()),
    };
    let output = child.wait_with_output().map_err(InstallError::Start)?;
    match output.status.code() {
        Some(0) => sent.map_err(InstallError::Send),
        // pkexec(1): 126 dismissed, 127 not authorised.
        Some(126 | 127) => Err(InstallError::Refused),
        _ => Err(InstallError::Failed(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        )),
    }
}
