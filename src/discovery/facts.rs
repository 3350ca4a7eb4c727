//! What is known beside the bus itself: the system, and how long each device has been there.

use std::collections::HashMap;
use std::time::Duration;

use crate::transport::Place;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Os {
    Linux,
    Windows,
    MacOs,
    Other,
}

impl Os {
    /// The one this program was built for.
    pub fn current() -> Self {
        match std::env::consts::OS {
            "linux" => Self::Linux,
            "windows" => Self::Windows,
            "macos" => Self::MacOs,
            _ => Self::Other,
        }
    }
}

/// Facts that judgements rest on. What is not known is `None`, and nothing is concluded from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemFacts {
    pub os: Os,
    /// How long each device has been at its place; a device that is missing here counts as long
    /// present.
    pub ages: HashMap<Place, Duration>,
}

impl SystemFacts {
    /// Facts of a system of which nothing else is known.
    pub fn of(os: Os) -> Self {
        Self {
            os,
            ages: HashMap::new(),
        }
    }

    /// Permissions and claims fail for a moment after plugging (libusb#168; packetry).
    pub(super) fn is_settling(&self, place: &Place) -> bool {
        const SETTLED_AFTER: Duration = Duration::from_secs(1);
        self.ages.get(place).is_some_and(|age| *age < SETTLED_AFTER)
    }
}
