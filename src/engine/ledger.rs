//! The known state of each sector that a job touched, from which the report describes the board.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{SectorChange, SectorState};
use super::option_bytes::OptionBytesState;
use super::plan::SectorPlan;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ledger {
    sectors: BTreeMap<(u8, u32), SectorState>,
    /// Those that were erased, whatever was written since.
    erased: BTreeSet<(u8, u32)>,
    /// What became of read protection, if the job may have changed it.
    protection: Option<Protection>,
    /// What became of the option bytes, once the job was to change them.
    option_bytes: Option<OptionBytesState>,
    /// Those in which the old program, or a part of it, begins.
    program_starts: BTreeSet<(u8, u32)>,
    /// Those whose first bytes were blank when they were compared.
    blank_starts: BTreeSet<(u8, u32)>,
    /// Everything that the plan writes was sent.
    all_written: bool,
}

/// Read protection, after a job that was to remove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// The board got the command, and its effect was not seen.
    Unknown,
    /// The board came back and can be read.
    Removed,
    /// The board did not leave and can be read: it was probably never protected.
    Absent,
    Present,
}

impl Ledger {
    pub(super) fn set_protection(&mut self, protection: Protection) {
        self.protection = Some(protection);
    }

    pub(super) fn set_option_bytes(&mut self, state: OptionBytesState) {
        self.option_bytes = Some(state);
    }

    /// Records that the old program begins in this sector.
    pub(super) fn add_program_start(&mut self, alternate: u8, index: u32) {
        self.program_starts.insert((alternate, index));
    }

    /// Records that the first bytes of this sector were blank before the job changed anything.
    pub(super) fn add_blank_start(&mut self, alternate: u8, index: u32) {
        self.blank_starts.insert((alternate, index));
    }

    /// There was nothing where the old program would begin.
    fn had_no_program(&self) -> bool {
        !self.program_starts.is_empty() && self.program_starts.is_subset(&self.blank_starts)
    }

    pub(super) fn set_all_written(&mut self) {
        self.all_written = true;
    }

    /// What became of the old program when a job that changed sectors did not end well. That parts
    /// are left of it says nothing: a program without its vector table does not start, and one
    /// without any other sector may stop at any time.
    pub(super) fn old_program(&self) -> &'static str {
        use SectorState as S;
        if !self.program_starts.is_disjoint(&self.erased) {
            return match self.all_written {
                true => "The old program is gone; all of the new one is written",
                false => "The old program is gone: the board does not run until it is upgraded",
            };
        }
        let lost = self.count(|state| matches!(state, S::Uncertain | S::NotErased));
        if self.erased.is_empty() && lost == 0 {
            // What is written without an erase was blank.
            return match self.had_no_program() {
                true => "Nothing was erased: the start of the memory was blank before",
                false => "Nothing of the old program was erased",
            };
        }
        "Whether the old program still runs is not known"
    }

    pub(super) fn erased_count(&self) -> u32 {
        u32::try_from(self.erased.len()).unwrap_or(u32::MAX)
    }

    /// Records a sector's state; `None` if it was in that state already.
    pub(super) fn mark(
        &mut self,
        alternate: u8,
        index: u32,
        state: SectorState,
    ) -> Option<SectorChange> {
        match state {
            SectorState::Erased | SectorState::Blank => _ = self.erased.insert((alternate, index)),
            SectorState::NotErased => _ = self.erased.remove(&(alternate, index)),
            _ => {}
        }
        let before = self.sectors.insert((alternate, index), state);
        (before != Some(state)).then_some(SectorChange {
            alternate,
            index,
            state,
        })
    }

    /// Takes out a sector that the board turned out not to have.
    pub(super) fn forget(&mut self, alternate: u8, index: u32) {
        self.sectors.remove(&(alternate, index));
        self.erased.remove(&(alternate, index));
    }

    fn count(&self, wanted: impl Fn(SectorState) -> bool) -> usize {
        let states = self.sectors.values().copied();
        states.filter(|state| wanted(*state)).count()
    }

    /// `None` before the job has seen or changed it.
    pub(super) fn state(&self, alternate: u8, planned: &SectorPlan) -> Option<SectorState> {
        self.sectors
            .get(&(alternate, planned.sector.index))
            .copied()
    }

    pub(super) fn is_uncertain(&self, alternate: u8, index: u32) -> bool {
        self.sectors.get(&(alternate, index)) == Some(&SectorState::Uncertain)
    }

    /// The job changed nothing on the board.
    pub(super) fn untouched(&self) -> bool {
        let same_options = matches!(self.option_bytes, None | Some(OptionBytesState::AsBefore));
        same_options && self.protection.is_none() && self.count(SectorState::is_changed) == 0
    }

    pub(super) fn is_about_protection(&self) -> bool {
        self.protection.is_some()
    }

    pub(super) fn is_about_option_bytes(&self) -> bool {
        self.option_bytes.is_some()
    }

    /// The state of the board in a sentence: what became of read protection, or what its sectors
    /// hold.
    pub(super) fn sentence(&self) -> String {
        if let Some(state) = self.option_bytes {
            return state.sentence().to_owned();
        }
        match self.protection {
            None => self.sectors_sentence(),
            Some(Protection::Unknown) => "Whether the read protection was removed and the memory \
                                          erased is not known"
                .to_owned(),
            Some(Protection::Absent) => {
                "The board is not read-protected; whether anything was erased \
                                         is not known"
                    .to_owned()
            }
            Some(Protection::Present) => "The board is still read-protected".to_owned(),
            Some(Protection::Removed) if self.count(|s| !s.is_erased()) == 0 => {
                "Everything was erased, and the board is not read-protected".to_owned()
            }
            Some(Protection::Removed) => {
                format!(
                    "The board is not read-protected; {}",
                    self.sectors_sentence()
                )
            }
        }
    }

    /// Counts the sectors by their contents: "5 sectors hold the new firmware, verified, 1 sector
    /// is erased and empty".
    fn sectors_sentence(&self) -> String {
        let mut parts = Vec::new();
        for (state, one, many) in CONTENTS {
            let count = self.count(|s| s == state);
            if count > 0 {
                parts.push(count_sectors(count, one, many));
            }
        }
        parts.join(", ")
    }
}

