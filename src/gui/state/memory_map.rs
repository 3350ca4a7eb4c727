//! The memory map as pieces to draw: each sector split into covered and uncovered ranges, with the
//! state of each. A pure function of a target's map, a plan and a job's sectors.

use std::collections::HashMap;
use std::sync::Arc;

use crate::address::{AddressRange, ByteSize};
use crate::engine::{Action, Plan, SectorPlan, SectorState, Task};
use crate::gui::text::capitalised;
use crate::memory::{MemoryMap, Sector};

use super::job::Job;
use super::paint::{Moment, Paint, Work, paints, paints_verified, unplanned};

/// A run of memory of one paint, by its offset in the target's memory without the holes between
/// regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    pub start: u64,
    pub length: u64,
    pub paint: Paint,
}

/// One target, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub alternate: u8,
    pub name: String,
    pub map: MemoryMap,
    /// Bytes in the map.
    pub total: u64,
    /// The offset of each sector, sorted.
    pub sectors: Vec<(u64, Sector)>,
    /// Sorted, without holes; neighbours of one paint are joined.
    pub pieces: Vec<Piece>,
    /// Bytes of each paint.
    pub totals: Vec<(Paint, u64)>,
    /// Shared with the job, so that no picture copies thousands of sectors.
    plan: Option<Arc<Plan>>,
    done: Done,
    /// What the option bytes protect from being written, as they were read last.
    pub protected: Vec<AddressRange>,
}

/// What a job has done to one target.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    states: HashMap<u32, SectorState>,
    /// The end of what is written.
    written: Option<u64>,
    moment: Moment,
    work: Work,
}

impl Done {
    pub fn new(alternate: u8, job: &Job) -> Self {
        let states = job.sectors.iter();
        let states = states.filter(|((target, _), _)| *target == alternate);
        Self {
            states: states.map(|((_, index), state)| (*index, *state)).collect(),
            written: job.written.get(&alternate).copied(),
            moment: if job.is_running() {
                Moment::During
            } else {
                Moment::After
            },
            work: match job.task {
                Task::Verify { .. } => Work::Verification,
                _ => Work::Upgrade,
            },
        }
    }
}

impl Picture {
    /// `plan` and `done` must belong to a board with this map.
    pub fn new(alternate: u8, map: &MemoryMap, plan: Option<Arc<Plan>>, done: Done) -> Self {
        let mut picture = Self {
            alternate,
            name: map.name.clone(),
            map: map.clone(),
            total: map.bytes(),
            sectors: Vec::new(),
            pieces: Vec::new(),
            totals: Vec::new(),
            done,
            plan,
            protected: Vec::new(),
        };
        picture.lay_out();
        picture
    }

    pub fn moment(&self) -> Moment {
        self.done.moment
    }

    /// A plan or a job says something about this memory.
    pub fn has_claims(&self) -> bool {
        self.plan.is_some() || !self.done.states.is_empty()
    }

    fn lay_out(&mut self) {
        let mut offset: u64 = 0;
        let mut pieces: Vec<Piece> = Vec::new();
        for sector in self.map.sectors() {
            self.sectors.push((offset, sector));
            for (range, paint) in self.parts(sector) {
                let into = range
                    .start()
                    .offset_from(sector.range.start())
                    .unwrap_or_default();
                push(
                    &mut pieces,
                    Piece {
                        start: offset + into,
                        length: range.len(),
                        paint,
                    },
                );
            }
            offset += sector.range.len();
        }
        self.totals = Paint::ALL
            .iter()
            .map(|paint| {
                let bytes = pieces
                    .iter()
                    .filter(|piece| piece.paint == *paint)
                    .map(|piece| piece.length)
                    .sum();
                (*paint, bytes)
            })
            .filter(|(_, bytes)| *bytes > 0)
            .collect();
        self.pieces = pieces;
    }

    /// A sector's parts, in order, without holes.
    fn parts(&self, sector: Sector) -> Vec<(AddressRange, Paint)> {
        let state = self.done.states.get(&sector.index).copied();
        let Some(plan) = self.sector_plan(sector) else {
            return vec![(sector.range, unplanned(state))];
        };
        let (inside, outside) = self.paints(plan, state);
        let mut parts: Vec<(AddressRange, Paint)> = match state {
            Some(SectorState::PartlyWritten) => self.partly_written(plan),
            _ => plan.covered.iter().map(|range| (*range, inside)).collect(),
        };
        let rest = sector.range.without(&plan.covered);
        parts.extend(rest.into_iter().map(|range| (range, outside)));
        parts.sort_by_key(|(range, _)| range.start());
        parts
    }

