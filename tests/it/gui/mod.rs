//! The window, driven by accessible names against simulated boards in virtual time: clicks, typed
//! text and shown text.

mod backups;
mod batch;
mod bench;
mod doubts;
mod driver;
mod endings;
mod enter_and_upgrade;
mod files;
mod flow;
mod job_profile;
mod keyboard;
mod map;
mod memory;
mod messages;
mod option_bytes;
mod performance;
mod plain;
mod several_boards;
mod stories;
