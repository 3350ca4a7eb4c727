//! Output: results to stdout, progress and explanations to stderr. A reader that closes the pipe
//! early (`| head`) is not an error and never stops a job.

use std::fmt::Display;
use std::io::{self, Write as _};

use serde::Serialize;

use crate::io_error::reason;
use crate::printable::printable_lines;

use super::exit::{Exit, Failure};

/// Results, on stdout.
#[derive(Debug, Default)]
pub struct Output {
    /// The first failure; nothing is written after it.
    failed: Option<io::Error>,
}

impl Output {
    /// One line of text.
    pub fn line(&mut self, line: impl Display) {
        let line = printable_lines(&line.to_string());
        self.attempt(|stdout| writeln!(stdout, "{line}"));
    }

    /// Text that contains its own line ends.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.attempt(|stdout| stdout.write_all(bytes));
    }

    /// One JSON value on its own line.
    pub fn json(&mut self, value: &impl Serialize) {
        self.attempt(|stdout| {
            serde_json::to_writer(&mut *stdout, value)?;
            writeln!(stdout)
        });
    }

    /// # Errors
    /// If results could not be written (a full disk); a closed pipe is not an error.
    pub fn finish(self) -> Result<(), Failure> {
        match self.failed {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
                Exit::Internal,
                "stdout",
                format!("the results cannot be written: {}", reason(&error)),
            )),
            _ => Ok(()),
        }
    }

    fn attempt(&mut self, write: impl FnOnce(&mut io::StdoutLock<'_>) -> io::Result<()>) {
        if self.failed.is_some() {
            return;
        }
        let mut stdout = io::stdout().lock();
        // A reader of JSON lines needs each line when it is written, not when a buffer is full.
        self.failed = write(&mut stdout).and_then(|()| stdout.flush()).err();
    }
}

/// Prints a line to stderr, printable as all output for people is. A failure to do so cannot be reported anywhere.
pub(super) fn eprint_line(line: impl Display) {
    let line = printable_lines(&line.to_string());
    writeln!(io::stderr().lock(), "{line}").ok();
}
