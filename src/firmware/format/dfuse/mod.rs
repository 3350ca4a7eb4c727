//! DfuSe files (`.dfu`, ST's UM0391): a prefix, targets of elements, and a DFU suffix.

mod cursor;
mod read;
mod write;

pub(super) use read::parse;
pub(super) use write::write;

/// How a DfuSe file begins.
pub(super) const SIGNATURE: &[u8] = b"DfuSe";
/// How a target begins.
const TARGET_SIGNATURE: &[u8] = b"Target";
/// The only version of the format.
const VERSION: u8 = 1;
/// Prefix of the file, in bytes.
const PREFIX: usize = 11;
/// Prefix of a target, in bytes.
const TARGET_PREFIX: usize = 274;
/// Header of an element, in bytes.
const ELEMENT_HEADER: usize = 8;
/// Room for a target's name and its NUL, in bytes.
const NAME: usize = 255;
