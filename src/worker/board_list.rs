//! What is on the buses now, and whether that is news.

use std::collections::HashMap;
use std::time::Duration;

use crate::discovery::{Found, Os, SystemFacts, examine};
use crate::simulator::SimulatedBus;
use crate::transport::{Bus, Clock, DeviceRecord, Opened, Place, RealClock, UsbError};

/// The buses, and what the last scan found on them.
pub(super) struct BoardList {
    usb: Option<Box<dyn Bus>>,
    pub(super) simulated: SimulatedBus,
    found: Vec<Found>,
    trouble: Option<UsbError>,
    told: bool,
    clock: RealClock,
    /// When the device at a place, with this bus address, was first seen.
    first_seen: HashMap<(Place, u8), Duration>,
}

impl BoardList {
    pub(super) fn new(usb: Option<Box<dyn Bus>>, simulated: SimulatedBus) -> Self {
        Self {
            usb,
            simulated,
            found: Vec::new(),
            trouble: None,
            told: false,
            clock: RealClock::default(),
            first_seen: HashMap::new(),
        }
    }

    /// Looks at the buses. `Some` when something changed since it was last told, and the first
    /// time.
    pub(super) fn scan(&mut self) -> Option<(Vec<Found>, Option<UsbError>)> {
        let mut records: Vec<DeviceRecord> = Vec::new();
        let mut trouble = None;
        match self.usb.as_mut().map(|bus| bus.scan()) {
            Some(Ok(seen)) => records.extend(seen),
            Some(Err(error)) => trouble = Some(error),
            None => {}
        }
        match self.simulated.scan() {
            Ok(seen) => records.extend(seen),
            Err(error) => trouble = trouble.or(Some(error)),
        }
        let facts = self.facts(&records);
        let found = examine(&records, &facts);
        if self.told && found == self.found && trouble == self.trouble {
            return None;
        }
        self.told = true;
        self.found.clone_from(&found);
        self.trouble.clone_from(&trouble);
        Some((found, trouble))
    }

    fn facts(&mut self, records: &[DeviceRecord]) -> SystemFacts {
        let now = self.clock.now();
        let key = |record: &DeviceRecord| (record.place.clone(), record.address);
        let seen = std::mem::take(&mut self.first_seen);
        self.first_seen = records
            .iter()
            .map(|record| (key(record), *seen.get(&key(record)).unwrap_or(&now)))
            .collect();
        let ages = self.first_seen.iter();
        let ages = ages.map(|((place, _), first)| (place.clone(), now.saturating_sub(*first)));
        SystemFacts {
            ages: ages.collect(),
            ..SystemFacts::of(Os::current())
        }
    }

    pub(super) fn get(&self, place: &Place) -> Option<&Found> {
        self.found.iter().find(|found| found.record.place == *place)
    }

    pub(super) fn open(&mut self, place: &Place, interface: u8) -> Result<Opened, UsbError> {
        if self
            .simulated
            .boards()
            .iter()
            .any(|board| board.place() == *place)
        {
            return self.simulated.open(place, interface);
        }
        match self.usb.as_mut() {
            Some(bus) => bus.open(place, interface),
            None => self.simulated.open(place, interface),
        }
    }
}
