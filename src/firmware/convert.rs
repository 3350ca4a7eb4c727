//! The functions of ST's DFU File Manager: generate a `.dfu` from other files, extract files from a
//! `.dfu`, and translate between formats.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::contents::{EncodeOptions, ImageTarget, MadeFor};
use super::encode::encode;
use super::error::{EncodeError, FirmwareError};
use super::family::{Family, families_text};
use super::format::Format;
use super::gather::{Conflict, Gathered, Part, gather};
use super::image::{Image, Placement};
use super::is_same::is_same;
use super::load::load;
use super::save::{Existing, SaveError, SaveFault, save};
use crate::address::{Address, ByteSize};
use crate::io_error::reason;
use crate::printable::printable_path;

/// The inputs, options and output of a conversion.
#[derive(Clone, Debug)]
pub struct Conversion {
    pub inputs: Vec<Input>,
    /// The alternate setting to take from DfuSe files (all if `None`), and the one that files of
    /// other formats become (0 if `None`).
    pub target: Option<u8>,
    /// Names for alternate settings; they replace the names in the files.
    pub names: Vec<(u8, String)>,
    /// Identity for the DFU suffix, field by field. A missing field comes from the first input that
    /// has an identity, or from [`MadeFor::ST_BOOTLOADER`].
    pub vendor: Option<u16>,
    pub product: Option<u16>,
    pub version: Option<u16>,
    /// The UF2 family to take from files that hold several, and to write (the first input's if
    /// `None`).
    pub family: Option<Family>,
    /// The byte that fills gaps in a flat binary and in the pages of a UF2 file.
    pub fill: u8,
    pub output: Destination,
}

/// An input file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    pub path: PathBuf,
    /// The load address, if its format has no addresses (start of flash if `None`).
    pub at: Option<Address>,
    /// Replaces the file's own alternate setting.
    pub alternate: Option<u8>,
}

/// Where to write the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    File {
        path: PathBuf,
        format: Format,
    },
    /// One file for each target, named as ST's tool named them.
    Folder {
        path: PathBuf,
        /// The start of each name.
        base: String,
        format: Format,
        binaries: Binaries,
    },
}

/// How to write a target to a folder, if the format has no addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binaries {
    /// A file for each element, as ST's tool did.
    Elements,
    /// One file from the first byte to the last.
    Flat,
}

/// The next step of a conversion; `done` of `total` bytes of input are finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    pub step: Step,
    pub done: u64,
    pub total: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Reading(PathBuf),
    Writing(PathBuf),
}

