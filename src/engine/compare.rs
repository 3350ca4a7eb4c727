//! Reads only as much of each sector as it takes to know whether it must be written: a sector
//! that differs in its first block costs one transfer, one that is right is read whole and left.

use super::draft::matching_targets;
use super::error::JobError;
use super::event::SectorState;
use super::job::{BlockReader, Job, readable_around};
use super::phase::Phase;
use super::plan::{Action, Plan, SectorPlan, TargetPlan};
use crate::address::AddressRange;
use crate::firmware::{Image, ImageTarget};

/// The largest piece that a part programs at once: 32 bytes on an STM32H7. Writes begin and end
/// on multiples of it, filled with 0xFF, which is what the flash holds there anyway.
pub(super) const FLASH_WORD: u32 = 32;
/// Bytes of one packet on endpoint 0.
const PEEK: usize = 64;

/// Decides every undecided sector of the plan.
pub(super) fn compare(job: &mut Job<'_>, image: &Image, plan: &mut Plan) -> Result<(), JobError> {
    job.phase(Phase::Compare, plan.totals().undecided_bytes);
    let only = plan.options.target;
    let pairs = matching_targets(job.board, image, only)?;
    for target in &mut plan.targets {
        let part = pairs
            .iter()
            .find(|(_, board)| board.alternate == target.alternate);
        let Some((part, _)) = part else { continue };
        compare_target(job, part, target)?;
    }
    Ok(())
}

fn compare_target(
    job: &mut Job<'_>,
    part: &ImageTarget,
    target: &mut TargetPlan,
) -> Result<(), JobError> {
    let can_upload = job.board.functional.can_upload();
    let map = job.map(target.alternate)?;
    job.select(target.alternate)?;
    let mut readers = Readers::default();
    let mut previous = Action::Undecided;
    for sector in &mut target.sectors {
        if sector.action != Action::Undecided {
            mark(job, target.alternate, sector);
            continue;
        }
        let unreadable = !can_upload || !sector.sector.access.read;
        let streak = previous == Action::EraseAndWrite;
        sector.action = if unreadable || (streak && differs_at_once(job, part, sector)?) {
            Action::EraseAndWrite
        } else {
            let reader = readers.around(readable_around(map, sector.sector.range));
            compare_sector(job, reader, part, sector)?
        };
        previous = sector.action;
        if sector.action == Action::EraseAndWrite && !sector.sector.access.erase {
            return Err(JobError::NotAllowed {
                sector: sector.sector.range,
                what: "erased",
            });
        }
        mark(job, target.alternate, sector);
        job.advance(sector.covered_bytes());
    }
    Ok(())
}

fn mark(job: &mut Job<'_>, alternate: u8, sector: &SectorPlan) {
    let state = match sector.action {
        Action::Leave => SectorState::Matches,
        _ => SectorState::Differs,
    };
    job.mark(alternate, sector.sector.index, state);
    if sector.action == Action::Leave {
        let bytes = sector.covered_bytes();
        job.report.bytes_matched = job.report.bytes_matched.saturating_add(bytes);
        job.report.bytes_verified = job.report.bytes_verified.saturating_add(bytes);
    }
}

/// Looks at the first bytes only. Worth its transfer where the sector before differed: the rest of
/// the file then mostly does too, and on parts with pages as small as a block a whole upload for
/// each would cost as much as verifying.
fn differs_at_once(
    job: &mut Job<'_>,
    part: &ImageTarget,
    plan: &SectorPlan,
) -> Result<bool, JobError> {
    let start = plan.sector.range.start();
    let mut found = [0u8; PEEK];
    let Some(range) = AddressRange::new(start, PEEK as u64) else {
        return Ok(false);
    };
    if !plan
        .covered
        .first()
        .is_some_and(|covered| covered.contains_range(range))
    {
        return Ok(false);
    }
    let believed = job.dfu(Some(range), |session| session.peek(start, &mut found))?;
    let mut wanted = [0u8; PEEK];
    part.copy_to(range, &mut wanted);
    Ok(believed && found != wanted && found.iter().any(|byte| *byte != 0xFF))
}

/// Stops at the first block that is neither equal to the image nor blank.
fn compare_sector(
    job: &mut Job<'_>,
    reader: &mut BlockReader,
    part: &ImageTarget,
    plan: &SectorPlan,
) -> Result<Action, JobError> {
    let mut verdict = Verdict {
        matches: true,
        blank: true,
    };
    for piece in written_extents(plan, false) {
        let mut at = piece.start();
        loop {
            let (range, bytes) = reader.read(job, at, piece.end())?;
            verdict.add(range, bytes, part, plan);
            if verdict.is_final() {
                return Ok(Action::EraseAndWrite);
            }
            match range.end() {
                end if end >= piece.end() || range.is_empty() => break,
                end => {
                    at = at
                        .checked_add(end.saturating_sub(u64::from(at)))
                        .unwrap_or(at)
                }
            }
        }
    }
    Ok(match verdict {
        Verdict { matches: true, .. } => Action::Leave,
        Verdict { blank: true, .. } => Action::Write,
        _ => Action::EraseAndWrite,
    })
}

struct Verdict {
    matches: bool,
    blank: bool,
}

impl Verdict {
    fn is_final(&self) -> bool {
        !self.matches && !self.blank
    }

    fn add(&mut self, range: AddressRange, bytes: &[u8], part: &ImageTarget, plan: &SectorPlan) {
        self.blank = self.blank && bytes.iter().all(|byte| *byte == 0xFF);
        if !self.matches {
            return;
        }
        // Bytes around the image's own are the board's: they are compared with themselves.
        let mut wanted = bytes.to_vec();
        for covered in plan.covered.iter().filter_map(|c| c.intersection(range)) {
            let from = covered.start().offset_from(range.start()).unwrap_or(0);
            let place = usize::try_from(from)
                .ok()
                .zip(usize::try_from(covered.len()).ok());
            let place =
                place.and_then(|(from, length)| wanted.get_mut(from..from.checked_add(length)?));
            if let Some(place) = place {
                part.copy_to(covered, place);
            }
        }
        self.matches = wanted == bytes;
    }
}

/// What is written of a sector: the image's pieces grown to whole flash words, or with `keep` all
/// of it.
pub(super) fn written_extents(plan: &SectorPlan, keep: bool) -> Vec<AddressRange> {
    if keep {
        return vec![plan.sector.range];
    }
    let mut extents: Vec<AddressRange> = Vec::new();
    for covered in &plan.covered {
        let grown = covered
            .aligned_outward(FLASH_WORD)
            .intersection(plan.sector.range);
        push_joined(&mut extents, grown.unwrap_or(*covered));
    }
    extents
}

/// Appends a range, joined with the last one where they touch or overlap.
pub(super) fn push_joined(ranges: &mut Vec<AddressRange>, range: AddressRange) {
    if let Some(last) = ranges.last_mut()
        && u64::from(range.start()) <= last.end()
        && let Some(joined) = AddressRange::between(last.start(), last.end().max(range.end()))
    {
        *last = joined;
        return;
    }
    ranges.push(range);
}

/// The reader of the region that is being worked on.
#[derive(Default)]
pub(super) struct Readers(Option<BlockReader>);

impl Readers {
    pub(super) fn around(&mut self, region: AddressRange) -> &mut BlockReader {
        if self
            .0
            .as_ref()
            .is_some_and(|reader| reader.region() != region)
        {
            self.0 = None;
        }
        self.0.get_or_insert_with(|| BlockReader::new(region))
    }
}
