//! Reading a board's memory into a file, and comparing it with one.

use super::draft::matching_targets;
use super::error::JobError;
use super::event::SectorState;
use super::job::Job;
use super::options::SaveTo;
use super::phase::Phase;
use super::plan::{Action, SectorPlan, TargetPlan};
use super::write::{Kept, read_range, verify};
use crate::address::AddressRange;
use crate::firmware::{
    self, EncodeOptions, Existing, Image, ImageTarget, MadeFor, OutputFormat, Segment,
};

/// Reads all readable memory of a target, or what of it lies in `range`.
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
    if let Some(destination) = destination {
        destination.save(&read)?;
    }
    job.report.read = read;
    job.report.board_state = "Nothing on the board was changed".to_owned();
    Ok(())
}

/// Where and how what is read is saved; made before the reading, so that a wrong name is refused
/// at once.
pub(super) struct Destination<'a> {
    to: &'a SaveTo,
    format: OutputFormat,
}

impl<'a> Destination<'a> {
    pub(super) fn new(to: &'a SaveTo) -> Result<Self, JobError> {
        let refused = |why: &str| {
            Err(JobError::File {
                path: to.path.clone(),
                why: why.to_owned(),
            })
        };
        let Some(format) = OutputFormat::from_path(&to.path) else {
            return refused("the name must end in .dfu, .hex, .s19 or .bin");
        };
        if to.existing == Existing::Refuse && to.path.exists() {
            return refused("the file exists already");
        }
        Ok(Self { to, format })
    }

    /// The file is complete on disk when this returns.
    pub(super) fn save(&self, targets: &[ImageTarget]) -> Result<(), JobError> {
        let failed = |why: String| JobError::File {
            path: self.to.path.clone(),
            why,
        };
        let made_for = MadeFor::ST_BOOTLOADER;
        let bytes = firmware::encode(self.format, targets, made_for, EncodeOptions::default())
            .map_err(|error| failed(error.to_string()))?;
        firmware::save(&self.to.path, &bytes, self.to.existing)
            .map_err(|error| failed(error.fault.to_string()))
    }
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
        difference = difference.or(verify(job, part, plan, &Kept::new(), |_| true)?);
    }
    job.report.board_state = match &difference {
        None => "The board holds what the file holds".to_owned(),
        Some(_) => "Nothing on the board was changed".to_owned(),
    };
    difference.map_or(Ok(()), Err)
}
