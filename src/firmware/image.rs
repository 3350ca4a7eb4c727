//! A firmware file that was read: its contents, and facts about the file itself.

use super::about::About;
use super::contents::{ImageTarget, Machine, MadeFor};
use super::family::{Family, Variant};
use super::format::Format;
use super::link_address::LinkAddress;
use super::stage::{Restart, Stage};
use crate::address::Address;

/// A firmware file, read once: its bytes are hashed and parsed at load, and nothing reads the file
/// again for this job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    pub source: Source,
    /// In the order of their alternate setting; never empty, and no alternate setting twice.
    pub targets: Vec<ImageTarget>,
    /// Vendor, product and version the file says it is for (DFU suffix).
    pub made_for: Option<MadeFor>,
    /// Start address, where the format carries one (Intel HEX type 5, S7–S9, ELF entry).
    pub entry: Option<Address>,
    /// The UF2 family that `targets` are for.
    pub family: Option<Family>,
    /// What is written after `targets`, each stage after a restart of the board.
    pub later: Vec<Stage>,
    /// How the board is restarted when `targets` are written, for what follows: [`Self::part`].
    pub then: Option<Restart>,
    /// The contents for other UF2 families. One of all is written: [`Self::for_family`].
    pub variants: Vec<Variant>,
    /// What the file says about itself.
    pub about: About,
    /// Names of STM32 in `targets`, of two families at most; none if there are `variants`.
    pub(crate) part_names: Vec<String>,
    /// The kind of processor, where the format states it (ELF).
    pub machine: Option<Machine>,
    /// Facts that a person should know although nothing is wrong.
    pub notes: Vec<String>,
}

/// Facts about the file itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's name, without its folder.
    pub name: String,
    pub format: Format,
    /// Length of the file in bytes.
    pub size: u64,
    pub sha256: [u8; 32],
    /// The CRC of a DFU suffix. It was checked at load: stated and computed are the same.
    pub crc: Option<u32>,
    /// Where the addresses come from.
    pub placement: Placement,
}

impl Source {
    /// The hash as 64 lower-case digits.
    pub(crate) fn sha256_hex(&self) -> String {
        let digits = self.sha256.iter().map(|byte| format!("{byte:02x}"));
        digits.collect()
    }
}

/// Where an image's addresses come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// The file carries them.
    InFile,
    /// The caller gave the address.
    Given(Address),
    /// The program's vector table shows it.
    Proven(Address),
    /// Nothing shows it: start of flash.
    Assumed(Address),
}

impl Placement {
    /// `None` if the file carries its addresses.
    pub(crate) fn address(self) -> Option<Address> {
        match self {
            Self::InFile => None,
            Self::Given(at) | Self::Proven(at) | Self::Assumed(at) => Some(at),
        }
    }
}

impl Image {
    /// Where a file without addresses probably belongs, judged by its vector table.
    pub(crate) fn likely_address(&self) -> Option<Address> {
        let first = self.targets.first()?.segments.first()?;
        LinkAddress::of(first.data()).map(LinkAddress::address)
    }

    /// Bytes in all targets.
    pub fn bytes(&self) -> u64 {
        self.targets.iter().map(ImageTarget::bytes).sum()
    }

    /// The families that the file has contents for; `None` is a part that names none.
    pub fn families(&self) -> impl Iterator<Item = Option<Family>> {
        let variants = self.variants.iter().map(|variant| variant.family);
        std::iter::once(self.family).chain(variants)
    }

    /// The file as if it had contents only for `family`; `None` if it has none.
    pub fn for_family(&self, family: Option<Family>) -> Option<Self> {
        let variants = Vec::new();
        if family == self.family {
            return Some(Self {
                variants,
                ..self.clone()
            });
        }
        let variant = self
            .variants
            .iter()
            .find(|variant| variant.family == family)?;
        Some(Self {
            targets: vec![variant.target.clone()],
            family,
            later: variant.later.clone(),
            variants,
            ..self.clone()
        })
    }

    /// One of the parts that are written with a restart of the board between them, counted from 1;
    /// `None` if there are fewer, or if it is not known for which family.
    pub fn part(&self, number: usize) -> Option<Self> {
        if !self.variants.is_empty() {
            return None;
        }
        let next = self.later.get(number.checked_sub(1)?);
        let targets = match number.checked_sub(2) {
            None => self.targets.clone(),
            Some(index) => vec![self.later.get(index)?.target.clone()],
        };
        Some(Self {
            targets,
            later: Vec::new(),
            then: next.map(|stage| stage.restart.clone()),
            ..self.clone()
        })
    }

    /// The part for alternate setting `alternate`.
    pub fn target(&self, alternate: u8) -> Option<&ImageTarget> {
        self.targets.iter().find(|t| t.alternate == alternate)
    }
}