/// The contents of one sector and of several sectors in a state.
const CONTENTS: [(SectorState, &str, &str); 10] = [
    (
        SectorState::Verified,
        "holds the new firmware, verified",
        "hold the new firmware, verified",
    ),
    (
        SectorState::Written,
        "holds the new firmware, not verified",
        "hold the new firmware, not verified",
    ),
    (
        SectorState::PartlyWritten,
        "is only partly written",
        "are only partly written",
    ),
    (
        SectorState::Uncertain,
        "may be erased or half erased",
        "may be erased or half erased",
    ),
    (
        SectorState::Blank,
        "is erased and empty",
        "are erased and empty",
    ),
    (
        SectorState::Erased,
        "was erased, not verified",
        "were erased, not verified",
    ),
    (
        SectorState::Mismatch,
        "differs from the file",
        "differ from the file",
    ),
    (
        SectorState::NotErased,
        "is not empty after an erase",
        "are not empty after an erase",
    ),
    (
        SectorState::Matches,
        "was already up to date",
        "were already up to date",
    ),
    (
        SectorState::Differs,
        "is as it was before",
        "are as they were before",
    ),
];

/// "1 sector is …", "3 sectors are …"
pub(super) fn count_sectors(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 sector {one}"),
        _ => format!("{count} sectors {many}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_counts_every_state_once() {
        let mut ledger = Ledger::default();
        ledger.mark(0, 0, SectorState::Blank);
        ledger.mark(0, 4, SectorState::Erased);
        ledger.mark(0, 1, SectorState::Written);
        ledger.mark(0, 2, SectorState::Written);
        ledger.mark(0, 3, SectorState::Differs);
        assert_eq!(
            ledger.sentence(),
            "2 sectors hold the new firmware, not verified, 1 sector is erased and empty, \
             1 sector was erased, not verified, 1 sector is as it was before"
        );
        assert!(!ledger.untouched());
    }

    #[test]
    fn a_repeated_state_is_no_change() {
        let mut ledger = Ledger::default();
        assert!(ledger.mark(0, 7, SectorState::Erased).is_some());
        assert!(ledger.mark(0, 7, SectorState::Erased).is_none());
        assert!(ledger.mark(1, 7, SectorState::Erased).is_some());
    }
}
