//! The boards on the bus, whether they are ready, and the steps that make them ready.
//!
//! [`examine()`] classifies the records of a scan; [`Inventory`] adds the diagnoses. Both are pure
//! functions of records and [`SystemFacts`]: every result can be tested without hardware.

mod diagnosis;
mod dialect;
pub mod driver;
mod examine;
mod facts;
mod family;
mod found;
mod history;
mod holder;
mod identity;
mod inventory;
mod kind;
mod option_bytes;
mod properties;
mod senders;
#[cfg(feature = "gui")]
mod serial_number;
mod targets;
pub(crate) mod udev;

#[cfg(test)]
pub(crate) mod samples;

#[cfg(feature = "gui")]
pub(crate) use {
    diagnosis::Step,
    kind::{Access, Obstacle},
    serial_number::is_unique,
};

pub(crate) use diagnosis::{Action, Diagnosis};
pub use examine::examine;
pub(crate) use facts::Health;
pub use facts::{Os, SystemFacts};
pub use family::BoardFamily;
pub(crate) use found::Found;
pub use found::Target;
pub(crate) use history::{DFU_MODE_WITHIN, History};
pub(crate) use inventory::Inventory;
pub(crate) use kind::Kind;
pub use kind::{Core, Dialect};
pub use option_bytes::OptionTarget;
pub(crate) use senders::{Answer, Question, Request, Sender, senders_for};
