//! Jobs on boards that speak plain DFU 1.1: a stream of bytes, without addresses, sectors or
//! commands. The board alone decides where the bytes go and what it erases for them.

mod plan;
mod read;
mod refusal;
mod stream;
mod upgrade;
mod verify;

pub(super) use plan::{plan_stream, plan_stream_to_verify};
#[cfg(feature = "gui")]
pub(crate) use read::file_of;
pub use refusal::PlainRefusal;
pub use stream::{Stream, StreamState};

use super::error::JobError;
use super::job::Job;
use super::leave;
use super::phase::Phase;
use super::task::Task;
use crate::address::Address;

pub(super) fn execute(task: &Task, job: &mut Job<'_>) -> Result<(), JobError> {
    job.session.obey_reported_times();
    match task {
        Task::Upgrade { image, options } => upgrade::upgrade(job, image, options),
        Task::Compare { image, options } => upgrade::show_plan(job, image, options),
        Task::Verify {
            image,
            target,
            keep_ranges,
            ..
        } => verify::verify_image(job, image, *target, keep_ranges),
        Task::Read { range: Some(_), .. } => Err(PlainRefusal::Range.into()),
        Task::Read {
            alternate, save, ..
        } => read::read(job, *alternate, save.as_ref()),
        Task::Erase(_) => Err(PlainRefusal::Erase.into()),
        Task::Start { at } => start(job, *at),
        Task::EnterDfu => leave::detach(job),
        Task::Unprotect => Err(PlainRefusal::Unprotect.into()),
        Task::ReadOptionBytes { .. } | Task::WriteOptionBytes(_) => Err(JobError::NoOptionBytes),
    }
}

fn start(job: &mut Job<'_>, at: Option<Address>) -> Result<(), JobError> {
    if at.is_some() {
        return Err(PlainRefusal::Address.into());
    }
    job.select(job.board.first_alternate())?;
    job.start_phase(Phase::Start, 0);
    job.dfu(None, |session| session.leave_by_reset())?;
    job.report.started = true;
    job.report.board_summary = "The board left DFU mode".to_owned();
    Ok(())
}
