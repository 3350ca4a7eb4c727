//! Keeps the latest lines that the program logs, every transfer among them, for "Copy report".

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::file_dialog;
use crate::wall_clock::Moment;

/// Lines kept: all of a small upgrade, the end of a large one.
const CAPACITY: usize = 4000;

struct Ring(Mutex<VecDeque<String>>);

static RING: Ring = Ring(Mutex::new(VecDeque::new()));

impl log::Log for Ring {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        // From egui and the system libraries only warnings and errors.
        metadata.target().starts_with("upfuse") || metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        file_dialog::follow_log(record);
        let time = Moment::now().time_of_day();
        let line = format!("{time}  {:<5}  {}", record.level(), record.args());
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= CAPACITY {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn flush(&self) {}
}

/// Starts to keep lines. A logger that is already set stays.
pub(super) fn begin() {
    if log::set_logger(&RING).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
}

/// All lines kept, oldest first.
pub(super) fn text() -> String {
    let lines = RING.0.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().map(|line| format!("{line}\n")).collect()
}
