//! What a job is to do, and the board it is to do it on.

use std::path::PathBuf;
use std::sync::Arc;

use super::plan::UpgradeOptions;
use crate::address::{Address, AddressRange};
use crate::discovery::{Found, Target};
use crate::firmware::{Existing, Image};
use crate::memory::{LayoutError, MemoryMap};
use crate::transport::{FunctionalDescriptor, Place};

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

/// A file for what is read from a board; its extension chooses the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveTo {
    pub path: PathBuf,
    /// What happens to a file that is there already.
    pub existing: Existing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EraseScope {
    /// Mass erase.
    All,
    /// Every sector of the target that the range touches.
    Range { alternate: u8, range: AddressRange },
}

/// What the engine needs to know of a board before it talks to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    pub place: Place,
    pub targets: Vec<BoardTarget>,
    pub functional: FunctionalDescriptor,
}

/// One alternate setting of a board.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardTarget {
    pub alternate: u8,
    pub name: String,
    pub map: Result<MemoryMap, LayoutError>,
}

impl From<&Found> for Board {
    fn from(found: &Found) -> Self {
        let target = |target: &Target| BoardTarget {
            alternate: target.alternate,
            name: target.name.clone(),
            map: target.map.clone(),
        };
        // A device without the descriptor breaks DFU 1.1 §4.1.3; what every STM32 ROM can do is
        // assumed, with the smallest block any of them has.
        let functional = found.functional.unwrap_or(FunctionalDescriptor {
            attributes: 0x0B,
            detach_timeout: 255,
            transfer_size: 1024,
            dfu_version: 0x011A,
        });
        Self {
            place: found.record.place.clone(),
            targets: found.targets.iter().map(target).collect(),
            functional,
        }
    }
}
