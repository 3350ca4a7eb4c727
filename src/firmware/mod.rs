//! Firmware files: their contents ([`contents`]), and a module for each format ([`mod@format`]).
//!
//! [`load()`] and [`parse`] detect the format by content and call its parser. Parsers are total: any
//! bytes give an image or a [`FirmwareError`] with the position. [`encode()`] and [`save()`] write files.

mod about;
mod archive;
mod comparison;
mod contents;
pub mod convert;
mod detect;
mod encode;
mod error;
mod family;
mod foreign;
mod format;
mod gather;
mod image;
mod in_words;
mod is_same;
mod link_address;
mod load;
mod memory_kind;
mod overlay;
mod part_names;
mod save;
mod stage;
mod vector_table;

pub use about::About;
pub(crate) use archive::EXTENSIONS as ARCHIVES;
#[cfg(feature = "gui")]
pub(crate) use archive::file_on_disk;
pub use comparison::{Comparison, Difference};
pub use contents::{EncodeOptions, ImageTarget, Machine, MadeFor, Segment};
pub use encode::encode;

pub use error::{EncodeError, Fault, FirmwareError, Position};
pub use family::{Family, UnknownFamily, Variant};
pub(crate) use family::{families_text, family_text};
pub use foreign::Foreign;
pub use format::Format;
pub(crate) use format::{
    readable_extensions, readable_names, writable_extensions, write_plain_dfu,
};
pub use image::Image;
pub(crate) use image::{Placement, Source};
pub(crate) use in_words::{memories_in_words, program_in_words, size_in_words};
pub(crate) use is_same::is_same;
pub use link_address::LinkAddress;
pub use load::{load, parse};
pub(crate) use memory_kind::MemoryKind;
pub use save::{Existing, SaveError};
pub(crate) use save::{check as check_save, save};
pub use stage::{Restart, Stage};
pub use vector_table::TableDoubt;
pub(crate) use vector_table::VectorTable;
