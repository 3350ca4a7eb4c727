//! `-v`: the program's log on stderr.

use log::{LevelFilter, Log, Metadata, Record};

use super::output::say;

struct Stderr;

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("upfuse")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            say(format_args!("{:<5} {}", record.level(), record.args()));
        }
    }

    fn flush(&self) {}
}

/// Starts logging at the level that so many `-v` ask for.
pub(super) fn start(verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::Off,
        1 => LevelFilter::Info,
        _ => LevelFilter::Trace,
    };
    log::set_max_level(level);
    // Fails only where a logger is set already, which then does the same.
    log::set_logger(&Stderr).ok();
}
