//! `upfuse option-bytes show`

use super::{json, text};
use crate::cli::exit::{Exit, Failure};
use crate::cli::{Context, jobs};
use crate::engine::{Outcome, Task};

pub(super) fn run(context: &mut Context) -> Result<Exit, Failure> {
    let mut session = context.session()?;
    let boards = session.choose(&context.options, jobs::RequiredMode::OptionBytes)?;
    let task = |_: &_| Task::ReadOptionBytes { save: None };
    let done = jobs::run_quietly(context, &mut session, &boards, task)?;
    for board in &boards {
        let reports = done.reports.iter();
        let Some((_, report)) = reports
            .into_iter()
            .find(|(place, _)| *place == board.place())
        else {
            continue;
        };
        if report.outcome != Outcome::Done {
            // Its failure was printed.
            continue;
        }
        let target = board.option_bytes();
        let part = target.as_ref().and_then(|target| target.part.as_ref());
        if context.options.json {
            let place = board.place();
            context
                .out
                .json(&json::shown(place, part, &report.option_bytes));
            jobs::print_end(context, board, &task(place), report);
            continue;
        }
        if boards.len() > 1 {
            context
                .out
                .line(format_args!("{}: {}", board.place(), board.label));
        }
        for line in text::shown(part, &report.option_bytes) {
            context.out.line(line);
        }
    }
    Ok(done.exit)
}
