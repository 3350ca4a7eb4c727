//! UF2: blocks of 512 bytes, each with its own address (github.com/microsoft/uf2, README.md). UF2
//! bootloaders take a file block by block, in any order.

mod block;
mod checksum;
mod read;
mod tags;
mod write;

pub(super) use block::is_uf2;
pub(super) use read::parse;
pub(super) use write::write;
