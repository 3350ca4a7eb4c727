//! Adapts texts of other modules to the window.

/// Capitalises the first letter, for an error shown as a sentence or a format shown as a label.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Without what stands in parentheses for the terminal alone: "(upfuse doctor)", "(--force)".
pub(super) fn without_commands(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once(" (") {
        out.push_str(before);
        rest = match inside.split_once(')') {
            Some((command, after)) if is_command(command) => after,
            _ => {
                out.push_str(" (");
                inside
            }
        };
    }
    out + rest
}

fn is_command(text: &str) -> bool {
    text.starts_with("upfuse ") || text.starts_with("--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_left_out_and_other_parentheses_stay() {
        for (text, shown) in [
            ("Write it anyway (--force)", "Write it anyway"),
            (
                "Remove it (upfuse unprotect), all (level 1) of it",
                "Remove it, all (level 1) of it",
            ),
            ("not closed (--force", "not closed (--force"),
            ("plain", "plain"),
        ] {
            assert_eq!(without_commands(text), shown);
        }
    }

    #[test]
    fn only_the_first_letter_changes() {
        assert_eq!(capitalised("der ELF"), "Der ELF");
        assert_eq!(capitalised("ölig"), "Ölig");
        assert_eq!(capitalised(""), "");
    }
}
