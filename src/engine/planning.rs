//! Makes a plan from the file and the board's map, before the board is read. Refuses an impossible
//! job before anything is changed.

use super::board::{Board, check_part_fits, require_map};
use super::chosen::{first_part, image_for};
use super::doubt::doubts;
use super::error::JobError;
use super::keep_range;
use super::options::UpgradeOptions;
use super::plain::plan_stream;
use super::plan::{Action, Plan, SectorPlan, TargetPlan};
use crate::address::{Address, AddressRange};
use crate::discovery::{Dialect, Target};
use crate::firmware::{Format, Image, ImageTarget, VectorTable};
use crate::memory::{Access, MemoryMap, Sector};

/// The plan of an upgrade; its sectors are not compared yet.
///
/// # Errors
/// When the image does not fit, covers a sector that cannot be written, or names a target that the
/// board does not have.
pub(crate) fn plan_upgrade(
    board: &Board,
    image: &Image,
    options: &UpgradeOptions,
) -> Result<Plan, JobError> {
    if board.dialect == Dialect::Plain {
        return plan_stream(board, image, options);
    }
    let image = &*first_part(image_for(board, image)?);
    keep_range::check(options)?;
    let mut targets = Vec::new();
    let mut start = None;
    for (part, target) in matching_targets(board, image, options.target)? {
        let map = flash_map(target)?;
        let target_plan = plan_target(part, target, options)?;
        target_plan.sectors.iter().try_for_each(check_access)?;
        let kept = target_plan.sectors.iter();
        let kept = kept.filter(|s| options.keep || !s.kept.is_empty());
        check_readable(kept.filter(|s| s.uncovered_bytes() > 0))?;
        if options.start && targets.is_empty() {
            start = start_address(part, map);
        }
        targets.push(target_plan);
    }
    if !options.keep_ranges.is_empty() && targets.iter().all(|target| target.sectors.is_empty()) {
        return Err(JobError::AllKept);
    }
    let restart = image.then.as_ref().filter(|_| options.start);
    Ok(Plan {
        targets,
        stream: None,
        options: options.clone(),
        start: restart.map(|restart| restart.start).or(start),
        marker: restart.and_then(|restart| restart.marker.clone()),
        doubts: doubts(image, Some(board)),
    })
}

/// The image's parts, each with the board's target of the same alternate setting. A file without
/// targets (HEX, S-record, ELF, binary) goes to alternate setting 0 or to `only`.
pub(super) fn matching_targets<'a>(
    board: &'a Board,
    image: &'a Image,
    only: Option<u8>,
) -> Result<Vec<(&'a ImageTarget, &'a Target)>, JobError> {
    let names_targets = image.source.format == Format::DfuSe;
    let mut pairs = Vec::new();
    for part in &image.targets {
        let alternate = match only {
            Some(only) if !names_targets => only,
            Some(only) if only != part.alternate => continue,
            None if image.source.format == Format::Uf2 => holding(board, part),
            _ => part.alternate,
        };
        pairs.push((part, board.require_target(alternate)?));
    }
    if pairs.is_empty() {
        return Err(JobError::NoImageTarget {
            alternate: only.unwrap_or(0),
            available: image.targets.iter().map(|t| t.alternate).collect(),
        });
    }
    Ok(pairs)
}

/// The first alternate setting whose flash holds all of `part`, as EdgeTX/rs-dfu chooses
/// (dfu/src/device.rs, `find_interface_segments`); else that of `part`. UF2 names none.
fn holding(board: &Board, part: &ImageTarget) -> u8 {
    let holds = |target: &&Target| {
        let writes = |access: Access| access.write;
        let map = flash_map(target).ok();
        map.is_some_and(|map| {
            let mut ranges = part.ranges().into_iter();
            ranges.all(|range| map.first_outside(range, writes).is_none())
        })
    };
    let found = board.targets.iter().find(holds);
    found.map_or(part.alternate, |target| target.alternate)
}

