//! Firmware files: what they hold ([`Image`]), and one module for each format.
//!
//! [`load()`] and [`parse`] tell the format by content and hand over to a format's own module. Those
//! are total: any bytes end in an image or in a [`FirmwareError`] that names the place. [`encode()`]
//! and [`save()`] are the way back.

mod assemble;
pub mod convert;
mod dfu_suffix;
mod dfuse;
mod elf;
mod encode;
mod error;
mod gather;
mod image;
mod intel_hex;
mod io_error;
mod load;
mod parsed;
mod s_record;
mod save;
mod sniff;
mod text;
mod vector_table;

pub use encode::{EncodeOptions, OutputFormat, encode};
pub(crate) use error::FirmwareError;
pub use error::{EncodeError, Fault, Position};
pub use image::{Format, Image, ImageTarget, MadeFor, Segment};
pub(crate) use image::{Placement, Source};
pub use load::{load, parse};
pub use save::Existing;
pub(crate) use save::save;
pub(crate) use vector_table::VectorTable;
