//! The output of `--version`, which goes into bug reports.

use std::sync::LazyLock;

static LONG: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}\n{}\ntarget {}\n{}",
        env!("CARGO_PKG_VERSION"),
        crate::transport::usb::library_version(),
        env!("UPFUSE_TARGET"),
        env!("UPFUSE_RUSTC"),
    )
});

/// Program, USB library, target and compiler.
pub(super) fn long() -> &'static str {
    &LONG
}
