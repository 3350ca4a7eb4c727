//! Describes the system's errors about files without error numbers.

use std::io::{self, ErrorKind};

/// Why a file could not be read or written, as part of a sentence.
pub(crate) fn reason(error: &io::Error) -> String {
    if is_open_elsewhere(error.raw_os_error(), cfg!(windows)) {
        return "another program has it open".to_owned();
    }
    let text = match error.kind() {
        ErrorKind::NotFound => "there is no such file",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::InvalidFilename => "a file cannot have this name",
        ErrorKind::ReadOnlyFilesystem => "this disk is read-only",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::QuotaExceeded => "no more space on this disk is allowed to you",
        ErrorKind::AlreadyExists => "something with this name exists already",
        ErrorKind::NotADirectory => "a part of the path is not a folder",
        ErrorKind::IsADirectory => "this is a folder",
        _ => return without_number(error),
    };
    text.to_owned()
}

/// The system's own words: "Too many levels of symbolic links (os error 40)".
fn without_number(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error ").next().unwrap_or(&text);
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => text,
    }
}

/// ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION, for which there is no `ErrorKind`.
fn is_open_elsewhere(code: Option<i32>, windows: bool) -> bool {
    windows && matches!(code, Some(32 | 33))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_windows_refuses_files_that_another_program_has_open() {
        for code in [32, 33] {
            assert!(is_open_elsewhere(Some(code), true));
            assert!(!is_open_elsewhere(Some(code), false));
        }
        assert!(!is_open_elsewhere(Some(5), true));
        assert!(!is_open_elsewhere(None, true));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn uncommon_errors_are_the_systems_words_without_a_number() {
        // ELOOP
        let error = io::Error::from_raw_os_error(40);
        assert_eq!(reason(&error), "too many levels of symbolic links");
    }

    #[test]
    fn common_errors_are_described_without_a_number() {
        for (kind, expected) in [
            (ErrorKind::NotFound, "no such file"),
            (ErrorKind::PermissionDenied, "permission"),
            (ErrorKind::InvalidFilename, "cannot have this name"),
            (ErrorKind::ReadOnlyFilesystem, "read-only"),
            (ErrorKind::StorageFull, "full"),
            (ErrorKind::AlreadyExists, "exists already"),
            (ErrorKind::NotADirectory, "not a folder"),
        ] {
            let text = reason(&kind.into());
            assert!(text.contains(expected), "{text}");
            assert!(!text.contains("os error"), "{text}");
        }
    }
}
