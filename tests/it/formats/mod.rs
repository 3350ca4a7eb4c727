//! Firmware files from outside: real ones, and any bytes at all.

mod any_bytes;
mod commands;
mod convert;
mod real_files;
mod round_trips;
