//! Verifying: written data, a whole image, and blank sectors after an erase.

use super::blocks::BlockReader;
use super::board::Board;
use super::chosen::image_for;
use super::doubt::doubts;
use super::error::JobError;
use super::event::{JobEvent, SectorState};
use super::job::Job;
use super::kept::KeptData;
use super::options::UpgradeOptions;
use super::parts::Part;
use super::phase::Phase;
use super::plain::plan_stream_to_verify;
use super::plan::{Action, Plan, SectorPlan, TargetPlan};
use super::planning::{check_readable, matching_targets, plan_target};
use super::task::Detail;
use crate::address::{Address, AddressRange};
use crate::discovery::Dialect;
use crate::firmware::Image;
use crate::memory::{Sector, may_end_at};

/// Compares the whole image with the board.
pub(super) fn verify_image(
    job: &mut Job<'_>,
    image: &Image,
    only: Option<u8>,
    keep_ranges: &[AddressRange],
    detail: Detail,
) -> Result<(), JobError> {
    job.require_upload()?;
    let (plan, elsewhere) = plan_parts(job.board, image, only, keep_ranges)?;
    let is_readable = check_readable(plan.sectors());
    let nothing_readable = plan.sectors().all(|plan| !plan.sector.access.read);
    if detail == Detail::Verdict || nothing_readable {
        is_readable.clone()?;
    }
    for doubt in &plan.doubts {
        job.emit(JobEvent::Note(doubt.to_string()));
    }
    job.start_phase(Phase::Connect, 0);
    job.start_phase(Phase::Verify, plan.totals().undecided_bytes);
    note_unreadable(job, &plan);
    verify(job, &plan, &KeptData::default(), |_| true)?;
    is_readable?;
    if !elsewhere.is_empty() {
        return Err(JobError::PartsNotCompared { parts: elsewhere });
    }
    job.report.board_summary = "The board matches the file".to_owned();
    Ok(())
}

/// What a verification compares: all of the image but `keep_ranges`.
///
/// # Errors
/// When the image does not fit, or names a target that the board does not have.
#[cfg(feature = "gui")]
pub(crate) fn plan_to_verify(
    board: &Board,
    image: &Image,
    only: Option<u8>,
    keep_ranges: &[AddressRange],
) -> Result<Plan, JobError> {
    plan_parts(board, image, only, keep_ranges).map(|(plan, _)| plan)
}

/// The same, and the parts of the file for memory behind another bootloader of the board.
fn plan_parts(
    board: &Board,
    image: &Image,
    only: Option<u8>,
    keep_ranges: &[AddressRange],
) -> Result<(Plan, Vec<Part>), JobError> {
    if board.dialect == Dialect::Plain {
        let plan = plan_stream_to_verify(board, image, only, keep_ranges)?;
        return Ok((plan, Vec::new()));
    }
    let options = UpgradeOptions {
        target: only,
        keep_ranges: keep_ranges.to_vec(),
        ..UpgradeOptions::default()
    };
    let image = &*image_for(board, image)?;
    let plan_part = |image: &Image| -> Result<Vec<TargetPlan>, JobError> {
        let pairs = matching_targets(board, image, only)?;
        let plans = pairs.into_iter();
        plans
            .map(|(part, target)| plan_target(part, target, &options))
            .collect()
    };
    let of = image.later.len() + 1;
    let mut targets = Vec::new();
    let mut elsewhere = Vec::new();
    let mut refusal = None;
    for number in 1..=of {
        let part = (of > 1).then(|| image.part(number)).flatten();
        match plan_part(part.as_ref().unwrap_or(image)) {
            Ok(plans) => targets.extend(plans),
            Err(error) => {
                elsewhere.push(Part { number, of });
                refusal.get_or_insert(error);
            }
        }
    }
    if let Some(error) = refusal.filter(|_| targets.is_empty()) {
        return Err(error);
    }
    let plan = Plan {
        targets,
        stream: None,
        options,
        start: None,
        marker: None,
        doubts: doubts(image, Some(board)),
    };
    Ok((plan, elsewhere))
}

