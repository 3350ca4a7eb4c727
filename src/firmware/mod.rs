//! Firmware files: what they hold ([`Image`]), and one module for each format.
//!
//! [`load`] and [`parse`] tell the format by content and hand over to a format's own module. Those
//! are total: any bytes end in an image or in a [`FirmwareError`] that names the place. [`encode`] and
//! [`save`] are the way back.

mod assemble;
mod dfu_suffix;
mod dfuse;
mod elf;
mod encode;
mod error;
mod image;
mod intel_hex;
mod load;
mod parsed;
mod s_record;
mod save;
mod text;

pub use encode::{EncodeError, EncodeOptions, OutputFormat, encode};
pub use error::{Fault, FirmwareError, Place};
pub use image::{Format, Image, ImageTarget, MadeFor, Placement, Segment, Source};
pub use load::{FILE_LIMIT, load, parse, sniff};
pub use save::{Existing, SaveError, SaveFault, save};