    fn paints(&self, plan: &SectorPlan, state: Option<SectorState>) -> (Paint, Paint) {
        match self.done.work {
            Work::Upgrade => paints(plan.action, state, self.keeps_rest(plan), self.moment()),
            Work::Verification => paints_verified(state, self.moment()),
        }
    }

    /// The covered ranges of the sector that is being written, or was when the job ended.
    fn partly_written(&self, plan: &SectorPlan) -> Vec<(AddressRange, Paint)> {
        let rest = match plan.action {
            _ if self.moment() == Moment::After => Paint::NotWritten,
            Action::EraseAndWrite => Paint::Erased,
            _ => Paint::ToWrite,
        };
        let reached = self.done.written.unwrap_or_default();
        let split = |range: &AddressRange| {
            let done = reached
                .saturating_sub(range.start().into())
                .min(range.len());
            let written = AddressRange::new(range.start(), done);
            let to_do = range.without(written.as_slice());
            let rest = rest.at(self.moment());
            let to_do = to_do.into_iter().map(move |range| (range, rest));
            let written = written.filter(|range| !range.is_empty());
            let written = written.map(|range| (range, Paint::Written));
            written.into_iter().chain(to_do).collect::<Vec<_>>()
        };
        plan.covered.iter().flat_map(split).collect()
    }

    /// What the file does not cover of a sector survives.
    fn keeps_rest(&self, sector: &SectorPlan) -> bool {
        let plan = self.plan.as_ref();
        plan.is_some_and(|plan| plan.keeps_rest(sector))
    }

    /// The plan for a sector; the plan's sectors are sorted.
    fn sector_plan(&self, sector: Sector) -> Option<&SectorPlan> {
        let targets = &self.plan.as_ref()?.targets;
        let target = targets.iter().find(|t| t.alternate == self.alternate)?;
        let at = target
            .sectors
            .binary_search_by_key(&sector.index, |plan| plan.sector.index)
            .ok()?;
        target.sectors.get(at)
    }

    /// The sector that holds the byte at `offset`.
    pub fn sector_at_offset(&self, offset: u64) -> Option<Sector> {
        let after = self.sectors.partition_point(|(start, _)| *start <= offset);
        let (_, sector) = self.sectors.get(after.checked_sub(1)?)?;
        (offset < self.total).then_some(*sector)
    }

    /// The sector numbered `index`, and its offset.
    pub fn sector(&self, index: u32) -> Option<(u64, Sector)> {
        self.sectors.get(usize::try_from(index).ok()?).copied()
    }

    /// Everything known about a sector, as one or two sentences.
    pub fn describe(&self, sector: Sector) -> String {
        let Sector {
            index,
            range,
            access,
        } = sector;
        let mut rights: Vec<&str> = Vec::new();
        rights.extend(access.read.then_some("readable"));
        rights.extend(access.erase.then_some("erasable"));
        rights.extend(access.write.then_some("writable"));
        if self.protected.iter().any(|locked| locked.overlaps(range)) {
            rights.retain(|right| *right != "erasable" && *right != "writable");
            rights.push("write-protected");
        }
        let rights = if rights.is_empty() {
            "no access".to_owned()
        } else {
            rights.join(", ")
        };
        let size = ByteSize(range.len());
        let sentence = format!("Sector {index}: {range}, {size}, {rights}");
        if self.has_claims() {
            format!("{sentence}. {}", self.content(sector))
        } else {
            sentence
        }
    }

    fn content(&self, sector: Sector) -> String {
        let state = self.done.states.get(&sector.index).copied();
        let Some(plan) = self.sector_plan(sector) else {
            return capitalised(unplanned(state).label(self.moment()));
        };
        let (inside, outside) = self.paints(plan, state);
        let covered = plan.covered_bytes();
        let kept = plan.kept_bytes();
        let rest = plan.uncovered_bytes().saturating_sub(kept);
        if covered == 0 {
            return capitalised(outside.label(self.moment()));
        }
        let mut text = format!(
            "{} of the file: {}",
            ByteSize(covered),
            inside.label(self.moment())
        );
        if kept > 0 {
            text.push_str(&format!("; {} stay as they are", ByteSize(kept)));
        }
        if rest > 0 && outside == Paint::Lost {
            text.push_str(&format!("; {} outside it are also erased", ByteSize(rest)));
        } else if rest > 0 {
            text.push_str(&format!("; {} outside it do not change", ByteSize(rest)));
        }
        text
    }
}

fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    match pieces.last_mut() {
        Some(last) if last.paint == piece.paint => {
            last.length += piece.length;
        }
        _ => pieces.push(piece),
    }
}

#[cfg(test)]
pub(super) mod tests;
