//! `upfuse unprotect`: remove read protection, which erases everything.

use super::confirm::confirm;
use super::exit::{Exit, Failure};
use super::show::Aim;
use super::{Context, jobs, words};
use crate::engine::Task;

pub(super) fn run(context: &mut Context) -> Result<Exit, Failure> {
    let mut session = context.session()?;
    let boards = session.choose(&context.options, jobs::Wanted::DfuMode)?;
    let question = format!(
        "Remove the read protection of {}, which erases everything on it?",
        words::boards(&boards)
    );
    confirm(&context.options, &question)?;
    jobs::run(context, &mut session, &boards, Aim::Act, |_| {
        Task::Unprotect
    })
}
