//! The firmware file that a command is given: loads it and prints its summary.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Options;
use super::exit::{Exit, Failure};
use super::output::eprint_line;
use crate::address::{Address, AddressRange};
use crate::firmware::{
    self, ARCHIVES, Family, Fault, FirmwareError, Image, ImageTarget, Placement, families_text,
    readable_extensions, size_in_words,
};

#[derive(Debug, clap::Args)]
pub(super) struct FirmwareFile {
    #[arg(help = format!(
        "The firmware file: {}; or a .{} with one inside, of several ARCHIVE/NAME",
        readable_extensions(),
        ARCHIVES.join(" or .")
    ))]
    file: PathBuf,

    /// Load address for .bin files; needed for an upgrade if the program inside does not show it
    #[arg(long, value_name = "ADDR")]
    at: Option<Address>,

    /// The contents for this family, if a .uf2 holds several: a name such as STM32F4, or a number
    #[arg(long, value_name = "FAMILY")]
    family: Option<Family>,

    /// Only this part, counted from 1, of a .uf2 that is written in parts, with a restart of the
    /// board between them
    #[arg(long, value_name = "N")]
    part: Option<usize>,
}

impl FirmwareFile {
    pub(super) fn path(&self) -> &Path {
        &self.file
    }

    /// Reads and parses the file, once.
    pub(super) fn load(&self) -> Result<Arc<Image>, Failure> {
        let image = firmware::load(&self.file, self.at)?;
        let image = self.of_family(image)?;
        Ok(Arc::new(self.of_part(image)?))
    }

    fn of_family(&self, image: Image) -> Result<Image, Failure> {
        let Some(family) = self.family else {
            return Ok(image);
        };
        image.for_family(Some(family)).ok_or_else(|| {
            let families: Vec<Option<Family>> = image.families().collect();
            let name = &image.source.name;
            let there = families_text(&families);
            Failure::usage(format!(
                "{name} has no contents for {family}; it has {there}"
            ))
        })
    }

    fn of_part(&self, image: Image) -> Result<Image, Failure> {
        let Some(number) = self.part else {
            return Ok(image);
        };
        image.part(number).ok_or_else(|| {
            let name = &image.source.name;
            match image.variants.len() {
                0 => {
                    let parts = image.later.len() + 1;
                    Failure::usage(format!("{name} has no part {number}; it has {parts}"))
                }
                _ => Failure::usage(format!("{name} has contents for several families"))
                    .advise("Choose one with --family"),
            }
        })
    }

    /// Loads the file and, without `--json`, prints its summary.
    pub(super) fn load_and_print_summary(&self, options: &Options) -> Result<Arc<Image>, Failure> {
        let image = self.load()?;
        if !options.json {
            print_summary(&image);
        }
        Ok(image)
    }
}

/// Refuses a file without addresses whose own does not show either.
///
/// # Errors
/// Usage: `--at` is needed.
pub(super) fn require_address(image: &Image) -> Result<(), Failure> {
    let Placement::Assumed(_) = image.source.placement else {
        return Ok(());
    };
    let failure = Failure::usage(format!(
        "{} does not show where it belongs: give its address with --at",
        image.source.name
    ));
    Err(match image.likely_address() {
        Some(at) => failure.advise(format!("Its vector table suggests --at {at}")),
        None => failure
            .advise("It does not begin like a program; check that it is the firmware file")
            .advise(format!("The start of flash is --at {}", Address::FLASH)),
    })
}

impl From<FirmwareError> for Failure {
    fn from(error: FirmwareError) -> Self {
        let exit = match error.fault {
            // To be named, as one of several boards.
            Fault::SeveralInside { .. } | Fault::NotInside { .. } => Exit::Usage,
            _ => Exit::BadFile,
        };
        Self::new(exit, "bad-file", error.to_string()).advise(error.advice())
    }
}

/// Prints the file's summary to stderr, for a person to check before the board is touched.
fn print_summary(image: &Image) {
    let source = &image.source;
    eprint_line(format_args!(
        "{}: {}, {}",
        source.name,
        source.format.name(),
        size_in_words(image)
    ));
    // An assumed address is not the file's.
    let is_placed = !matches!(source.placement, Placement::Assumed(_));
    for target in image.targets.iter().filter(|_| is_placed) {
        eprint_line(format_args!("  {}", describe(target)));
    }
    match source.placement {
        Placement::InFile => {}
        Placement::Given(at) => eprint_line(format_args!("  placed at {at}, as requested")),
        Placement::Proven(at) => eprint_line(format_args!(
            "  placed at {at}, where its vector table shows that it belongs"
        )),
        Placement::Assumed(at) => eprint_line(format_args!(
            "  the file carries no address: on a board with addresses, {at}, where flash begins"
        )),
    }
    for note in &image.notes {
        eprint_line(format_args!("  note: {note}"));
    }
}

fn describe(target: &ImageTarget) -> String {
    const SHOWN: usize = 4;
    let ranges = target.ranges();
    let mut parts: Vec<String> = ranges
        .iter()
        .take(SHOWN)
        .map(AddressRange::to_string)
        .collect();
    if let Some(more) = ranges.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        parts.push(format!("{more} more"));
    }
    format!("target {}: {}", target.alternate, parts.join(", "))
}
