//! The serial ports of one device, as the system lists them.

#[cfg(any(target_os = "macos", test))]
mod ioreg;
#[cfg(any(windows, test))]
mod registry;
#[cfg(any(target_os = "linux", test))]
mod sysfs;

use std::path::PathBuf;

use super::{SerialError, SerialErrorKind};
use crate::transport::DeviceRecord;

/// The port of the device's first interface that has one.
///
/// # Errors
/// [`SerialErrorKind::NoPort`]; [`SerialErrorKind::Gone`] if the device is seen not to be there any
/// more.
#[cfg(target_os = "linux")]
pub(super) fn first_port(device: &DeviceRecord) -> Result<PathBuf, SerialError> {
    sysfs::first_port(std::path::Path::new("/sys/bus/usb/devices"), device)
}

/// As on Linux.
///
/// # Errors
/// As on Linux.
#[cfg(windows)]
pub(super) fn first_port(device: &DeviceRecord) -> Result<PathBuf, SerialError> {
    let instance = crate::transport::usb::instance(device).ok_or_else(|| gone(device))?;
    registry::first_port(&registry::CurrentControlSet, &instance)
        .map(PathBuf::from)
        .ok_or_else(|| no_port(device))
}

/// As on Linux.
///
/// # Errors
/// As on Linux.
#[cfg(target_os = "macos")]
pub(super) fn first_port(device: &DeviceRecord) -> Result<PathBuf, SerialError> {
    let output = std::process::Command::new("/usr/sbin/ioreg")
        .args(["-r", "-c", "IOUSBHostDevice", "-l", "-w", "0"])
        .output()
        .map_err(|error| SerialError::new(SerialErrorKind::Io, format!("ioreg: {error}")))?;
    ioreg::first_port(&String::from_utf8_lossy(&output.stdout), device)
        .map(PathBuf::from)
        .ok_or_else(|| no_port(device))
}

/// This system shows none.
///
/// # Errors
/// Always.
#[cfg(not(any(target_os = "linux", windows, target_os = "macos")))]
pub(super) fn first_port(device: &DeviceRecord) -> Result<PathBuf, SerialError> {
    Err(no_port(device))
}

fn no_port(device: &DeviceRecord) -> SerialError {
    SerialError::new(SerialErrorKind::NoPort, device.place.to_string())
}

#[cfg(any(target_os = "linux", windows, test))]
fn gone(device: &DeviceRecord) -> SerialError {
    let detail = format!("another device, or none, is at {}", device.place);
    SerialError::new(SerialErrorKind::Gone, detail)
}
