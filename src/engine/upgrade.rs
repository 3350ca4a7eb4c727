//! The main job: compare, save a backup, erase, write, verify, start.

use super::compare::compare;
use super::draft::{draft, matching_targets};
use super::error::JobError;
use super::event::JobEvent;
use super::job::Job;
use super::options::UpgradeOptions;
use super::phase::Phase;
use super::plan::{Action, Plan};
use super::read::Destination;
use super::write::{Kept, erase, read_kept, read_range, verify, write};
use crate::address::Address;
use crate::firmware::{Image, ImageTarget, Segment};

pub(super) fn upgrade(
    job: &mut Job<'_>,
    image: &Image,
    options: &UpgradeOptions,
) -> Result<(), JobError> {
    let plan = survey(job, image, options)?;
    let changes = plan
        .targets
        .iter()
        .flat_map(|t| &t.sectors)
        .any(|s| s.action != Action::Leave);
    // Also where nothing changes: who asked for the file will look for it.
    save_backup(job, &plan)?;
    if changes {
        let kept = read_kept(job, &plan)?;
        for (alternate, index) in kept.keys() {
            job.ledger.keep(*alternate, *index);
        }
        erase(job, &plan)?;
        write_all(job, image, &plan, &kept)?;
        verify_written(job, image, &plan, &kept)?;
    }
    job.report.board_state = describe(&plan, changes);
    match plan.start {
        Some(at) => start(job, at),
        None => Ok(()),
    }
}

/// The decided plan of an upgrade; changes nothing.
pub(super) fn survey(
    job: &mut Job<'_>,
    image: &Image,
    options: &UpgradeOptions,
) -> Result<Plan, JobError> {
    let mut plan = draft(job.board, image, options)?;
    if !job.board.functional.can_download() {
        return Err(JobError::NotCapable("download"));
    }
    if plan.options.verify && !job.board.functional.can_upload() {
        plan.options.verify = false;
        let note = "The board cannot be read back: everything is written and nothing verified";
        job.emit(JobEvent::Note(note.to_owned()));
    }
    job.emit(JobEvent::Planned(plan.clone()));
    job.phase(Phase::Connect, 0);
    compare(job, image, &mut plan)?;
    job.emit(JobEvent::Planned(plan.clone()));
    Ok(plan)
}

/// Reads the touched sectors whole into a file; the file is complete on disk before this returns.
fn save_backup(job: &mut Job<'_>, plan: &Plan) -> Result<(), JobError> {
    let Some(to) = &plan.options.backup else {
        return Ok(());
    };
    let destination = Destination::new(to)?;
    job.require_upload()?;
    let sectors = || plan.targets.iter().flat_map(|t| &t.sectors);
    job.phase(Phase::Backup, sectors().map(|s| s.sector.range.len()).sum());
    let mut targets = Vec::new();
    for target in &plan.targets {
        job.select(target.alternate)?;
        let mut segments = Vec::new();
        let mut runs = Vec::new();
        for sector in target.sectors.iter().filter(|s| s.sector.access.read) {
            super::compare::push_joined(&mut runs, sector.sector.range);
        }
        for run in runs {
            let bytes = read_range(job, target.alternate, run)?;
            segments.extend(Segment::new(run.start(), bytes));
        }
        let name = Some(target.name.clone());
        targets.push(ImageTarget {
            alternate: target.alternate,
            name,
            segments,
        });
    }
    destination.save(&targets)
}

fn write_all(job: &mut Job<'_>, image: &Image, plan: &Plan, kept: &Kept) -> Result<(), JobError> {
    let bytes = plan.totals().write_bytes;
    if bytes == 0 {
        return Ok(());
    }
    job.phase(Phase::Write, bytes);
    let pairs = matching_targets(job.board, image, plan.options.target)?;
    for target in &plan.targets {
        for (part, _) in pairs
            .iter()
            .filter(|(_, board)| board.alternate == target.alternate)
        {
            write(job, part, target, kept)?;
        }
    }
    Ok(())
}

fn verify_written(
    job: &mut Job<'_>,
    image: &Image,
    plan: &Plan,
    kept: &Kept,
) -> Result<(), JobError> {
    let bytes = plan.totals().write_bytes;
    if !plan.options.verify || bytes == 0 {
        return Ok(());
    }
    job.phase(Phase::Verify, bytes);
    let pairs = matching_targets(job.board, image, plan.options.target)?;
    let mut difference = None;
    for target in &plan.targets {
        for (part, _) in pairs
            .iter()
            .filter(|(_, board)| board.alternate == target.alternate)
        {
            let found = verify(job, part, target, kept, Action::writes)?;
            difference = difference.or(found);
        }
    }
    difference.map_or(Ok(()), Err)
}

fn describe(plan: &Plan, changes: bool) -> String {
    match (changes, plan.options.verify) {
        (false, _) => "The board already held this firmware; nothing was written",
        (true, true) => "The board holds the new firmware, verified",
        (true, false) => "The board holds the new firmware, not verified",
    }
    .to_owned()
}

/// Leaves DFU mode at `at`.
pub(super) fn start(job: &mut Job<'_>, at: Address) -> Result<(), JobError> {
    job.phase(Phase::Start, 0);
    job.dfu(None, |session| session.leave(Some(at)))?;
    job.report.started = true;
    Ok(())
}