/// The map of a target, if a job may erase or write it. It may not change option bytes, OTP and the
/// partitions of an STM32MP: a wrong byte there can lock a board permanently.
pub(super) fn flash_map(target: &Target) -> Result<&MemoryMap, JobError> {
    let map = require_map(target)?;
    let runs = map.runs();
    if runs.iter().any(|run| run.access.erase && run.access.write) {
        return Ok(map);
    }
    Err(JobError::NotFlash {
        alternate: target.alternate,
        name: target.name.clone(),
    })
}

/// Plans the sectors that `part` touches.
pub(super) fn plan_target(
    part: &ImageTarget,
    target: &Target,
    options: &UpgradeOptions,
) -> Result<TargetPlan, JobError> {
    let kept = keep_range::sorted(&options.keep_ranges);
    let part = keep_range::without(part, &kept);
    check_part_fits(target, &part)?;
    let map = require_map(target)?;
    let mut sectors = plan_sectors(&part, map, options);
    for plan in &mut sectors {
        let inside = |range: &AddressRange| range.intersection(plan.sector.range);
        plan.kept = kept.iter().filter_map(inside).collect();
    }
    Ok(TargetPlan {
        alternate: target.alternate,
        name: target.name.clone(),
        erased: map.erased_value(),
        part,
        sectors,
    })
}

fn plan_sectors(part: &ImageTarget, map: &MemoryMap, options: &UpgradeOptions) -> Vec<SectorPlan> {
    let ranges = part.ranges();
    if options.mass_erase {
        return map
            .sectors()
            .map(|sector| plan_sector(sector, &ranges, Action::EraseAndWrite))
            .collect();
    }
    let action = if options.rewrite {
        Action::EraseAndWrite
    } else {
        Action::Undecided
    };
    let mut sectors: Vec<SectorPlan> = Vec::new();
    for range in &ranges {
        for sector in map.sectors_touching(*range) {
            if sectors
                .last()
                .is_none_or(|last| last.sector.index < sector.index)
            {
                sectors.push(plan_sector(sector, &ranges, action));
            }
        }
    }
    sectors
}

fn plan_sector(sector: Sector, ranges: &[AddressRange], action: Action) -> SectorPlan {
    let first = ranges.partition_point(|r| r.end() <= u64::from(sector.range.start()));
    let covered: Vec<AddressRange> = ranges
        .iter()
        .skip(first)
        .map_while(|range| range.intersection(sector.range))
        .collect();
    let action = if covered.is_empty() {
        Action::Erase
    } else {
        action
    };
    SectorPlan {
        sector,
        covered,
        kept: Vec::new(),
        action,
    }
}

fn check_access(plan: &SectorPlan) -> Result<(), JobError> {
    let refuse = |what| {
        Err(JobError::NotAllowed {
            sector: plan.sector.range,
            what,
        })
    };
    let access = plan.sector.access;
    // A mass erase skips sectors that cannot be erased; they matter only if they are written.
    if plan.covered.is_empty() {
        return Ok(());
    }
    if !access.write {
        return refuse("written");
    }
    if plan.action.erases() && !access.erase {
        return refuse("erased");
    }
    Ok(())
}

/// Refuses sectors that cannot be read.
pub(super) fn check_readable<'a>(
    sectors: impl IntoIterator<Item = &'a SectorPlan>,
) -> Result<(), JobError> {
    let mut sectors = sectors.into_iter().map(|plan| plan.sector);
    match sectors.find(|sector| !sector.access.read) {
        Some(locked) => Err(JobError::NotAllowed {
            sector: locked.range,
            what: "read",
        }),
        None => Ok(()),
    }
}

/// The start of the program: the image's lowest address if a vector table is there, else the start
/// of the board's memory.
fn start_address(part: &ImageTarget, map: &MemoryMap) -> Option<Address> {
    vector_table(part, map).or_else(|| map.start())
}

/// The address of the image's vector table, where one is plausible.
fn vector_table(part: &ImageTarget, map: &MemoryMap) -> Option<Address> {
    VectorTable::read(part)
        .filter(|table| table.is_plausible_in(&map.regions()))
        .map(|table| table.at)
}
