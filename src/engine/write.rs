//! Erasing, writing and reading back what the plan says, and nothing else.

use std::collections::BTreeMap;

use super::compare::{Readers, push_joined, written_extents};
use super::error::JobError;
use super::event::SectorState;
use super::job::{Job, readable_around};
use super::phase::Phase;
use super::plan::{Action, Plan, SectorPlan, TargetPlan};
use crate::address::{Address, AddressRange};
use crate::firmware::ImageTarget;
use crate::memory::Sector;

/// Contents to restore of sectors that the image covers only in part, by alternate setting and
/// sector index.
pub(super) type Kept = BTreeMap<(u8, u32), Vec<u8>>;

/// Reads whole the sectors that will be erased though the image covers them only in part.
pub(super) fn read_kept(job: &mut Job<'_>, plan: &Plan) -> Result<Kept, JobError> {
    let mut kept = Kept::new();
    for target in &plan.targets {
        for sector in target.sectors.iter().filter(|s| is_kept(plan, s)) {
            job.require_upload()?;
            job.select(target.alternate)?;
            let bytes = read_range(job, target.alternate, sector.sector.range)?;
            kept.insert((target.alternate, sector.sector.index), bytes);
        }
    }
    Ok(kept)
}

fn is_kept(plan: &Plan, sector: &SectorPlan) -> bool {
    plan.options.keep && sector.action.erases() && sector.uncovered_bytes() > 0
}

/// All bytes of `range`, in full blocks.
pub(super) fn read_range(
    job: &mut Job<'_>,
    alternate: u8,
    range: AddressRange,
) -> Result<Vec<u8>, JobError> {
    let map = job.map(alternate)?;
    let mut readers = Readers::default();
    let reader = readers.around(readable_around(map, range));
    let mut all = Vec::with_capacity(usize::try_from(range.len()).unwrap_or(0));
    while let Some(at) = next_address(range, all.len()) {
        let (_, bytes) = reader.read(job, at, range.end())?;
        if bytes.is_empty() {
            return Err(JobError::Internal(format!("nothing could be read at {at}")));
        }
        all.extend_from_slice(bytes);
        let count = u64::try_from(bytes.len()).unwrap_or(0);
        job.report.bytes_read = job.report.bytes_read.saturating_add(count);
        job.advance(count);
    }
    Ok(all)
}

fn next_address(range: AddressRange, done: usize) -> Option<Address> {
    let done = u64::try_from(done).ok()?;
    (done < range.len())
        .then(|| range.start().checked_add(done))
        .flatten()
}

/// Erases the sectors of the plan that need it.
pub(super) fn erase(job: &mut Job<'_>, plan: &Plan) -> Result<(), JobError> {
    let erased = |target: &TargetPlan| -> u64 {
        let erased = target.sectors.iter().filter(|s| s.action.erases());
        erased.map(|s| s.sector.range.len()).sum()
    };
    let total: u64 = plan.targets.iter().map(erased).sum();
    if total == 0 {
        return Ok(());
    }
    job.phase(Phase::Erase, total);
    if plan.options.mass_erase {
        return mass_erase(job, plan);
    }
    for target in plan.targets.iter().filter(|t| erased(t) > 0) {
        job.select(target.alternate)?;
        for sector in target.sectors.iter().filter(|s| s.action.erases()) {
            erase_sector(
                job,
                target.alternate,
                sector.sector.index,
                sector.sector.range,
            )?;
        }
    }
    Ok(())
}

pub(super) fn erase_sector(
    job: &mut Job<'_>,
    alternate: u8,
    index: u32,
    range: AddressRange,
) -> Result<(), JobError> {
    let size = u32::try_from(range.len()).unwrap_or(u32::MAX);
    let erased = job.dfu(Some(range), |session| {
        session.erase_sector(range.start(), size)
    });
    if erased.is_err() && job.session.is_uncertain() {
        job.mark(alternate, index, SectorState::Uncertain);
    }
    erased?;
    job.report.sectors_erased = job.report.sectors_erased.saturating_add(1);
    job.mark(alternate, index, SectorState::Erased);
    job.advance(range.len());
    Ok(())
}

fn mass_erase(job: &mut Job<'_>, plan: &Plan) -> Result<(), JobError> {
    let Some(first) = plan.targets.first() else {
        return Ok(());
    };
    job.select(first.alternate)?;
    let sectors = plan.targets.iter().flat_map(|target| {
        target
            .sectors
            .iter()
            .map(|sector| (target.alternate, sector.sector))
    });
    erase_all(
        job,
        sectors.filter(|(_, sector)| sector.access.erase).collect(),
    )
}

/// Mass erase; `sectors` are all those it clears.
pub(super) fn erase_all(job: &mut Job<'_>, sectors: Vec<(u8, Sector)>) -> Result<(), JobError> {
    let erased = job.dfu(None, crate::dfu::Session::mass_erase);
    let state = match erased {
        Ok(()) => SectorState::Erased,
        Err(_) if job.session.is_uncertain() => SectorState::Uncertain,
        Err(error) => return Err(error),
    };
    for (alternate, sector) in sectors {
        job.mark(alternate, sector.index, state);
        if state == SectorState::Erased {
            job.report.sectors_erased = job.report.sectors_erased.saturating_add(1);
            job.advance(sector.range.len());
        }
    }
    erased
}

