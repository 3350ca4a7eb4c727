//! Runs one task on one board.

use super::board::Board;
use super::error::JobError;
use super::event::{JobEvent, Outcome, Report, UNCHANGED};
use super::job::Job;
use super::task::Task;
use super::{erase, leave, option_bytes, plain, read, unprotect, upgrade, verify};
use crate::dfu::{DfuError, Session};
use crate::discovery::Dialect;

/// Runs `task` and returns the board to dfuIDLE, unless the task makes it leave the bus. The last
/// event is [`JobEvent::Finished`], with the report that is also returned.
pub fn run(
    task: &Task,
    board: &Board,
    session: &mut Session,
    emit: &mut dyn FnMut(JobEvent),
) -> Report {
    emit(JobEvent::Phases(task.phases(board)));
    let mut job = Job::new(session, board, emit);
    let result = match board.dialect {
        Dialect::Plain => plain::execute(task, &mut job),
        Dialect::DfuSe | Dialect::Partitions => execute(task, &mut job),
    };
    // A job that was refused before its first transfer left the state unchanged.
    let no_transfers = job.session.counts().total == 0;
    let gone =
        leaves_bus(task) || job.report.started || result.as_ref().is_err_and(JobError::is_gone);
    let returned = if no_transfers || gone {
        Ok(())
    } else {
        job.session.return_to_idle()
    };
    job.report.duration = job.elapsed();
    job.report.sectors_erased = job.ledger.erased_count();
    job.report.transfers = job.session.counts();
    if let Err(error) = result {
        if let Some(protocol) = error.protocol() {
            log::info!("{}: {protocol}", board.place);
        }
        let state = match reads_only(task) {
            true => UNCHANGED.to_owned(),
            false => summary_after_failure(&job, &error),
        };
        job.report.board_summary = match &job.report.lost {
            Some(lost) => format!("{lost}. {state}"),
            None => state,
        };
        job.report.outcome = match error {
            JobError::Dfu {
                source: DfuError::Cancelled,
                ..
            } => Outcome::Cancelled,
            error => Outcome::Failed(error),
        };
    }
    job.report.stuck = returned.is_err();
    if job.report.stuck {
        let state = &mut job.report.board_summary;
        state.push_str(". It does not become ready again: unplug it and plug it in again");
    }
    job.flush_notes();
    for line in job.session.pacing_lines() {
        log::info!("{}: {line}", board.place);
    }
    let report = std::mem::take(&mut job.report);
    job.emit(JobEvent::Finished(Box::new(report.clone())));
    report
}

fn execute(task: &Task, job: &mut Job<'_>) -> Result<(), JobError> {
    match task {
        Task::Upgrade { image, options } => upgrade::upgrade(job, image, options),
        Task::Compare { image, options } => upgrade::compare_image(job, image, options).map(drop),
        Task::Verify {
            image,
            target,
            keep_ranges,
            detail,
        } => verify::verify_image(job, image, *target, keep_ranges, *detail),
        Task::Read {
            alternate,
            range,
            save,
        } => read::read(job, *alternate, *range, save.as_ref()),
        Task::Erase(scope) => erase::erase(job, *scope),
        Task::Start { at } => leave::start_program(job, *at),
        Task::EnterDfu => leave::detach(job),
        Task::Unprotect => unprotect::unprotect(job),
        Task::ReadOptionBytes { save } => option_bytes::read(job, save.as_ref()),
        Task::WriteOptionBytes(change) => option_bytes::write(job, change),
    }
}

/// What these tasks find out about sectors is no change.
fn reads_only(task: &Task) -> bool {
    matches!(
        task,
        Task::Compare { .. }
            | Task::Verify { .. }
            | Task::Read { .. }
            | Task::ReadOptionBytes { .. }
    )
}

/// After these tasks the board is on its way into another mode.
fn leaves_bus(task: &Task) -> bool {
    matches!(task, Task::EnterDfu)
}

fn summary_after_failure(job: &Job<'_>, error: &JobError) -> String {
    if let Some(stream) = job.report.stream {
        return stream.sentence();
    }
    if job.ledger.untouched() {
        return UNCHANGED.to_owned();
    }
    let state = job.ledger.sentence();
    if job.ledger.is_about_protection() || job.ledger.is_about_option_bytes() {
        return state;
    }
    let program = job.ledger.old_program();
    if error.is_gone() {
        return format!("{program}. When the board was lost: {state}");
    }
    format!("{program}. {state}")
}
