//! Asks for confirmation before anything is destroyed.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use super::Options;
use super::exit::{Exit, Failure};

/// Returns if `--yes` was given or a person at a terminal answered yes.
///
/// # Errors
/// The answer was no, or there is no terminal.
pub(super) fn confirm(options: &Options, question: &str) -> Result<(), Failure> {
    if options.yes {
        return Ok(());
    }
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(not_confirmed(question).advise("Add --yes to skip this question"));
    }
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question} [y/N] ").ok();
    stderr.flush().ok();
    let mut answer = String::new();
    // Without an answer, for whatever reason, the answer is no.
    io::stdin().lock().read_line(&mut answer).ok();
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(not_confirmed(question)),
    }
}

fn not_confirmed(question: &str) -> Failure {
    Failure::new(
        Exit::Refused,
        "not-confirmed",
        format!("not confirmed: {question}"),
    )
}
