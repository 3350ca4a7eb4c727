//! Writes a file completely or not at all: to a temporary file in the same folder, which is then
//! renamed, so that a failure leaves the old file unchanged.
//!
//! What is new about a replaced file besides its bytes: it has the extended attributes of any new
//! file, and its other names (hard links) keep the old bytes. Writing in place would keep both, but
//! a full disk or a crash would then destroy the old bytes, which is worse.

use crate::printable::printable_path;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::io_error::reason;

/// How to treat a file that exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    Refuse,
    Replace,
}

/// A file that was not written. The text is one sentence with the path last.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault} ({path})")]
pub struct SaveError {
    pub path: String,
    pub fault: SaveFault,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaveFault {
    #[error("the file exists already")]
    Exists,
    #[error("the file is read-only")]
    ReadOnly,
    #[error("a folder or a device has this name")]
    NotAFile,
    #[error("this is a link to a file that does not exist")]
    DanglingLink,
    #[error("cannot write the file: {0}")]
    Failed(String),
}

/// Writes `bytes` to `path` and waits until the disk has them.
///
/// # Errors
/// [`SaveError`]; whatever was at `path` is then unchanged.
pub(crate) fn save(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), SaveError> {
    write(path, bytes, existing).map_err(|fault| SaveError {
        path: printable_path(&path),
        fault,
    })
}

/// Whether [`save`] would begin: checked before the work whose result is saved. Leaves no trace.
///
/// # Errors
/// As [`save`].
pub(crate) fn check(path: &Path, existing: Existing) -> Result<(), SaveError> {
    let checked = old_file(path, existing).and_then(|old| {
        let destination = destination(path, old.is_some())?;
        temporary_file(&destination).map(drop)
    });
    checked.map_err(|fault| SaveError {
        path: printable_path(&path),
        fault,
    })
}

/// The file that is replaced: the target of a link, not the link. Other paths are not resolved: not
/// every drive of Windows can (rust-lang/rust#48249).
fn destination(path: &Path, exists: bool) -> Result<PathBuf, SaveFault> {
    if exists && path.is_symlink() {
        path.canonicalize().map_err(failed)
    } else {
        Ok(path.to_owned())
    }
}

fn write(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), SaveFault> {
    let old = old_file(path, existing)?;
    let destination = destination(path, old.is_some())?;
    let mut new = temporary_file(&destination)?;
    new.write_all(bytes).map_err(failed)?;
    if let Some(old) = &old {
        take_over(new.as_file(), old).map_err(failed)?;
    }
    new.as_file().sync_all().map_err(failed)?;
    match existing {
        Existing::Replace => new.persist(&destination),
        Existing::Refuse => new.persist_noclobber(&destination),
    }
    .map(drop)
    .map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => SaveFault::Exists,
        // Windows returns the same error for a file that another program has open.
        io::ErrorKind::PermissionDenied if cfg!(windows) && old.is_some() => SaveFault::Failed(
            "no permission to replace it, or another program has it open".to_owned(),
        ),
        _ => failed(error.error),
    })
}

/// Metadata of the file to replace, if there is one.
fn old_file(path: &Path, existing: Existing) -> Result<Option<fs::Metadata>, SaveFault> {
    let facts = match path.metadata() {
        Ok(facts) => facts,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return match path.is_symlink() {
                true => Err(SaveFault::DanglingLink),
                false => Ok(None),
            };
        }
        Err(error) => return Err(failed(error)),
    };
    match existing {
        // Renaming onto /dev/null would put a file in its place.
        _ if !facts.is_file() => Err(SaveFault::NotAFile),
        Existing::Refuse => Err(SaveFault::Exists),
        Existing::Replace if facts.permissions().readonly() => Err(SaveFault::ReadOnly),
        Existing::Replace => {
            // Who may rename files in a folder may not always write to this one.
            File::options().write(true).open(path).map_err(failed)?;
            Ok(Some(facts))
        }
    }
}

/// Gives the new file the permissions of the old one.
#[cfg(not(unix))]
fn take_over(new: &File, old: &fs::Metadata) -> io::Result<()> {
    new.set_permissions(old.permissions())
}

/// Gives the new file the owner and group of the old one, as far as the system lets this person
/// give files away, and its permissions, as far as they then mean the same.
#[cfg(unix)]
fn take_over(new: &File, old: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let (owner, group) = (Some(old.uid()), Some(old.gid()));
    let same_mode = if fchown(new, owner, group).is_ok() {
        0o7777
    } else if fchown(new, None, group).is_ok() {
        0o777
    } else {
        // Not for another group what was for that one.
        0o707
    };
    new.set_permissions(fs::Permissions::from_mode(old.mode() & same_mode))
}

