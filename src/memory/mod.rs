//! What a board's memory looks like: regions, sectors, access, and the layout strings that tell.

mod known_wrong;
mod layout;
mod map;

pub use known_wrong::{Correction, doubt, known_wrong};
pub use layout::{LayoutError, parse_layout};
pub use map::{Access, MapError, MemoryMap, Sector, SectorRun};
