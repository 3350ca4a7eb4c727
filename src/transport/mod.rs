//! The interface between the protocol and the bus: control transfers on one claimed interface
//! ([`Transport`]), the devices that are plugged in ([`Bus`]), and time ([`Clock`]). The engine runs
//! unchanged on real USB, on the simulator, and on a test's own device.

mod changes;
mod clock;
mod record;
pub mod recording;
mod serial;
pub(crate) mod usb;

use std::sync::Arc;
use std::time::Duration;

pub use changes::Changes;
pub use clock::{Clock, RealClock, VirtualClock};
pub use record::{DeviceRecord, FunctionalDescriptor, InterfaceRecord, Place, Speed};
#[cfg(test)]
pub(crate) use serial::open_at as open_serial_at;
pub use serial::{OpenedSerial, SerialError, SerialErrorKind, SerialPort};

/// bmRequestType of class requests to and from an interface (DFU 1.1 §3).
pub(crate) const CLASS_OUT: u8 = 0x21;
pub(crate) const CLASS_IN: u8 = 0xA1;

/// Control transfers on one claimed interface. Class requests carry the interface's number as
/// wIndex; an implementation fills it in.
pub trait Transport: Send {
    /// A class request to the interface (bmRequestType 0x21).
    ///
    /// # Errors
    /// [`UsbError`]; a stalled endpoint is [`UsbErrorKind::Stall`].
    fn write(
        &mut self,
        request: u8,
        value: u16,
        data: &[u8],
        timeout: Duration,
    ) -> Result<(), UsbError>;

    /// A class request from the interface (bmRequestType 0xA1). Returns the bytes received, at
    /// most `buffer.len()`.
    ///
    /// # Errors
    /// [`UsbError`], as for [`Transport::write`].
    fn read(
        &mut self,
        request: u8,
        value: u16,
        buffer: &mut [u8],
        timeout: Duration,
    ) -> Result<usize, UsbError>;

    /// Selects an alternate setting of the interface.
    ///
    /// # Errors
    /// [`UsbError`] from SET_INTERFACE.
    fn select_alternate(&mut self, alternate: u8) -> Result<(), UsbError>;

    /// Resets the device's port, which turns a detached run-time device into a DFU device.
    ///
    /// # Errors
    /// [`UsbError`]; usually [`UsbErrorKind::Gone`] from a device that re-enumerates.
    fn reset(&mut self) -> Result<(), UsbError>;

    /// Whether [`Transport::reset`] resets the port, so that the device restarts.
    fn resets_port(&self) -> bool {
        true
    }

    /// Whether the system lists the device no more. `false` where the transport cannot look.
    fn has_left(&mut self) -> bool {
        false
    }

    /// A string descriptor in US English; `None` where the device or the transport has none.
    fn string(&mut self, _index: u8) -> Option<String> {
        None
    }

    /// Claims the interface of the device that is at the same place now: the same one, after it
    /// reset itself.
    ///
    /// # Errors
    /// [`UsbError`]: not there yet, another device, or not ready. Where the transport cannot look,
    /// [`UsbErrorKind::Gone`].
    fn reopen(&mut self) -> Result<(), UsbError> {
        Err(UsbError::new(
            UsbErrorKind::Gone,
            "this transport cannot find a device again",
        ))
    }
}

/// The devices that are plugged in, and access to one interface of each.
pub trait Bus: Send {
    /// Every device on the bus, relevant or not. A device that cannot be opened is listed with
    /// the reason and hides no other.
    ///
    /// # Errors
    /// [`UsbError`] only when the bus itself cannot be read (no USB on this machine).
    fn scan(&mut self) -> Result<Vec<DeviceRecord>, UsbError>;

    /// From now on reports to `changes` when a device may have come, gone or become accessible.
    /// Reports are not certain: a scan from time to time must notice what was not reported.
    fn watch(&mut self, _changes: Changes) {}

    /// The next scan tries again to open blocked devices; other scans try less and less often.
    fn retry_blocked(&mut self) {}

    /// Opens the device at `place` and claims `interface`. Returns also the record of what was
    /// opened, which may be another device than the one that was scanned.
    ///
    /// # Errors
    /// [`UsbError`]: gone, no permission, wrong driver, or in use.
    fn open(&mut self, place: &Place, interface: u8) -> Result<(Opened, DeviceRecord), UsbError>;

    /// Opens the serial port that the program of this very device makes.
    ///
    /// # Errors
    /// [`SerialError`]; [`SerialErrorKind::Gone`] if another device is at its place now. A bus
    /// without serial ports has none.
    fn open_serial(&mut self, device: &DeviceRecord) -> Result<OpenedSerial, SerialError> {
        let place = device.place.to_string();
        Err(SerialError::new(SerialErrorKind::NoPort, place))
    }
}

/// A claimed interface, and the clock of its device.
pub struct Opened {
    pub transport: Box<dyn Transport>,
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opened")
    }
}

/// A transfer or a call to the USB stack that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} ({detail})")]
pub struct UsbError {
    pub kind: UsbErrorKind,
    /// The USB stack's own message.
    pub detail: String,
}

impl UsbError {
    pub fn new(kind: UsbErrorKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }
}

/// The kinds of error that callers distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum UsbErrorKind {
    #[error("the device refused the request (stall)")]
    Stall,
    #[error("the device did not answer in time")]
    Timeout,
    #[error("the device is no longer there")]
    Gone,
    #[error("no permission to open the device")]
    Access,
    #[error("another program uses the device")]
    Busy,
    /// Windows: bound to a driver that libusb cannot use, or to none.
    #[error("the device's driver cannot be used")]
    WrongDriver,
    #[error("this machine's USB cannot be read")]
    NoUsb,
    #[error("USB transfer failed")]
    Io,
    /// Only a replayed record: it goes on in another way.
    #[error("the replayed record goes on in another way")]
    NotInRecord,
}
