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

/// Returns if a person at a terminal typed `word`; `--yes` does not answer this.
///
/// # Errors
/// Something else was typed, or there is no terminal.
pub(super) fn confirm_word(question: &str, word: &str) -> Result<(), Failure> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        let advice = format!("If that is what you want, add --confirm {word}");
        return Err(not_confirmed(question).advise(advice));
    }
    let mut stderr = io::stderr().lock();
    write!(stderr, "{}\nType {word} to agree: ", sentence(question)).ok();
    stderr.flush().ok();
    let mut answer = String::new();
    // Without an answer, for whatever reason, the answer is no.
    io::stdin().lock().read_line(&mut answer).ok();
    match answer.trim().eq_ignore_ascii_case(word) {
        true => Ok(()),
        false => Err(not_confirmed(question)),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

fn not_confirmed(question: &str) -> Failure {
    Failure::new(
        Exit::Refused,
        "not-confirmed",
        format!("not confirmed: {question}"),
    )
}
