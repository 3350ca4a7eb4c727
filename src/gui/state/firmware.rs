//! The firmware file: none, loading, loaded or refused.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::address::{Address, AddressRange, ByteSize};
use crate::firmware::{Image, ImageTarget, Placement, VectorTable};

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
    Loaded(Loaded),
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
    pub facts: Facts,
}

/// Texts and numbers about an image, made once when it is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub name: String,
    /// "DfuSe, 315 KiB"
    pub kind: String,
    pub targets: Vec<TargetFacts>,
    pub made_for: Option<String>,
    pub sha256: String,
    pub notes: Vec<String>,
    /// The file has no addresses.
    pub needs_address: bool,
    /// The address of the first byte.
    pub first: Option<Address>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetFacts {
    pub alternate: u8,
    pub name: Option<String>,
    pub bytes: u64,
    pub ranges: Vec<AddressRange>,
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
            Ok(image) => Self::Loaded(Loaded {
                facts: Facts::new(&image),
                path,
                image,
                changed: false,
            }),
            Err(error) => Self::Failed { path, error },
        };
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
    pub fn digest(&self) -> FileDigest {
        FileDigest {
            name: self.facts.name.clone(),
            sha256: self.facts.sha256.clone(),
        }
    }
}

impl Facts {
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
            })
            .collect();
        let first = targets
            .iter()
            .flat_map(|target| &target.ranges)
            .map(|range| range.start())
            .min();
        let mut notes = image.notes.clone();
        if let Placement::Assumed(address) = image.source.placement {
            notes.insert(
                0,
                format!("The file has no addresses; it is written at {address}"),
            );
        }
        notes.extend(image.targets.iter().filter_map(not_a_program));
        Self {
            name: image.source.name.clone(),
            kind: format!("{}, {}", format.name(), ByteSize(image.bytes())),
            targets,
            made_for: image.made_for.map(|made_for| made_for.to_string()),
            sha256: image.source.sha256_hex(),
            notes,
            needs_address: format.needs_address(),
            first,
        }
    }
}

/// A program for this core begins with a stack pointer and a reset handler; a file that does not
/// may be data, or have a wrong address.
fn not_a_program(target: &ImageTarget) -> Option<String> {
    let table = VectorTable::read(target)?;
    let doubts: Vec<String> = table.doubts.iter().map(ToString::to_string).collect();
    (!doubts.is_empty()).then(|| {
        format!(
            "No program seems to begin at {}: {}",
            table.at,
            doubts.join(", ")
        )
    })
}
