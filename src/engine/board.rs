//! The board that a job runs on.

use super::error::JobError;
use crate::address::AddressRange;
use crate::discovery::{BoardFamily, Core, Dialect, Found, Kind, OptionTarget, Target};
use crate::firmware::{ImageTarget, MemoryKind};
use crate::memory::{Access, MemoryMap};
use crate::transport::{FunctionalDescriptor, Place};

/// The facts about a board that a job needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    pub place: Place,
    /// Vendor and product ID.
    pub identity: (u16, u16),
    /// The identity of the program that it ran before, if known: a file may be made for that.
    pub program: Option<(u16, u16)>,
    pub dialect: Dialect,
    pub core: Core,
    /// As far as its memory map shows it.
    pub family: Option<BoardFamily>,
    pub targets: Vec<Target>,
    /// The one with option bytes.
    pub option_bytes: Option<OptionTarget>,
    pub functional: FunctionalDescriptor,
    /// Its bootloader may stop instead of starting a program: [`Found::may_hang_at_start`].
    pub may_hang_at_start: bool,
    /// The last job lost it while comparing: it is erased without comparing now.
    pub was_lost_comparing: bool,
}

impl Board {
    /// The alternate setting for operations on the whole board: internal flash in every bootloader.
    pub(super) fn first_alternate(&self) -> u8 {
        self.targets.first().map_or(0, |target| target.alternate)
    }

    pub(super) fn require_target(&self, alternate: u8) -> Result<&Target, JobError> {
        let target = self.targets.iter().find(|t| t.alternate == alternate);
        target.ok_or_else(|| JobError::NoTarget {
            alternate,
            available: self.targets.iter().map(|t| t.alternate).collect(),
        })
    }
}

impl From<&Found> for Board {
    fn from(found: &Found) -> Self {
        Self {
            place: found.place().clone(),
            identity: (found.record.vendor, found.record.product),
            program: found
                .previous_program
                .map(|program| (program.vendor, program.product)),
            dialect: match found.kind {
                Kind::Bootloader(dialect) => dialect,
                // No job needs it there.
                Kind::RunTime | Kind::Application(_) | Kind::DebugProbe => Dialect::DfuSe,
            },
            core: found.core(),
            family: found.family(),
            targets: found.targets.clone(),
            option_bytes: found.option_bytes(),
            // A device without the descriptor breaks DFU 1.1 §4.1.3.
            may_hang_at_start: found.may_hang_at_start(),
            was_lost_comparing: false,
            functional: found.functional.unwrap_or(FunctionalDescriptor::ST_DEFAULT),
        }
    }
}

/// The memory of `target`, or why it is unknown.
pub(super) fn require_map(target: &Target) -> Result<&MemoryMap, JobError> {
    target.map.as_ref().map_err(|source| JobError::Layout {
        alternate: target.alternate,
        source: source.clone(),
    })
}

/// Refuses a part of a file that is not entirely in memory of `target`.
pub(super) fn check_part_fits(target: &Target, part: &ImageTarget) -> Result<(), JobError> {
    check_size(require_map(target)?, part)?;
    part.ranges()
        .into_iter()
        .try_for_each(|range| check_fits(target, range, |_| true))
}

/// Refuses a part that begins in flash, or between two parts of it, and ends beyond the last.
fn check_size(map: &MemoryMap, part: &ImageTarget) -> Result<(), JobError> {
    let in_flash = |range: &AddressRange| MemoryKind::of(range.start()) == MemoryKind::Flash;
    let ranges = part.ranges();
    let [Some(first), Some(end)] = ends(ranges.iter().filter(|range| in_flash(range))) else {
        return Ok(());
    };
    let regions = map.regions();
    let [Some(start), Some(limit)] = ends(regions.iter().filter(|range| in_flash(range))) else {
        return Ok(());
    };
    if first < start || end <= limit {
        return Ok(());
    }
    Err(JobError::TooBig {
        needs: end.saturating_sub(start),
        has: limit.saturating_sub(start),
    })
}

/// The start of the first range, and the end of the last.
fn ends<'a>(ranges: impl Iterator<Item = &'a AddressRange> + Clone) -> [Option<u64>; 2] {
    let starts = ranges.clone().map(|range| u64::from(range.start()));
    [starts.min(), ranges.map(|range| range.end()).max()]
}

/// Refuses a range that is not entirely in memory of `target` with the wanted access.
pub(super) fn check_fits(
    target: &Target,
    range: AddressRange,
    wanted: impl Fn(Access) -> bool,
) -> Result<(), JobError> {
    let map = require_map(target)?;
    match map.first_outside(range, &wanted) {
        None => Ok(()),
        Some(range) => Err(JobError::DoesNotFit {
            range,
            name: target.name.clone(),
            regions: map.regions_where(wanted),
        }),
    }
}
