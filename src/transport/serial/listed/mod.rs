//! The serial ports of one device, as the system lists them.

#[cfg(any(target_os = "linux", test))]
mod sysfs;

use std::path::PathBuf;

use super::{SerialError, SerialErrorKind};
use crate::transport::DeviceRecord;

/// The port of the device's first interface that has one.
///
/// # Errors
/// [`SerialErrorKind::NoPort`]; [`SerialErrorKind::Gone`] if the device is not there any more.
#[cfg(target_os = "linux")]
pub(super) fn first_port(device: &DeviceRecord) -> Result<PathBuf, SerialError> {
    sysfs::first_port(std::path::Path::new("/sys/bus/usb/devices"), device)
}

/// As above.
///
/// # Errors
/// As above.
#[cfg(not(target_os = "linux"))]
pub(super) fn first_port(device: &DeviceRecord) -> Result<PathBuf, SerialError> {
    Err(no_port(device))
}

fn no_port(device: &DeviceRecord) -> SerialError {
    SerialError::new(SerialErrorKind::NoPort, device.place.to_string())
}

fn gone(device: &DeviceRecord) -> SerialError {
    let detail = format!("another device, or none, is at {}", device.place);
    SerialError::new(SerialErrorKind::Gone, detail)
}
