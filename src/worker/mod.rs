//! The thread that owns the devices: commands in, events out. The window and the command line reach
//! a bus only through it.

mod board_list;
pub(crate) mod job;
mod looks;
mod lost_comparing;
mod message;
mod outbox;
mod restarting;
mod run;
mod setup;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod soak;
#[cfg(test)]
mod tests;

pub use message::Command;
pub(crate) use message::{Event, JobId};
pub(crate) use run::Handle;
pub use run::spawn;
pub use setup::Setup;
pub(crate) use setup::{UnknownBoard, simulated_board};
