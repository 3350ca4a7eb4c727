//! The serial port that a device's program makes: found by the device itself, never by its name
//! alone. `serial2` is used only in `port`.

mod listed;
mod patience;
mod port;

use std::sync::Arc;
use std::time::Duration;

use super::{Clock, DeviceRecord};

/// An open serial port, 8N1.
pub trait SerialPort: Send {
    /// Sends all of `bytes`.
    ///
    /// # Errors
    /// [`SerialError`]; [`SerialErrorKind::Io`] if they were not taken within `timeout`.
    fn write(&mut self, bytes: &[u8], timeout: Duration) -> Result<(), SerialError>;

    /// Waits up to `timeout` for bytes. Returns their number, at most `buffer.len()`; 0 if none came.
    ///
    /// # Errors
    /// [`SerialError`]; usually [`SerialErrorKind::Gone`] from a device that has left.
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, SerialError>;

    /// In bits per second. A new port has 115 200.
    ///
    /// # Errors
    /// [`SerialError`].
    fn set_baud_rate(&mut self, baud_rate: u32) -> Result<(), SerialError>;

    /// The line that tells the program whether somebody listens. On at first.
    ///
    /// # Errors
    /// [`SerialError`].
    fn set_dtr(&mut self, on: bool) -> Result<(), SerialError>;
}

/// An open serial port, its name, and the clock of its device. Dropping it closes the port.
pub struct OpenedSerial {
    /// `/dev/ttyACM0`, `COM7`
    pub name: String,
    pub port: Box<dyn SerialPort>,
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for OpenedSerial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenedSerial({})", self.name)
    }
}

/// A serial port that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} ({detail})")]
pub struct SerialError {
    pub kind: SerialErrorKind,
    /// The port's name and the system's own message.
    pub detail: String,
}

impl SerialError {
    pub fn new(kind: SerialErrorKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }
}

/// The kinds of error that callers distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SerialErrorKind {
    /// The device has none that this system shows.
    #[error("the board shows no serial port")]
    NoPort,
    #[error("another program uses the serial port")]
    Busy,
    #[error("no permission to open the serial port")]
    Access,
    #[error("the serial port is no longer there")]
    Gone,
    #[error("the serial port failed")]
    Io,
}

/// A port without a device.
#[cfg(test)]
pub(crate) fn open_at(
    path: &std::path::Path,
    clock: Arc<dyn Clock>,
) -> Result<OpenedSerial, SerialError> {
    Ok(OpenedSerial {
        name: path.display().to_string(),
        port: Box::new(port::open(path)?),
        clock,
    })
}

/// Opens the serial port that this very device makes; its first, if it has several.
///
/// # Errors
/// [`SerialError`]; [`SerialErrorKind::Gone`] if another device is at its place now.
pub(super) fn open(
    device: &DeviceRecord,
    clock: &Arc<dyn Clock>,
) -> Result<OpenedSerial, SerialError> {
    let path = listed::first_port(device)?;
    let port = patience::open(clock.as_ref(), || port::open(&path))?;
    // The device may have left meanwhile, and another may have got its port's name.
    if listed::first_port(device)? != path {
        let detail = format!("another device is at {}", device.place);
        return Err(SerialError::new(SerialErrorKind::Gone, detail));
    }
    Ok(OpenedSerial {
        name: path.display().to_string(),
        port: Box::new(port),
        clock: Arc::clone(clock),
    })
}
