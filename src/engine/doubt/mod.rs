//! Reasons to hesitate before a file is written, although it fits the board. They are part of the
//! plan; the serious ones need a person's consent.

use std::fmt;

use super::family_doubt::FamilyHint;
use crate::address::Address;
use crate::discovery::{BoardFamily, Core};
use crate::firmware::{LinkAddress, MadeFor, TableDoubt};

mod find;

pub(crate) use find::doubts;

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
    /// The program is for another kind of processor than the board's.
    OtherCore { program: Core, board: Core },
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
            DoubtKind::OtherCore { .. } => "other-core",
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
            DoubtKind::OtherCore { program, board } => write!(
                f,
                "The program in the file is for {program} processors; this board has {board}"
            ),
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
