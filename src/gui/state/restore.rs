//! Restoring: the backups in their folder, and the one that is the firmware file; the word on the
//! main button.

use std::path::{Path, PathBuf};

use crate::engine::{BackupName, Task, backup_board};
use crate::gui::background;

use super::firmware::Loaded;
use super::{Effect, Modal, State};

/// A backup in its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    pub(crate) path: PathBuf,
    pub(crate) name: BackupName,
    pub(crate) bytes: u64,
}

/// The backups in the folder, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    Reading,
    Found(Vec<Backup>),
    /// A sentence.
    Failed(String),
}

/// The board that a backup was made of, compared with the one that is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    ThisBoard,
    AnotherBoard,
}

impl State {
    pub(super) fn list_backups(&mut self) -> Vec<Effect> {
        let Some(folder) = self.settings.backup_folder.clone() else {
            return Vec::new();
        };
        self.modal = Some(Modal::Backups(Listed::Reading));
        let task = background::Task::ListBackups { folder };
        vec![Effect::Background(task)]
    }

    pub(super) fn backups_listed(&mut self, found: Result<Vec<Backup>, String>) {
        if let Some(Modal::Backups(list)) = &mut self.modal {
            *list = found.map_or_else(Listed::Failed, Listed::Found);
        }
    }

    /// The firmware file is a backup, of this board.
    pub(crate) fn restores(&self) -> Option<(&BackupName, Whose)> {
        let backup = self.firmware.loaded()?.backup.as_ref()?;
        Some((backup, self.whose(backup)?))
    }

    /// Whose backup this is; `None` without a chosen board.
    pub(crate) fn whose(&self, backup: &BackupName) -> Option<Whose> {
        let board = &self.boards.ready_focus()?;
        let all = self.boards.entries.iter().map(|entry| &entry.found);
        Some(match backup.is_of(backup_board(board, all)) {
            true => Whose::ThisBoard,
            false => Whose::AnotherBoard,
        })
    }

    /// "Upgrade", or "Restore" for a backup.
    pub(crate) fn upgrade_verb(&self) -> &'static str {
        let backup = self.firmware.loaded().map(Loaded::is_backup);
        match backup {
            Some(true) => "Restore",
            _ => "Upgrade",
        }
    }

    /// The result in view is of an upgrade with this file that was stopped or failed.
    pub(crate) fn upgrades_again(&self) -> bool {
        let job = self.shown_job().filter(|job| job.screen() == self.screen);
        let job = job.filter(|job| job.file == self.firmware.loaded().map(Loaded::digest));
        job.is_some_and(|job| matches!(job.task, Task::Upgrade { .. }) && job.ended_early())
    }
}

/// The newest backups in `folder`.
pub(crate) fn newest(folder: &Path) -> std::io::Result<Vec<Backup>> {
    /// A folder of another purpose may hold any number of files.
    const LOOKED_AT: usize = 20_000;
    const LISTED: usize = 100;
    let mut backups = Vec::new();
    for entry in std::fs::read_dir(folder)?.take(LOOKED_AT) {
        let entry = entry?;
        let path = entry.path();
        if let Some(name) = BackupName::parse(&path) {
            let bytes = entry.metadata()?.len();
            backups.push(Backup { path, name, bytes });
        }
    }
    backups.sort_by(|a, b| (&b.name.made, &b.path).cmp(&(&a.name.made, &a.path)));
    backups.truncate(LISTED);
    Ok(backups)
}
