//! What a board without addresses cannot do, and which files it does not take.

use crate::discovery::Target;
use crate::engine::error::JobError;
use crate::firmware::Format;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlainRefusal {
    #[error("the file is {} with addresses, and the board takes plain data only", .0.name())]
    File(Format),
    #[error("the board has no addresses: it decides itself where the firmware goes")]
    Address,
    #[error("the board has no addresses: it can only be read as a whole")]
    Range,
    #[error("the board erases by itself what it writes, and nothing else")]
    Erase,
    #[error("the board does not show what it erases: nothing of it can be kept")]
    Keep,
    #[error("the board has no command that removes read protection")]
    Unprotect,
    #[error("the board has no addresses: its option bytes cannot be reached")]
    OptionBytes,
    #[error("what this board gives back has no addresses, which {} needs", .0.name())]
    Output(Format),
    /// Names of the targets, with their numbers.
    #[error("the board has several targets: {}", .0.join(", "))]
    ChooseTarget(Vec<String>),
}

impl PlainRefusal {
    pub(crate) fn choose_target(targets: &[Target]) -> Self {
        let name = |target: &Target| format!("{} {}", target.alternate, target.name);
        Self::ChooseTarget(targets.iter().map(name).collect())
    }

    /// Steps for a person.
    pub(crate) fn advice(&self) -> &'static [&'static str] {
        match self {
            Self::File(_) => &[
                "Use the maker's plain .dfu or .bin file for this board",
                "If you are sure where the data belongs, convert the file to .bin first (upfuse \
                 convert): the board gets it from its first byte",
            ],
            Self::Address => &["Leave the address out (--at)"],
            Self::Range => &["Leave the addresses out (--range)"],
            Self::Erase => &["An upgrade replaces what the board holds"],
            Self::Keep => &["Switch off \"Keep the rest of partly covered sectors\" (--keep)"],
            Self::Unprotect => &["Ask the maker of the board how its protection is removed"],
            Self::OptionBytes => &["A debug probe such as ST-LINK can show and set them"],
            Self::Output(_) => &["Save to .dfu or .bin"],
            Self::ChooseTarget(_) => {
                &["Choose the target that the maker of the board names (--target), often 0"]
            }
        }
    }
}

impl From<PlainRefusal> for JobError {
    fn from(refusal: PlainRefusal) -> Self {
        Self::Plain(refusal)
    }
}