/// Writes what the plan says of one target.
pub(super) fn write(
    job: &mut Job<'_>,
    part: &ImageTarget,
    target: &TargetPlan,
    kept: &Kept,
) -> Result<(), JobError> {
    let (runs, ends) = runs_to_write(target, kept);
    if runs.is_empty() {
        return Ok(());
    }
    job.select(target.alternate)?;
    let map = job.map(target.alternate)?;
    let ranges = part.ranges();
    let size = u64::from(job.session.transfer_size());
    for run in runs {
        let mut start = Some(run.start());
        while let Some(block) = start.and_then(|at| AddressRange::new(at, size)?.intersection(run))
        {
            let data = contents(block, part, target, kept);
            // Erased flash holds 0xFF already.
            if data.iter().any(|byte| *byte != 0xFF) {
                let sent = job.dfu(Some(block), |session| {
                    session.download(block.start(), &data)
                });
                if sent.is_err() && job.session.is_uncertain() {
                    for sector in map.sectors_touching(block) {
                        job.mark(target.alternate, sector.index, SectorState::PartlyWritten);
                    }
                }
                sent?;
            }
            let bytes = ranges
                .iter()
                .filter_map(|r| r.intersection(block))
                .map(|r| r.len())
                .sum();
            job.report.bytes_written = job.report.bytes_written.saturating_add(bytes);
            for sector in map.sectors_touching(block) {
                let last = ends
                    .get(&sector.index)
                    .is_some_and(|end| *end <= block.end());
                let state = if last {
                    SectorState::Written
                } else {
                    SectorState::PartlyWritten
                };
                job.mark(target.alternate, sector.index, state);
            }
            job.advance(bytes);
            start = run
                .start()
                .checked_add(block.end().saturating_sub(u64::from(run.start())));
        }
    }
    Ok(())
}

/// Runs of addresses to write, touching ones joined over sector borders, and for each sector
/// where its last one ends.
fn runs_to_write(target: &TargetPlan, kept: &Kept) -> (Vec<AddressRange>, BTreeMap<u32, u64>) {
    let mut runs = Vec::new();
    let mut ends = BTreeMap::new();
    let written = target.sectors.iter().filter(|s| s.action.writes());
    for sector in written {
        let keep = kept.contains_key(&(target.alternate, sector.sector.index));
        for extent in written_extents(sector, keep) {
            ends.insert(sector.sector.index, extent.end());
            push_joined(&mut runs, extent);
        }
    }
    (runs, ends)
}

/// The bytes of one block: the image's over what is kept over 0xFF.
fn contents(block: AddressRange, part: &ImageTarget, target: &TargetPlan, kept: &Kept) -> Vec<u8> {
    let mut data = vec![0xFF; usize::try_from(block.len()).unwrap_or(0)];
    if !kept.is_empty() {
        let first = target
            .sectors
            .partition_point(|s| s.sector.range.end() <= u64::from(block.start()));
        let touched = target.sectors.iter().skip(first);
        for sector in touched.take_while(|s| s.sector.range.overlaps(block)) {
            if let Some(old) = kept.get(&(target.alternate, sector.sector.index))
                && let Some(old) =
                    crate::firmware::Segment::new(sector.sector.range.start(), old.as_slice())
            {
                let old = ImageTarget {
                    alternate: 0,
                    name: None,
                    segments: vec![old],
                };
                old.copy_to(block, &mut data);
            }
        }
    }
    part.copy_to(block, &mut data);
    data
}

/// Reads back every sector of `target` that `wanted` picks: what the image covers, and all of a
/// sector whose rest was kept. Goes on after a difference, to count the sectors; the first one is
/// the error.
pub(super) fn verify(
    job: &mut Job<'_>,
    part: &ImageTarget,
    target: &TargetPlan,
    kept: &Kept,
    wanted: impl Fn(Action) -> bool,
) -> Result<Option<JobError>, JobError> {
    job.select(target.alternate)?;
    let map = job.map(target.alternate)?;
    let mut readers = Readers::default();
    let mut first = None;
    let mut different = 0u32;
    for sector in target.sectors.iter().filter(|s| wanted(s.action)) {
        let reader = readers.around(readable_around(map, sector.sector.range));
        let mut difference = None;
        for piece in written_pieces(sector, target.alternate, kept) {
            let mut at = Some(piece.start());
            while let Some(from) = at.filter(|at| piece.contains(*at)) {
                let (range, found) = reader.read(job, from, piece.end())?;
                let expected = contents(range, part, target, kept);
                difference = difference.or_else(|| first_difference(range, &expected, found));
                if range.is_empty() {
                    break;
                }
                let covered = sector.covered.iter().filter_map(|c| c.intersection(range));
                let bytes = covered.map(|c| c.len()).sum();
                if difference.is_none() {
                    job.report.bytes_verified = job.report.bytes_verified.saturating_add(bytes);
                }
                job.advance(bytes);
                at = from.checked_add(range.len());
            }
        }
        let state = match difference {
            None => SectorState::Verified,
            Some(_) => SectorState::Mismatch,
        };
        job.mark(target.alternate, sector.sector.index, state);
        different = different.saturating_add(u32::from(difference.is_some()));
        first = first.or(difference);
    }
    Ok(first.map(|(address, expected, found)| JobError::Mismatch {
        address,
        expected,
        found,
        sectors: different,
    }))
}

/// What of a sector has contents that are known: what the image covers, or with its rest all of it.
fn written_pieces(sector: &SectorPlan, alternate: u8, kept: &Kept) -> Vec<AddressRange> {
    if kept.contains_key(&(alternate, sector.sector.index)) {
        vec![sector.sector.range]
    } else {
        sector.covered.clone()
    }
}

fn first_difference(
    range: AddressRange,
    expected: &[u8],
    found: &[u8],
) -> Option<(Address, u8, u8)> {
    if expected == found {
        return None;
    }
    let mut pairs = expected.iter().zip(found);
    let at = pairs.position(|(expected, found)| expected != found)?;
    let address = range.start().checked_add(u64::try_from(at).ok()?)?;
    Some((address, *expected.get(at)?, *found.get(at)?))
}
