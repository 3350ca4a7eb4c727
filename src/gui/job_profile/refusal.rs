//! What is wrong with a job profile, and where, without the words of a parser.

use serde_json::error::Category;

use crate::gui::text::capitalised;
use crate::printable::printable;

/// A fault in a profile that could be read as JSON.
pub(super) struct Fault {
    /// The field, as the file names it.
    pub(super) field: &'static str,
    /// What is wrong, as the end of a sentence.
    pub(super) what: String,
}

impl Fault {
    pub(super) fn new(field: &'static str, what: impl Into<String>) -> Self {
        let what = what.into();
        Self { field, what }
    }

    /// "Line 3: its SHA-256 is not 64 hexadecimal digits"
    pub(super) fn in_words(self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes);
        let line = text
            .lines()
            .position(|line| name_on(line) == Some(self.field));
        match line {
            Some(above) => format!("Line {}: {}", above + 1, self.what),
            None => capitalised(&self.what),
        }
    }
}

/// A profile that is not even JSON, if it is one.
pub(super) fn damaged(error: &serde_json::Error, bytes: &[u8]) -> String {
    let is_profile = String::from_utf8_lossy(bytes).contains("\"upfuse_job\"");
    match error.classify() {
        Category::Eof if is_profile => "It is damaged: its end is missing".to_owned(),
        Category::Syntax if is_profile => format!("It is damaged near line {}", error.line()),
        _ => "It is no job profile, or it is damaged".to_owned(),
    }
}

/// Fields that are missing or unknown, and values of another kind.
pub(super) fn changed(error: &serde_json::Error, bytes: &[u8]) -> String {
    let what = what(error, bytes);
    format!("It is damaged, or was changed by hand. {what}")
}

fn what(error: &serde_json::Error, bytes: &[u8]) -> String {
    let text = error.to_string();
    let line = error.line();
    let named = text.split('`').nth(1).map(shown);
    match named {
        // The line is the end of what should have it.
        Some(name) if text.starts_with("missing field") => format!("\"{name}\" is missing"),
        Some(name) if text.starts_with("unknown field") => {
            format!("Line {line}: this version does not know \"{name}\"")
        }
        Some(name) if text.starts_with("duplicate field") => {
            format!("Line {line}: \"{name}\" is there twice")
        }
        _ => {
            let text = String::from_utf8_lossy(bytes);
            match text.lines().nth(line.saturating_sub(1)).and_then(name_on) {
                Some(name) => format!("Line {line}: the value of \"{}\" is wrong", shown(name)),
                None => format!("Line {line}: a value is wrong"),
            }
        }
    }
}

/// The name on a line with one field, as every line of a profile is.
fn name_on(line: &str) -> Option<&str> {
    let (name, rest) = line.trim_start().strip_prefix('"')?.split_once('"')?;
    let is_only = line.matches("\":").count() == 1;
    (is_only && rest.starts_with(':')).then_some(name)
}

/// The beginning of a name from the file, as people may see it.
fn shown(name: &str) -> String {
    let name: String = name.chars().take(60).collect();
    printable(&name).to_string()
}
