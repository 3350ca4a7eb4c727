//! The options for every board of a batch.

use std::path::PathBuf;

use crate::dfu::Pace;
use crate::engine::{Consent, UpgradeOptions};
use crate::printable::printable_path;

/// Fixed when the batch is armed.
#[derive(Clone, Debug)]
pub struct BatchOptions {
    pub upgrade: UpgradeOptions,
    /// The folder for a backup of each board.
    pub backups: Option<PathBuf>,
    pub pace: Pace,
}

impl BatchOptions {
    /// The doubts that were accepted for the whole batch, for the record.
    pub(super) fn accepted(&self) -> String {
        let Consent::To(doubts) = &self.upgrade.consent else {
            return String::new();
        };
        let doubts: Vec<String> = doubts.iter().map(ToString::to_string).collect();
        match doubts.as_slice() {
            [] => String::new(),
            doubts => format!("accepted: {}", doubts.join("; ")),
        }
    }

    /// A sentence for each option; a mass erase has its own.
    pub fn lines(&self) -> Vec<String> {
        let UpgradeOptions {
            verify,
            rewrite,
            keep,
            start,
            target,
            keep_ranges,
            ..
        } = &self.upgrade;
        let mut lines = vec![
            match verify {
                true => "Everything is read back and verified",
                false => "Nothing is verified",
            }
            .to_owned(),
        ];
        if *rewrite {
            lines.push("Sectors that are already up to date are written again".to_owned());
        }
        if *keep {
            lines.push("The rest of partly covered sectors is kept".to_owned());
        }
        if !keep_ranges.is_empty() {
            let ranges: Vec<String> = keep_ranges.iter().map(ToString::to_string).collect();
            lines.push(format!("Never changed: {}", ranges.join(", ")));
        }
        if let Some(only) = target {
            lines.push(format!("Only target {only} of the file is written"));
        }
        if self.pace == Pace::Compatible {
            lines.push("Slow but safe timing".to_owned());
        }
        lines.push(
            match start {
                true => "The program is started",
                false => "The program is not started",
            }
            .to_owned(),
        );
        lines.push(match &self.backups {
            Some(folder) => format!(
                "Each board gets a backup of its own in {}",
                printable_path(folder)
            ),
            None => "No backups are made".to_owned(),
        });
        lines
    }
}
