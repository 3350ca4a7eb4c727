//! What must not happen: permanent protection, an unreachable bootloader, a change nobody asked for.

use std::fmt;

use super::decode::{Block, value_of};
use super::meaning::{Boot, LEVEL_0, LEVEL_1, LEVEL_2, Role};
use super::part::Row;
use super::plan::ReadProtection;
use super::recognise::Part;
use super::refusal::Refusal;
use crate::address::Address;

/// A question that a plain yes does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Read protection is turned on.
    ReadProtection,
    /// The BOOT0 pin no longer starts the bootloader; the field that is changed for it.
    Bootloader { field: &'static str },
}

impl Question {
    /// What is typed to say yes.
    pub fn word(&self) -> &'static str {
        match self {
            Self::ReadProtection => "RDP",
            Self::Bootloader { field } => field,
        }
    }

    /// What a yes brings, in a sentence.
    pub fn danger(&self) -> &'static str {
        match self {
            Self::ReadProtection => {
                "The flash can then be neither read nor written over USB, and removing the protection \
                 erases everything"
            }
            Self::Bootloader { .. } => {
                "The BOOT0 pin then no longer starts the bootloader, and this board may not be \
                 reachable over USB again"
            }
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let danger = self.danger();
        match self {
            Self::ReadProtection => write!(f, "turn on read protection? {danger}"),
            Self::Bootloader { field } => write!(f, "change {field}? {danger}"),
        }
    }
}

/// What a person agreed to, by typing the word of each question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    pub typed: Vec<String>,
}

impl Consent {
    /// Whether it answers the question.
    pub fn covers(&self, question: &Question) -> bool {
        let mut typed = self.typed.iter();
        typed.any(|word| word.eq_ignore_ascii_case(question.word()))
    }
}

/// The level at which the flash can be read.
pub(super) fn is_level_0(row: &Row, value: u32) -> bool {
    row.meaning == super::meaning::RDP_F1 && value == 0xA5
        || row.meaning != super::meaning::RDP_F1 && value == LEVEL_0
}

/// An F1 has no such level.
pub(super) fn is_level_2(row: &Row, value: u32) -> bool {
    row.meaning != super::meaning::RDP_F1 && value == LEVEL_2
}

/// Where BOOT0 high starts the bootloader, as far as the known fields show.
fn pin_reaches_bootloader(part: &Part, raw: &[Block]) -> bool {
    part.fields.iter().all(|known| {
        let Role::Boot(boot) = known.row.meaning.role else {
            return true;
        };
        let Some(value) = value_of(part, raw, &known.row) else {
            return true;
        };
        match boot {
            Boot::PinDecidesAt(wanted) | Boot::AddressHigh(wanted) => value == wanted,
            Boot::One => value == 1,
            Boot::Bit | Boot::AddressLow => true,
        }
    })
}

/// Asked where a change of a boot field leaves the BOOT0 pin without effect.
pub(super) fn boot_question(part: &Part, after: &[Block], changed: &[&Row]) -> Option<Question> {
    let mut boot = changed
        .iter()
        .filter(|row| matches!(row.meaning.role, Role::Boot(_)));
    let field = boot.next()?.name;
    (!pin_reaches_bootloader(part, after)).then_some(Question::Bootloader { field })
}

/// The read protection is what it was, in every copy, or level 1 if that was asked for.
pub(super) fn check_read_protection(
    part: &Part,
    before: &[Block],
    after: &[Block],
    intent: ReadProtection,
) -> Result<(), Refusal> {
    let old = stored_levels(part, before).ok_or(Refusal::Incomplete)?;
    let new = stored_levels(part, after).ok_or(Refusal::Incomplete)?;
    let wanted = |old: &u32| match intent {
        ReadProtection::Unchanged => *old,
        ReadProtection::TurnedOn => LEVEL_1,
    };
    let wanted: Vec<u32> = old.iter().map(wanted).collect();
    let allowed = new.iter().all(|level| *level != LEVEL_2);
    match new == wanted && allowed {
        true => Ok(()),
        false => Err(Refusal::ReadProtectionChanged),
    }
}

/// The RDP byte as each form of its slot holds it.
fn stored_levels(part: &Part, blocks: &[Block]) -> Option<Vec<u32>> {
    let row = part.read_protection()?;
    let region = part.regions.get(row.region)?;
    let block = blocks.iter().find(|block| block.start == region.start())?;
    let forms = part.kind()?.storage.read_all(&block.bytes, row.offset)?;
    Some(forms.into_iter().map(|form| row.extract(form)).collect())
}

/// Whether a file's bytes would set read protection level 2 on any part with option bytes at their
/// address, in the value or in a copy. For every path that could send them.
pub fn holds_level_2(start: Address, bytes: &[u8]) -> bool {
    super::parts::all().any(|kind| {
        let levels = kind
            .rows()
            .filter(|row| row.meaning.role == Role::ReadProtection);
        levels.into_iter().any(|row| {
            let base = kind.regions.get(row.region).copied().map(Address);
            let offset = base.and_then(|base| base.offset_from(start).map(|skip| (0, skip)));
            let offset = offset.or_else(|| Some((start.offset_from(base?)?, 0)));
            let Some((missing, skip)) = offset else {
                return false;
            };
            let all = aligned(bytes, missing, skip);
            let byte = row
                .offset
                .saturating_add(usize::try_from(row.lsb / 8).unwrap_or(0));
            let mut forms = kind.storage.byte_offsets().into_iter();
            forms.any(|(at, inverted)| {
                let stored = all.get(byte.saturating_add(at)).copied().flatten();
                let level = stored.map(|byte| if inverted { !byte } else { byte });
                level.is_some_and(|level| u32::from(level) == LEVEL_2)
            })
        })
    })
}

/// The first bytes from the base of the option bytes; `None` where the file has none.
fn aligned(bytes: &[u8], missing: u64, skip: u64) -> Vec<Option<u8>> {
    let missing = usize::try_from(missing.min(64)).unwrap_or(64);
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let absent = std::iter::repeat_n(None, missing);
    let present = bytes.iter().skip(skip).copied().map(Some);
    absent.chain(present).take(64).collect()
}
