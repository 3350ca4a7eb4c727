//! Reading a board's memory into a file, and comparing it with one.

use std::path::Path;

use super::draft::matching_targets;
use super::error::JobError;
use super::event::{Phase, SectorState};
use super::job::Job;
use super::plan::{Action, SectorPlan, TargetPlan};
use super::write::{read_range, verify};
use crate::address::AddressRange;
use crate::firmware::{Image, ImageTarget, Segment};

/// Reads all readable memory of a target, or what of it lies in `range`.
pub(super) fn read(
    job: &mut Job<'_>,
    alternate: u8,
    range: Option<AddressRange>,
    save: Option<&Path>,
) -> Result<(), JobError> {
    job.require_upload()?;
    let target = job.target(alternate)?;
    let map = job.map(alternate)?;
    let readable = map.regions_where(|access| access.read);
    let wanted = match range {
        None => readable,
        Some(range) => {
            if let Some(outside) = range.without(&readable).first() {
                let name = target.name.clone();
                return Err(JobError::DoesNotFit {
                    range: *outside,
                    name,
                    regions: readable,
                });
            }
            vec![range]
        }
    };
    job.phase(Phase::Connect, 0);
    job.select(alternate)?;
    job.phase(Phase::Read, wanted.iter().map(|r| r.len()).sum());
    let mut segments = Vec::new();
    for range in wanted {
        let bytes = read_range(job, alternate, range)?;
        for sector in map.sectors_touching(range) {
            job.mark(alternate, sector.index, SectorState::Read);
        }
        segments.extend(Segment::new(range.start(), bytes));
    }
    let read = vec![ImageTarget {
        alternate,
        name: Some(target.name.clone()),
        segments,
    }];
    if let Some(path) = save {
        save_targets(path, &read)?;
    }
    job.report.read = read;
    job.report.board_state = "Nothing on the board was changed".to_owned();
    Ok(())
}

/// Writes what was read to a file, in the format of its extension. The file is complete on disk
/// when this returns.
pub(super) fn save_targets(path: &Path, targets: &[ImageTarget]) -> Result<(), JobError> {
    let _ = targets;
    Err(JobError::File {
        path: path.to_owned(),
        why: "saving is not built yet".to_owned(),
    })
}

/// Compares all that the image holds with the board.
pub(super) fn verify_image(
    job: &mut Job<'_>,
    image: &Image,
    only: Option<u8>,
) -> Result<(), JobError> {
    job.require_upload()?;
    let pairs = matching_targets(job.board, image, only)?;
    let mut plans = Vec::new();
    for (part, target) in &pairs {
        let map = job.map(target.alternate)?;
        let regions = map.regions_where(|access| access.read);
        let mut sectors: Vec<SectorPlan> = Vec::new();
        for range in part.ranges() {
            if let Some(range) = range.without(&regions).first().copied() {
                let name = target.name.clone();
                return Err(JobError::DoesNotFit {
                    range,
                    name,
                    regions,
                });
            }
            for sector in map.sectors_touching(range) {
                let covered = range.intersection(sector.range);
                match sectors.last_mut() {
                    Some(last) if last.sector.index == sector.index => last.covered.extend(covered),
                    _ => sectors.push(SectorPlan {
                        sector,
                        covered: covered.into_iter().collect(),
                        action: Action::Undecided,
                    }),
                }
            }
        }
        let name = target.name.clone();
        plans.push((
            *part,
            TargetPlan {
                alternate: target.alternate,
                name,
                sectors,
            },
        ));
    }
    job.phase(Phase::Connect, 0);
    job.phase(
        Phase::Verify,
        pairs.iter().map(|(part, _)| part.bytes()).sum(),
    );
    let mut difference = None;
    for (part, plan) in &plans {
        difference = difference.or(verify(job, part, plan, |_| true)?);
    }
    job.report.board_state = match &difference {
        None => "The board holds what the file holds".to_owned(),
        Some(_) => "Nothing on the board was changed".to_owned(),
    };
    difference.map_or(Ok(()), Err)
}
