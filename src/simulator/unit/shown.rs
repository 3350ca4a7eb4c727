//! How a board appears on the bus: identity, interfaces, and a scan's record of both.

use std::time::Duration;

use crate::transport::{DeviceRecord, InterfaceRecord, Speed};

use super::super::board::{Application, Bootloader, Identity};
use super::{Mode, Unit};

impl Unit {
    /// The interfaces and the identity it shows; `None` while it is not on the bus.
    pub(in super::super) fn shown(
        &mut self,
        now: Duration,
    ) -> Option<(Identity, Vec<InterfaceRecord>)> {
        match self.mode(now) {
            Mode::Bootloader => self.bootloader().map(shown_bootloader),
            Mode::Application => self.application().map(shown_application),
            Mode::Away(..) | Mode::Unplugged => None,
        }
    }

    /// Its record in a scan; `None` while it is not on the bus.
    pub(in super::super) fn record(&mut self, now: Duration) -> Option<DeviceRecord> {
        let (identity, mut interfaces) = self.shown(now)?;
        let readable = self.blocked.is_none();
        if !readable {
            for interface in &mut interfaces {
                interface.name = None;
            }
        }
        Some(DeviceRecord {
            place: self.place.clone(),
            address: self.arrivals,
            speed: Some(Speed::Full),
            vendor: identity.vendor,
            product: identity.product,
            version: identity.version,
            manufacturer: identity.manufacturer.filter(|_| readable),
            product_name: identity.product_name.filter(|_| readable),
            serial: identity.serial.filter(|_| readable),
            interfaces,
            blocked: self.blocked,
            driver: None,
        })
    }
}

fn shown_bootloader(bootloader: &Bootloader) -> (Identity, Vec<InterfaceRecord>) {
    let count = bootloader.alternates.len();
    let interfaces = bootloader.alternates.iter().enumerate();
    let interfaces = interfaces.map(|(number, alternate)| InterfaceRecord {
        number: 0,
        alternate: u8::try_from(number).unwrap_or(u8::MAX),
        class: 0xFE,
        subclass: 1,
        protocol: bootloader.protocol,
        name: alternate.layout.clone(),
        // Real ROMs send it once, after the last alternate setting (rusefi/dfu_java, F407usb.txt).
        functional: (number + 1 == count).then_some(bootloader.functional),
    });
    (bootloader.identity.clone(), interfaces.collect())
}

fn shown_application(application: &Application) -> (Identity, Vec<InterfaceRecord>) {
    let interfaces = application.interfaces.iter().enumerate();
    let interfaces = interfaces.map(|(number, interface)| InterfaceRecord {
        number: u8::try_from(number).unwrap_or(u8::MAX),
        alternate: 0,
        class: interface.class,
        subclass: interface.subclass,
        protocol: interface.protocol,
        name: interface.name.clone(),
        functional: application
            .run_time
            .filter(|_| (interface.class, interface.subclass) == (0xFE, 1)),
    });
    (application.identity.clone(), interfaces.collect())
}
