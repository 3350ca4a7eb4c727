//! The option bytes of the board in view: what it holds, what a person wants it to hold, and the
//! change. Every decision is made in [`crate::option_bytes`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::address::{AddressRange, push_joined};
use crate::discovery::OptionTarget;
use crate::engine::{OptionBytesChange, Outcome, Report, SaveTo, Task, backup_board, new_backup};
use crate::firmware::{Existing, Image, ImageTarget, Segment};
use crate::gui::background;
use crate::gui::text::capitalised;
use crate::option_bytes::{
    Block, Change, Consent, Decoded, Part, Proposal, Question, Refusal, Wanted, WriteProtection,
    decode, propose,
};
use crate::transport::Place;
use crate::wall_clock::Moment;

use super::boards::Entry;
use super::log::Level;
use super::{Effect, Modal, Screen, State};

/// The field of all write protection.
pub(crate) const PROTECTION: &str = "WRP";

/// The option bytes as they were read, and what they are to be.
#[derive(Debug, Default)]
pub struct OptionBytesForm {
    pub read: Option<OptionBytesRead>,
    /// The new value of each field that a person changed, as typed.
    pub(crate) wanted: BTreeMap<String, String>,
    /// A file to restore, instead of single fields.
    image: Option<(String, Vec<Block>)>,
    proposal: Option<Result<Proposal, Refusal>>,
    /// The question follows once they were read.
    asks_after_read: bool,
}

/// What a board holds.
#[derive(Debug)]
pub struct OptionBytesRead {
    place: Place,
    serial: Option<String>,
    alternate: u8,
    pub part: Option<Part>,
    pub blocks: Vec<Block>,
    /// `None` for an unknown part.
    pub decoded: Option<Decoded>,
}

impl OptionBytesForm {
    /// What the wanted values come to; `None` if nothing is wanted.
    pub fn proposal(&self) -> Option<&Result<Proposal, Refusal>> {
        self.proposal.as_ref()
    }

    /// The name of the file that is to be restored.
    pub fn file(&self) -> Option<&str> {
        self.image.as_ref().map(|(name, _)| name.as_str())
    }

    fn wanted(&self) -> Option<Wanted> {
        if let Some((_, image)) = &self.image {
            return Some(Wanted::Image(image.clone()));
        }
        let changes = self.wanted.iter().map(|(name, value)| Change {
            name: name.clone(),
            value: value.trim().to_owned(),
        });
        (!self.wanted.is_empty()).then(|| Wanted::Fields(changes.collect()))
    }

    fn update(&mut self) {
        let read = self.read.as_ref();
        self.proposal = self.wanted().zip(read).map(|(wanted, read)| {
            let part = read.part.as_ref().ok_or(Refusal::UnknownPart)?;
            propose(part, &read.blocks, &wanted)
        });
    }

    fn discard(&mut self) {
        self.wanted.clear();
        self.image = None;
        self.asks_after_read = false;
        self.update();
    }

    /// The proposal, if it changes anything.
    fn change(&self) -> Option<&Proposal> {
        let proposal = self.proposal.as_ref()?.as_ref().ok()?;
        (!proposal.rewrites().is_empty()).then_some(proposal)
    }
}

impl State {
    /// The target in view, if it holds option bytes.
    pub(crate) fn option_target(&self) -> Option<OptionTarget> {
        let target = self.boards.ready_focus()?.option_bytes()?;
        (target.alternate == self.range.alternate).then_some(target)
    }

    /// What was read from the board in view.
    pub(crate) fn option_bytes_in_view(&self) -> Option<&OptionBytesRead> {
        let place = self.boards.focus_place()?;
        let read = self.option_bytes.read.as_ref();
        read.filter(|read| read.place == *place)
    }

    /// What cannot be written of the board in view, as its option bytes were read last.
    pub(super) fn write_protected(&self) -> Vec<AddressRange> {
        let read = self.option_bytes_in_view();
        let protection = read.and_then(|read| Some(&read.decoded.as_ref()?.write_protection));
        let mut ranges = Vec::new();
        if let Some(WriteProtection::Units(units)) = protection {
            for unit in units {
                push_joined(&mut ranges, unit.range);
            }
        }
        ranges
    }

