//! Reading a board's memory into a file: as a task, and as the backup of an upgrade.

use super::blocks::{read_into, read_range};
use super::board::check_fits;
use super::error::JobError;
use super::event::{JobEvent, SectorState};
use super::job::Job;
use super::options::SaveTo;
use super::phase::Phase;
use super::plan::{Plan, TargetPlan};
use crate::address::{AddressRange, ByteSize, push_joined};
use crate::discovery::Target;
use crate::firmware::{self, EncodeOptions, Format, ImageTarget, Segment};
use crate::memory::{MemoryMap, Sector, may_end_at};

/// Reads `range`, or all readable memory of a target.
pub(super) fn read(
    job: &mut Job<'_>,
    alternate: u8,
    range: Option<AddressRange>,
    save: Option<&SaveTo>,
) -> Result<(), JobError> {
    job.require_upload()?;
    let destination = save.map(Destination::new).transpose()?;
    let target = job.board.require_target(alternate)?;
    let map = job.map(alternate)?;
    let wanted = ranges_to_read(target, map, range)?;
    if let Some(destination) = &destination {
        destination.check_gaps(&wanted)?;
    }
    job.start_phase(Phase::Connect, 0);
    job.select(alternate)?;
    job.start_phase(Phase::Read, wanted.iter().map(|r| r.len()).sum());
    let mut segments = Vec::new();
    for wanted in wanted {
        let bytes = match range {
            None => read_to_end(job, alternate, map, wanted)?,
            Some(_) => read_range(job, alternate, wanted)?,
        };
        let Some(segment) = Segment::new(wanted.start(), bytes) else {
            continue;
        };
        for sector in map.sectors_touching(segment.range()) {
            job.mark(alternate, sector.index, SectorState::Read);
        }
        segments.push(segment);
    }
    let read = vec![ImageTarget {
        alternate,
        name: Some(target.name.clone()),
        segments,
    }];
    if let Some(destination) = destination {
        destination.save(&read)?;
    }
    job.report.read = read;
    job.report.erased = map.erased_value();
    Ok(())
}

/// The ranges to read: `range`, or all memory that can be read.
fn ranges_to_read(
    target: &Target,
    map: &MemoryMap,
    range: Option<AddressRange>,
) -> Result<Vec<AddressRange>, JobError> {
    let readable = map.regions_where(|access| access.read);
    let Some(range) = range else {
        return match map.sectors().next() {
            Some(first) if readable.is_empty() => Err(unreadable(first)),
            _ => Ok(readable),
        };
    };
    check_fits(target, range, |_| true)?;
    let mut sectors = map.sectors_touching(range);
    match sectors.find(|sector| !sector.access.read) {
        Some(locked) => Err(unreadable(locked)),
        None => Ok(vec![range]),
    }
}

fn unreadable(sector: Sector) -> JobError {
    JobError::NotAllowed {
        sector: sector.range,
        what: "read",
    }
}

/// Reads `range`, or as much of it as there is where the layout announces too much.
fn read_to_end(
    job: &mut Job<'_>,
    alternate: u8,
    map: &MemoryMap,
    range: AddressRange,
) -> Result<Vec<u8>, JobError> {
    let mut bytes = Vec::with_capacity(range.len_usize());
    let read = read_into(job, alternate, range, &mut bytes);
    let end = range.start().checked_add(bytes.len() as u64);
    match (read, end) {
        (Err(error), Some(end)) if error.is_end_of_memory() && may_end_at(map, end) => {
            job.report.board_summary = job.note_end_of_memory(end);
            Ok(bytes)
        }
        (read, _) => read.map(|()| bytes),
    }
}

/// Saves the complete contents of the planned sectors, and for a flat file what is between them; the file is on disk when this returns.
pub(super) fn save_backup(job: &mut Job<'_>, plan: &Plan) -> Result<(), JobError> {
    let Some(to) = &plan.options.backup else {
        return Ok(());
    };
    let destination = Destination::new(to)?;
    job.require_upload()?;
    let mut pieces = Vec::new();
    for target in &plan.targets {
        let map = job.map(target.alternate)?;
        pieces.push((target, pieces_to_save(target, map, destination.format)?));
    }
    let all = || pieces.iter().flat_map(|(_, pieces)| pieces);
    let gaps: u64 = all().filter(|p| p.is_gap).map(|p| p.range.len()).sum();
    let bytes = all().map(|piece| piece.range.len()).sum();
    if gaps > 0 {
        job.emit(JobEvent::Note(format!(
            "A .bin file has no gaps: the backup also reads {} between the sectors of the upgrade",
            ByteSize(gaps)
        )));
    }
    job.start_phase(Phase::Backup, bytes);
    let mut targets = Vec::new();
    for (target, pieces) in pieces {
        job.select(target.alternate)?;
        let mut segments = Vec::new();
        for piece in pieces {
            let read = read_segment(job, target.alternate, piece.range);
            segments.extend(read.map_err(|error| piece.explain(error))?);
        }
        targets.push(ImageTarget {
            alternate: target.alternate,
            name: Some(target.name.clone()),
            segments,
        });
    }
    destination.save(&targets)?;
    job.report.backup = Some(to.path.clone());
    Ok(())
}

