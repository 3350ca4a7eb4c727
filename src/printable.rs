//! Names from files, boards and folders as people may see them, in the window and in a terminal.
//! Control characters could command the terminal, and those that change the direction of writing
//! could make a name look like another.

use std::ffi::OsStr;
use std::path::Path;

/// Stands for each character that is not shown.
const REPLACEMENT: char = '\u{FFFD}';

/// `text` with every character replaced that must not reach a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(shown).collect()
}

/// A path or a file name, as [`printable`].
pub(crate) fn printable_path(path: &(impl AsRef<OsStr> + ?Sized)) -> String {
    printable(&Path::new(path.as_ref()).to_string_lossy())
}

/// A whole line of a terminal, whose own line ends and tabs stay.
pub(crate) fn printable_lines(text: &str) -> String {
    let keep = |c: char| matches!(c, '\n' | '\t');
    let each = text.chars();
    each.map(|c| if keep(c) { c } else { shown(c) }).collect()
}

fn shown(c: char) -> char {
    if c.is_control() || changes_direction(c) {
        REPLACEMENT
    } else {
        c
    }
}

/// Unicode's marks, embeddings, overrides and isolates (UAX #9), and its line and paragraph ends.
fn changes_direction(c: char) -> bool {
    matches!(
        c,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_are_replaced_and_nothing_else() {
        for bad in "\u{1b}\n\r\t\0\u{7f}\u{9b}\u{202e}\u{2066}\u{2069}\u{200f}\u{2028}".chars() {
            assert_eq!(printable(&format!("a{bad}b")), "a\u{FFFD}b", "{bad:?}");
        }
        let good = "größe – 固件 é  🙂 ع.bin";
        assert_eq!(printable(good), good);
        assert_eq!(
            printable_path(Path::new("/tmp/a\u{1b}[2J")),
            "/tmp/a\u{FFFD}[2J"
        );
        assert_eq!(printable_lines("a\tb\nc\u{1b}"), "a\tb\nc\u{FFFD}");
    }
}
