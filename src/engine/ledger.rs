//! What is known of each sector a job touched, so that the end can say what the board holds.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{SectorChange, SectorState};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ledger {
    sectors: BTreeMap<(u8, u32), SectorState>,
    /// Those whose bytes beside the file are to be written back.
    kept: BTreeSet<(u8, u32)>,
}

impl Ledger {
    /// This sector's bytes beside the file were read, and are to be there again in the end.
    pub(super) fn keep(&mut self, alternate: u8, index: u32) {
        self.kept.insert((alternate, index));
    }

    /// Sectors of [`Ledger::keep`] that were erased and not wholly written again.
    fn not_back(&self) -> usize {
        use SectorState as S;
        let is_lost = |place: &&(u8, u32)| {
            let state = self.sectors.get(place);
            matches!(state, Some(S::Erased | S::PartlyWritten | S::Uncertain))
        };
        self.kept.iter().filter(is_lost).count()
    }

    /// `None` when the sector was in that state already.
    pub(super) fn mark(
        &mut self,
        alternate: u8,
        index: u32,
        state: SectorState,
    ) -> Option<SectorChange> {
        let before = self.sectors.insert((alternate, index), state);
        (before != Some(state)).then_some(SectorChange {
            alternate,
            index,
            state,
        })
    }

    pub(super) fn count(&self, wanted: impl Fn(SectorState) -> bool) -> u32 {
        let count = self
            .sectors
            .values()
            .filter(|state| wanted(**state))
            .count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Nothing on the board was changed by this job.
    pub(super) fn untouched(&self) -> bool {
        self.count(SectorState::is_changed) == 0
    }

    /// The sectors by what they now hold: "3 sectors are erased, 5 hold the new firmware".
    pub(super) fn sentence(&self) -> String {
        use SectorState as S;
        let groups: [(&str, &str, u32); 7] = [
            (
                "holds",
                "hold the new firmware, verified",
                self.count(|s| s == S::Verified),
            ),
            (
                "holds",
                "hold the new firmware, not verified",
                self.count(|s| s == S::Written),
            ),
            (
                "is",
                "are only partly written",
                self.count(|s| s == S::PartlyWritten),
            ),
            (
                "may",
                "may be erased or half erased",
                self.count(|s| s == S::Uncertain),
            ),
            ("is", "are erased and empty", self.count(|s| s == S::Erased)),
            (
                "differs",
                "differ from the file",
                self.count(|s| s == S::Mismatch),
            ),
            ("was", "were right before", self.count(|s| s == S::Matches)),
        ];
        let words: Vec<String> = groups
            .into_iter()
            .filter(|(_, _, count)| *count > 0)
            .map(|(one, many, count)| phrase(one, many, count))
            .collect();
        let untouched = self.count(|s| s == S::Differs);
        let sentence = match (words.is_empty(), untouched) {
            (true, _) => "Nothing on the board was changed".to_owned(),
            (false, 0) => words.join(", "),
            (false, 1) => format!("{}, 1 sector is as it was before", words.join(", ")),
            (false, n) => format!("{}, {n} sectors are as they were before", words.join(", ")),
        };
        match self.not_back() {
            0 => sentence,
            1 => format!("{sentence}; what was to be kept of 1 sector is not back"),
            n => format!("{sentence}; what was to be kept of {n} sectors is not back"),
        }
    }
}

/// "1 sector is …", "3 sectors are …", from the plural phrase and the singular verb.
fn phrase(one: &str, many: &str, count: u32) -> String {
    if count == 1 {
        let rest = many.split_once(' ').map_or(many, |(_, rest)| rest);
        return format!("1 sector {one} {rest}");
    }
    format!("{count} sectors {many}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_counts_every_state_once() {
        let mut ledger = Ledger::default();
        ledger.mark(0, 0, SectorState::Erased);
        ledger.mark(0, 1, SectorState::Written);
        ledger.mark(0, 2, SectorState::Written);
        ledger.mark(0, 3, SectorState::Differs);
        assert_eq!(
            ledger.sentence(),
            "2 sectors hold the new firmware, not verified, 1 sector is erased and empty, \
             1 sector is as it was before"
        );
        assert!(!ledger.untouched());
    }

    #[test]
    fn a_state_is_told_once() {
        let mut ledger = Ledger::default();
        assert!(ledger.mark(0, 7, SectorState::Erased).is_some());
        assert!(ledger.mark(0, 7, SectorState::Erased).is_none());
        assert!(ledger.mark(1, 7, SectorState::Erased).is_some());
    }
}
