//! Firmware files: real ones, generated ones, and arbitrary bytes.

mod any_bytes;
mod archives;
mod commands;
mod convert;
mod foreign;
pub(crate) mod real_files;
mod round_trips;
pub(crate) mod uf2;
