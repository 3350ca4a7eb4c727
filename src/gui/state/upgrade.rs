//! The upgrade place: options, the plan as far as it is known, and whether the button may be
//! pressed.

use std::path::PathBuf;
use std::sync::Arc;

use crate::dfu::Pace;
use crate::discovery::Found;
use crate::engine::{JobError, Plan, SaveTo, UpgradeOptions, plan_upgrade};
use crate::firmware::{Existing, Image};

use crate::gui::settings::Choices;

/// What a person set for the next upgrade, beside the remembered choices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OneTimeOptions {
    pub mass_erase: bool,
    pub backup: Option<PathBuf>,
    /// Only this alternate setting.
    pub target: Option<u8>,
}

pub(crate) fn options(choices: &Choices, one_time: &OneTimeOptions) -> UpgradeOptions {
    UpgradeOptions {
        verify: choices.verify,
        rewrite: !choices.only_what_differs,
        keep: choices.keep,
        mass_erase: one_time.mass_erase,
        start: choices.start,
        // The dialog has asked whether a file that is there may be replaced.
        backup: one_time.backup.clone().map(|path| SaveTo {
            path,
            existing: Existing::Replace,
        }),
        target: one_time.target,
    }
}

pub(crate) fn pace(choices: &Choices) -> Pace {
    if choices.compatible_timing {
        Pace::Compatible
    } else {
        Pace::Adaptive
    }
}

/// The plan before the board has been compared, or why there can be none.
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
