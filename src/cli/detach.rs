//! `upfuse detach`: a running application with a run-time DFU interface goes into DFU mode.

use super::exit::{Exit, Failure};
use super::show::Aim;
use super::{Context, jobs};
use crate::engine::Task;

pub(super) fn run(context: &mut Context) -> Result<Exit, Failure> {
    let mut session = context.session()?;
    let boards = session.choose(&context.options, jobs::Wanted::RunTime)?;
    jobs::run(context, &mut session, &boards, Aim::Act, |_| Task::Detach)
}
