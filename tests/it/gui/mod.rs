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
#[path = "window/files.rs"]
mod files;
#[path = "window/performance.rs"]
mod performance;
#[path = "window/several_boards.rs"]
mod several_boards;
#[path = "window/stories.rs"]
mod stories;
