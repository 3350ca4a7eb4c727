//! The boards on the buses, and whether they changed since the last report.

#[cfg(test)]
mod tests;

use crate::discovery::{Found, Health, History, Inventory, Os, SystemFacts};
use crate::engine::JobError;
use crate::simulator::SimulatedBus;
use crate::transport::recording::Recorder;
use crate::transport::{
    Bus, Changes, Clock, DeviceRecord, Opened, OpenedSerial, Place, RealClock, SerialError,
};

/// The buses and the result of the last scan.
pub(super) struct BoardList {
    usb: Option<Box<dyn Bus>>,
    pub(super) simulated: SimulatedBus,
    /// The last report; `None` before the first scan.
    inventory: Option<Inventory>,
    clock: RealClock,
    facts: SystemFacts,
    /// Whether the facts were read from this machine. They are read when a board first needs them.
    facts_are_fresh: bool,
    history: History,
    recorder: Option<Recorder>,
}

impl BoardList {
    pub(super) fn new(usb: Option<Box<dyn Bus>>, simulated: SimulatedBus) -> Self {
        Self {
            usb,
            simulated,
            inventory: None,
            clock: RealClock::default(),
            facts: SystemFacts::new(Os::current()),
            facts_are_fresh: false,
            history: History::default(),
            recorder: None,
        }
    }

    /// Reports changes on the buses to `changes`.
    pub(super) fn watch(&mut self, changes: &Changes) {
        if let Some(bus) = &mut self.usb {
            bus.watch(changes.clone());
        }
        self.simulated.watch(changes.clone());
    }

    /// The next scan tries again to open the boards that are blocked.
    pub(super) fn retry_blocked(&mut self) {
        if let Some(bus) = &mut self.usb {
            bus.retry_blocked();
        }
    }

    /// Scans the buses. `Some` at the first scan and when something changed since the last report.
    pub(super) fn scan(&mut self) -> Option<Inventory> {
        let mut records: Vec<DeviceRecord> = Vec::new();
        let mut bus_error = None;
        match self.usb.as_mut().map(|bus| bus.scan()) {
            Some(Ok(scanned)) => records.extend(scanned),
            Some(Err(error)) => bus_error = Some(error),
            None => {}
        }
        match self.simulated.scan() {
            Ok(scanned) => records.extend(scanned),
            Err(error) => bus_error = bus_error.or(Some(error)),
        }
        let now = self.clock.now();
        self.history.observe(now, &records, &mut self.facts);
        if !self.facts_are_fresh && records.iter().any(|record| record.blocked.is_some()) {
            self.facts.refresh();
            self.facts_are_fresh = true;
        }
        self.facts.find_holders(&records);
        self.facts.find_drivers(&records);
        let inventory = Inventory::new(&records, bus_error, &self.facts);
        if self.inventory.as_ref() == Some(&inventory) {
            return None;
        }
        self.inventory = Some(inventory.clone());
        self.record_devices();
        Some(inventory)
    }

    /// Records from now on what is on the bus and what passes to it.
    pub(super) fn record(&mut self, recorder: Option<Recorder>) {
        self.recorder = recorder;
        self.record_devices();
    }

    fn record_devices(&self) {
        if let (Some(recorder), Some(inventory)) = (&self.recorder, &self.inventory) {
            recorder.devices(inventory.found.iter().map(|found| &found.record));
        }
    }

    /// Reads the facts again at the next scan: a udev rule may have been installed since.
    pub(super) fn expire_facts(&mut self) {
        self.facts_are_fresh = false;
    }

    /// Remembers the health that a job found at `place`.
    pub(super) fn learn(&mut self, place: &Place, health: Option<Health>) {
        self.history.set_health(place, health);
    }

    /// Remembers that the program at `place` is about to be replaced by its bootloader.
    pub(super) fn detaching(&mut self, place: &Place) {
        let now = self.clock.now();
        if let Some(found) = self.inventory.as_ref().and_then(|all| all.get(place)) {
            self.history.note_detach(now, &found.record);
        }
    }

    pub(super) fn get(&self, place: &Place) -> Option<&Found> {
        self.inventory.as_ref()?.get(place)
    }

    /// What a person can do about a board that is not ready.
    pub(super) fn advice(&self, place: &Place) -> Vec<String> {
        let inventory = self.inventory.as_ref();
        inventory.map(|all| all.advice(place)).unwrap_or_default()
    }

    /// Opens the board, if it is still the one that was listed.
    pub(super) fn open(&mut self, listed: &Found, interface: u8) -> Result<Opened, JobError> {
        let place = listed.place();
        let opened = self.bus_of(place).open(place, interface);
        let same = opened
            .as_ref()
            .is_ok_and(|(_, record)| is_same(&listed.record, record));
        let opened = opened.map(|(opened, _)| opened);
        let opened = match &self.recorder {
            Some(recorder) => recorder.opened(&listed.record, interface, opened),
            None => opened,
        };
        match opened {
            Ok(opened) if same => Ok(opened),
            Ok(_) => Err(JobError::BoardChanged(place.clone())),
            Err(source) => Err(JobError::Open {
                place: place.clone(),
                source,
            }),
        }
    }

    /// Opens the serial port of the running program, if it is still the device that was listed.
    pub(super) fn open_serial(&mut self, listed: &Found) -> Result<OpenedSerial, SerialError> {
        self.bus_of(listed.place()).open_serial(&listed.record)
    }

    /// A replayed record may name the place of a simulated board, on the other bus.
    fn bus_of(&mut self, place: &Place) -> &mut dyn Bus {
        let boards = self.simulated.boards();
        let simulated = boards.iter().any(|board| board.place() == *place);
        match self.usb.as_deref_mut().filter(|_| !simulated) {
            Some(bus) => bus,
            None => &mut self.simulated,
        }
    }
}

/// The opened device has stayed since it was listed, so that its memory map is still true. Names of
/// interfaces are layouts.
fn is_same(listed: &DeviceRecord, opened: &DeviceRecord) -> bool {
    let identity = |r: &DeviceRecord| (r.address, r.vendor, r.product, r.version);
    identity(listed) == identity(opened) && listed.interfaces == opened.interfaces
}
