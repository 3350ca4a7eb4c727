//! Real USB, through `rusb`: the only module that names it.

/// Name and version of the USB library, for bug reports: `libusb 1.0.27`.
pub fn library_version() -> String {
    let version = rusb::version();
    format!(
        "libusb {}.{}.{}",
        version.major(),
        version.minor(),
        version.micro()
    )
}