fn note_unreadable(job: &mut Job<'_>, plan: &Plan) {
    for target in &plan.targets {
        let locked = target.sectors.iter().filter(|s| !s.sector.access.read);
        for range in locked.flat_map(|sector| &sector.covered) {
            job.report.comparison.skip(target.alternate, *range);
        }
    }
}

/// Verifies the sectors that the plan wrote and that can be read.
pub(super) fn verify_written(
    job: &mut Job<'_>,
    plan: &Plan,
    kept: &KeptData,
) -> Result<(), JobError> {
    let totals = plan.totals();
    let bytes = totals.write_bytes.saturating_sub(totals.unverified_bytes);
    if !plan.options.verify || bytes == 0 {
        return Ok(());
    }
    job.start_phase(Phase::Verify, bytes);
    verify(job, plan, kept, Action::writes)
}

/// Verifies every sector that `wanted` selects: the covered ranges, and all of a sector whose other
/// bytes were kept. Continues after a difference to count the sectors; the first one is the error.
fn verify(
    job: &mut Job<'_>,
    plan: &Plan,
    kept: &KeptData,
    wanted: impl Fn(Action) -> bool,
) -> Result<(), JobError> {
    let mut differences = Differences::default();
    for target in &plan.targets {
        job.select(target.alternate)?;
        let mut reader = BlockReader::new(job, target.alternate)?;
        let readable = target.sectors.iter().filter(|s| s.sector.access.read);
        for sector in readable.filter(|s| wanted(s.action)) {
            let difference = verify_sector(job, &mut reader, plan, kept, target, sector)?;
            let state = match difference {
                None => SectorState::Verified,
                Some(_) => SectorState::Mismatch,
            };
            job.mark(target.alternate, sector.sector.index, state);
            differences.add(difference);
        }
    }
    differences.into_result()
}

fn verify_sector(
    job: &mut Job<'_>,
    reader: &mut BlockReader<'_>,
    plan: &Plan,
    kept: &KeptData,
    target: &TargetPlan,
    sector: &SectorPlan,
) -> Result<Option<Difference>, JobError> {
    let mut difference = None;
    let ranges = if plan.keeps(sector) {
        std::slice::from_ref(&sector.sector.range)
    } else {
        sector.covered.as_slice()
    };
    for range in ranges {
        for block in reader.blocks(*range) {
            let found = reader.read(job, block)?;
            let expected = kept.contents(target, block);
            let comparison = &mut job.report.comparison;
            comparison.add(target.alternate, block, &expected, found);
            difference = difference.or_else(|| Difference::first(block, &expected, found));
            let bytes = sector.covered_bytes_in(block);
            if difference.is_none() {
                job.report.bytes_verified += bytes;
            }
            job.advance(bytes);
        }
    }
    Ok(difference)
}

/// The sectors that are not blank.
#[derive(Debug, Default)]
pub(super) struct NotBlank {
    pub(super) sectors: Vec<(u8, Sector)>,
    differences: Differences,
}

impl NotBlank {
    pub(super) fn into_result(self) -> Result<(), JobError> {
        self.differences.into_result()
    }
}

/// Reads erased sectors: erasing a write-protected one reports no error (AN2662).
pub(super) fn check_blank(
    job: &mut Job<'_>,
    sectors: &[(u8, Sector)],
) -> Result<NotBlank, JobError> {
    let mut not_blank = NotBlank::default();
    for group in sectors.chunk_by(|a, b| a.0 == b.0) {
        let Some((alternate, _)) = group.first().copied() else {
            continue;
        };
        job.select(alternate)?;
        let map = job.map(alternate)?;
        let erased = map.erased_value();
        let mut reader = BlockReader::new(job, alternate)?;
        let readable = group.iter().enumerate();
        for (number, (_, sector)) in readable.filter(|(_, (_, s))| s.access.read) {
            let difference = match first_not_erased(job, &mut reader, sector.range, erased) {
                Err(error) if error.is_end_of_memory() && may_end_at(map, sector.range.start()) => {
                    forget_beyond(job, group.iter().skip(number));
                    break;
                }
                other => other?,
            };
            let state = match difference {
                None => SectorState::Blank,
                Some(_) => SectorState::NotErased,
            };
            job.mark(alternate, sector.index, state);
            if difference.is_some() {
                not_blank.sectors.push((alternate, *sector));
            } else {
                job.advance(sector.range.len());
            }
            not_blank.differences.add(difference);
        }
    }
    Ok(not_blank)
}

