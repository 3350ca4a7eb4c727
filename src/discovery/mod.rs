//! What is plugged in, whether it is ready, and what to do about it where it is not.
//!
//! [`examine`] judges the records of a scan. It is a pure function of records and [`SystemFacts`]: every judgement can be tested
//! without hardware.

mod examine;
mod facts;
mod family;
mod found;
mod identity;
mod targets;

#[cfg(test)]
mod samples;

pub use examine::examine;
pub use facts::{Os, SystemFacts};
pub use found::{Found, Kind, Readiness, Target};
pub use identity::Program;
