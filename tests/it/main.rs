//! Everything through the public surface, in one program, so that it is linked once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod cli;
mod engine;
mod formats;
#[cfg(feature = "gui")]
mod gui;
mod simulator;
