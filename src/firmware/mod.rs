//! Firmware files: what they carry ([`contents`]), and one module for each format ([`mod@format`]).
//!
//! [`load()`] and [`parse`] tell the format by content and hand over to a format's own module. Those
//! are total: any bytes end in an image or in a [`FirmwareError`] that names the position. [`encode()`]
//! and [`save()`] are the way back.

mod contents;
pub mod convert;
mod encode;
mod error;
mod format;
mod gather;
mod image;
mod io_error;
mod load;
mod overlay;
mod save;
mod sniff;
mod vector_table;

pub use contents::{EncodeOptions, ImageTarget, MadeFor, Segment};
pub use encode::encode;
pub(crate) use error::FirmwareError;
pub use error::{EncodeError, Fault, Position};
pub use format::Format;
pub(crate) use format::{readable_extensions, readable_names, writable_extensions};
pub use image::Image;
pub(crate) use image::{Placement, Source};
pub use load::{load, parse};
pub use save::Existing;
pub(crate) use save::save;
pub(crate) use vector_table::VectorTable;