/// Reads the first block of each sector: enough to see which an erase of everything reached.
pub(super) fn look_at_starts(job: &mut Job<'_>, sectors: &[(u8, Sector)]) -> Result<(), JobError> {
    let size = u32::from(job.session.transfer_size());
    for group in sectors.chunk_by(|a, b| a.0 == b.0) {
        let Some((alternate, _)) = group.first().copied() else {
            continue;
        };
        job.select(alternate)?;
        let map = job.map(alternate)?;
        let erased = map.erased_value();
        let mut reader = BlockReader::new(job, alternate)?;
        let readable = group.iter().enumerate();
        for (number, (_, sector)) in readable.filter(|(_, (_, s))| s.access.read) {
            let Some(start) = sector.range.blocks(size).next() else {
                continue;
            };
            let found = match reader.read(job, start) {
                Err(error) if error.is_end_of_memory() && may_end_at(map, start.start()) => {
                    forget_beyond(job, group.iter().skip(number));
                    break;
                }
                other => other?,
            };
            let state = match found.iter().all(|byte| *byte == erased) {
                true if start == sector.range => SectorState::Blank,
                true => SectorState::Erased,
                false => SectorState::NotErased,
            };
            job.mark(alternate, sector.index, state);
        }
    }
    Ok(())
}

/// Takes out the sectors from the end of the memory on.
fn forget_beyond<'a>(job: &mut Job<'_>, beyond: impl Iterator<Item = &'a (u8, Sector)>) {
    let mut beyond = beyond.peekable();
    if let Some((_, first)) = beyond.peek() {
        job.note_end_of_memory(first.range.start());
    }
    beyond.for_each(|(alternate, sector)| job.ledger.forget(*alternate, sector.index));
}

fn first_not_erased(
    job: &mut Job<'_>,
    reader: &mut BlockReader<'_>,
    range: AddressRange,
    erased: u8,
) -> Result<Option<Difference>, JobError> {
    for block in reader.blocks(range) {
        let found = reader.read(job, block)?;
        let difference = Difference::first(block, &vec![erased; found.len()], found);
        if difference.is_some() {
            return Ok(difference);
        }
    }
    Ok(None)
}

/// The first byte of a range that differs.
#[derive(Clone, Copy, Debug)]
struct Difference {
    address: Address,
    expected: u8,
    found: u8,
}

impl Difference {
    fn first(range: AddressRange, expected: &[u8], found: &[u8]) -> Option<Self> {
        if expected == found {
            return None;
        }
        let mut bytes = (0u64..).zip(expected.iter().zip(found));
        let (offset, (expected, found)) = bytes.find(|(_, (expected, found))| expected != found)?;
        Some(Self {
            address: range.start().checked_add(offset)?,
            expected: *expected,
            found: *found,
        })
    }
}

/// The first difference, and the number of sectors with one.
#[derive(Debug, Default)]
struct Differences {
    first: Option<Difference>,
    sectors: u32,
}

impl Differences {
    /// Adds the result of one sector.
    fn add(&mut self, difference: Option<Difference>) {
        self.first = self.first.or(difference);
        self.sectors += u32::from(difference.is_some());
    }

    fn into_result(self) -> Result<(), JobError> {
        let Some(first) = self.first else {
            return Ok(());
        };
        Err(JobError::Mismatch {
            address: first.address,
            expected: first.expected,
            found: first.found,
            sectors: self.sectors,
        })
    }
}
