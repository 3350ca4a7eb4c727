//! The system's serial ports, through `serial2`: the only module that uses it.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use super::{SerialError, SerialErrorKind, SerialPort};

const BAUD_RATE: u32 = 115_200;

pub(super) struct SystemPort {
    port: serial2::SerialPort,
    name: String,
}

/// # Errors
/// [`SerialError`].
pub(super) fn open(path: &Path) -> Result<SystemPort, SerialError> {
    let name = path.display().to_string();
    let port = serial2::SerialPort::open(path, BAUD_RATE).map_err(|e| at_open(&name, &e))?;
    // Other systems do that when they open it; many programs send nothing without it.
    if cfg!(windows) {
        port.set_dtr(true).map_err(|e| at_open(&name, &e))?;
    }
    Ok(SystemPort { port, name })
}

impl SystemPort {
    fn failed(&self, error: &io::Error) -> SerialError {
        SerialError::new(while_open(error), format!("{}: {error}", self.name))
    }
}

impl SerialPort for SystemPort {
    fn write(&mut self, bytes: &[u8], timeout: Duration) -> Result<(), SerialError> {
        self.port
            .set_write_timeout(timeout)
            .and_then(|()| self.port.write_all(bytes))
            .map_err(|error| self.failed(&error))
    }

    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, SerialError> {
        let read = self.port.set_read_timeout(timeout);
        match read.and_then(|()| self.port.read(buffer)) {
            // Readable and empty: the port was hung up.
            Ok(0) if !buffer.is_empty() => Err(self.failed(&ErrorKind::UnexpectedEof.into())),
            Ok(count) => Ok(count),
            Err(error) if is_silence(&error) => Ok(0),
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn set_baud_rate(&mut self, baud_rate: u32) -> Result<(), SerialError> {
        let settings = self.port.get_configuration();
        settings
            .and_then(|mut settings| {
                settings.set_baud_rate(baud_rate)?;
                self.port.set_configuration(&settings)
            })
            .map_err(|error| self.failed(&error))
    }

    fn set_dtr(&mut self, on: bool) -> Result<(), SerialError> {
        let set = self.port.set_dtr(on);
        set.map_err(|error| self.failed(&error))
    }
}

fn is_silence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted
    )
}

fn at_open(name: &str, error: &io::Error) -> SerialError {
    SerialError::new(opening(error, cfg!(windows)), format!("{name}: {error}"))
}

/// Windows opens a serial port only once, and answers a second time with ERROR_ACCESS_DENIED.
fn opening(error: &io::Error, windows: bool) -> SerialErrorKind {
    match error.kind() {
        ErrorKind::PermissionDenied if windows => SerialErrorKind::Busy,
        ErrorKind::PermissionDenied => SerialErrorKind::Access,
        ErrorKind::ResourceBusy => SerialErrorKind::Busy,
        _ => while_open(error),
    }
}

fn while_open(error: &io::Error) -> SerialErrorKind {
    /// Linux and macOS, from a port whose device has left.
    const EIO: i32 = 5;
    const ENXIO: i32 = 6;
    const ENODEV: i32 = 19;
    let is_left = matches!(error.raw_os_error(), Some(EIO | ENXIO | ENODEV));
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => {
            SerialErrorKind::Gone
        }
        // ERROR_ACCESS_DENIED and ERROR_BAD_COMMAND, from a port whose device has left.
        ErrorKind::PermissionDenied if cfg!(windows) => SerialErrorKind::Gone,
        _ if cfg!(windows) && error.raw_os_error() == Some(22) => SerialErrorKind::Gone,
        _ if cfg!(unix) && is_left => SerialErrorKind::Gone,
        _ => SerialErrorKind::Io,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_elsewhere_than_on_windows_a_refusal_is_a_missing_permission() {
        let refused = io::Error::from(ErrorKind::PermissionDenied);
        assert_eq!(opening(&refused, false), SerialErrorKind::Access);
        assert_eq!(opening(&refused, true), SerialErrorKind::Busy);
        let busy = io::Error::from(ErrorKind::ResourceBusy);
        assert_eq!(opening(&busy, false), SerialErrorKind::Busy);
        let missing = io::Error::from(ErrorKind::NotFound);
        assert_eq!(opening(&missing, false), SerialErrorKind::Gone);
    }
}
