//! Signatures and sizes of a DfuSe file (UM0391).

/// The first bytes of a DfuSe file.
pub(crate) const SIGNATURE: &[u8] = b"DfuSe";
/// The first bytes of a target.
pub(super) const TARGET_SIGNATURE: &[u8] = b"Target";
/// The only version of the format.
pub(super) const VERSION: u8 = 1;
/// Prefix of the file, in bytes.
pub(super) const PREFIX: usize = 11;
/// Prefix of a target, in bytes.
pub(super) const TARGET_PREFIX: usize = 274;
/// Header of an element, in bytes.
pub(super) const ELEMENT_HEADER: usize = 8;
/// Room for a target's name and its NUL, in bytes.
pub(super) const NAME: usize = 255;