/// A temporary file in the folder of `destination`; deleted unless it is renamed.
fn temporary_file(destination: &Path) -> Result<tempfile::NamedTempFile, SaveFault> {
    let folder = match destination.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".upfuse-").suffix(".part");
    // By default only the owner can read temporary files; this one becomes an ordinary file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
        .tempfile_in(folder)
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SaveFault::Failed("there is no such folder".to_owned()),
            io::ErrorKind::PermissionDenied => {
                SaveFault::Failed("no permission to write in this folder".to_owned())
            }
            _ => failed(error),
        })
}

fn failed(error: io::Error) -> SaveFault {
    SaveFault::Failed(reason(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn refused(path: &Path, existing: Existing) -> SaveFault {
        save(path, b"new", existing).unwrap_err().fault
    }

    #[test]
    fn a_new_file_is_written_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        save(&path, b"new", Existing::Refuse).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["a.bin"]);
    }

    #[test]
    fn an_existing_file_is_replaced_only_with_replace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        fs::write(&path, b"old").unwrap();
        assert_eq!(refused(&path, Existing::Refuse), SaveFault::Exists);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        save(&path, b"new", Existing::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["a.bin"]);
    }

    #[test]
    fn a_folder_and_a_missing_folder_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            refused(folder.path(), Existing::Replace),
            SaveFault::NotAFile
        );
        let lost = folder.path().join("none").join("a.bin");
        let error = save(&lost, b"new", Existing::Replace).unwrap_err();
        assert!(error.to_string().contains("there is no such folder"));
        assert!(
            error
                .to_string()
                .ends_with(&format!("({})", lost.display()))
        );
    }

    #[test]
    fn a_check_finds_what_saving_would_find_and_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        let fault = |path: &Path, existing| check(path, existing).unwrap_err().fault;
        check(&path, Existing::Refuse).unwrap();
        assert!(names(folder.path()).is_empty());
        fs::write(&path, b"old").unwrap();
        assert_eq!(fault(&path, Existing::Refuse), SaveFault::Exists);
        check(&path, Existing::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        let lost = folder.path().join("none").join("a.bin");
        let no_folder = SaveFault::Failed("there is no such folder".to_owned());
        assert_eq!(fault(&lost, Existing::Refuse), no_folder);
    }

    #[test]
    fn a_read_only_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        fs::write(&path, b"old").unwrap();
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        assert_eq!(refused(&path, Existing::Replace), SaveFault::ReadOnly);
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[cfg(unix)]
    mod unix {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

        use super::*;

        #[test]
        fn a_device_is_never_replaced() {
            assert_eq!(
                refused(Path::new("/dev/null"), Existing::Replace),
                SaveFault::NotAFile
            );
        }

        #[test]
        fn the_target_of_a_link_is_replaced() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.bin");
            let link = folder.path().join("link.bin");
            symlink(&path, &link).unwrap();
            for existing in [Existing::Refuse, Existing::Replace] {
                assert_eq!(refused(&link, existing), SaveFault::DanglingLink);
            }
            fs::remove_file(&link).unwrap();
            fs::write(&path, b"old").unwrap();
            symlink(&path, &link).unwrap();
            save(&link, b"new", Existing::Replace).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
            assert!(link.is_symlink());
        }

        #[test]
        fn permissions_are_those_of_the_old_file_or_of_any_new_one() {
            let folder = tempfile::tempdir().unwrap();
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            let path = folder.path().join("a.bin");
            let other = folder.path().join("b.bin");
            save(&path, b"new", Existing::Refuse).unwrap();
            fs::write(&other, b"").unwrap();
            assert_eq!(mode(&path), mode(&other));
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            save(&path, b"newer", Existing::Replace).unwrap();
            assert_eq!(mode(&path), 0o640);
        }

        #[test]
        fn the_owner_of_a_replaced_file_stays_its_owner() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.bin");
            fs::write(&path, b"old").unwrap();
            if chown(&path, Some(12), Some(34)).is_err() {
                eprintln!("skipped: only root can give files away");
                return;
            }
            // Only the owner's bits for programs: a change of the owner would clear set-user-ID.
            fs::set_permissions(&path, fs::Permissions::from_mode(0o4660)).unwrap();
            save(&path, b"new", Existing::Replace).unwrap();
            let facts = fs::metadata(&path).unwrap();
            assert_eq!((facts.uid(), facts.gid()), (12, 34));
            assert_eq!(facts.mode() & 0o7777, 0o4660);
        }

        #[test]
        fn another_name_of_a_replaced_file_keeps_the_old_bytes() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.bin");
            let other = folder.path().join("b.bin");
            fs::write(&path, b"old").unwrap();
            fs::hard_link(&path, &other).unwrap();
            save(&path, b"new", Existing::Replace).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
            assert_eq!(fs::read(&other).unwrap(), b"old");
        }
    }
}
