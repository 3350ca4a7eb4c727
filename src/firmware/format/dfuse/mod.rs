//! DfuSe files (`.dfu`, ST's UM0391): a prefix, targets of elements, and a DFU suffix.

mod cursor;
mod layout;
mod read;
mod write;

pub(super) use layout::SIGNATURE;
pub(super) use read::parse;
pub(super) use write::write;
