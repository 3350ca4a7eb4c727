//! The meaning of libusb's errors, by the call that they come from.

use rusb::Error;

use crate::transport::{UsbError, UsbErrorKind};

/// libusb could not start, or could not list.
pub(super) fn no_usb(error: Error) -> UsbError {
    UsbError::new(UsbErrorKind::NoUsb, detail(error))
}

/// While opening or claiming.
pub(super) fn at_open(error: Error) -> UsbError {
    UsbError::new(opening(error, cfg!(windows)), detail(error))
}

/// During a transfer to a claimed interface.
pub(super) fn at_transfer(error: Error) -> UsbError {
    UsbError::new(transferring(error), detail(error))
}

/// Windows returns NotSupported when the bound driver is not WinUSB, libusbK or libusb0 (ST's
/// STTub30, or none), and NotFound may mean no driver too (gousb#20).
fn opening(error: Error, windows: bool) -> UsbErrorKind {
    match error {
        Error::NotSupported | Error::NotFound if windows => UsbErrorKind::WrongDriver,
        // Other systems need no driver: the node or the interface vanished.
        Error::NotFound => UsbErrorKind::Gone,
        other => transferring(other),
    }
}

fn transferring(error: Error) -> UsbErrorKind {
    match error {
        Error::Pipe => UsbErrorKind::Stall,
        Error::Timeout => UsbErrorKind::Timeout,
        Error::NoDevice | Error::NotFound => UsbErrorKind::Gone,
        Error::Access => UsbErrorKind::Access,
        Error::Busy => UsbErrorKind::Busy,
        Error::Io
        | Error::InvalidParam
        | Error::Overflow
        | Error::Interrupted
        | Error::NoMem
        | Error::NotSupported
        | Error::BadDescriptor
        | Error::Other => UsbErrorKind::Io,
    }
}

fn detail(error: Error) -> String {
    format!("libusb: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_windows_reports_a_driver_that_libusb_cannot_use() {
        assert_eq!(
            opening(Error::NotSupported, true),
            UsbErrorKind::WrongDriver
        );
        assert_eq!(opening(Error::NotFound, true), UsbErrorKind::WrongDriver);
        assert_eq!(opening(Error::NotFound, false), UsbErrorKind::Gone);
        assert_eq!(opening(Error::NotSupported, false), UsbErrorKind::Io);
    }

    #[test]
    fn permission_and_use_by_another_program_are_distinguished() {
        for windows in [false, true] {
            assert_eq!(opening(Error::Access, windows), UsbErrorKind::Access);
            assert_eq!(opening(Error::Busy, windows), UsbErrorKind::Busy);
            assert_eq!(opening(Error::NoDevice, windows), UsbErrorKind::Gone);
        }
    }

    #[test]
    fn a_pipe_error_during_a_transfer_is_a_stall() {
        assert_eq!(at_transfer(Error::Pipe).kind, UsbErrorKind::Stall);
        assert_eq!(at_transfer(Error::Timeout).kind, UsbErrorKind::Timeout);
        assert_eq!(at_transfer(Error::NoDevice).kind, UsbErrorKind::Gone);
        assert_eq!(at_transfer(Error::Overflow).kind, UsbErrorKind::Io);
    }
}
