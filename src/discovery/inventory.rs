//! The devices on the bus, and the diagnoses of those that are not ready.

use crate::transport::{DeviceRecord, Place, UsbError};

use super::diagnosis::{Diagnosis, diagnose, summarise};
use super::examine::examine;
use super::facts::SystemFacts;
use super::found::Found;

/// The result of one scan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    pub found: Vec<Found>,
    /// First about the bus, then about each device that is not ready, then how to bring a board
    /// into DFU mode if there is none.
    pub diagnoses: Vec<Diagnosis>,
    /// Why the bus cannot be read, if so.
    pub bus_error: Option<UsbError>,
}

impl Inventory {
    pub fn new(records: &[DeviceRecord], bus_error: Option<UsbError>, facts: &SystemFacts) -> Self {
        let found = examine(records, facts);
        let diagnoses = diagnose(&found, bus_error.as_ref(), facts);
        Self {
            found,
            diagnoses,
            bus_error,
        }
    }

    pub fn get(&self, place: &Place) -> Option<&Found> {
        self.found.iter().find(|found| found.place() == place)
    }

    /// The diagnosis of the device at `place`.
    pub fn diagnosis(&self, place: &Place) -> Option<&Diagnosis> {
        self.diagnoses
            .iter()
            .find(|diagnosis| diagnosis.about.as_ref() == Some(place))
    }

    /// The steps for the device at `place`, as text.
    pub fn advice(&self, place: &Place) -> Vec<String> {
        self.diagnosis(place)
            .map(Diagnosis::advice)
            .unwrap_or_default()
    }

    /// The diagnoses for a person who reads all of them, see [`summarise`].
    pub fn summary(&self) -> Vec<Diagnosis> {
        summarise(&self.found, &self.diagnoses)
    }
}
