//! `upfuse unprotect`: removes read protection, which erases everything.

use crate::cli::confirm::confirm;
use crate::cli::exit::{Exit, Failure};
use crate::cli::{Context, job_text, jobs};
use crate::engine::Task;

pub(in crate::cli) fn run(context: &mut Context) -> Result<Exit, Failure> {
    let mut session = context.session()?;
    let boards = session.choose(&context.options, jobs::RequiredMode::Unprotectable)?;
    let question = format!(
        "Remove the read protection of {}, which erases everything on it?",
        job_text::boards(&boards)
    );
    job_text::warn_of_erase(&context.options, &boards);
    confirm(&context.options, &question)?;
    jobs::run(context, &mut session, &boards, |_| Task::Unprotect)
}
