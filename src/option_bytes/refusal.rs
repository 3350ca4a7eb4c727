//! Why option bytes are not changed.

use super::guard::Question;
use super::meaning::Lock;
use crate::address::Address;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the option bytes of this board are not known: they are only shown")]
    UnknownPart,
    #[error("the option bytes of the {0} are only shown")]
    ShownOnly(String),
    #[error("the option bytes were not read completely")]
    Incomplete,
    #[error(
        "the option bytes that were read are damaged at {0}: value and complement do not agree"
    )]
    Faulty(Address),
    #[error("the option bytes that were read are not those of the {0}: they are only shown")]
    OtherPart(String),
    #[error("the board is read-protected: its option bytes cannot be changed")]
    ReadProtected,
    #[error("the board is read-protected for ever (level 2): its option bytes cannot be changed")]
    ProtectedForEver,
    #[error("the board has no field '{name}'; its fields: {}", .known.join(", "))]
    NoField {
        name: String,
        known: Vec<&'static str>,
    },
    #[error("not all of the parts that this board may be have the field {0}")]
    Uncertain(&'static str),
    #[error("{name} is never changed: {}", .lock.reason())]
    Locked { name: &'static str, lock: Lock },
    #[error("write protection is set as a whole: WRP=none, or WRP= and the numbers to protect")]
    PartOfProtection,
    #[error("write protection has another meaning in this mode of the part: it stays as it is")]
    OtherProtection,
    #[error("{name} cannot be '{value}'; possible: {allowed}")]
    BadValue {
        name: &'static str,
        value: String,
        allowed: String,
    },
    #[error("the board has no {unit} {number} that can be protected")]
    NoUnit { unit: &'static str, number: u32 },
    #[error("only {0} ranges can be protected on this board")]
    TooManyRanges(usize),
    #[error("{0} is given twice")]
    Twice(String),
    #[error("read protection level 2 locks a board for ever: Upfuse never sets it")]
    ForEver,
    #[error("read protection is not removed this way")]
    RemovesReadProtection,
    #[error("RDP=1 is a step of its own, with no other change")]
    ReadProtectionAlone,
    #[error("the file is not one of this board's option bytes: {0}")]
    OtherImage(&'static str),
    #[error("the file would change what is never changed, at {at}{}", .name.map(|name| format!(" ({name})")).unwrap_or_default())]
    ChangesLocked {
        at: Address,
        name: Option<&'static str>,
    },
    #[error("not confirmed: {0}")]
    NotConfirmed(Question),
    /// A mistake of this program, found before anything is sent.
    #[error("internal error: the read protection would have changed")]
    ReadProtectionChanged,
}

impl Refusal {
    /// For scripts (`error.code` in `--json`).
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownPart | Self::ShownOnly(_) | Self::OtherPart(_) => {
                "option-bytes-shown-only"
            }
            Self::Incomplete | Self::Faulty(_) => "option-bytes-damaged",
            Self::ReadProtected | Self::ProtectedForEver => "protected",
            Self::NoField { .. } | Self::Uncertain(_) => "no-field",
            Self::Locked { .. }
            | Self::OtherProtection
            | Self::ForEver
            | Self::RemovesReadProtection
            | Self::ChangesLocked { .. } => "locked",
            Self::PartOfProtection
            | Self::BadValue { .. }
            | Self::NoUnit { .. }
            | Self::TooManyRanges(_)
            | Self::Twice(_)
            | Self::ReadProtectionAlone => "bad-value",
            Self::OtherImage(_) => "other-board",
            Self::NotConfirmed(_) => "not-confirmed",
            Self::ReadProtectionChanged => "internal",
        }
    }

    /// What a person typed is wrong.
    pub fn is_usage(&self) -> bool {
        self.code() == "bad-value" || matches!(self, Self::NoField { .. })
    }
}
