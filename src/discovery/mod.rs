//! What is plugged in, whether it is ready, and what to do about it where it is not.
//!
//! [`examine()`] judges the records of a scan; [`diagnose`] adds what is to be said of the bus as a
//! whole. Both are pure functions of records and [`SystemFacts`]: every judgement can be tested
//! without hardware.

mod diagnosis;
mod examine;
mod facts;
mod family;
mod found;
mod history;
mod holder;
mod identity;
mod properties;
mod targets;
pub(crate) mod udev;

#[cfg(test)]
mod samples;

#[cfg(feature = "gui")]
pub(crate) use diagnosis::Step;
pub(crate) use diagnosis::{Action, Diagnosis, diagnose};
pub use examine::examine;
pub(crate) use facts::Health;
pub use facts::{Os, SystemFacts};
pub use found::Target;
pub(crate) use found::{Found, Kind, Readiness};
pub(crate) use history::History;
