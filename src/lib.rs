//! Upfuse upgrades the firmware of STM32 boards over USB DFU.
//!
//! # Map
//!
//! ```text
//!         gui  --------->  cli             the window; the command line
//!            \              /
//!             \            /
//!               worker  ------------------.   one thread that owns the devices; commands in, events out
//!                 |                       |
//!               engine  ------> discovery |   plan and run a job  |  what is plugged in, and what to do about it
//!              /   |   \           |       v
//!      firmware  memory  dfu --> transport <-- simulator
//!              \   |   /
//!               address                     Address, half-open AddressRange, checked arithmetic
//! ```
//!
//! An arrow means "uses"; nothing points up, and a room may use everything below it. `gui` takes
//! its start options and exit codes from `cli`; `gui` and `cli` list the boards of `simulator`, and
//! `worker` plugs them in. Each outside crate has one door: `rusb` only in [`transport::usb`],
//! `serial2` only in `transport::serial`,
//! `ihex` only in `firmware::format::intel_hex`, `egui` only under `gui`, `rfd` only in
//! `gui::file_dialog` and `gui::startup`, `zbus` only in `gui::desktop`, `windows-registry` only in
//! `discovery::driver::registry`. No time passes outside [`transport::Clock`]. `unsafe` is in one
//! module of one program, `src/bin/upfuse-driver/windows_calls.rs`, and forbidden everywhere else.
//!
//! Between `memory`, which it uses, and `discovery`: [`option_bytes`], which recognises a part's
//! option bytes, puts them in words, and plans a change.
//!
//! Beside them, for every room: [`wall_clock`], date and time for records and file names;
//! [`printable`], names from outside as people may see them; [`io_error`], the system's errors about
//! files in words.
//!
//! `.github/CONTRIBUTING.md` has recipes: which files a new format, quirk, button or board touches.

#![forbid(unsafe_code)]

pub mod address;
pub mod dfu;
pub mod discovery;
pub mod engine;
pub mod firmware;
pub(crate) mod io_error;
pub mod memory;
pub mod option_bytes;
pub(crate) mod printable;
pub mod simulator;
pub mod transport;
pub(crate) mod wall_clock;
pub mod worker;

pub mod cli;
#[cfg(feature = "gui")]
pub mod gui;
