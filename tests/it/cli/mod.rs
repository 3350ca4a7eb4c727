//! The command line as scripts see it: exit codes, JSON and streams. Runs the program against
//! simulated boards in real time, so files are small.

mod archives;
mod backups;
mod commands;
mod dialects;
mod doubts;
mod doubts_in_any_format;
mod driver;
mod enter_dfu;
mod exit_codes;
mod json;
mod option_bytes;
mod outputs;
mod programs;
mod record;
mod records;
mod streams;
mod targets;
mod uf2;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upfuse"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn upfuse(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

/// Runs against one simulated board.
fn on(board: &str, arguments: &[&str]) -> Output {
    upfuse(&[&["--simulate", board], arguments].concat())
}

fn exit(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| {
        panic!("no exit code: {output:?}");
    })
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json_lines(output: &Output) -> Vec<Value> {
    stdout(output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn events<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

/// A temporary folder with generated firmware files.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::write(self.path(name), bytes).unwrap();
        self.text(name)
    }

    /// A binary of `length` bytes, none of them blank.
    fn firmware(&self, length: usize) -> String {
        self.write("firmware.bin", &pseudo_firmware(length))
    }
}

/// Begins like a program at the start of flash: a stack pointer, and a reset handler in the file.
fn pseudo_firmware(length: usize) -> Vec<u8> {
    let table = [0x2000_1000_u32, 0x0800_0009]
        .map(u32::to_le_bytes)
        .concat();
    let rest = (table.len()..).map(|i| (i.wrapping_mul(7) % 251) as u8);
    table.into_iter().chain(rest).take(length).collect()
}
