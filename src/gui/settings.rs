//! The settings of the window. The file is written as a whole or not at all; a broken one is put
//! aside and reported, never silently reset.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};

use crate::firmware::{Existing, save};
use crate::printable::printable_path;

/// How many recent files are kept.
const RECENT: usize = 10;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub theme: ThemeChoice,
    /// Newest first.
    pub recent: Vec<PathBuf>,
    /// Where the last firmware file was chosen, and where the last read-out was saved.
    pub open_folder: Option<PathBuf>,
    pub save_folder: Option<PathBuf>,
    /// Where backups go, each under a new name.
    pub backup_folder: Option<PathBuf>,
    pub options: Choices,
    /// In the record of a batch.
    pub operator: String,
    /// A sound for each board of a batch that passed, failed or was skipped.
    pub sounds: bool,
    /// Where records of batches go, if not to their usual folder.
    pub records_folder: Option<PathBuf>,
    /// Names people gave to ports of their bench, by port.
    pub port_names: BTreeMap<String, String>,
    /// Names people gave, by serial number or port.
    pub board_names: BTreeMap<String, String>,
    /// Reload a rebuilt firmware file automatically; never writes to a board.
    #[serde(rename = "reload_by_itself")]
    pub reload_automatically: bool,
    /// Width and height of the window when it was closed, in points.
    pub window_size: Option<[u16; 2]>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    #[default]
    System,
    Light,
    Dark,
}

/// The options of an upgrade that are remembered. A mass erase is chosen for
/// each upgrade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    pub verify: bool,
    pub only_what_differs: bool,
    pub keep: bool,
    pub start: bool,
    /// Save the old contents first, if there is a folder for it.
    pub backup: bool,
    pub compatible_timing: bool,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            verify: true,
            only_what_differs: true,
            keep: false,
            start: true,
            backup: false,
            compatible_timing: false,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::default(),
            recent: Vec::new(),
            open_folder: None,
            save_folder: None,
            backup_folder: None,
            options: Choices::default(),
            operator: String::new(),
            sounds: true,
            records_folder: None,
            port_names: BTreeMap::new(),
            board_names: BTreeMap::new(),
            reload_automatically: false,
            window_size: None,
        }
    }
}

impl Settings {
    /// The next dialog opens in the folder of `path`.
    pub fn remember_folder(&mut self, path: &Path) {
        self.open_folder = whole(path).parent().map(Path::to_owned);
    }

    /// Puts a file that was opened first among the recent ones.
    pub fn remember_file(&mut self, path: &Path) {
        let path = whole(path);
        self.recent.retain(|known| *known != path);
        self.recent.insert(0, path);
        self.recent.truncate(RECENT);
    }

    /// Removes a file that could not be opened from the recent ones.
    pub fn forget_file(&mut self, path: &Path) {
        let path = whole(path);
        self.recent.retain(|known| *known != path);
    }

    /// The name that a person gave to a board, by any of its keys.
    pub fn name_of<'a>(&'a self, keys: &[String]) -> Option<&'a str> {
        keys.iter()
            .find_map(|key| self.board_names.get(key))
            .map(String::as_str)
    }
}

/// The next start may be in another folder. Making a path absolute fails only without a current
/// folder.
fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The settings file, or nowhere (tests; a system without a home folder).
#[derive(Clone, Debug, Default)]
pub struct Store {
    path: Option<PathBuf>,
    /// Where records of batches go.
    records: Option<PathBuf>,
}

impl Store {
    /// The user's own settings file.
    pub fn for_user() -> Self {
        let base = etcetera::choose_base_strategy().ok();
        let base = base.as_ref();
        Self {
            path: base.map(|base| base.config_dir().join("upfuse").join("settings.json")),
            records: base.map(|base| base.data_dir().join("upfuse").join("batches")),
        }
    }

    pub fn at(path: PathBuf) -> Self {
        Self {
            records: path.parent().map(|folder| folder.join("batches")),
            path: Some(path),
        }
    }

    pub(super) fn records_folder(&self) -> Option<PathBuf> {
        self.records.clone()
    }

