//! Real USB, through `rusb`: the only module that uses it.
//!
//! Descriptors of every device are read without opening it; only devices with a DFU interface are
//! opened, for their strings, and only once: the strings are kept until the device leaves, so that
//! scans disturb no upgrade. Where the system shows cheaply whether anything was plugged in or out
//! (Linux, Windows), the devices themselves are listed again only then.

mod descriptors;
mod errors;
mod handle;
mod known;
mod listing;
mod strings;
mod system;
mod watch;

use std::sync::Arc;

use rusb::{Context, Device, DeviceDescriptor};

use super::{
    Bus, Changes, Clock, DeviceRecord, Opened, OpenedSerial, Place, SerialError, UsbError,
    UsbErrorKind, serial,
};
use descriptors::{bcd, is_dfu, is_dfu_class, read_descriptors};
use errors::at_open;
use handle::UsbTransport;
use known::{DeviceKey, Known};
use listing::{Listed, Listing, Refreshed, devices};
use strings::Strings;
use system::SystemView;

/// USB's class and subclass of DFU interfaces (DFU 1.1 §4.2.1).
const DFU_CLASS: (u8, u8) = (0xFE, 0x01);

/// Name and version of the USB library, for bug reports: `libusb 1.0.27`.
pub(crate) fn library_version() -> String {
    let version = rusb::version();
    format!(
        "libusb {}.{}.{}",
        version.major(),
        version.minor(),
        version.micro()
    )
}

/// Windows' name of the device of a record; `None` where it is not certain which one that is.
#[cfg(windows)]
pub(crate) fn instance(record: &DeviceRecord) -> Option<String> {
    SystemView::read().instance(record)
}

/// This machine's USB.
pub(crate) struct UsbBus {
    clock: Arc<dyn Clock>,
    listing: Listing,
    known: Known,
    /// The result of the last scan, if nothing was blocked.
    records: Option<Vec<DeviceRecord>>,
}

impl std::fmt::Debug for UsbBus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UsbBus").finish_non_exhaustive()
    }
}

impl UsbBus {
    /// Accesses nothing yet. `clock` times the retries of a claim and is passed to every opened
    /// device.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            listing: Listing::default(),
            known: Known::default(),
            records: None,
        }
    }

    fn open_listed(
        &self,
        system: &SystemView,
        place: &Place,
        interface: u8,
    ) -> Result<(Opened, DeviceRecord), UsbError> {
        let gone = || UsbError::new(UsbErrorKind::Gone, format!("nothing at {place}"));
        let listed = self.listing.at(place).ok_or_else(gone)?;
        let descriptor = listed.device.device_descriptor().map_err(at_open)?;
        let clock = Arc::clone(&self.clock);
        let transport =
            UsbTransport::open(&listed.device, place.clone(), interface, Arc::clone(&clock))?;
        let strings = match transport.strings(&listed.device, &descriptor) {
            // A bootloader that still erases, for another program, answers nothing meanwhile; at
            // the same address it is the same device.
            Err(error) if error.kind != UsbErrorKind::Gone => {
                let known = self.known.get(device_key(listed, &descriptor));
                known.cloned().ok_or(error)?
            }
            strings => strings?,
        };
        let mut record = read_descriptors(&listed.device, &descriptor, place.clone());
        strings.apply(&mut record);
        system.complete(&mut record);
        let opened = Opened {
            transport: Box::new(transport),
            clock,
        };
        Ok((opened, record))
    }
}

impl Bus for UsbBus {
    fn scan(&mut self) -> Result<Vec<DeviceRecord>, UsbError> {
        let system = SystemView::read();
        let refreshed = self.listing.refresh(system.ports())?;
        if let (Refreshed::Unchanged, Some(records)) = (refreshed, &self.records) {
            return Ok(records.clone());
        }
        let now = self.clock.now();
        let mut present = Vec::new();
        let mut records = Vec::new();
        for listed in self.listing.devices() {
            let Ok(descriptor) = listed.device.device_descriptor() else {
                continue;
            };
            let mut record = read_descriptors(&listed.device, &descriptor, listed.place.clone());
            if is_dfu(&record) {
                let key = device_key(listed, &descriptor);
                present.push(key);
                let read = || read_strings(&listed.device, &descriptor, &record);
                match self.known.strings(key, now, read) {
                    Ok(strings) => strings.apply(&mut record),
                    Err(why) => record.blocked = Some(why),
                }
            }
            system.complete(&mut record);
            records.push(record);
        }
        self.known.keep(&present);
        records.sort_by(|a, b| a.place.cmp(&b.place));
        // An object of libusb that once found no device node finds none ever after (linux_usbfs.c,
        // op_open; core.c, libusb_open): the next scan makes new ones.
        let gone = Some(UsbErrorKind::Gone);
        if records.iter().any(|record| record.blocked == gone) {
            self.listing.forget();
        }
        let complete = records.iter().all(|record| record.blocked.is_none());
        self.records = complete.then(|| records.clone());
        Ok(records)
    }

    fn watch(&mut self, changes: Changes) {
        watch::start(changes);
    }

    fn retry_blocked(&mut self) {
        self.known.retry_blocked();
        self.records = None;
    }

    fn open(&mut self, place: &Place, interface: u8) -> Result<(Opened, DeviceRecord), UsbError> {
        let system = SystemView::read();
        self.listing.refresh(system.ports())?;
        let opened = self.open_listed(&system, place, interface);
        match opened {
            Err(error) if error.kind == UsbErrorKind::Gone => {
                // As in `scan`.
                self.listing.forget();
                self.listing.refresh(system.ports())?;
                self.open_listed(&system, place, interface)
            }
            opened => opened,
        }
    }

    fn open_serial(&mut self, device: &DeviceRecord) -> Result<OpenedSerial, SerialError> {
        serial::open(device, &self.clock)
    }
}

fn device_key(listed: &Listed, descriptor: &DeviceDescriptor) -> DeviceKey {
    DeviceKey {
        bus: listed.bus,
        address: listed.device.address(),
        vendor: descriptor.vendor_id(),
        product: descriptor.product_id(),
        version: bcd(descriptor.device_version()),
    }
}

/// Opens the device for its strings, and checks whether another program holds its DFU interface.
fn read_strings(
    device: &Device<Context>,
    descriptor: &DeviceDescriptor,
    record: &DeviceRecord,
) -> Result<Strings, UsbError> {
    let handle = device.open().map_err(at_open)?;
    if let Some(dfu) = record
        .interfaces
        .iter()
        .find(|i| is_dfu_class(i.class, i.subclass))
    {
        handle.claim_interface(dfu.number).map_err(at_open)?;
    }
    Strings::of(&handle, device, descriptor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::RealClock;

    #[test]
    fn a_machine_without_usb_returns_an_error_with_text() {
        let clock = Arc::new(RealClock::default());
        if let Err(error) = UsbBus::new(clock).scan() {
            assert_eq!(error.kind, UsbErrorKind::NoUsb);
            assert!(!error.detail.is_empty());
        }
    }

    #[test]
    fn a_missing_board_is_gone_or_there_is_no_usb() {
        let clock = Arc::new(RealClock::default());
        let error = UsbBus::new(clock)
            .open(&Place("99-99".to_owned()), 0)
            .unwrap_err();
        assert!(matches!(
            error.kind,
            UsbErrorKind::Gone | UsbErrorKind::NoUsb
        ));
    }

    #[test]
    fn the_usb_library_has_a_version() {
        assert!(library_version().starts_with("libusb 1.0."));
    }
}
