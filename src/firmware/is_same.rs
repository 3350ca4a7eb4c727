//! Whether two names are one file.

use std::path::Path;

use super::archive::file_on_disk;

/// Two names for one file; either may not exist yet. A file in an archive is the archive. Devices
/// such as /dev/null are written to, not replaced.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    let (one, other) = (&file_on_disk(one), &file_on_disk(other));
    match (one.metadata(), other.metadata()) {
        (Ok(facts), Ok(_)) => {
            facts.is_file() && same_file::is_same_file(one, other).unwrap_or(false)
        }
        (Err(_), Err(_)) => {
            one == other
                || one.file_name() == other.file_name()
                    && same_file::is_same_file(folder(one), folder(other)).unwrap_or(false)
        }
        _ => false,
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_the_same_under_other_names_and_before_they_exist() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        assert!(is_same(&path("a"), &path("./a")));
        assert!(!is_same(&path("a"), &path("b")));
        std::fs::write(path("a"), "").unwrap();
        std::fs::hard_link(path("a"), path("b")).unwrap();
        assert!(is_same(&path("a"), &path("b")));
        assert!(!is_same(&path("a"), &path("c")));
        assert!(is_same(&path("a/in/archive.dfu"), &path("b")));
        assert!(is_same(Path::new("new.dfu"), Path::new("./new.dfu")));
    }
}
