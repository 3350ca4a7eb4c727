//! `-v`: the program's log on stderr.

use log::{LevelFilter, Log, Metadata, Record};

use super::output::eprint_line;

struct Stderr;

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("upfuse")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            eprint_line(format_args!("{:<5} {}", record.level(), record.args()));
        }
    }

    fn flush(&self) {}
}

/// Starts logging; the level is the number of `-v`.
pub(super) fn start(verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::Off,
        1 => LevelFilter::Info,
        _ => LevelFilter::Trace,
    };
    log::set_max_level(level);
    // Fails only if this logger is set already.
    log::set_logger(&Stderr).ok();
}
