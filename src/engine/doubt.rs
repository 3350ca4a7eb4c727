//! Reasons to hesitate before a file is written, although it fits the board. They are part of the
//! plan; the serious ones need a person's consent.

use std::fmt;

use super::board::Board;
use super::chosen::image_for;
use super::family_doubt::{FamilyHint, other_family};
use crate::address::{Address, AddressRange};
use crate::discovery::{BoardFamily, Core, Dialect};
use crate::firmware::{Image, ImageTarget, LinkAddress, MadeFor, TableDoubt, VectorTable};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    pub kind: DoubtKind,
    pub severity: Severity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Shown; needs nothing.
    Note,
    /// An upgrade needs a person's consent: [`Consent`].
    Serious,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DoubtKind {
    /// Every byte is `byte`, 0xFF or 0x00.
    Blank { byte: u8 },
    /// The board starts its program at `at`, and none begins there.
    NotAProgram { at: Address, why: Vec<TableDoubt> },
    /// The program was linked for another address than `at`, where the board would start it.
    OtherAddress { at: Address, linked: LinkAddress },
    /// The file names another device than the board.
    OtherDevice {
        made_for: MadeFor,
        /// The board's vendor and product ID.
        board: (u16, u16),
    },
    /// The file seems to be for another family of microcontrollers.
    OtherFamily {
        hint: FamilyHint,
        board: BoardFamily,
    },
}

/// The serious doubts that do not stop an upgrade, because a person has seen them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consent {
    To(Vec<Doubt>),
    /// To every doubt, also to those that appear later.
    All,
}

impl Default for Consent {
    fn default() -> Self {
        Self::To(Vec::new())
    }
}

impl Consent {
    pub fn covers(&self, doubt: &Doubt) -> bool {
        match self {
            Self::To(doubts) => doubts.contains(doubt),
            Self::All => true,
        }
    }
}

impl Doubt {
    fn serious(kind: DoubtKind) -> Self {
        Self {
            kind,
            severity: Severity::Serious,
        }
    }

    pub fn is_serious(&self) -> bool {
        self.severity == Severity::Serious
    }

    /// What the doubt rests on, in a programmer's words.
    pub fn reasons(&self) -> Vec<String> {
        match &self.kind {
            DoubtKind::NotAProgram { why, .. } => why.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }

    /// For scripts.
    pub fn code(&self) -> &'static str {
        match self.kind {
            DoubtKind::Blank { .. } => "blank",
            DoubtKind::NotAProgram { .. } => "not-a-program",
            DoubtKind::OtherAddress { .. } => "other-address",
            DoubtKind::OtherDevice { .. } => "other-device",
            DoubtKind::OtherFamily { .. } => "other-family",
        }
    }
}

/// A sentence without its full stop.
impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            DoubtKind::Blank { byte } => {
                write!(f, "The file is blank: every byte is 0x{byte:02X}")
            }
            DoubtKind::NotAProgram { at, .. } => write!(
                f,
                "The file does not look like a program, and {at} is where the board starts its \
                 program"
            ),
            DoubtKind::OtherAddress { at, linked } => {
                let verb = match linked {
                    LinkAddress::Proven(_) => "is",
                    LinkAddress::Likely(_) => "seems to be",
                };
                let linked = linked.address();
                write!(
                    f,
                    "The program in the file {verb} built for {linked}, but would be written to {at}"
                )
            }
            DoubtKind::OtherDevice {
                made_for,
                board: (vendor, product),
            } => write!(
                f,
                "The file is made for another device ({:04X}:{:04X}); this board is \
                 {vendor:04X}:{product:04X}",
                made_for.vendor, made_for.product
            ),
            DoubtKind::OtherFamily { hint, board } => {
                write!(f, "{hint}; this board is probably an {board}")
            }
        }
    }
}

/// The doubts about a file alone, and about a file for `board`.
pub(crate) fn doubts(image: &Image, board: Option<&Board>) -> Vec<Doubt> {
    if let Some(board) = board.filter(|board| board.dialect == Dialect::Plain) {
        return doubts_without_address(image, board);
    }
    let chosen = board.and_then(|board| image_for(board, image).ok());
    let image = chosen.as_deref().unwrap_or(image);
    let of_board = board.and_then(|board| other_device(image.made_for?, board.identity));
    let of_family = board
        .filter(|_| image.variants.is_empty())
        .and_then(|board| other_family(image, board));
    let is_raw = image.source.format.needs_address();
    // The other doubts rest on a vector table, and programs for other cores have none.
    let core = board.map_or(Core::Arm, |board| board.core);
    let of_file = image
        .targets
        .first()
        .and_then(|target| match (is_raw, core) {
            (true, Core::Arm) => blank(target)
                .or_else(|| program(target))
                .or_else(|| other_address(target)),
            (true, Core::RiscV) => blank(target),
            // A file with addresses was made by a tool that knew the program.
            (false, Core::Arm) => program(target).map(|doubt| Doubt {
                severity: Severity::Note,
                ..doubt
            }),
            (false, Core::RiscV) => None,
        });
    of_file
        .into_iter()
        .chain(of_board)
        .chain(of_family)
        .collect()
}

