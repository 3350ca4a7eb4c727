//! The record of a batch on disk: each line is there before the next board is begun.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Appends lines to the record of one batch after the other.
#[derive(Debug, Default)]
pub(super) struct RecordFile {
    path: PathBuf,
    /// Lines that could not be written; they come first the next time.
    pending: String,
}

impl RecordFile {
    /// Appends `text` and waits until the disk has it.
    ///
    /// # Errors
    /// When the file cannot be written; the lines are kept and tried again with the next ones.
    pub(super) fn append(&mut self, path: &Path, text: &str) -> io::Result<()> {
        if self.path != path {
            path.clone_into(&mut self.path);
            self.pending.clear();
        }
        self.pending.push_str(text);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = File::options().create(true).append(true).open(path)?;
        let before = file.metadata()?.len();
        let written = file
            .write_all(self.pending.as_bytes())
            .and_then(|()| file.sync_data());
        if let Err(error) = written {
            // The lines come again as a whole; half of them must not stay.
            file.set_len(before)?;
            return Err(error);
        }
        self.pending.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_on_disk_at_once_and_those_that_failed_come_first_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/batch.csv");
        let mut record = RecordFile::default();
        fs::write(folder.path().join("deep"), "a file in the way").unwrap();
        assert!(record.append(&path, "head\n").is_err());
        fs::remove_file(folder.path().join("deep")).unwrap();
        record.append(&path, "one\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "head\none\n");
        record.append(&path, "two\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "head\none\ntwo\n");
    }
}
