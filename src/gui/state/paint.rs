//! The colour classes of the memory map.

use crate::engine::{Action, SectorState};

/// The colour class of a piece of memory. Where several share a pixel, the last one here wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Paint {
    /// Not touched by the job.
    Untouched,
    /// Outside the image, but erased with its sector.
    Lost,
    /// Already equal to the image.
    Matches,
    /// Read back (a read-out or a backup).
    Read,
    /// Written and read back equal.
    Verified,
    /// The rest of a sector in which the job ended: not written, but perhaps a part of the block
    /// that was on its way.
    NotWritten,
    /// Written, not read back.
    Written,
    /// In the image, and not written yet; until the board is compared it may already be there.
    ToWrite,
    /// Erased, not written yet.
    Erased,
    /// The board left while this was being erased or written.
    Uncertain,
    /// Read back different.
    Mismatch,
}

impl Paint {
    pub const ALL: [Self; 11] = [
        Self::Matches,
        Self::ToWrite,
        Self::Erased,
        Self::Written,
        Self::NotWritten,
        Self::Verified,
        Self::Mismatch,
        Self::Uncertain,
        Self::Read,
        Self::Lost,
        Self::Untouched,
    ];

    /// While a job writes, all that counts is what is done and what is still to do.
    pub(super) fn at(self, moment: Moment) -> Self {
        match (moment, self) {
            (Moment::During, Self::Matches | Self::Verified) => Self::Written,
            (Moment::During, Self::Erased | Self::NotWritten) => Self::ToWrite,
            _ => self,
        }
    }

    /// The text in the legend.
    pub fn label(self, moment: Moment) -> &'static str {
        match (self, moment) {
            (Self::ToWrite, Moment::Before) => "changes",
            (Self::ToWrite, Moment::During) => "to do",
            (Self::ToWrite, Moment::After) => "differs",
            (Self::Written, Moment::During) => "done",
            (Self::Written, _) => "written, not verified",
            (Self::Untouched, _) => "not changed",
            (Self::Lost, _) => "also erased",
            (Self::Matches, _) => "already up to date",
            (Self::Read, _) => "read",
            (Self::Verified, _) => "verified",
            (Self::NotWritten, _) => "not written",
            (Self::Erased, _) => "erased",
            (Self::Uncertain, _) => "unknown",
            (Self::Mismatch, _) => "verify failed",
        }
    }
}

/// When the map is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Moment {
    /// No job: what an upgrade would do.
    #[default]
    Before,
    During,
    /// What the job has done.
    After,
}

/// The paint of a sector without a plan.
pub(super) fn unplanned(state: Option<SectorState>) -> Paint {
    match state {
        None => Paint::Untouched,
        Some(state) => state_paint(state),
    }
}

fn state_paint(state: SectorState) -> Paint {
    match state {
        SectorState::Matches => Paint::Matches,
        SectorState::Differs => Paint::ToWrite,
        SectorState::Erased | SectorState::Blank => Paint::Erased,
        SectorState::Written => Paint::Written,
        SectorState::PartlyWritten => Paint::NotWritten,
        SectorState::Verified => Paint::Verified,
        SectorState::Uncertain => Paint::Uncertain,
        SectorState::Mismatch | SectorState::NotErased => Paint::Mismatch,
        SectorState::Read => Paint::Read,
    }
}

/// What a job does to the sectors of its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Work {
    #[default]
    Upgrade,
    Verification,
}

/// The paint of the covered ranges, and of the rest of the sector, in an upgrade.
pub(super) fn paints(
    action: Action,
    state: Option<SectorState>,
    keep: bool,
    moment: Moment,
) -> (Paint, Paint) {
    let outside = |erases: bool| {
        if erases && !keep {
            Paint::Lost
        } else {
            Paint::Untouched
        }
    };
    let planned = match action {
        // The job ended before the board was compared.
        Action::Undecided if moment == Moment::After => (Paint::Untouched, outside(true)),
        Action::Undecided => (Paint::ToWrite, outside(true)),
        Action::Leave => (Paint::Matches, Paint::Untouched),
        Action::Write => (Paint::ToWrite, Paint::Untouched),
        Action::EraseAndWrite => (Paint::ToWrite, outside(true)),
        Action::Erase => (Paint::ToWrite, Paint::Lost),
    };
    let (inside, outside) = match state {
        // Only read, by a backup or a comparison: the plan decides what will be, and nothing was.
        None | Some(SectorState::Read | SectorState::Differs) if moment == Moment::After => {
            (planned.0, Paint::Untouched)
        }
        None | Some(SectorState::Read | SectorState::Differs) => planned,
        Some(SectorState::Matches) => (Paint::Matches, Paint::Untouched),
        // What was to be kept is not there at the end.
        Some(state) if state.is_erased() && keep && moment == Moment::After => {
            (Paint::Erased, Paint::Erased)
        }
        Some(state) => (state_paint(state), planned.1),
    };
    (inside.at(moment), outside)
}

/// The same in a verification, which changes nothing.
pub(super) fn paints_verified(state: Option<SectorState>, moment: Moment) -> (Paint, Paint) {
    let inside = match state {
        None if moment == Moment::After => Paint::Untouched,
        None => Paint::ToWrite,
        Some(state) => state_paint(state),
    };
    (inside.at(moment), Paint::Untouched)
}
