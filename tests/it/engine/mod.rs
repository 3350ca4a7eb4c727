//! The engine against simulated boards in virtual time: durations and transfer counts are exact.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod bench;
mod faults;
mod independent;
mod other_tasks;
mod pacing;
mod refusals;
mod speed;
mod upgrade;
