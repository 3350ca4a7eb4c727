//! From wishes to the bytes to send.

use super::decode::{Block, decode, value_of};
use super::draft::Draft;
use super::guard::{self, Consent, Question};
use super::recognise::Part;
use super::refusal::Refusal;
use super::wanted::Wanted;
use crate::address::Address;

/// What becomes of read protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadProtection {
    Unchanged,
    /// From level 0 to level 1.
    TurnedOn,
}

/// A field, before and after, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    pub name: &'static str,
    pub before: String,
    pub after: String,
}

/// A region that is written: what it holds, and the block to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    pub start: Address,
    /// All that was read, from `start`.
    pub before: Vec<u8>,
    /// The block to send, from `start`; it may be shorter than `before`.
    pub after: Vec<u8>,
}

/// A change that was checked, and not yet agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub(super) plan: ChangePlan,
    /// Each needs its own word typed.
    pub questions: Vec<Question>,
    /// What to know before, one sentence each.
    pub warnings: Vec<String>,
}

/// A change that was checked and agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePlan {
    pub changes: Vec<FieldChange>,
    /// In the order in which they are written, each with a restart of the board after it. Empty if
    /// everything is as wanted.
    pub rewrites: Vec<Rewrite>,
    pub read_protection: ReadProtection,
    /// The field with whose new value the BOOT0 pin no longer starts the bootloader.
    pub leaves_bootloader: Option<&'static str>,
}

impl Proposal {
    /// What would change, without leave to do it.
    pub fn changes(&self) -> &[FieldChange] {
        &self.plan.changes
    }

    /// The regions that would be written, without leave to do it.
    pub fn rewrites(&self) -> &[Rewrite] {
        &self.plan.rewrites
    }

    /// # Errors
    /// [`Refusal::NotConfirmed`] with the first question that is not answered.
    pub fn confirm(self, consent: &Consent) -> Result<ChangePlan, Refusal> {
        let mut questions = self.questions.iter();
        match questions.find(|question| !consent.covers(question)) {
            Some(question) => Err(Refusal::NotConfirmed(*question)),
            None => Ok(self.plan),
        }
    }
}

/// As [`propose`], confirmed.
///
/// # Errors
/// Why it is not done.
pub fn plan(
    part: &Part,
    raw: &[Block],
    wanted: &Wanted,
    consent: &Consent,
) -> Result<ChangePlan, Refusal> {
    propose(part, raw, wanted)?.confirm(consent)
}

/// Checks the change of a board that holds `raw`, a block for each region as delivered.
///
/// # Errors
/// Why it is not done.
pub fn propose(part: &Part, raw: &[Block], wanted: &Wanted) -> Result<Proposal, Refusal> {
    if !part.is_settable() {
        return Err(Refusal::ShownOnly(part.name()));
    }
    check_read(part, raw)?;
    let mut draft = Draft::new(part, raw);
    match wanted {
        Wanted::Fields(changes) => draft.set_all(changes)?,
        Wanted::Image(image) => draft.restore(image)?,
    }
    draft.finish()
}

/// Refuses to build on bytes that are incomplete, damaged or those of a protected board.
fn check_read(part: &Part, raw: &[Block]) -> Result<(), Refusal> {
    if part
        .regions
        .iter()
        .any(|range| !raw.iter().any(|block| block.start == range.start()))
    {
        return Err(Refusal::Incomplete);
    }
    if let Some(at) = decode(part, raw).faults.first() {
        return Err(Refusal::Faulty(*at));
    }
    check_reserved(part, raw)?;
    let row = part.read_protection().ok_or(Refusal::UnknownPart)?;
    let level = value_of(part, raw, row).ok_or(Refusal::Incomplete)?;
    if guard::is_level_0(row, level) {
        return Ok(());
    }
    match guard::is_level_2(row, level) {
        true => Err(Refusal::ProtectedForEver),
        false => Err(Refusal::ReadProtected),
    }
}

/// Refuses bytes of what must be another part.
fn check_reserved(part: &Part, raw: &[Block]) -> Result<(), Refusal> {
    let start = part.regions.first().ok_or(Refusal::Incomplete)?.start();
    let block = raw.iter().find(|block| block.start == start);
    let block = block.ok_or(Refusal::Incomplete)?;
    for kind in &part.kinds {
        if let Some((offset, bits)) = kind.fixed {
            let slot = kind.storage.read(&block.bytes, offset);
            let slot = slot.ok_or(Refusal::Incomplete)?;
            if slot.value & bits != bits {
                return Err(Refusal::OtherPart(part.name()));
            }
        }
    }
    Ok(())
}
