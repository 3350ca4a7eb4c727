//! The total parser of DfuSe memory layout strings (UM0424 §10.3.2).

use super::MemoryMap;

/// Why a layout string could not be read, with the string itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the memory layout '{text}' cannot be read: {why}")]
pub struct LayoutError {
    pub text: String,
    pub why: String,
}

/// Reads `@Internal Flash  /0x08000000/04*016Kg,…`.
///
/// # Errors
/// [`LayoutError`] for any string that does not describe at least one sector.
pub fn parse_layout(text: &str) -> Result<MemoryMap, LayoutError> {
    Err(LayoutError {
        text: text.to_owned(),
        why: "not read yet".to_owned(),
    })
}
