//! One claimed interface of an opened device.

use std::sync::Arc;
use std::time::Duration;

use rusb::{Context, Device, DeviceDescriptor, DeviceHandle};

use super::errors::{at_open, at_transfer};
use super::strings::Strings;
use crate::transport::{CLASS_IN, CLASS_OUT, Clock, Place, Transport, UsbError, UsbErrorKind};

/// Windows refuses a claim for a moment after the device was plugged in.
const CLAIM_TRIES: u32 = 5;
const CLAIM_PAUSE: Duration = Duration::from_millis(50);

pub(super) struct UsbTransport {
    handle: DeviceHandle<Context>,
    interface: u8,
    /// How many alternate settings the interface has; 0 if unknown.
    alternates: usize,
    /// The one selected through this handle; before that, another program may have selected any.
    selected: Option<u8>,
    place: Place,
    /// idVendor and idProduct.
    product: (u16, u16),
    clock: Arc<dyn Clock>,
}

impl UsbTransport {
    pub(super) fn open(
        device: &Device<Context>,
        place: Place,
        interface: u8,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UsbError> {
        let product = product_of(device).map_err(at_open)?;
        let handle = device.open().map_err(at_open)?;
        // Only Linux and macOS support it; elsewhere there is nothing to detach.
        handle.set_auto_detach_kernel_driver(true).ok();
        claim(&handle, interface, &*clock)?;
        Ok(Self {
            handle,
            interface,
            alternates: count_alternates(device, interface),
            selected: None,
            place,
            product,
            clock,
        })
    }

    /// The strings of `device`, which this has opened.
    pub(super) fn strings(
        &self,
        device: &Device<Context>,
        descriptor: &DeviceDescriptor,
    ) -> Result<Strings, UsbError> {
        Strings::of(&self.handle, device, descriptor)
    }
}

fn product_of(device: &Device<Context>) -> rusb::Result<(u16, u16)> {
    let descriptor = device.device_descriptor()?;
    Ok((descriptor.vendor_id(), descriptor.product_id()))
}

fn claim(handle: &DeviceHandle<Context>, interface: u8, clock: &dyn Clock) -> Result<(), UsbError> {
    let mut tries = 1;
    loop {
        match handle.claim_interface(interface) {
            Err(rusb::Error::NoDevice) => return Err(at_open(rusb::Error::NoDevice)),
            Err(_) if tries < CLAIM_TRIES => clock.sleep(CLAIM_PAUSE),
            done => return done.map_err(at_open),
        }
        tries += 1;
    }
}

fn count_alternates(device: &Device<Context>, interface: u8) -> usize {
    device.active_config_descriptor().map_or(0, |c| {
        c.interfaces()
            .flat_map(|i| i.descriptors())
            .filter(|d| d.interface_number() == interface)
            .count()
    })
}

/// libusb counts in milliseconds, and 0 means "wait forever".
fn at_least_a_millisecond(timeout: Duration) -> Duration {
    timeout.max(Duration::from_millis(1))
}

/// wLength has 16 bits; `rusb` would truncate a longer one silently.
fn check_length(length: usize) -> Result<(), UsbError> {
    u16::try_from(length).map(|_| ()).map_err(|_| {
        UsbError::new(
            UsbErrorKind::Io,
            format!("a control transfer cannot carry {length} bytes"),
        )
    })
}

impl Transport for UsbTransport {
    fn write(
        &mut self,
        request: u8,
        value: u16,
        data: &[u8],
        timeout: Duration,
    ) -> Result<(), UsbError> {
        check_length(data.len())?;
        let (index, timeout) = (u16::from(self.interface), at_least_a_millisecond(timeout));
        let sent = self
            .handle
            .write_control(CLASS_OUT, request, value, index, data, timeout)
            .map_err(at_transfer)?;
        if sent == data.len() {
            return Ok(());
        }
        Err(UsbError::new(
            UsbErrorKind::Io,
            format!("the device accepted {sent} of {} bytes", data.len()),
        ))
    }

    fn read(
        &mut self,
        request: u8,
        value: u16,
        buffer: &mut [u8],
        timeout: Duration,
    ) -> Result<usize, UsbError> {
        check_length(buffer.len())?;
        let (index, timeout) = (u16::from(self.interface), at_least_a_millisecond(timeout));
        self.handle
            .read_control(CLASS_IN, request, value, index, buffer, timeout)
            .map_err(at_transfer)
    }

    /// Sends nothing if there is only one setting: SET_INTERFACE stalls or resets devices on macOS
    /// (libusb#838, #843) and hangs some (gousb#36).
    fn select_alternate(&mut self, alternate: u8) -> Result<(), UsbError> {
        if self.selected == Some(alternate) || (self.alternates == 1 && alternate == 0) {
            return Ok(());
        }
        self.handle
            .set_alternate_setting(self.interface, alternate)
            .map_err(at_transfer)?;
        self.selected = Some(alternate);
        Ok(())
    }

    fn reset(&mut self) -> Result<(), UsbError> {
        self.selected = None;
        if cfg!(target_os = "macos") {
            // A reset with a claimed interface fails there (dfu-libusb#19).
            self.handle.release_interface(self.interface).ok();
        }
        self.handle.reset().map_err(at_transfer)
    }

    /// WinUSB has no reset of the port: libusb only resets the pipes (windows_winusb.c,
    /// winusbx_reset_device).
    fn resets_port(&self) -> bool {
        !cfg!(windows)
    }

    /// After a pulled cable, Windows fails every transfer for another reason: at first as a stall
    /// (ERROR_GEN_FAILURE), then because it cannot be submitted (windows_winusb.c).
    fn has_left(&mut self) -> bool {
        // Not the bus, which may have another number by now.
        let facts = |device: &Device<Context>| (device.address(), device.port_numbers());
        let own = facts(&self.handle.device());
        let is_own = |device: &Device<Context>| {
            facts(device) == own && product_of(device) == Ok(self.product)
        };
        super::devices().is_ok_and(|devices| !devices.iter().any(|(device, _)| is_own(device)))
    }

    fn string(&mut self, index: u8) -> Option<String> {
        super::strings::one(&self.handle, index)
    }

    fn reopen(&mut self) -> Result<(), UsbError> {
        let same = |device: &Device<Context>| product_of(device) == Ok(self.product);
        let device = super::devices()?
            .into_iter()
            .find(|(device, place)| *place == self.place && same(device));
        let (device, place) = device.ok_or_else(|| at_open(rusb::Error::NoDevice))?;
        *self = Self::open(&device, place, self.interface, Arc::clone(&self.clock))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_of_zero_does_not_wait_forever() {
        assert_eq!(
            at_least_a_millisecond(Duration::ZERO),
            Duration::from_millis(1)
        );
        assert_eq!(
            at_least_a_millisecond(Duration::from_micros(300)),
            Duration::from_millis(1)
        );
        assert_eq!(
            at_least_a_millisecond(Duration::from_secs(5)),
            Duration::from_secs(5)
        );
    }

    #[test]
    fn a_transfer_too_long_for_its_length_field_is_refused() {
        assert!(check_length(65_535).is_ok());
        assert_eq!(check_length(65_536).unwrap_err().kind, UsbErrorKind::Io);
    }
}
