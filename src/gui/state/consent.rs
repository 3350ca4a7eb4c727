//! The doubts about the chosen file, and a person's consent to write it all the same: once for each
//! file.

use crate::address::Address;
use crate::engine::{Board, Consent, Doubt, UpgradeOptions, doubts};

use super::log::Level;
use super::{State, options};

impl State {
    /// The options of the next upgrade, with the consent that was given for the file.
    pub(super) fn upgrade_options(&self) -> UpgradeOptions {
        let loaded = self.firmware.loaded();
        let consent = loaded.map(|loaded| loaded.consent.clone());
        UpgradeOptions {
            target: self.target_to_write(),
            consent: Consent::To(consent.unwrap_or_default()),
            ..options::upgrade_options(&self.settings.options, &self.one_time)
        }
    }

    /// It is not known yet where the file is written.
    pub fn lacks_address(&self) -> bool {
        let loaded = self.firmware.loaded();
        !self.is_about_plain() && loaded.is_some_and(|loaded| loaded.facts.lacks_address())
    }

    /// Whether the board in view has memory at `at`; without a board, one may.
    pub fn may_hold(&self, at: Address) -> bool {
        let Some(board) = self.boards.ready_focus() else {
            return true;
        };
        let mut maps = board.targets.iter().filter_map(|t| t.map.as_ref().ok());
        maps.any(|map| map.sector_at(at).is_some())
    }

    /// The doubts about the file for the chosen boards, or about the file alone.
    pub(super) fn find_doubts(&self) -> Vec<Doubt> {
        let Some(image) = self.firmware.image() else {
            return Vec::new();
        };
        let mut boards = self.boards.chosen().peekable();
        if boards.peek().is_none() {
            return doubts(image, None);
        }
        let mut found = Vec::new();
        for entry in boards {
            let board = Board::from(&entry.found);
            for doubt in doubts(image, Some(&board)) {
                if !found.contains(&doubt) {
                    found.push(doubt);
                }
            }
        }
        found
    }

    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }

    /// The serious doubts without consent.
    pub fn open_doubts(&self) -> impl Iterator<Item = &Doubt> {
        let loaded = self.firmware.loaded();
        let given = move |doubt: &Doubt| loaded.is_some_and(|l| l.consent.contains(doubt));
        let serious = self.doubts.iter().filter(|doubt| doubt.is_serious());
        serious.filter(move |doubt| !given(doubt))
    }

    pub(super) fn write_anyway(&mut self) {
        let open: Vec<Doubt> = self.open_doubts().cloned().collect();
        for doubt in &open {
            let text = format!("To be written all the same: {doubt}");
            self.note(Level::Warning, None, text);
        }
        self.firmware.consent_to(open);
        self.refresh();
    }
}
