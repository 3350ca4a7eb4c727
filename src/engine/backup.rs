//! The name of a backup: a new one for each job and board.

use std::path::{Path, PathBuf};

use crate::discovery::Found;
use crate::wall_clock::Moment;

/// Stands between the name of the firmware file and the board.
const MARK: &str = "-backup-";
/// File systems allow 255 bytes; this leaves room for the rest of the name.
const LONGEST_STEM: usize = 48;

/// A file in `folder` that does not exist yet: `blinky-backup-3065346A3433-20261121-132539.dfu`.
/// `file` is the name of the firmware file.
pub fn new_backup(folder: &Path, file: &str, board: &str, now: Moment) -> PathBuf {
    let stem = stem(file);
    let name = format!("{stem}{MARK}{}-{}", plain(board), now.for_file_name());
    let first = folder.join(format!("{name}.dfu"));
    let later = (2..).map(|number: u32| folder.join(format!("{name}-{number}.dfu")));
    let mut names = std::iter::once(first.clone()).chain(later);
    names.find(|path| !path.exists()).unwrap_or(first)
}

/// Whether [`new_backup`] named the file that is at `path`.
#[cfg(feature = "gui")]
pub(crate) fn is_backup(path: &Path) -> bool {
    // A link has the name of what it leads to. What is not there is no backup.
    let name = path.canonicalize().ok();
    let name = name.as_deref().and_then(Path::file_stem);
    let name = name.unwrap_or_default().to_string_lossy();
    let after_mark = name.split_once(MARK).map(|(_, rest)| rest);
    let mut parts = after_mark.unwrap_or_default().rsplit('-').peekable();
    let digits = |count| move |part: &&str| part.len() == count && is_digits(part);
    // The number of a name that was taken.
    parts.next_if(|part| part.len() < 6 && is_digits(part));
    parts.next_if(digits(6)).is_some() && parts.next_if(digits(8)).is_some()
}

#[cfg(feature = "gui")]
fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The serial number, if no other board has it, else the place.
pub fn backup_board<'a>(board: &'a Found, all: impl IntoIterator<Item = &'a Found>) -> &'a str {
    let serial = board.record.serial.as_deref();
    let same = |other: &&Found| other.record.serial.as_deref() == serial;
    match serial.filter(|serial| !serial.is_empty()) {
        Some(own) if all.into_iter().filter(same).count() < 2 => own,
        _ => &board.place().0,
    }
}

/// A backup of a board that holds a backup is named after the first file.
fn stem(file: &str) -> String {
    let name = Path::new(file).file_stem().unwrap_or_default();
    let name = name.to_string_lossy();
    let first = name.split(MARK).next().unwrap_or_default();
    plain(first).chars().take(LONGEST_STEM).collect()
}

/// Without characters that a file system may refuse.
fn plain(text: &str) -> String {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ' ' | '+');
    text.chars()
        .map(|c| if allowed(c) { c } else { '-' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::samples::{only, rom};
    use crate::transport::DeviceRecord;

    fn now() -> Moment {
        Moment::at(1_795_183_389, 1)
    }

    fn name(file: &str, board: &str) -> String {
        let path = new_backup(Path::new("/none"), file, board, now());
        path.file_name().unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn a_backup_is_named_after_file_board_and_time() {
        assert_eq!(
            name("blinky.dfu", "3065346A3433"),
            "blinky-backup-3065346A3433-20261120-150309.dfu"
        );
        assert_eq!(
            name("v1.2: final?.hex", "a/b"),
            "v1.2- final--backup-a-b-20261120-150309.dfu"
        );
        let long = "ü".repeat(300);
        assert!(name(&long, "1-4").len() < 255);
    }

    #[test]
    fn a_restored_backup_does_not_make_the_next_name_longer() {
        let first = name("blinky.dfu", "A");
        assert_eq!(name(&first, "A"), first);
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let folder = tempfile::tempdir().unwrap();
        let mut names = std::collections::BTreeSet::new();
        for _ in 0..3 {
            let path = new_backup(folder.path(), "a.dfu", "1-4", now());
            std::fs::write(&path, "").unwrap();
            names.insert(path);
        }
        assert_eq!(names.len(), 3);
    }

    #[cfg(feature = "gui")]
    #[test]
    fn a_backup_is_known_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let path = new_backup(folder.path(), "a.dfu", "1-4", now());
            assert!(!is_backup(&path), "not there yet");
            std::fs::write(&path, "").unwrap();
            assert!(is_backup(&path), "{}", path.display());
        }
        for name in [
            "a.dfu",
            "a-backup-.dfu",
            "my-backup-2.dfu",
            "20261120-150309.dfu",
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, "").unwrap();
            assert!(!is_backup(&path), "{name}");
        }
    }

    #[test]
    fn boards_with_the_same_serial_number_are_told_apart_by_their_place() {
        let board = |place: &str, serial: Option<&str>| {
            only(DeviceRecord {
                serial: serial.map(str::to_owned),
                ..rom(place, &["@Internal Flash  /0x08000000/64*001Kg"])
            })
        };
        let all = [
            board("1-1", Some("AT32")),
            board("1-2", Some("AT32")),
            board("1-3", Some("B")),
            board("1-4", None),
        ];
        let names: Vec<&str> = all.iter().map(|one| backup_board(one, &all)).collect();
        assert_eq!(names, ["1-1", "1-2", "B", "1-4"]);
    }
}
