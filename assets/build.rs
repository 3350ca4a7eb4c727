//! Puts the target and the compiler's version into the program, for `--version` and bug reports,
//! and into a Windows program what Explorer and the loader read of it: icon, version and manifest.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout)]

use std::process::Command;

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=assets/build.rs");
    compiler();
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("windows") {
        return Ok(());
    }
    println!("cargo::rerun-if-changed=assets/windows");
    const USER: &str = "assets/windows/upfuse.manifest";
    resources("upfuse", "Upfuse", USER)?;
    resources("upfuse-cli", "Upfuse command line", USER)?;
    // Windows shows this name when it asks for administrator rights.
    let administrator = "assets/windows/upfuse-driver.manifest";
    resources("upfuse-driver", "Upfuse driver installation", administrator)
}

fn compiler() {
    let target = std::env::var("TARGET").unwrap_or_else(|_| "unknown target".to_owned());
    let rustc = std::env::var_os("RUSTC")
        .and_then(|rustc| Command::new(rustc).arg("--version").output().ok())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .unwrap_or_else(|| "unknown rustc".to_owned());
    println!("cargo::rustc-env=UPFUSE_TARGET={target}");
    println!("cargo::rustc-env=UPFUSE_RUSTC={}", rustc.trim());
}

/// `description` is the name that Task Manager and "Open with" show.
fn resources(binary: &str, description: &str, manifest: &str) -> std::io::Result<()> {
    winresource::WindowsResource::new()
        .set_icon("assets/windows/upfuse.ico")
        .set_manifest_file(manifest)
        .set("ProductName", "Upfuse")
        .set("FileDescription", description)
        .set("InternalName", binary)
        .set("OriginalFilename", &format!("{binary}.exe"))
        .set("CompanyName", "The Upfuse contributors")
        .set("LegalCopyright", "MIT or Apache-2.0")
        .compile_for(binary)
}
