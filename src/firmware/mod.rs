//! Firmware files: what they hold ([`Image`]), and one module for each format.

mod image;

pub use image::{Format, Image, ImageTarget, MadeFor, Placement, Segment, Source};
