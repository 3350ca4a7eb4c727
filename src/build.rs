//! Puts the target and the compiler's version into the program, for `--version` and bug reports.

#![allow(clippy::print_stdout)]

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=src/build.rs");
    let target = std::env::var("TARGET").unwrap_or_else(|_| "unknown target".to_owned());
    let rustc = std::env::var_os("RUSTC")
        .and_then(|rustc| Command::new(rustc).arg("--version").output().ok())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .unwrap_or_else(|| "unknown rustc".to_owned());
    println!("cargo::rustc-env=UPFUSE_TARGET={target}");
    println!("cargo::rustc-env=UPFUSE_RUSTC={}", rustc.trim());
}
