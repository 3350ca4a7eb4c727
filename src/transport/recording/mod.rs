//! Records of USB traffic: what a person with a real board sends us, and what the simulator replays.
//!
//! A record is text, one JSON object per line: each line is whole when the program dies, a person can
//! read it and paste it, and any script can take it apart. Every line has its `kind`:
//!
//! | kind | contents |
//! |---|---|
//! | `record` | first line: version of this format, program, system, `side` (`host` or `device`) |
//! | `device` | a board's descriptors and strings, when it appears or changes |
//! | `gone` | a board left the bus |
//! | `open` | its interface was claimed, or why not |
//! | `transfer` | number on this board, start and duration in seconds, setup, data, result |
//!
//! One record holds all boards of one run of the program; `board` is the place of each. `setup` is
//! bmRequestType, bRequest, wValue, wIndex and wLength in hexadecimal; RESET, of the port, and REOPEN, of a device that reset itself, have none.
//! Data is hexadecimal up to [`SHORT`] bytes, `{"length","fill"}` where all bytes are equal, and
//! `{"length","sha256"}` otherwise, unless the record is to contain everything. Serial numbers are left
//! out always, because records are made for public reports: only their length is kept, and what names
//! a kind of microcontroller instead of a board.

mod data;
mod device;
mod line;
mod read;
mod recorder;
mod setup;
#[cfg(test)]
mod tests;

pub(crate) use data::sha256;
pub use data::{Data, KeepData};
pub use read::{Entry, RecordError, Recording, Transfer};
pub use recorder::{BoardRecorder, Recorder, Side};
pub use setup::{Asked, Setup};

/// Version of the format.
const VERSION: u32 = 1;

/// Data of at most this many bytes is always written in full: commands, statuses, the start of a
/// block (one packet of endpoint 0).
const SHORT: usize = 64;