    /// What an upgrade would write is not protected from it, as far as was read.
    pub(super) fn is_not_write_protected(&self) -> Result<(), String> {
        let targets = self.firmware.image().map(|image| &image.targets);
        let mut segments = targets
            .into_iter()
            .flatten()
            .flat_map(|target| &target.segments);
        let protected = self.write_protected();
        let is_protected =
            |range: AddressRange| protected.iter().any(|locked| locked.overlaps(range));
        match segments.any(|segment| is_protected(segment.range())) {
            true => Err(
                "Sectors that the file needs are write-protected: see Option Bytes in Read & erase"
                    .to_owned(),
            ),
            false => Ok(()),
        }
    }

    pub(super) fn can_read_option_bytes(&self) -> Result<(), String> {
        self.has_idle_board()?;
        let board = self.boards.ready_focus();
        match board.and_then(|board| board.option_bytes()) {
            Some(_) => Ok(()),
            None => Err("This board's bootloader does not offer its option bytes".to_owned()),
        }
    }

    pub(super) fn has_option_bytes(&self) -> Result<(), String> {
        match self.option_bytes_in_view() {
            Some(_) => Ok(()),
            None => Err("Read the option bytes first".to_owned()),
        }
    }

    pub(super) fn has_option_edits(&self) -> Result<(), String> {
        match self.option_bytes.wanted() {
            Some(_) => Ok(()),
            None => Err("Nothing was changed".to_owned()),
        }
    }

    pub(super) fn can_change_option_bytes(&self) -> Result<(), String> {
        self.can_read_option_bytes()?;
        self.has_option_bytes()?;
        self.has_option_edits()?;
        match &self.option_bytes.proposal {
            Some(Err(refusal)) => return Err(capitalised(&refusal.to_string())),
            _ if self.option_bytes.change().is_none() => {
                return Err("The option bytes already have these values".to_owned());
            }
            _ => {}
        }
        match self.settings.backup_folder {
            Some(_) => Ok(()),
            None => Err("Choose a folder for the backup first".to_owned()),
        }
    }

    pub(super) fn read_option_bytes(&mut self) -> Vec<Effect> {
        self.run_on_focus(Task::ReadOptionBytes { save: None })
    }

    /// Sets a field to a value as typed, or leaves it as it is.
    pub(super) fn want_option(&mut self, name: String, value: Option<String>) {
        self.option_bytes.image = None;
        match value {
            Some(value) => self.option_bytes.wanted.insert(name, value),
            None => self.option_bytes.wanted.remove(&name),
        };
        self.option_bytes.update();
    }

    pub(super) fn discard_option_edits(&mut self) {
        self.option_bytes.discard();
    }

    /// Shows what would change, and asks.
    pub(super) fn ask_to_change_option_bytes(&mut self) {
        if let Some(proposal) = self.option_bytes.change() {
            let typed = vec![String::new(); proposal.questions.len()];
            self.modal = Some(Modal::ConfirmOptionBytes { typed });
        }
    }

    /// Reads the option bytes, and asks whether their write protection is to be removed.
    pub(super) fn remove_write_protection(&mut self) -> Vec<Effect> {
        let board = self.boards.ready_focus();
        let Some(target) = board.and_then(|board| board.option_bytes()) else {
            return Vec::new();
        };
        self.range.alternate = target.alternate;
        self.range.set_whole();
        self.show(Screen::ReadAndErase);
        self.option_bytes.discard();
        self.want_option(PROTECTION.to_owned(), Some("none".to_owned()));
        self.option_bytes.asks_after_read = true;
        self.read_option_bytes()
    }

    /// Whether the words that were typed answer every question of the change.
    pub(crate) fn answers_option_questions(&self, typed: &[String]) -> bool {
        let consent = consent(typed);
        let questions = self.option_bytes.change().map(|change| &change.questions);
        let mut questions = questions.into_iter().flatten();
        questions.all(|question: &Question| consent.covers(question))
    }

    pub(super) fn change_option_bytes(&mut self, typed: &[String]) -> Vec<Effect> {
        if self.can_change_option_bytes().is_err() || !self.answers_option_questions(typed) {
            return Vec::new();
        }
        let (Some(wanted), Some(read), Some(folder)) = (
            self.option_bytes.wanted(),
            self.option_bytes_in_view(),
            &self.settings.backup_folder,
        ) else {
            return Vec::new();
        };
        let Some(entry) = self.boards.entry(&read.place) else {
            return Vec::new();
        };
        let all = self.boards.entries.iter().map(|entry| &entry.found);
        let board = backup_board(&entry.found, all);
        let change = OptionBytesChange {
            wanted,
            consent: consent(typed),
            seen: Some(read.blocks.clone()),
            backup: SaveTo {
                path: new_backup(folder, "option-bytes", board, Moment::now()),
                existing: Existing::Refuse,
            },
        };
        self.run_on_focus(Task::WriteOptionBytes(Arc::new(change)))
    }

