//! The firmware file: none, loading, loaded or refused.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::address::{Address, AddressRange};
use crate::engine::{BackupName, Doubt};
use crate::firmware::{
    Family, Image, MadeFor, Placement, families_text, memories_in_words, program_in_words,
    size_in_words,
};

use super::job::FileDigest;
use crate::gui::background::LoadFailure;

#[derive(Clone, Debug, Default)]
pub enum Firmware {
    #[default]
    None,
    Loading {
        path: PathBuf,
        request: u64,
    },
    Loaded(Box<Loaded>),
    Failed {
        path: PathBuf,
        error: LoadFailure,
    },
}

/// A loaded file, with the facts for the window.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub path: PathBuf,
    pub image: Arc<Image>,
    /// The file on disk has changed since.
    pub changed: bool,
    /// The doubts that a person has seen and that do not stop an upgrade with this file.
    pub consent: Vec<Doubt>,
    pub facts: Facts,
    /// The file is a backup.
    pub(crate) backup: Option<Box<BackupName>>,
}

/// Texts and numbers about an image, made once when it is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub name: String,
    /// "DfuSe, 315 KiB"
    pub kind: String,
    pub targets: Vec<TargetFacts>,
    pub made_for: Option<MadeFor>,
    /// What the file says about itself: a label, and a text from the file.
    pub about: Vec<(&'static str, String)>,
    pub sha256: String,
    pub notes: Vec<String>,
    pub placement: Placement,
    /// Where a file without addresses probably belongs.
    pub likely_address: Option<Address>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetFacts {
    pub alternate: u8,
    pub name: Option<String>,
    pub bytes: u64,
    pub ranges: Vec<AddressRange>,
    /// The kind of memory that it goes to.
    pub memory: String,
    /// The program at its start, in words.
    pub program: Option<String>,
}

impl Firmware {
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::None => None,
            Self::Loading { path, .. } | Self::Failed { path, .. } => Some(path),
            Self::Loaded(loaded) => Some(&loaded.path),
        }
    }

    pub fn loaded(&self) -> Option<&Loaded> {
        match self {
            Self::Loaded(loaded) => Some(loaded),
            _ => None,
        }
    }

    pub fn image(&self) -> Option<&Arc<Image>> {
        self.loaded().map(|loaded| &loaded.image)
    }

    /// Stores the result, unless a later request has replaced this one.
    pub fn finish_loading(
        &mut self,
        request: u64,
        path: PathBuf,
        result: Result<Arc<Image>, LoadFailure>,
    ) {
        let is_current =
            matches!(self, Self::Loading { request: current, .. } if *current == request);
        if !is_current {
            return;
        }
        *self = match result {
            Ok(image) => Self::Loaded(Box::new(Loaded {
                facts: Facts::new(&image),
                backup: BackupName::parse(&path).map(Box::new),
                path,
                image,
                changed: false,
                consent: Vec::new(),
            })),
            Err(error) => Self::Failed { path, error },
        };
    }

    pub fn consent_to(&mut self, doubts: Vec<Doubt>) {
        if let Self::Loaded(loaded) = self {
            loaded.consent.extend(doubts);
        }
    }

    pub fn file_changed(&mut self, changed: &Path) {
        if let Self::Loaded(loaded) = self
            && loaded.path == changed
        {
            loaded.changed = true;
        }
    }
}

impl Loaded {
    pub(super) fn is_backup(&self) -> bool {
        self.backup.is_some()
    }

    pub fn digest(&self) -> FileDigest {
        FileDigest {
            name: self.facts.name.clone(),
            sha256: self.facts.sha256.clone(),
        }
    }
}

impl Facts {
    /// The file has no addresses.
    pub fn needs_address(&self) -> bool {
        self.placement != Placement::InFile
    }

    /// The file has no addresses, does not show where it belongs, and none was typed.
    pub fn lacks_address(&self) -> bool {
        matches!(self.placement, Placement::Assumed(_))
    }

    pub fn new(image: &Image) -> Self {
        let format = image.source.format;
        let targets: Vec<TargetFacts> = image
            .targets
            .iter()
            .map(|target| TargetFacts {
                alternate: target.alternate,
                name: target.name.clone(),
                bytes: target.bytes(),
                ranges: target.ranges(),
                memory: memories_in_words(target),
                program: program_in_words(target),
            })
            .collect();
        Self {
            name: image.source.name.clone(),
            kind: format!("{}, {}", format.name(), size_in_words(image)),
            targets,
            made_for: image.made_for,
            about: about(image),
            sha256: image.source.sha256_hex(),
            notes: image.notes.clone(),
            placement: image.source.placement,
            likely_address: image.likely_address(),
        }
    }
}

/// What only UF2 files say.
fn about(image: &Image) -> Vec<(&'static str, String)> {
    let families: Vec<Option<Family>> = image.families().filter(Option::is_some).collect();
    let families = (!families.is_empty()).then(|| families_text(&families));
    let about = &image.about;
    [
        ("Family", families),
        ("Version", about.version.clone()),
        ("Device", about.device.clone()),
    ]
    .into_iter()
    .filter_map(|(label, text)| Some((label, text?)))
    .collect()
}
