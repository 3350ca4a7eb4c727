//! The memory map as pieces to draw: each sector split into covered and uncovered ranges, with the
//! state of each. A pure function of a target's map, a plan and a job's sectors.

use std::collections::HashMap;
use std::sync::Arc;

use crate::address::{AddressRange, ByteSize};
use crate::engine::{Action, Plan, SectorPlan, SectorState};
use crate::gui::text::capitalised;
use crate::memory::{MemoryMap, Sector};

use super::job::Job;
use super::paint::{Moment, Paint, paints, unplanned};

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
}

/// What a job has done to one target.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    states: HashMap<u32, SectorState>,
    /// The end of what is written.
    written: Option<u64>,
    moment: Moment,
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
        let (inside, outside) = paints(plan.action, state, self.keeps_rest(plan), self.moment());
        let mut parts: Vec<(AddressRange, Paint)> = match state {
            Some(SectorState::PartlyWritten) => self.partly_written(plan),
            _ => plan.covered.iter().map(|range| (*range, inside)).collect(),
        };
        let rest = sector.range.without(&plan.covered);
        parts.extend(rest.into_iter().map(|range| (range, outside)));
        parts.sort_by_key(|(range, _)| range.start());
        parts
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
        let (inside, outside) = paints(plan.action, state, self.keeps_rest(plan), self.moment());
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
pub(super) mod tests {
    use super::*;
    use crate::address::Address;
    use crate::engine::{TargetPlan, UpgradeOptions};
    use crate::firmware::ImageTarget;
    use crate::memory::{Access, SectorRun};

    pub(in crate::gui::state) fn f407() -> MemoryMap {
        let access = Access {
            read: true,
            erase: true,
            write: true,
        };
        let run = |start, count, size| SectorRun {
            start: Address(start),
            count,
            size,
            access,
        };
        let runs = vec![
            run(0x0800_0000, 4, 16 << 10),
            run(0x0801_0000, 1, 64 << 10),
            run(0x0802_0000, 7, 128 << 10),
        ];
        MemoryMap::new("Internal Flash", runs).unwrap()
    }

    pub(in crate::gui::state) fn plan(
        map: &MemoryMap,
        covered: AddressRange,
        action: Action,
    ) -> Plan {
        let sectors = map
            .sectors_touching(covered)
            .map(|sector| SectorPlan {
                sector,
                kept: Vec::new(),
                covered: sector.range.intersection(covered).into_iter().collect(),
                action,
            })
            .collect();
        Plan {
            targets: vec![TargetPlan {
                alternate: 0,
                name: "Internal Flash".into(),
                erased: 0xFF,
                part: ImageTarget {
                    alternate: 0,
                    name: None,
                    segments: Vec::new(),
                },
                sectors,
            }],
            stream: None,
            options: UpgradeOptions::default(),
            start: None,
            marker: None,
            doubts: Vec::new(),
        }
    }

    fn covered() -> AddressRange {
        AddressRange::new(Address::FLASH, 20 << 10).unwrap()
    }

    fn job() -> Job {
        let task = crate::engine::Task::Start { at: None };
        let place = crate::transport::Place("1-4".into());
        let id = crate::worker::JobId(1);
        Job::new(id, task, Default::default(), place, String::new())
    }

    fn total(picture: &Picture, paint: Paint) -> u64 {
        picture
            .totals
            .iter()
            .find(|(p, _)| *p == paint)
            .map_or(0, |(_, bytes)| *bytes)
    }

    #[test]
    fn a_partly_covered_sector_shows_the_bytes_lost_outside_the_image() {
        let map = f407();
        let plan = plan(&map, covered(), Action::EraseAndWrite);
        let picture = Picture::new(0, &map, Some(Arc::new(plan)), Done::default());
        assert_eq!(total(&picture, Paint::ToWrite), 20 << 10);
        assert_eq!(total(&picture, Paint::Lost), 12 << 10);
        assert_eq!(total(&picture, Paint::Untouched), (1 << 20) - (32 << 10));
        assert_eq!(picture.pieces.len(), 3);
    }

    #[test]
    fn kept_bytes_are_not_shown_as_lost() {
        let map = f407();
        let mut plan = plan(&map, covered(), Action::EraseAndWrite);
        plan.options.keep = true;
        let picture = Picture::new(0, &map, Some(Arc::new(plan)), Done::default());
        assert_eq!(total(&picture, Paint::Lost), 0);
    }

    #[test]
    fn sectors_change_paint_while_the_job_runs() {
        let map = f407();
        let plan = plan(&map, covered(), Action::EraseAndWrite);
        let mut job = job();
        job.sectors = HashMap::from([
            ((0, 0), SectorState::Verified),
            ((0, 1), SectorState::Erased),
            ((1, 2), SectorState::Mismatch),
        ]);
        let picture = Picture::new(0, &map, Some(Arc::new(plan)), Done::new(0, &job));
        assert_eq!(total(&picture, Paint::Written), 16 << 10, "done");
        assert_eq!(total(&picture, Paint::ToWrite), 4 << 10, "to do");
        assert_eq!(total(&picture, Paint::Lost), 12 << 10);
        assert_eq!(
            total(&picture, Paint::Mismatch),
            0,
            "another target's sector"
        );
    }

    #[test]
    fn a_sector_is_described_with_address_size_access_and_content() {
        let map = f407();
        let plan = plan(&map, covered(), Action::EraseAndWrite);
        let picture = Picture::new(0, &map, Some(Arc::new(plan)), Done::default());
        let (_, sector) = picture.sector(1).unwrap();
        assert_eq!(
            picture.describe(sector),
            "Sector 1: 0x08004000–0x08007FFF, 16 KiB, readable, erasable, writable. \
             4 KiB of the file: changes; 12 KiB outside it are also erased"
        );
    }
}