    /// Takes what a job read last.
    pub(super) fn option_bytes_finished(&mut self, place: &Place, report: &Report) {
        let Some(entry) = self.boards.entry(place) else {
            return;
        };
        let (serial, target) = (
            entry.found.record.serial.clone(),
            entry.found.option_bytes(),
        );
        let done = report.outcome == Outcome::Done;
        let before = self.option_bytes.read.as_ref();
        // What was wanted of another board is nothing to this one.
        let is_other = before.is_some_and(|read| read.place != *place);
        if (done && report.bytes_written > 0) || (is_other && !self.option_bytes.asks_after_read) {
            self.option_bytes.discard();
        }
        // What was sent and not read back is not known.
        let before = self.option_bytes.read.as_ref();
        let before = before.filter(|read| read.place == *place);
        let is_whole = before.is_none_or(|read| read.blocks.len() == report.option_bytes.len());
        let part = match (target, &self.option_bytes.read) {
            (Some(target), _) => Some((target.alternate, target.part)),
            // The board is still away.
            (None, Some(read)) if read.place == *place => Some((read.alternate, read.part.clone())),
            (None, _) => None,
        };
        self.option_bytes.read = part
            .filter(|_| is_whole && !report.option_bytes.is_empty())
            .map(|(alternate, part)| OptionBytesRead {
                place: place.clone(),
                serial,
                alternate,
                decoded: part.as_ref().map(|part| decode(part, &report.option_bytes)),
                part,
                blocks: report.option_bytes.clone(),
            });
        self.option_bytes.update();
        let asks = std::mem::take(&mut self.option_bytes.asks_after_read);
        if done && asks {
            match self.can_change_option_bytes() {
                Ok(()) => self.ask_to_change_option_bytes(),
                Err(why) => self.banner(Level::Warning, why),
            }
        }
        self.mark_picture_stale();
    }

    /// Forgets what was read from a board that is gone, unless its job waits for it.
    pub(super) fn forget_gone_option_bytes(&mut self, entries: &[Entry]) {
        let is_there = |read: &OptionBytesRead| {
            let mut entries = entries.iter();
            self.is_busy(&read.place)
                || entries.any(|entry| {
                    *entry.place() == read.place
                        && entry.is_ready()
                        && entry.found.record.serial == read.serial
                })
        };
        if self
            .option_bytes
            .read
            .as_ref()
            .is_some_and(|read| !is_there(read))
        {
            self.option_bytes.read = None;
            self.option_bytes.discard();
        }
    }

    /// As a target of a firmware file.
    pub(super) fn save_option_bytes(&self, path: PathBuf, existing: Existing) -> Option<Effect> {
        let read = self.option_bytes_in_view()?;
        let blocks = read.blocks.iter();
        let target = ImageTarget {
            alternate: read.alternate,
            name: Some("Option Bytes".to_owned()),
            segments: blocks
                .filter_map(|block| Segment::new(block.start, block.bytes.clone()))
                .collect(),
        };
        Some(Effect::Background(background::Task::SaveTarget {
            path,
            existing,
            target,
            plain: None,
        }))
    }

    /// Proposes to restore what a file holds.
    pub(super) fn option_file_loaded(&mut self, path: &Path, image: &Image) {
        let alternate = self.option_bytes_in_view().map(|read| read.alternate);
        let mut targets = image.targets.iter();
        let target = targets.find(|target| Some(target.alternate) == alternate);
        let Some(target) = target else {
            let text = "The file holds no option bytes of this board";
            return self.banner(Level::Error, text);
        };
        let segments = target.segments.iter();
        let blocks = segments.map(|segment| Block {
            start: segment.range().start(),
            bytes: segment.data().to_vec(),
        });
        let name = path.file_name().unwrap_or(path.as_os_str());
        self.option_bytes.wanted.clear();
        self.option_bytes.image = Some((crate::printable::printable_path(name), blocks.collect()));
        self.option_bytes.update();
    }
}

fn consent(typed: &[String]) -> Consent {
    let typed = typed.iter().map(|word| word.trim().to_owned());
    Consent {
        typed: typed.collect(),
    }
}
