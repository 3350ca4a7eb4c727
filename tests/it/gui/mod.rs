//! The window, driven by accessible names against simulated boards in virtual time: what a person
//! clicks, types and reads.

mod bench;
mod files;
mod performance;
mod several_boards;
mod stories;
