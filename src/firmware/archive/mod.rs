//! Archives with firmware inside. A person may name a file in one as if the archive were a folder:
//! `release.zip/board/firmware.dfu`.

mod gzip;
mod zip;

use std::io::Read;
use std::path::{Path, PathBuf};

use super::error::{FILE_LIMIT, Fault};

/// Of the archives that can be opened.
pub(crate) const EXTENSIONS: &[&str] = &["zip", "gz"];

/// A file taken from an archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Its name in the archive, with folders.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// The archive's name, and the name of the file in it if a person gave one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) archive: &'a str,
    pub(super) member: Option<&'a str>,
}

/// The file that is wanted, or the only one with firmware; `None` if `bytes` are no archive that can
/// be opened.
///
/// # Errors
/// When it is damaged, encrypted or packed in another way, too large, or when none or several of its
/// files may be meant.
pub(super) fn open(bytes: &[u8], wanted: Wanted<'_>) -> Option<Result<Member, Fault>> {
    if zip::is_zip(bytes) {
        return Some(zip::open(bytes, wanted.member));
    }
    gzip::is_gzip(bytes).then(|| gzip::open(bytes, wanted))
}

/// Splits a path at the first file on it: the archive, and the name of the file in it.
pub(super) fn split(path: &Path) -> (PathBuf, Option<String>) {
    let files = path.ancestors().skip(1).filter(|above| above.is_file());
    let Some(archive) = files.last().filter(|_| !path.exists()) else {
        return (path.to_owned(), None);
    };
    let inside = path.strip_prefix(archive).ok();
    let parts = inside.into_iter().flat_map(|inside| inside.iter());
    let parts: Vec<_> = parts.map(|part| part.to_string_lossy()).collect();
    (archive.to_owned(), Some(parts.join("/")))
}

/// The file on disk that `path` names: the archive, if it names a file in one.
pub(crate) fn file_on_disk(path: &Path) -> PathBuf {
    split(path).0
}

/// Unpacks no more than a firmware file may have, whatever the archive states.
fn read_limited(source: impl Read) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let read = source.take(FILE_LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|error| Fault::BadArchive(error.to_string()))?;
    match bytes.len() as u64 {
        size if size > FILE_LIMIT => Err(Fault::TooLargeInside),
        _ => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_into_a_file_names_an_archive_and_a_file_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("a.zip");
        std::fs::write(&archive, "x").unwrap();
        let inside = archive.join("b").join("c.dfu");
        assert_eq!(split(&inside), (archive.clone(), Some("b/c.dfu".into())));
        assert_eq!(split(&archive), (archive.clone(), None));
        let missing = folder.path().join("none.zip").join("c.dfu");
        assert_eq!(split(&missing), (missing.clone(), None));
        assert_eq!(file_on_disk(&inside), archive);
    }
}
