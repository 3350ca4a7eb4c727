//! Advice that depends on the task that failed; [`advice`] has what is the same for all.

use super::advice::{
    BACKUP_NEXT_TIME, LOST_KEPT, RESTORE, RESTORE_OPTIONS, advice, is_option_bytes,
};
use super::error::JobError;
use super::event::{Outcome, Report};
use super::phase::Phase;
use super::plain::StreamState;
use super::task::Task;
use crate::dfu::{DfuError, Status};
use crate::firmware::{Existing, Image};

/// Steps for a person after `task` failed with `error`, most promising first.
pub fn advice_for(task: &Task, error: &JobError) -> Vec<String> {
    let steps = own_steps(task, error);
    if steps.is_empty() {
        return advice(error);
    }
    steps.iter().map(|step| (*step).to_owned()).collect()
}

/// Steps for a person after a job that did not end well.
pub fn steps_after(task: &Task, report: &Report) -> Vec<String> {
    let mut steps = match (&report.outcome, &report.lost) {
        (outcome, _) if report.stream.is_some_and(StreamState::is_incomplete) => {
            steps_of_stream(outcome)
        }
        (Outcome::Done, _) => Vec::new(),
        (Outcome::Cancelled, None) => steps_after_stop(task, report),
        (Outcome::Cancelled, Some(_)) => vec![LOST_KEPT.to_owned()],
        (Outcome::Failed(error), None) => advice_for(task, error),
        (Outcome::Failed(error), Some(_)) => {
            let lost = std::iter::once(LOST_KEPT.to_owned());
            lost.chain(advice(error)).collect()
        }
    };
    if report.program_stopped {
        steps.push(PROGRAM_STOPPED.to_owned());
    }
    let changes_options = matches!(task, Task::WriteOptionBytes(_));
    if report.backup_to_restore().is_some() && changes_options {
        steps.push(RESTORE_OPTIONS.to_owned());
    } else if report.backup_to_restore().is_some() {
        steps.push(RESTORE.to_owned());
    } else if report.lost.is_some() {
        steps.push(BACKUP_NEXT_TIME.to_owned());
    }
    steps
}

const PROGRAM_STOPPED: &str = "The board waits in DFU mode: upgrade it with another file, or let its \
    old program run again: press its reset button, or upfuse start. A NanoVNA has to be switched off \
    and on";

/// For a board without addresses that took only a part, or did not report the end.
fn steps_of_stream(outcome: &Outcome) -> Vec<String> {
    let steps: &[&str] = match outcome {
        Outcome::Done => &[],
        Outcome::Cancelled => &["Run the upgrade again: it begins from the start"],
        Outcome::Failed(error) if error.is_gone() => &[
            "Plug the board in again in DFU mode and run the upgrade again: it begins from the \
             start",
            "If it happens again, try another cable or port",
        ],
        Outcome::Failed(_) => &[
            "Check that the file is meant for this board",
            "Unplug the board, plug it in again in DFU mode, and run the upgrade again: it begins \
             from the start",
        ],
    };
    steps.iter().map(|step| (*step).to_owned()).collect()
}

fn steps_after_stop(task: &Task, report: &Report) -> Vec<String> {
    match task {
        Task::Upgrade { .. } => {
            vec!["Run the upgrade again: it continues where it stopped".to_owned()]
        }
        Task::WriteOptionBytes(_) if report.backup_to_restore().is_some() => vec![
            "Bring the board into DFU mode, then look what it holds: upfuse option-bytes"
                .to_owned(),
        ],
        _ => Vec::new(),
    }
}

/// The end of a job that the program does not wait for.
pub(crate) fn ended_at_once(task: &Task) -> Report {
    let backup = match task {
        Task::Upgrade { options, .. } => options.backup.as_ref(),
        Task::WriteOptionBytes(change) => Some(&change.backup),
        _ => None,
    };
    // It replaces no other file, and gets its name once it is complete.
    let saved = backup.filter(|to| to.existing == Existing::Refuse && to.path.exists());
    Report {
        outcome: Outcome::Cancelled,
        board_summary: "Upfuse was ended during the job: what the board holds is not known"
            .to_owned(),
        backup: saved.map(|to| to.path.clone()),
        ..Report::default()
    }
}

