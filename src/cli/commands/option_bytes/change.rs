//! `upfuse option-bytes set` and `restore`: the plan first, then the question, then the change.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::{ChangeOptions, Restore, Set, json, text};
use crate::cli::confirm::{confirm, confirm_word};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::eprint_line;
use crate::cli::{Context, job_text, jobs, save_to};
use crate::discovery::{Found, OptionTarget};
use crate::engine::{OptionBytesChange, SaveTo, Task};
use crate::firmware;
use crate::option_bytes::{Block, Consent, Proposal, Question, Refusal, Wanted, propose};
use crate::transport::Place;

pub(super) fn set(args: &Set, context: &mut Context) -> Result<Exit, Failure> {
    let wanted = Wanted::Fields(args.changes.clone());
    run(&args.options, context, |_| Ok(wanted.clone()))
}

pub(super) fn restore(args: &Restore, context: &mut Context) -> Result<Exit, Failure> {
    let image = firmware::load(&args.file, None)?;
    run(&args.options, context, |target| {
        let mut targets = image.targets.iter();
        let of_board = targets.find(|other| other.alternate == target.alternate);
        let other = Refusal::OtherImage("it has no such target");
        let segments = &of_board.ok_or(other)?.segments;
        let block = |segment: &firmware::Segment| Block {
            start: segment.range().start(),
            bytes: segment.data().to_vec(),
        };
        Ok(Wanted::Image(segments.iter().map(block).collect()))
    })
}

/// A board with what it holds and what it is to hold.
struct Planned {
    place: Place,
    wanted: Wanted,
    seen: Vec<Block>,
    proposal: Proposal,
}

fn run(
    options: &ChangeOptions,
    context: &mut Context,
    wanted: impl Fn(&OptionTarget) -> Result<Wanted, Refusal>,
) -> Result<Exit, Failure> {
    if let Some(file) = options.backup_file() {
        save_to::check_extension(file)?;
    }
    let mut session = context.session()?;
    let boards = session.choose(&context.options, jobs::RequiredMode::OptionBytes)?;
    let read = |_: &_| Task::ReadOptionBytes { save: None };
    let done = jobs::run_quietly(context, &mut session, &boards, read)?;
    if done.exit != Exit::Done {
        return Ok(done.exit);
    }
    let mut planned = Vec::new();
    for board in &boards {
        let seen = done.reports.get(board.place());
        let seen = seen
            .map(|report| report.option_bytes.clone())
            .unwrap_or_default();
        let plan = plan(board, seen, &wanted);
        planned.push(plan.map_err(|failure| of_board(failure, board, &boards))?);
    }
    print(&planned, context);
    if options.dry_run {
        return Ok(Exit::Done);
    }
    let consent = ask(&planned, &boards, options, context)?;
    let backups = backups(options.backup.as_deref(), &boards, &session, context)?;
    let tasks: BTreeMap<Place, Task> = planned
        .into_iter()
        .filter_map(|planned| {
            let backup = backups.get(&planned.place)?.clone();
            let change = OptionBytesChange {
                wanted: planned.wanted,
                consent: consent.clone(),
                seen: Some(planned.seen),
                backup,
            };
            Some((planned.place, Task::WriteOptionBytes(Arc::new(change))))
        })
        .collect();
    let nothing = Task::ReadOptionBytes { save: None };
    jobs::run(context, &mut session, &boards, |place| {
        tasks.get(place).unwrap_or(&nothing).clone()
    })
}

/// Names the board, if there are several.
fn of_board(failure: Failure, board: &Found, boards: &[Found]) -> Failure {
    if boards.len() == 1 {
        return failure;
    }
    Failure {
        message: format!("{}: {}", board.place(), failure.message),
        ..failure
    }
}

fn plan(
    board: &Found,
    seen: Vec<Block>,
    wanted: &impl Fn(&OptionTarget) -> Result<Wanted, Refusal>,
) -> Result<Planned, Failure> {
    let target = board.option_bytes().ok_or(Refusal::UnknownPart)?;
    let part = target.part.as_ref().ok_or(Refusal::UnknownPart)?;
    let wanted = wanted(&target)?;
    let proposal = propose(part, &seen, &wanted)?;
    Ok(Planned {
        place: board.place().clone(),
        wanted,
        seen,
        proposal,
    })
}

/// On stderr as a plan, on stdout as the result of a dry run or for scripts.
fn print(planned: &[Planned], context: &mut Context) {
    for board in planned {
        if context.options.json {
            context
                .out
                .json(&json::proposed(&board.place, &board.proposal));
            continue;
        }
        for line in text::proposed(&board.proposal) {
            let prefix = match planned {
                [_] => String::new(),
                _ => format!("{}: ", board.place),
            };
            context.out.line(format_args!("{prefix}{line}"));
        }
    }
}

/// Asks each question that needs its own word, then for the change itself.
fn ask(
    planned: &[Planned],
    boards: &[Found],
    options: &ChangeOptions,
    context: &Context,
) -> Result<Consent, Failure> {
    let mut consent = Consent {
        typed: options.confirm.clone(),
    };
    let mut questions: Vec<Question> = Vec::new();
    for question in planned.iter().flat_map(|board| &board.proposal.questions) {
        if !questions.contains(question) {
            questions.push(*question);
        }
    }
    let open: Vec<&Question> = questions.iter().filter(|q| !consent.covers(q)).collect();
    for question in open {
        confirm_word(&question.to_string(), question.word())?;
        consent.typed.push(question.word().to_owned());
    }
    if planned
        .iter()
        .any(|board| !board.proposal.rewrites().is_empty())
    {
        if !context.options.json {
            eprint_line("The board restarts with the new values. Do not unplug it meanwhile");
        }
        let names = job_text::boards(boards);
        confirm(
            &context.options,
            &format!("Change the option bytes of {names}?"),
        )?;
    }
    Ok(consent)
}

fn backups(
    to: Option<&Path>,
    boards: &[Found],
    session: &jobs::Session,
    context: &Context,
) -> Result<BTreeMap<Place, SaveTo>, Failure> {
    let backup = save_to::Backup {
        to: to.unwrap_or(Path::new(".")),
        firmware: Path::new("option-bytes.dfu"),
        all: &session.inventory.found,
    };
    backup.for_each_board(boards, context)
}
