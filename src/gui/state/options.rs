//! The upgrade screen: its options, and the plan before the board is compared.

use std::sync::Arc;

use crate::address::{AddressRange, ParseError};
use crate::dfu::Pace;
use crate::discovery::Found;
use crate::engine::{Consent, JobError, Plan, UpgradeOptions, plan_upgrade};
use crate::firmware::Image;

use crate::gui::settings::Choices;

/// Options for the next upgrade only; the other choices are remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OneTimeOptions {
    pub mass_erase: bool,
    /// Only this alternate setting.
    pub target: Option<u8>,
    /// As typed: the range to leave as it is, or several with spaces between them.
    pub keep_ranges: String,
}

impl OneTimeOptions {
    /// # Errors
    /// The first part of the text that is no range.
    pub fn ranges(&self) -> Result<Vec<AddressRange>, ParseError> {
        typed_ranges(&self.keep_ranges)
    }
}

pub(crate) fn typed_ranges(text: &str) -> Result<Vec<AddressRange>, ParseError> {
    let parts = text.split([' ', ',', ';']);
    let parts = parts.filter(|part| !part.is_empty());
    parts.map(str::parse).collect()
}

pub(crate) fn upgrade_options(choices: &Choices, one_time: &OneTimeOptions) -> UpgradeOptions {
    UpgradeOptions {
        verify: choices.verify,
        rewrite: !choices.only_what_differs,
        keep: choices.keep,
        // A text that is no range makes the button unavailable: `State::has_ranges`.
        keep_ranges: one_time.ranges().unwrap_or_default(),
        mass_erase: one_time.mass_erase,
        start: choices.start,
        // Each board gets its own when its job begins.
        backup: None,
        target: one_time.target,
        // The window does that as a job of its own.
        enter_dfu: false,
        consent: Consent::default(),
    }
}

pub(crate) fn pace(choices: &Choices) -> Pace {
    if choices.compatible_timing {
        Pace::Compatible
    } else {
        Pace::Adaptive
    }
}

/// The plan before the board is compared, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    pub result: Result<Arc<Plan>, JobError>,
}

impl Preview {
    pub fn new(found: &Found, image: &Image, options: &UpgradeOptions) -> Self {
        Self {
            result: plan_upgrade(&found.into(), image, options).map(Arc::new),
        }
    }
}