fn own_steps(task: &Task, error: &JobError) -> &'static [&'static str] {
    match (task, error) {
        (_, JobError::Dfu { phase, source, .. }) => device_steps(task, *phase, source),
        (Task::Verify { image, .. }, JobError::Mismatch { .. }) if is_of_option_bytes(image) => &[
            "The board's option bytes are not those of the file; upfuse option-bytes shows them",
            "A file that was saved from this board is restored, with its checks, by upfuse \
             option-bytes restore",
        ],
        (Task::Verify { .. }, JobError::Mismatch { .. } | JobError::Differs { .. }) => {
            &["The board holds another program or another version: upgrade it with this file"]
        }
        (Task::Erase(_), JobError::Mismatch { .. }) => &[
            "The sector is probably write-protected (option bytes) or worn out",
            "Try again",
        ],
        (Task::Read { .. } | Task::Erase(_), JobError::DoesNotFit { .. }) => {
            &["Choose addresses inside of the board's memory, which is named above"]
        }
        (
            Task::Read { .. } | Task::Erase(_) | Task::Start { .. } | Task::Unprotect,
            JobError::NoTarget { .. },
        ) => &["Choose one of the board's targets, which are named above"],
        (Task::Erase(_), JobError::NotAllowed { .. }) => &[
            "The board reserves this sector, often for its bootloader, or it can be written only \
             once",
        ],
        (Task::Erase(_), JobError::NotFlash { .. }) => &[
            "Upfuse does not erase option bytes, one-time memory or partitions: a wrong byte there \
             can lock a board permanently",
        ],
        _ => &[],
    }
}

/// Of nothing else, by the names that the bootloader gave its targets.
fn is_of_option_bytes(image: &Image) -> bool {
    let names = image.targets.iter().map(|target| target.name.as_deref());
    let mut parts = names.map(|name| name.is_some_and(is_option_bytes));
    !image.targets.is_empty() && parts.all(|is| is)
}

fn device_steps(task: &Task, phase: Phase, error: &DfuError) -> &'static [&'static str] {
    match (task, phase, error) {
        (Task::WriteOptionBytes(_), _, DfuError::Ignored { .. }) => &[
            "Unplug the board and plug it in again in DFU mode: some boards load option bytes only \
             then",
            "Then look whether it holds the new values: upfuse option-bytes",
        ],
        (Task::WriteOptionBytes(_), Phase::Write | Phase::Wait, error) if error.is_gone() => &[
            "Hold the boot button, or set BOOT0 to high, and plug the board in again",
            "Then look what it holds: upfuse option-bytes. If it is read-protected now, the write was \
             interrupted: upfuse unprotect erases it and makes it usable again",
        ],
        (Task::Start { .. }, _, DfuError::Ignored { .. }) => {
            &["Release BOOT0 and press reset, or unplug the board and plug it in again"]
        }
        (
            Task::Start { .. },
            _,
            DfuError::Device {
                status: Status::Target | Status::Address,
                ..
            },
        ) => &["The board has no memory for programs there: choose the address where one begins"],
        (
            Task::Read { .. } | Task::Erase(_),
            _,
            DfuError::Device {
                status: Status::Target | Status::Address,
                ..
            },
        ) => &[
            "The board refuses this address, although its memory description contains it: choose a \
             smaller range",
        ],
        (
            Task::Upgrade { .. } | Task::Compare { .. } | Task::Verify { .. },
            Phase::Compare,
            error,
        ) if error.is_lost_reading() => &[
            "Plug the board in again in DFU mode and try again",
            "If it fails again while comparing, flash that a power cut left half written cannot be \
             read: upgrade with \"Only write what differs\" off (--rewrite), which erases without \
             reading first",
            "If that fails too, try another cable or port",
        ],
        (Task::Upgrade { .. }, Phase::Erase | Phase::Write | Phase::Verify, error)
            if error.is_gone() =>
        {
            &[
                "The board's program is incomplete; its bootloader is not affected",
                "Plug the board in again in DFU mode and run the upgrade again: it continues where it \
             stopped",
                "If it happens again, try another cable or port",
            ]
        }
        (Task::Erase(_), Phase::Erase | Phase::Verify, error) if error.is_gone() => &[
            "Plug the board in again in DFU mode and erase again",
            "If it happens again, try another cable or port",
        ],
        _ => &[],
    }
}
