//! The layout of a board's memory: regions, sectors, access, and the strings that describe it.

mod known_wrong;
mod layout;
mod map;

pub(crate) use known_wrong::{doubt, known_correction, may_end_at};
pub(crate) use layout::LayoutError;
pub use layout::parse_layout;
pub use map::{Access, SectorRun};
pub(crate) use map::{MemoryMap, Sector};