/// Why nothing, or not everything, was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    #[error(transparent)]
    Input(#[from] FirmwareError),
    #[error("{file} carries its own addresses; {at} cannot be used")]
    OwnAddresses { file: String, at: Address },
    #[error("{file} has {count} targets, which cannot all become target {alternate}")]
    OneFromSeveral {
        file: String,
        count: usize,
        alternate: u8,
    },
    #[error("{file} has no target {alternate}")]
    NoTarget { file: String, alternate: u8 },
    #[error("{file} has contents for several families: {}", families_text(.families))]
    SeveralFamilies {
        file: String,
        families: Vec<Option<Family>>,
    },
    #[error(transparent)]
    Conflict(#[from] Conflict),
    #[error("{fault} ({path})")]
    Encode { path: String, fault: EncodeError },
    /// An output would replace it.
    #[error("{path} is an input file itself")]
    IsInput { path: String },
    #[error("{error}{}", so_far(.written))]
    Save {
        error: SaveError,
        /// The files that were written before.
        written: Vec<PathBuf>,
    },
    #[error("cancelled")]
    Cancelled,
}

/// Files that are encoded but not written yet.
#[derive(Debug)]
pub struct Prepared {
    files: Vec<NewFile>,
    /// The folder of the files; created if it does not exist.
    folder: Option<PathBuf>,
    /// Facts that a person should know although nothing is wrong.
    pub notes: Vec<String>,
    /// Bytes of input that were read.
    done: u64,
}

#[derive(Debug)]
struct NewFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

/// Called before each step; can stop the conversion.
pub type OnStep<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// Where a file without addresses went, if no address was given and it is not the usual one, or
/// a guess.
fn placement_note(image: &Image) -> Option<String> {
    let name = &image.source.name;
    match image.source.placement {
        Placement::Proven(at) if at != Address::FLASH => Some(format!(
            "{name}: placed at {at}, where its vector table shows that it belongs"
        )),
        Placement::Assumed(at) => Some(format!(
            "{name}: placed at {at}, the start of flash; the file does not show where it belongs"
        )),
        Placement::InFile | Placement::Given(_) | Placement::Proven(_) => None,
    }
}

/// No other format can hold a restart, and the UF2 writer makes none.
fn restart_note(image: &Image) -> Option<String> {
    let name = &image.source.name;
    (!image.later.is_empty()).then(|| {
        format!(
            "{name}: the restart of the board between its parts is lost; only the data is converted"
        )
    })
}

impl Conversion {
    /// Reads all inputs and encodes all outputs in memory.
    ///
    /// # Errors
    /// [`ConvertError`]
    pub fn prepare(&self, on_step: OnStep<'_>) -> Result<Prepared, ConvertError> {
        let images = self.read(on_step)?;
        let Gathered { targets, mut notes } = self.gather(&images)?;
        let mut files = Vec::new();
        for (path, targets) in self.outputs(targets) {
            notes.extend(self.binary_note(&path, &targets));
            self.check_is_no_input(&path)?;
            files.push(self.encode(path, &targets, &images)?);
        }
        Ok(Prepared {
            files,
            folder: match &self.output {
                Destination::File { .. } => None,
                Destination::Folder { path, .. } => Some(path.clone()),
            },
            notes,
            done: images.iter().map(|image| image.source.size).sum(),
        })
    }

    fn check_is_no_input(&self, output: &Path) -> Result<(), ConvertError> {
        let mut inputs = self.inputs.iter();
        match inputs.any(|input| is_same(&input.path, output)) {
            true => Err(ConvertError::IsInput {
                path: printable_path(output),
            }),
            false => Ok(()),
        }
    }

    fn read(&self, on_step: OnStep<'_>) -> Result<Vec<Image>, ConvertError> {
        let size = |input: &Input| input.path.metadata().map_or(0, |facts| facts.len());
        // The sizes are not checked yet: sparse files can be huge.
        let total = self.inputs.iter().map(size).fold(0, u64::saturating_add);
        let mut done: u64 = 0;
        let mut images = Vec::new();
        for input in &self.inputs {
            report(on_step, Step::Reading(input.path.clone()), done, total)?;
            let image = load(&input.path, input.at)?;
            if let (Placement::InFile, Some(at)) = (image.source.placement, input.at) {
                let file = image.source.name;
                return Err(ConvertError::OwnAddresses { file, at });
            }
            done += image.source.size;
            images.push(self.one_family(image)?);
        }
        Ok(images)
    }

    /// The image with the contents for one family only.
    fn one_family(&self, image: Image) -> Result<Image, ConvertError> {
        if image.variants.is_empty() {
            return Ok(image);
        }
        let chosen = self
            .family
            .and_then(|family| image.for_family(Some(family)));
        chosen.ok_or_else(|| ConvertError::SeveralFamilies {
            file: image.source.name.clone(),
            families: image.families().collect(),
        })
    }

    /// Merges the inputs and collects their notes.
    fn gather(&self, images: &[Image]) -> Result<Gathered, ConvertError> {
        let inputs = self.inputs.iter().zip(images);
        let parts = inputs
            .map(|(input, image)| self.part(input, image))
            .collect::<Result<Vec<_>, _>>()?;
        let mut gathered = gather(&parts)?;
        for target in &mut gathered.targets {
            let matches = |(alternate, _): &&(u8, String)| *alternate == target.alternate;
            if let Some((_, name)) = self.names.iter().rfind(matches) {
                target.name = Some(name.clone());
            }
        }
        for image in images {
            let name = &image.source.name;
            let notes = image.notes.iter().map(|note| format!("{name}: {note}"));
            gathered.notes.extend(notes);
            gathered.notes.extend(placement_note(image));
            gathered.notes.extend(restart_note(image));
        }
        Ok(gathered)
    }

    fn part(&self, input: &Input, image: &Image) -> Result<Part, ConvertError> {
        let file = image.source.name.clone();
        let mut targets = image.targets.clone();
        if let [only] = targets.as_mut_slice() {
            let later = image.later.iter().flat_map(|stage| &stage.target.segments);
            only.segments.extend(later.cloned());
        }
        if !image.source.format.holds_targets() {
            for target in &mut targets {
                target.alternate = self.target.unwrap_or_default();
            }
        } else if let Some(alternate) = self.target {
            targets.retain(|target| target.alternate == alternate);
            if targets.is_empty() {
                return Err(ConvertError::NoTarget { file, alternate });
            }
        }
        match (input.alternate, targets.as_mut_slice()) {
            (None, _) => {}
            (Some(alternate), [only]) => only.alternate = alternate,
            (Some(alternate), several) => {
                return Err(ConvertError::OneFromSeveral {
                    file,
                    count: several.len(),
                    alternate,
                });
            }
        }
        Ok(Part {
            label: file,
            targets,
        })
    }

    fn made_for(&self, images: &[Image]) -> MadeFor {
        let found = images.iter().find_map(|image| image.made_for);
        let found = found.unwrap_or(MadeFor::ST_BOOTLOADER);
        MadeFor {
            vendor: self.vendor.unwrap_or(found.vendor),
            product: self.product.unwrap_or(found.product),
            version: self.version.unwrap_or(found.version),
        }
    }

    /// The paths of the output files, and the targets of each.
    fn outputs(&self, targets: Vec<ImageTarget>) -> Vec<(PathBuf, Vec<ImageTarget>)> {
        let (path, base, split) = match &self.output {
            Destination::File { path, .. } => return vec![(path.clone(), targets)],
            Destination::Folder {
                path,
                base,
                format,
                binaries: Binaries::Elements,
            } if format.needs_address() => {
                (path, base, targets.iter().flat_map(elements).collect())
            }
            Destination::Folder { path, base, .. } => (path, base, targets),
        };
        split
            .into_iter()
            .map(|target| (path.join(self.name(base, &target)), vec![target]))
            .collect()
    }

    fn encode(
        &self,
        path: PathBuf,
        targets: &[ImageTarget],
        images: &[Image],
    ) -> Result<NewFile, ConvertError> {
        let options = EncodeOptions {
            made_for: self.made_for(images),
            family: self
                .family
                .or_else(|| images.iter().find_map(|image| image.family)),
            fill: Some(self.fill),
            entry: images.iter().find_map(|image| image.entry),
        };
        match encode(self.output.format(), targets, options) {
            Ok(bytes) => Ok(NewFile { path, bytes }),
            Err(fault) => Err(ConvertError::Encode {
                path: printable_path(&path),
                fault,
            }),
        }
    }

    /// A binary does not record its start address and its gaps, so a note does.
    fn binary_note(&self, path: &Path, targets: &[ImageTarget]) -> Option<String> {
        let target = targets.first()?;
        let start = target.segments.first()?.range().start();
        if !self.output.format().needs_address() {
            return None;
        }
        let gaps: u64 = target.gaps().iter().map(|gap| gap.len()).sum();
        let filled = match gaps {
            // In a folder, the names contain the addresses.
            0 if matches!(self.output, Destination::Folder { .. }) => return None,
            0 => String::new(),
            _ => format!(
                "; gaps of {} are filled with 0x{:02X}",
                ByteSize(gaps),
                self.fill
            ),
        };
        let file = printable_path(&path.file_name().unwrap_or_default());
        Some(format!("{file} begins at {start}{filled}"))
    }

    /// A file name as ST's tool chose it: `base_00.hex`, `base_00_08000000.bin`.
    fn name(&self, base: &str, target: &ImageTarget) -> String {
        let alternate = target.alternate;
        let format = self.output.format();
        let extension = format.extension();
        match target.segments.first() {
            Some(first) if format.needs_address() => {
                let start = first.range().start().0;
                format!("{base}_{alternate:02}_{start:08X}.{extension}")
            }
            _ => format!("{base}_{alternate:02}.{extension}"),
        }
    }
}

impl Prepared {
    /// The files that exist already and would be replaced.
    pub fn existing(&self) -> impl Iterator<Item = &Path> {
        let paths = self.files.iter().map(|file| file.path.as_path());
        paths.filter(|path| path.exists())
    }

    /// Writes each file completely or not at all; returns paths and lengths in bytes. With
    /// [`Existing::Refuse`] nothing is written if any of them exists already.
    ///
    /// # Errors
    /// [`ConvertError::Save`] or [`ConvertError::Cancelled`]; earlier files are written.
    pub fn write(
        self,
        existing: Existing,
        on_step: OnStep<'_>,
    ) -> Result<Vec<(PathBuf, u64)>, ConvertError> {
        if let (Existing::Refuse, Some(taken)) = (existing, self.existing().next()) {
            let path = printable_path(&taken);
            let fault = SaveFault::Exists;
            return Err(not_saved(SaveError { path, fault }, &[]));
        }
        if let Some(folder) = self.folder.filter(|folder| !folder.exists()) {
            fs::create_dir(&folder).map_err(|error| {
                let path = printable_path(&folder);
                let fault = SaveFault::Failed(reason(&error));
                not_saved(SaveError { path, fault }, &[])
            })?;
        }
        let mut written: Vec<(PathBuf, u64)> = Vec::new();
        for NewFile { path, bytes } in self.files {
            report(on_step, Step::Writing(path.clone()), self.done, self.done)?;
            save(&path, &bytes, existing).map_err(|error| not_saved(error, &written))?;
            written.push((path, bytes.len() as u64));
        }
        Ok(written)
    }
}

fn not_saved(error: SaveError, written: &[(PathBuf, u64)]) -> ConvertError {
    let written = written.iter().map(|(path, _)| path.clone()).collect();
    ConvertError::Save { error, written }
}

/// `; written before: a.bin, b.bin`
fn so_far(written: &[PathBuf]) -> String {
    let names: Vec<String> = written
        .iter()
        .map(|path| printable_path(&path.file_name().unwrap_or_default()))
        .collect();
    match names.as_slice() {
        [] => String::new(),
        names => format!("; written before it: {}", names.join(", ")),
    }
}

impl Destination {
    fn format(&self) -> Format {
        match self {
            Self::File { format, .. } | Self::Folder { format, .. } => *format,
        }
    }
}

/// The start of the names of files in a folder; `first` is the first input.
pub(crate) fn base_name(first: Option<&Path>) -> String {
    let stem = first.and_then(Path::file_stem);
    stem.map_or_else(|| "firmware".into(), |stem| stem.to_string_lossy().into())
}

/// Splits a target into one target for each segment.
fn elements(target: &ImageTarget) -> impl Iterator<Item = ImageTarget> {
    target.segments.iter().map(|segment| ImageTarget {
        alternate: target.alternate,
        name: target.name.clone(),
        segments: vec![segment.clone()],
    })
}

fn report(on_step: OnStep<'_>, step: Step, done: u64, total: u64) -> Result<(), ConvertError> {
    match on_step(Progress { step, done, total }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ConvertError::Cancelled),
    }
}
