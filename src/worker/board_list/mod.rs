//! What is on the buses now, and whether that is news.

#[cfg(test)]
mod tests;

use crate::discovery::{Found, Health, History, Inventory, Os, SystemFacts};
use crate::simulator::SimulatedBus;
use crate::transport::{Bus, Clock, DeviceRecord, Opened, Place, RealClock, UsbError};

/// The buses, and what the last scan found on them.
pub(super) struct BoardList {
    usb: Option<Box<dyn Bus>>,
    pub(super) simulated: SimulatedBus,
    /// As it was last reported; `None` before the first scan.
    inventory: Option<Inventory>,
    clock: RealClock,
    facts: SystemFacts,
    /// The facts are those of this machine: looked for when they first matter.
    looked_around: bool,
    history: History,
}

impl BoardList {
    pub(super) fn new(usb: Option<Box<dyn Bus>>, simulated: SimulatedBus) -> Self {
        Self {
            usb,
            simulated,
            inventory: None,
            clock: RealClock::default(),
            facts: SystemFacts::of(Os::current()),
            looked_around: false,
            history: History::default(),
        }
    }

    /// Looks at the buses. `Some` when something changed since the last report, and the first time.
    pub(super) fn scan(&mut self) -> Option<Inventory> {
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
        let now = self.clock.now();
        self.history.observe(now, &records, &mut self.facts);
        if !self.looked_around && records.iter().any(|record| record.blocked.is_some()) {
            self.facts.look_around();
            self.looked_around = true;
        }
        self.facts.look_for_holders(&records);
        let inventory = Inventory::new(&records, trouble, &self.facts);
        if self.inventory.as_ref() == Some(&inventory) {
            return None;
        }
        self.inventory = Some(inventory.clone());
        Some(inventory)
    }

    /// Looks around on this machine again: a rule may have been installed since.
    pub(super) fn look_around(&mut self) {
        self.looked_around = false;
    }

    /// What a job learned about the board at `place`.
    pub(super) fn learn(&mut self, place: &Place, health: Option<Health>) {
        self.history.learn(place, health);
    }

    /// The program at `place` is being told to start its bootloader.
    pub(super) fn detaching(&mut self, place: &Place) {
        let now = self.clock.now();
        if let Some(found) = self.inventory.as_ref().and_then(|all| all.get(place)) {
            self.history.detaching(now, &found.record);
        }
    }

    pub(super) fn get(&self, place: &Place) -> Option<&Found> {
        self.inventory.as_ref()?.get(place)
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
