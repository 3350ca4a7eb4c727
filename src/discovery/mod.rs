//! What is plugged in, whether it is ready, and what to do about it where it is not.

mod found;

pub use found::{Found, Kind, Readiness, Target, examine};
