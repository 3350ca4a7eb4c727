//! Control transfers to a simulated board, at the pace of a full-speed bus.

use std::sync::Arc;
use std::time::Duration;

use crate::transport::{Clock, Transport, UsbError, UsbErrorKind};

use super::protocol::RequestKind;
use super::rom::Request;
use super::unit::{Mode, Progress, Shared, Ticket};

/// Setup and status stage of one control transfer, with the host controller's scheduling: a
/// full-speed host starts a stage per 1 ms frame at worst and several per frame at best; about
/// 0.3 ms in between was measured for transfers without data.
pub const SETUP_TIME: Duration = Duration::from_micros(300);
/// One data packet of at most 64 bytes at 12 Mbit/s: 64 bytes, token, handshake, bit stuffing and
/// gaps come to about 55 µs (USB 2.0 §5.5.3: at most 13 … 19 such packets in each 1 ms frame).
pub const PACKET_TIME: Duration = Duration::from_micros(55);
/// bMaxPacketSize0
const PACKET_SIZE: usize = 64;

/// libusb refuses longer control transfers on Linux and Windows (linux_usbfs.c and
/// windows_winusb.c, MAX_CTRL_BUFFER_LENGTH).
const LONGEST_TRANSFER: usize = 4096;

/// How long a waiting transfer sleeps before it looks whether the cable was pulled.
pub(super) const WAIT_SLICE: Duration = Duration::from_millis(50);

/// The time that a control transfer with `bytes` of data takes on the bus, the device's own time
/// not counted.
pub fn bus_time(bytes: usize) -> Duration {
    SETUP_TIME + data_time(bytes)
}

fn data_time(bytes: usize) -> Duration {
    let packets = u32::try_from(bytes.div_ceil(PACKET_SIZE)).unwrap_or(u32::MAX);
    PACKET_TIME * packets
}

/// An open simulated board. Dropping it lets another open it.
pub(super) struct SimulatedTransport {
    unit: Shared,
    clock: Arc<dyn Clock>,
    arrivals: u8,
}

impl SimulatedTransport {
    pub(super) fn new(unit: Shared, clock: Arc<dyn Clock>) -> Self {
        let arrivals = unit.lock().arrivals();
        Self {
            unit,
            clock,
            arrivals,
        }
    }

    fn transfer(&self, request: Request, timeout: Duration) -> Result<Vec<u8>, UsbError> {
        if request.data.len().max(request.length.into()) > LONGEST_TRANSFER {
            return Err(failure(UsbErrorKind::Io));
        }
        let start = self.clock.now();
        let deadline = start.saturating_add(timeout);
        let first = match request.length {
            0 => bus_time(request.data.len()),
            _ => bus_time(1),
        };
        let ticket = self.submit(request, start)?;
        self.clock.sleep(first);
        loop {
            let now = self.clock.now();
            let progress = self.unit.progress(&ticket, now);
            let until = match progress {
                Progress::Done(bytes) => {
                    let rest = data_time(bytes.len()).saturating_sub(PACKET_TIME);
                    self.clock.sleep(rest);
                    return Ok(bytes);
                }
                Progress::Stall => return Err(failure(UsbErrorKind::Stall)),
                Progress::Broken => return Err(failure(UsbErrorKind::Io)),
                Progress::Gone => return Err(failure(UsbErrorKind::Gone)),
                Progress::Silence => deadline,
                Progress::Wait(until) => until,
            };
            if now >= deadline {
                return Err(failure(UsbErrorKind::Timeout));
            }
            let wait = until.min(deadline) - now;
            self.clock.sleep(wait.min(WAIT_SLICE));
        }
    }

    fn submit(&self, request: Request, now: Duration) -> Result<Ticket, UsbError> {
        let mut unit = self.unit.lock();
        unit.advance(now);
        if unit.arrivals() != self.arrivals {
            return Err(failure(UsbErrorKind::Gone));
        }
        Ok(unit.submit(request, now))
    }
}

fn failure(kind: UsbErrorKind) -> UsbError {
    UsbError::new(kind, "simulated board")
}

fn class_request(request: u8) -> Result<RequestKind, UsbError> {
    RequestKind::of(request).ok_or_else(|| failure(UsbErrorKind::Stall))
}

impl Drop for SimulatedTransport {
    fn drop(&mut self) {
        self.unit.lock().claimed = false;
    }
}

impl Transport for SimulatedTransport {
    fn write(
        &mut self,
        request: u8,
        value: u16,
        data: &[u8],
        timeout: Duration,
    ) -> Result<(), UsbError> {
        let request = Request {
            kind: class_request(request)?,
            value,
            data: data.to_vec(),
            length: 0,
        };
        self.transfer(request, timeout).map(drop)
    }

    fn read(
        &mut self,
        request: u8,
        value: u16,
        buffer: &mut [u8],
        timeout: Duration,
    ) -> Result<usize, UsbError> {
        let request = Request {
            kind: class_request(request)?,
            value,
            data: Vec::new(),
            length: u16::try_from(buffer.len()).unwrap_or(u16::MAX),
        };
        let bytes = self.transfer(request, timeout)?;
        let received = bytes.len().min(buffer.len());
        for (target, byte) in buffer.iter_mut().zip(bytes) {
            *target = byte;
        }
        Ok(received)
    }

    fn select_alternate(&mut self, alternate: u8) -> Result<(), UsbError> {
        let request = Request {
            kind: RequestKind::SetInterface,
            value: alternate.into(),
            data: Vec::new(),
            length: 0,
        };
        self.transfer(request, SET_INTERFACE_TIMEOUT).map(drop)
    }

    fn reset(&mut self) -> Result<(), UsbError> {
        let now = self.clock.now();
        let mut unit = self.unit.lock();
        unit.advance(now);
        if unit.arrivals() != self.arrivals || unit.reset(now) {
            return Err(failure(UsbErrorKind::Gone));
        }
        Ok(())
    }

    fn has_left(&mut self) -> bool {
        let now = self.clock.now();
        let mut unit = self.unit.lock();
        unit.arrivals() != self.arrivals || !unit.is_on_the_bus(now)
    }

    fn string(&mut self, index: u8) -> Option<String> {
        let unit = self.unit.lock();
        let guarded = unit.bootloader()?.guarded.as_ref()?;
        (guarded.index == index).then(|| guarded.reason.to_owned())
    }

    fn reopen(&mut self) -> Result<(), UsbError> {
        let now = self.clock.now();
        let mut unit = self.unit.lock();
        if unit.mode(now) != Mode::Bootloader {
            return Err(failure(UsbErrorKind::Gone));
        }
        if let Some(kind) = unit.blocked() {
            return Err(failure(kind));
        }
        self.arrivals = unit.arrivals();
        Ok(())
    }
}

/// As the Linux kernel waits for SET_INTERFACE.
const SET_INTERFACE_TIMEOUT: Duration = Duration::from_secs(5);
