//! The window, driven by accessible names against simulated boards in virtual time: what a person
//! clicks, types and reads.
#![cfg(feature = "gui")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[path = "window/bench.rs"]
mod bench;
#[path = "window/performance.rs"]
mod performance;
#[path = "window/stories.rs"]
mod stories;
