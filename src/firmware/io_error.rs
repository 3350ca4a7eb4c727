//! What the system's errors about a file mean, in words that need no number.

use std::io::{self, ErrorKind};

/// Why a file could not be read or written, as part of a sentence.
pub(super) fn reason(error: &io::Error) -> String {
    if is_held(error.raw_os_error(), cfg!(windows)) {
        return "another program has it open".to_owned();
    }
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such file",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::InvalidFilename => "a file cannot have this name",
        ErrorKind::ReadOnlyFilesystem => "this disk is read-only",
        ErrorKind::StorageFull => "the disk is full",
        _ => return error.to_string(),
    };
    words.to_owned()
}

/// ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION, for which there is no `ErrorKind`.
fn is_held(code: Option<i32>, windows: bool) -> bool {
    windows && matches!(code, Some(32 | 33))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_another_program_holds_is_a_matter_of_windows() {
        for code in [32, 33] {
            assert!(is_held(Some(code), true));
            assert!(!is_held(Some(code), false));
        }
        assert!(!is_held(Some(5), true));
        assert!(!is_held(None, true));
    }

    #[test]
    fn what_people_can_mend_is_said_without_a_number() {
        for (kind, words) in [
            (ErrorKind::NotFound, "no such file"),
            (ErrorKind::PermissionDenied, "permission"),
            (ErrorKind::InvalidFilename, "cannot have this name"),
            (ErrorKind::ReadOnlyFilesystem, "read-only"),
            (ErrorKind::StorageFull, "full"),
        ] {
            let text = reason(&kind.into());
            assert!(text.contains(words), "{text}");
            assert!(!text.contains("os error"), "{text}");
        }
    }
}
