//! What a file says about itself.

/// Facts that a file states and that cannot be checked (UF2 extension tags).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The firmware's version.
    pub version: Option<String>,
    /// A description of the device.
    pub device: Option<String>,
    /// The device's number, of 32 or 64 bits.
    pub device_id: Option<u64>,
    /// The device's page size, in bytes.
    pub page_size: Option<u32>,
}
