//! What became of a change, for the program that asked for it.

use serde::{Deserialize, Serialize};

use super::device::Device;
use super::instance::InstanceId;
use super::refusal::Refusal;

/// What is asked of `upfuse-driver`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Install,
    Restore,
}

impl Action {
    /// On the command line of `upfuse-driver`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Restore => "restore",
        }
    }
}

/// One run of `upfuse-driver`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Different for each run: a report of an earlier one is none.
    pub run: String,
    pub action: Action,
    pub instance: InstanceId,
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What is recorded about the device now.
    pub device: Option<Device>,
    /// What was tried, in order.
    pub steps: Vec<String>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    Done {
        /// Windows finishes when the board is plugged in again, or after a restart.
        replug: bool,
    },
    /// There was nothing to change.
    AlreadyDone,
    NotPluggedIn,
    InUse {
        /// As Windows names it; may be empty.
        holder: String,
    },
    Refused {
        why: Refusal,
    },
    Failed {
        /// The call of Windows; `None` if all went well and the board has no WinUSB.
        call: Option<String>,
        /// Its error code.
        code: Option<u32>,
        /// The board has the driver of before.
        undone: bool,
        /// ST's package was added to Windows' driver store, and is still there.
        package_stays: bool,
        replug: bool,
    },
}
