//! The upgrade: compare, save a backup, erase, write, verify, start.

use super::chosen::{image_for, require_one_stage};
use super::compare::compare;
use super::doubt::Severity;
use super::erase::erase_planned;
use super::error::JobError;
use super::event::JobEvent;
use super::job::Job;
use super::kept::KeptData;
use super::leave::{restart, start_upgraded};
use super::option_bytes::name_protected;
use super::options::UpgradeOptions;
use super::parts::later_parts;
use super::phase::Phase;
use super::plan::{Action, Plan};
use super::planning::plan_upgrade;
use super::read::save_backup;
use super::verify::verify_written;
use super::write::write;
use crate::address::ByteSize;
use crate::firmware::Image;

pub(super) fn upgrade(
    job: &mut Job<'_>,
    image: &Image,
    options: &UpgradeOptions,
) -> Result<(), JobError> {
    let mut options = options.clone();
    if job.board.was_lost_comparing && !options.rewrite {
        options.rewrite = true;
        let note = "The board was lost while it was compared: it is erased without comparing now";
        job.emit(JobEvent::Note(note.to_owned()));
    }
    require_one_stage(&*image_for(job.board, image)?)?;
    let plan = plan_upgrade(job.board, image, &options)?;
    plan.require_consent()?;
    note_doubts(job, &plan);
    let mut plan = compare_plan(job, plan)?;
    let changes = plan.sectors().any(|s| s.action != Action::Leave);
    // Even if nothing changes: a person who requested the file expects it.
    save_backup(job, &plan)?;
    if changes {
        for target in &plan.targets {
            job.note_program_start(target.alternate)?;
        }
        let kept = KeptData::read(job, &plan)?;
        let changed = change(job, &mut plan, &kept);
        if let Err(error) = changed {
            if !error.is_gone() {
                write_kept_back(job, &plan, &kept);
            }
            job.report.lost = kept.lost(job, &plan);
            let changed = plan.sectors().filter(|s| s.action != Action::Leave);
            let touched: Vec<_> = changed.map(|s| s.sector.range).collect();
            return Err(name_protected(job, &touched, error));
        }
    }
    job.report.board_summary = summarize(&plan, changes);
    match plan.start {
        Some(at) if image.then.is_some() => restart(job, plan.marker.as_ref(), at),
        Some(at) => start_upgraded(job, at),
        None => Ok(()),
    }
}

fn change(job: &mut Job<'_>, plan: &mut Plan, kept: &KeptData) -> Result<(), JobError> {
    erase_planned(job, plan)?;
    write(job, plan, kept)?;
    job.ledger.set_all_written();
    // After a mass erase or with --rewrite, these can be the first reads.
    plan.options.verify &= job.is_readable();
    let verified = verify_written(job, plan, kept);
    plan.options.verify &= job.if_readable(verified)?.is_some();
    Ok(())
}

/// Writes kept bytes back before the job ends early, even after a cancel.
fn write_kept_back(job: &mut Job<'_>, plan: &Plan, kept: &KeptData) {
    if let Err(error) = job.despite_cancel(|job| kept.write_back(job, plan)) {
        let note = format!("The rest of the erased sectors was not written back: {error}");
        job.emit(JobEvent::Note(note));
    }
}

/// Compares the board with the image, and returns the decided plan; changes nothing.
pub(super) fn compare_image(
    job: &mut Job<'_>,
    image: &Image,
    options: &UpgradeOptions,
) -> Result<Plan, JobError> {
    let plan = plan_upgrade(job.board, image, options)?;
    for later in later_parts(&*image_for(job.board, image)?) {
        let note = format!("The plan is for part 1 of the file. {later}");
        job.emit(JobEvent::Note(note));
    }
    compare_plan(job, plan)
}

/// Emits the doubts about a plan that is carried out nevertheless.
pub(super) fn note_doubts(job: &mut Job<'_>, plan: &Plan) {
    for doubt in &plan.doubts {
        let note = match doubt.severity {
            Severity::Note => doubt.to_string(),
            Severity::Serious => format!("{doubt}. It is written all the same"),
        };
        job.emit(JobEvent::Note(note));
    }
}

fn compare_plan(job: &mut Job<'_>, mut plan: Plan) -> Result<Plan, JobError> {
    if !job.board.functional.can_download() {
        return Err(JobError::NotCapable("download"));
    }
    if plan.options.verify && !job.board.functional.can_upload() {
        plan.options.verify = false;
        let note = "The board cannot be read back: everything is written, nothing is verified";
        job.emit(JobEvent::Note(note.to_owned()));
    }
    if plan.totals().unverified_bytes > 0 {
        let bytes = ByteSize(plan.totals().unverified_bytes);
        job.emit(JobEvent::Note(format!(
            "{bytes} of the file goes to memory that cannot be read: it is written without \
             comparing, and not verified"
        )));
    }
    job.emit(JobEvent::Planned(plan.clone()));
    job.start_phase(Phase::Connect, 0);
    compare(job, &mut plan)?;
    job.emit(JobEvent::Planned(plan.clone()));
    Ok(plan)
}

fn summarize(plan: &Plan, changes: bool) -> String {
    let totals = plan.totals();
    let unverified = totals.unverified_bytes;
    if plan.options.verify && unverified > 0 && unverified < totals.write_bytes {
        let bytes = ByteSize(unverified);
        return format!(
            "The board holds the new firmware; {bytes} of it cannot be read and is not verified"
        );
    }
    match (changes, plan.options.verify && unverified == 0) {
        (false, _) => "The board already held this firmware; nothing was written",
        (true, true) => "The board holds the new firmware, verified",
        (true, false) => "The board holds the new firmware, not verified",
    }
    .to_owned()
}