    /// The settings, and a message when the file could not be read. A missing file is a first
    /// start.
    pub fn load(&self) -> (Settings, Option<String>) {
        let Some(path) = &self.path else {
            return (Settings::default(), None);
        };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return (Settings::default(), None),
            Err(e) => return (Settings::default(), Some(put_aside(path, &e.to_string()))),
        };
        match serde_json::from_str(&text) {
            Ok(settings) => (settings, None),
            Err(e) => (Settings::default(), Some(put_aside(path, &e.to_string()))),
        }
    }

    /// The size to open with, before the settings are loaded; a broken file is dealt with then.
    pub(super) fn window_size(&self) -> Option<[u16; 2]> {
        let text = std::fs::read_to_string(self.path.as_ref()?).ok()?;
        let settings: Settings = serde_json::from_str(&text).ok()?;
        settings.window_size
    }

    /// # Errors
    /// When the folder cannot be created or the file cannot be written; the old file then stays.
    pub fn save(&self, settings: &Settings) -> io::Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let text = serde_json::to_string_pretty(settings).map_err(io::Error::other)?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        save(path, text.as_bytes(), Existing::Replace).map_err(io::Error::other)
    }
}

fn put_aside(path: &Path, why: &str) -> String {
    let stamp = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |d| d.as_secs());
    let aside = path.with_extension(format!("json.broken-{stamp}"));
    match std::fs::rename(path, &aside) {
        Ok(()) => format!(
            "The settings could not be read ({why}). They were put aside as {} and the defaults are used.",
            printable_path(&aside)
        ),
        Err(e) => format!(
            "The settings could not be read ({why}) nor put aside ({e}). The defaults are used: {}",
            printable_path(&path)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_settings_load_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("deep/settings.json"));
        let mut settings = Settings::default();
        settings.remember_file(Path::new("/a/b.dfu"));
        settings.options.keep = true;
        settings
            .board_names
            .insert("1-4".into(), "bench left".into());
        store.save(&settings).unwrap();
        assert_eq!(store.load(), (settings, None));
        assert_eq!(
            std::fs::read_dir(folder.path().join("deep"))
                .unwrap()
                .count(),
            1
        );
    }

    #[test]
    fn a_broken_file_is_put_aside_and_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        std::fs::write(&path, "{\"theme\": 12").unwrap();
        let (settings, report) = Store::at(path.clone()).load();
        assert_eq!(settings, Settings::default());
        assert!(report.unwrap().contains("put aside"));
        assert!(!path.exists());
        let kept = std::fs::read_dir(folder.path())
            .unwrap()
            .next()
            .unwrap()
            .unwrap();
        assert_eq!(
            std::fs::read_to_string(kept.path()).unwrap(),
            "{\"theme\": 12"
        );
    }

    #[test]
    fn a_first_start_is_not_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("settings.json"));
        assert_eq!(store.load(), (Settings::default(), None));
    }

    #[test]
    fn settings_of_an_older_version_keep_their_values() {
        let settings: Settings = serde_json::from_str("{\"theme\":\"dark\",\"gone\":1}").unwrap();
        assert_eq!(settings.theme, ThemeChoice::Dark);
        assert!(settings.options.verify);
    }

    #[test]
    fn recent_files_are_at_most_ten_and_distinct() {
        let mut settings = Settings::default();
        for n in 0..12 {
            settings.remember_file(Path::new(&format!("/f/{n}")));
        }
        settings.remember_file(Path::new("/f/5"));
        assert_eq!(settings.recent.len(), RECENT);
        assert_eq!(settings.recent.first().unwrap(), Path::new("/f/5"));
    }

    #[test]
    fn a_relative_path_is_remembered_from_the_root() {
        let mut settings = Settings::default();
        settings.remember_file(Path::new("fw.dfu"));
        settings.remember_folder(Path::new("fw.dfu"));
        let here = std::env::current_dir().unwrap();
        assert_eq!(settings.recent, [here.join("fw.dfu")]);
        assert_eq!(settings.open_folder, Some(here.clone()));
        settings.remember_file(&here.join("fw.dfu"));
        assert_eq!(settings.recent.len(), 1);
    }
}