/// Of a board without addresses only the file itself can be doubted, and its suffix: it names the
/// device, in DFU mode or while its program runs (DFU 1.1, appendix B).
fn doubts_without_address(image: &Image, board: &Board) -> Vec<Doubt> {
    let identities = [Some(board.identity), board.program];
    let is_for = |made_for: MadeFor| {
        let matches = |(vendor, product)| {
            let any_or = |file: u16, board: u16| matches!(file, 0 | 0xFFFF) || file == board;
            any_or(made_for.vendor, vendor) && any_or(made_for.product, product)
        };
        identities.into_iter().flatten().any(matches)
    };
    let other = image.made_for.filter(|made_for| !is_for(*made_for));
    let other = other.map(|made_for| {
        let board = board.identity;
        Doubt::serious(DoubtKind::OtherDevice { made_for, board })
    });
    let blank = image.targets.first().and_then(blank);
    blank.into_iter().chain(other).collect()
}

fn blank(target: &ImageTarget) -> Option<Doubt> {
    let mut bytes = target.segments.iter().flat_map(|segment| segment.data());
    let byte = *bytes.next()?;
    let is_blank = matches!(byte, 0 | 0xFF) && bytes.all(|other| *other == byte);
    is_blank.then(|| Doubt::serious(DoubtKind::Blank { byte }))
}

/// The largest flash that the parts have, from its start: a program in two files may continue there.
const FLASH_LENGTH: u64 = 32 << 20;

/// Whether a program begins at the start of flash, where every STM32 begins (AN2606, boot
/// configuration). No doubt if the file has nothing there.
fn program(target: &ImageTarget) -> Option<Doubt> {
    let (at, data) = at_start_of_flash(target)?;
    let table = VectorTable::read(target);
    let flash = AddressRange::new(at, FLASH_LENGTH)?;
    let is_plausible = table.as_ref().is_some_and(|table| {
        table.is_plausible() || table.is_plausible_in(&[flash]) || table.is_linked_at_zero(data)
    });
    let why = table.map(|table| table.doubts).unwrap_or_default();
    (!is_plausible).then(|| Doubt::serious(DoubtKind::NotAProgram { at, why }))
}

/// Whether a raw program was linked for another address than its own. Behind the start of flash, a
/// bootloader may start it: only a note if nothing proves that the program cannot run there.
fn other_address(target: &ImageTarget) -> Option<Doubt> {
    let first = target.segments.first()?;
    let at = first.range().start();
    let linked = LinkAddress::of(first.data())?;
    let is_likely_here = VectorTable::read(target).is_some_and(|table| table.is_plausible());
    let is_other = match linked {
        LinkAddress::Proven(address) => address != at,
        LinkAddress::Likely(address) => address != at && !is_likely_here,
    };
    let kind = DoubtKind::OtherAddress { at, linked };
    let severity = match linked {
        _ if at == Address::FLASH => Severity::Serious,
        LinkAddress::Proven(_) if !linked.allows(first.data(), at) => Severity::Serious,
        LinkAddress::Proven(_) | LinkAddress::Likely(_) => Severity::Note,
    };
    is_other.then_some(Doubt { kind, severity })
}

fn at_start_of_flash(target: &ImageTarget) -> Option<(Address, &[u8])> {
    let first = target.segments.first()?;
    let at = first.range().start();
    (at == Address::FLASH).then_some((at, first.data()))
}

/// Zero and 0xFFFF mean any, and ST's own identity means any STM32: most tools write it into every
/// file.
fn other_device(made_for: MadeFor, board: (u16, u16)) -> Option<Doubt> {
    let ids = (made_for.vendor, made_for.product);
    let generic = (
        MadeFor::ST_BOOTLOADER.vendor,
        MadeFor::ST_BOOTLOADER.product,
    );
    let differs = |file: u16, board: u16| !matches!(file, 0 | 0xFFFF) && file != board;
    let is_other = differs(ids.0, board.0) || differs(ids.1, board.1);
    (ids != generic && is_other).then(|| Doubt::serious(DoubtKind::OtherDevice { made_for, board }))
}
