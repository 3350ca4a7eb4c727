//! Option bytes: recognised, in words, and changed without harm. Data and decisions only: nothing
//! here touches a board.
//!
//! A [`Part`] is recognised by what its bootloader announces; [`decode()`] turns the bytes that were
//! read into fields; [`propose()`] turns wishes into a [`Proposal`], and only a confirmed one has the
//! bytes to send ([`ChangePlan`]). Those are the bytes that were read with the named fields changed:
//! nothing else is ever sent. What must not be changed is in `guard`.

mod decode;
mod draft;
mod guard;
mod meaning;
mod part;
mod parts;
mod plan;
mod protection;
mod recognise;
mod refusal;
mod storage;
#[cfg(test)]
mod tests;
mod wanted;

pub use decode::{Block, Decoded, Field, WriteProtection, decode};
pub use guard::{Consent, Question, holds_level_2};
pub use meaning::{Lock, Role};
pub use plan::{ChangePlan, FieldChange, Proposal, ReadProtection, Rewrite, plan, propose};
pub use protection::{ProtectedUnit, units_in_words};
pub use recognise::{Announced, Part};
pub use refusal::Refusal;
pub use wanted::{Change, Wanted};
