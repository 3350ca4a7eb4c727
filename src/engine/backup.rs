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

/// Whether [`new_backup`] may have made this name of a file.
pub(super) fn is_backup_name(name: &str) -> bool {
    let stem = Path::new(name).file_stem().unwrap_or_default();
    NameParts::of(&stem.to_string_lossy()).is_some()
}

/// What stands between the hyphens of a name, without the number of one that was taken.
#[cfg_attr(
    not(feature = "gui"),
    expect(dead_code, reason = "only the window shows them")
)]
struct NameParts<'a> {
    file: &'a str,
    board: Vec<&'a str>,
    date: &'a str,
    time: &'a str,
}

impl<'a> NameParts<'a> {
    fn of(stem: &'a str) -> Option<Self> {
        let (file, rest) = stem.split_once(MARK)?;
        let mut board: Vec<&str> = rest.split('-').collect();
        board.pop_if(|part| part.len() < 6 && is_digits(part));
        let time = board
            .pop()
            .filter(|part| part.len() == 6 && is_digits(part))?;
        let date = board
            .pop()
            .filter(|part| part.len() == 8 && is_digits(part))?;
        Some(Self {
            file,
            board,
            date,
            time,
        })
    }
}

/// What the name of a backup says.
#[cfg(feature = "gui")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupName {
    /// The firmware file of the upgrade, without its extension.
    pub(crate) file: String,
    /// The board's serial number, or its place.
    pub(crate) board: String,
    /// `2026-11-21 13:25:39`, local time
    pub(crate) made: String,
}

#[cfg(feature = "gui")]
impl BackupName {
    /// `None` if [`new_backup`] makes no such name.
    pub(crate) fn parse(path: &Path) -> Option<Self> {
        let stem = path.file_stem()?.to_string_lossy().into_owned();
        let NameParts {
            file,
            board,
            date,
            time,
        } = NameParts::of(&stem)?;
        let pair = |text: &str, at: usize| text.get(at..at + 2).unwrap_or_default().to_owned();
        let [month, day] = [4, 6].map(|at| pair(date, at));
        let [hour, minute, second] = [0, 2, 4].map(|at| pair(time, at));
        let year = date.get(..4).unwrap_or_default();
        Some(Self {
            file: file.to_owned(),
            board: board.join("-"),
            made: format!("{year}-{month}-{day} {hour}:{minute}:{second}"),
        })
    }

    /// It is of the board that [`backup_board`] names.
    pub(crate) fn is_of(&self, board: &str) -> bool {
        self.board == plain(board)
    }
}

/// Whether [`new_backup`] named the file that is at `path`.
#[cfg(feature = "gui")]
pub(crate) fn is_backup(path: &Path) -> bool {
    // A link has the name of what it leads to. What is not there is no backup.
    let path = path.canonicalize().ok();
    path.as_deref().and_then(BackupName::parse).is_some()
}

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

    #[cfg(feature = "gui")]
    #[test]
    fn the_name_of_a_backup_names_file_board_and_time() {
        for (file, board, shown) in [
            ("blinky.dfu", "3065346A3433", "blinky"),
            ("v-1.hex", "1-4.2", "v-1"),
        ] {
            let parsed = BackupName::parse(Path::new(&name(file, board))).unwrap();
            assert_eq!(
                (parsed.file.as_str(), parsed.board.as_str()),
                (shown, board)
            );
            assert_eq!(parsed.made, "2026-11-20 15:03:09");
            assert!(parsed.is_of(board) && !parsed.is_of("1-4"));
        }
        let again = "a-backup-S/N 1-20261120-150309-2.dfu".replace('/', "-");
        assert!(BackupName::parse(Path::new(&again)).unwrap().is_of("S/N 1"));
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