/// A range of a backup.
struct Piece {
    range: AddressRange,
    /// Between the sectors of the upgrade: only a flat file holds it.
    is_gap: bool,
}

impl Piece {
    fn explain(&self, error: JobError) -> JobError {
        if self.is_gap && (error.is_refusal() || error.is_protected()) {
            return JobError::BackupGap(self.range);
        }
        error
    }
}

/// The planned sectors that can be read. For a flat file also the memory between them: restoring
/// the file writes it, so that it must not hold invented bytes.
fn pieces_to_save(
    target: &TargetPlan,
    map: &MemoryMap,
    format: Format,
) -> Result<Vec<Piece>, JobError> {
    let mut runs = Vec::new();
    for sector in target.sectors.iter().filter(|s| s.sector.access.read) {
        push_joined(&mut runs, sector.sector.range);
    }
    let gaps = gaps_to_fill(format, &runs);
    let readable = map.regions_where(|access| access.read);
    let is_readable = |gap: &AddressRange| readable.iter().any(|r| r.contains_range(*gap));
    if let Some(unreadable) = gaps.iter().find(|gap| !is_readable(gap)) {
        return Err(JobError::BackupGap(*unreadable));
    }
    let piece = |is_gap| move |range| Piece { range, is_gap };
    let mut pieces: Vec<Piece> = runs.into_iter().map(piece(false)).collect();
    pieces.extend(gaps.into_iter().map(piece(true)));
    pieces.sort_by_key(|piece| piece.range.start());
    Ok(pieces)
}

/// What a flat file holds between `ranges`, which are sorted.
fn gaps_to_fill(format: Format, ranges: &[AddressRange]) -> Vec<AddressRange> {
    match (format, ranges.first(), ranges.last()) {
        (Format::Binary, Some(first), Some(last)) => {
            AddressRange::between(first.start(), last.end())
                .map(|span| span.without(ranges))
                .unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn read_segment(
    job: &mut Job<'_>,
    alternate: u8,
    range: AddressRange,
) -> Result<Option<Segment>, JobError> {
    let bytes = read_range(job, alternate, range)?;
    Ok(Segment::new(range.start(), bytes))
}

/// The file for the data, and its format; made before reading, so that a wrong name is refused
/// immediately.
pub(super) struct Destination<'a> {
    to: &'a SaveTo,
    format: Format,
}

impl<'a> Destination<'a> {
    pub(super) fn new(to: &'a SaveTo) -> Result<Self, JobError> {
        let refused = |why: String| JobError::File {
            path: to.path.clone(),
            why,
        };
        let format = Format::for_output(&to.path).map_err(|error| refused(error.to_string()))?;
        firmware::check_save(&to.path, to.existing)
            .map_err(|error| refused(error.fault.to_string()))?;
        Ok(Self { to, format })
    }

    /// Refuses a format that would need memory between `ranges`, which cannot be read.
    pub(super) fn check_gaps(&self, ranges: &[AddressRange]) -> Result<(), JobError> {
        match gaps_to_fill(self.format, ranges).first() {
            Some(gap) => Err(JobError::ReadGap(*gap)),
            None => Ok(()),
        }
    }

    /// Writes the file; it is complete on disk when this returns.
    pub(super) fn save(&self, targets: &[ImageTarget]) -> Result<(), JobError> {
        let failed = |why: String| JobError::File {
            path: self.to.path.clone(),
            why,
        };
        let bytes = firmware::encode(self.format, targets, EncodeOptions::of_board())
            .map_err(|error| failed(error.to_string()))?;
        firmware::save(&self.to.path, &bytes, self.to.existing)
            .map_err(|error| failed(error.fault.to_string()))
    }
}
