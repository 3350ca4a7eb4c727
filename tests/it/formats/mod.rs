//! Firmware files from outside: real ones, and any bytes at all.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[path = "formats/any_bytes.rs"]
mod any_bytes;
#[path = "formats/commands.rs"]
mod commands;
#[path = "formats/convert.rs"]
mod convert;
#[path = "formats/real_files.rs"]
mod real_files;
#[path = "formats/round_trips.rs"]
mod round_trips;
