//! The devices as libusb lists them, listed again only when the ports changed.

mod buses;

use rusb::{Context, Device, DeviceList, UsbContext};

use super::errors::no_usb;
use super::system::Ports;
use crate::transport::{Place, UsbError};
use buses::Seen;

/// One device.
pub(super) struct Listed {
    pub(super) device: Device<Context>,
    pub(super) place: Place,
    /// The first number of the place.
    pub(super) bus: u8,
}

/// The devices, root hubs aside, and the ports before they were listed.
#[derive(Default)]
pub(super) struct Listing {
    devices: Vec<Listed>,
    seen: Vec<Seen>,
    ports: Option<Ports>,
    context: Option<Context>,
}

/// Whether [`Listing::refresh`] listed the devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refreshed {
    Unchanged,
    Anew,
}

impl Listing {
    /// Lists the devices, unless the ports are known and the same as last time.
    pub(super) fn refresh(&mut self, ports: Option<Ports>) -> Result<Refreshed, UsbError> {
        if ports.is_some() && ports == self.ports {
            return Ok(Refreshed::Unchanged);
        }
        self.forget();
        self.list()?;
        // Read before the devices: one that comes in between changes the ports next time. If libusb
        // could not list a device yet, just plugged in, the next refresh lists again.
        let places = self.devices.iter().map(|listed| listed.place.0.as_str());
        self.ports = ports.filter(|ports| ports.are_all_among(places));
        Ok(Refreshed::Anew)
    }

    /// The next refresh lists the devices again.
    pub(super) fn forget(&mut self) {
        self.ports = None;
    }

    pub(super) fn devices(&self) -> &[Listed] {
        &self.devices
    }

    pub(super) fn at(&self, place: &Place) -> Option<&Listed> {
        self.devices.iter().find(|listed| listed.place == *place)
    }

    fn list(&mut self) -> Result<(), UsbError> {
        let list = list(&self.context()?)?;
        let mut seen: Vec<Seen> = list.iter().map(|device| Seen::new(&device)).collect();
        if cfg!(windows) {
            buses::keep_numbers(&self.seen, &mut seen);
        }
        self.devices = list
            .iter()
            .zip(&seen)
            .filter_map(|(device, seen)| {
                let place = place_of(&device, seen.bus)?;
                let bus = seen.bus;
                Some(Listed { device, place, bus })
            })
            .collect();
        self.seen = seen;
        Ok(())
    }

    /// On Windows an old context keeps returning the descriptors of a device that has since changed
    /// into another (libusb#897), and on Linux it gets no reports in some containers. On macOS it
    /// knows all devices from the system's reports, and a new one asks for each.
    fn context(&mut self) -> Result<Context, UsbError> {
        let keeps = cfg!(target_os = "macos");
        if let Some(context) = self.context.as_ref().filter(|_| keeps) {
            return Ok(context.clone());
        }
        let context = Context::new().map_err(no_usb)?;
        self.context = keeps.then(|| context.clone());
        Ok(context)
    }
}

/// Every device but the root hubs.
pub(super) fn devices() -> Result<Vec<(Device<Context>, Place)>, UsbError> {
    let context = Context::new().map_err(no_usb)?;
    Ok(list(&context)?
        .iter()
        .filter_map(|device| place_of(&device, device.bus_number()).map(|place| (device, place)))
        .collect())
}

fn list(context: &Context) -> Result<DeviceList<Context>, UsbError> {
    context.devices().map_err(no_usb)
}

/// `1-4.2`, as on Linux. Where the system hides the ports (macOS 26 with libusb before 1.0.30), bus
/// and address, which change at a replug. `None` for a root hub.
fn place_of(device: &Device<Context>, bus: u8) -> Option<Place> {
    match device.port_numbers() {
        Ok(ports) if !ports.is_empty() => {
            let ports: Vec<String> = ports.iter().map(u8::to_string).collect();
            Some(Place(format!("{bus}-{}", ports.join("."))))
        }
        _ if is_hub(device) => None,
        _ => Some(Place(format!("{bus}-a{}", device.address()))),
    }
}

fn is_hub(device: &Device<Context>) -> bool {
    const HUB_CLASS: u8 = 9;
    device
        .device_descriptor()
        .is_ok_and(|descriptor| descriptor.class_code() == HUB_CLASS)
}
