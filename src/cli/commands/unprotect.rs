//! `upfuse unprotect`: remove read protection, which erases everything.

use crate::cli::confirm::confirm;
use crate::cli::exit::{Exit, Failure};
use crate::cli::{Context, jobs, words};
use crate::engine::Task;

pub(in crate::cli) fn run(context: &mut Context) -> Result<Exit, Failure> {
    let mut session = context.session()?;
    let boards = session.choose(&context.options, jobs::Wanted::DfuMode)?;
    let question = format!(
        "Remove the read protection of {}, which erases everything on it?",
        words::boards(&boards)
    );
    confirm(&context.options, &question)?;
    jobs::run(context, &mut session, &boards, |_| Task::Unprotect)
}
