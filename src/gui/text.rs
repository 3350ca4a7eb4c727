//! Adapts texts of other modules to the window.

/// Capitalises the first letter, for an error shown as a sentence or a format shown as a label.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_letter_changes() {
        assert_eq!(capitalised("der ELF"), "Der ELF");
        assert_eq!(capitalised("ölig"), "Ölig");
        assert_eq!(capitalised(""), "");
    }
}
