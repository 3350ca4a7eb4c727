//! What a job is to do.

use std::sync::Arc;

use super::options::{SaveTo, UpgradeOptions};
use crate::address::{Address, AddressRange};
use crate::firmware::Image;

#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    Upgrade {
        image: Arc<Image>,
        options: UpgradeOptions,
    },
    /// Compare only: the plan of an upgrade, with nothing changed.
    Survey {
        image: Arc<Image>,
        options: UpgradeOptions,
    },
    Verify {
        image: Arc<Image>,
        /// Only this alternate setting.
        target: Option<u8>,
    },
    /// Read `range` of a target (all that is readable where `None`); save it where `save` says.
    Read {
        alternate: u8,
        range: Option<AddressRange>,
        save: Option<SaveTo>,
    },
    Erase(EraseScope),
    /// Leave DFU mode; start at the address, or where the flash begins.
    Start {
        at: Option<Address>,
    },
    /// A running application with a run-time DFU interface into DFU mode.
    Detach,
    /// Remove read protection: erases everything.
    Unprotect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EraseScope {
    /// Mass erase.
    All,
    /// Every sector of the target that the range touches.
    Range { alternate: u8, range: AddressRange },
}
