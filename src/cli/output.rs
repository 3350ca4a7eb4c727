//! Where words go: results to stdout, progress and explanations to stderr. A reader that closes
//! the pipe early (`| head`) is no error, and never stops a job halfway.

use std::fmt::Display;
use std::io::{self, Write as _};

use serde::Serialize;

use super::exit::{Exit, Failure};

/// Results, on stdout.
#[derive(Debug, Default)]
pub struct Output {
    /// The first failure; nothing is written after it.
    failed: Option<io::Error>,
}

impl Output {
    /// One line for people, or for a pipe.
    pub fn line(&mut self, line: impl Display) {
        self.attempt(|stdout| writeln!(stdout, "{line}"));
    }

    /// Text with its own line ends.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.attempt(|stdout| stdout.write_all(bytes));
    }

    /// One JSON value on a line of its own.
    pub fn json(&mut self, value: &impl Serialize) {
        self.attempt(|stdout| {
            serde_json::to_writer(&mut *stdout, value)?;
            writeln!(stdout)
        });
    }

    /// # Errors
    /// When results could not be written (a full disk), but not when nobody reads them.
    pub fn finish(self) -> Result<(), Failure> {
        match self.failed {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
                Exit::Internal,
                "stdout",
                format!("the results cannot be written: {error}"),
            )),
            _ => Ok(()),
        }
    }

    fn attempt(&mut self, write: impl FnOnce(&mut io::StdoutLock<'_>) -> io::Result<()>) {
        if self.failed.is_some() {
            return;
        }
        let mut stdout = io::stdout().lock();
        // Whoever reads JSON lines wants each when it happens, not when a buffer is full.
        self.failed = write(&mut stdout).and_then(|()| stdout.flush()).err();
    }
}

/// One line for people, on stderr. There is nowhere to report that it could not be written.
pub(super) fn say(line: impl Display) {
    writeln!(io::stderr().lock(), "{line}").ok();
}
