//! How a job went, in words: the headline, what the board holds now, and what to do next.

use crate::address::ByteSize;
use crate::engine::{Outcome, Report, Task, advice};
use crate::gui::text::capitalised;

use super::job::{Job, exact_duration};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Attention,
    Bad,
}

/// The result of a job for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub tone: Tone,
    pub headline: String,
    /// What happened, and what the board holds now.
    pub text: String,
    /// What to do, in order.
    pub steps: Vec<String>,
    /// Numbers and names, folded away at first.
    pub details: Vec<(String, String)>,
}

impl Verdict {
    pub(crate) fn of(job: &Job) -> Option<Self> {
        let report = job.report.as_deref()?;
        let mut verdict = match &report.outcome {
            Outcome::Done => done(job, report),
            Outcome::Cancelled => Self {
                tone: Tone::Attention,
                headline: format!("{} stopped", job.noun()),
                text: report.board_state.clone(),
                steps: again(&job.task),
                details: Vec::new(),
            },
            Outcome::Failed(error) => Self {
                tone: Tone::Bad,
                headline: format!("{} failed", job.noun()),
                text: sentences(&[&error.to_string(), &report.board_state]),
                steps: advice(error),
                details: Vec::new(),
            },
        };
        verdict.details = details(job, report);
        Some(verdict)
    }
}

fn done(job: &Job, report: &Report) -> Verdict {
    let (tone, headline, text, steps) = match &job.task {
        Task::Upgrade { .. } => upgrade_done(job, report),
        Task::Survey { .. } => (
            Tone::Good,
            "Compared".to_owned(),
            report.board_state.clone(),
            Vec::new(),
        ),
        Task::Verify { .. } => (
            Tone::Good,
            "The board holds this file".to_owned(),
            format!(
                "{} compared, no difference",
                ByteSize(report.bytes_verified)
            ),
            Vec::new(),
        ),
        Task::Read { .. } => (
            Tone::Good,
            "Read".to_owned(),
            format!(
                "{} in {}",
                ByteSize(report.bytes_read),
                exact_duration(report.duration)
            ),
            Vec::new(),
        ),
        Task::Erase(_) => (
            Tone::Good,
            "Erased".to_owned(),
            report.board_state.clone(),
            Vec::new(),
        ),
        Task::Start { .. } if job.came_back => back_in_dfu_mode("Not started"),
        Task::Start { .. } => (
            Tone::Good,
            "Program started".to_owned(),
            "The board left DFU mode".to_owned(),
            Vec::new(),
        ),
        Task::Detach => (
            Tone::Good,
            "In DFU mode".to_owned(),
            "The board came back in DFU mode and is in the list".to_owned(),
            Vec::new(),
        ),
        Task::Unprotect => (
            Tone::Good,
            "Protection removed".to_owned(),
            report.board_state.clone(),
            Vec::new(),
        ),
    };
    Verdict {
        tone,
        headline,
        text,
        steps,
        details: Vec::new(),
    }
}

type Parts = (Tone, String, String, Vec<String>);

fn upgrade_done(job: &Job, report: &Report) -> Parts {
    let time = exact_duration(report.duration);
    let headline = if report.bytes_written == 0 {
        "Already up to date".to_owned()
    } else {
        format!("Upgraded in {time}")
    };
    let mut text = if report.bytes_written == 0 {
        format!(
            "All {} were already up to date; nothing was written",
            ByteSize(report.bytes_matched)
        )
    } else {
        compared(report)
    };
    if job.came_back {
        let (tone, _, why, steps) = back_in_dfu_mode("");
        return (tone, headline, format!("{text}. {why}"), steps);
    }
    text.push_str(if report.started {
        ". The program was started"
    } else {
        ". The board is still in DFU mode"
    });
    (Tone::Good, headline, text, Vec::new())
}

fn back_in_dfu_mode(headline: &str) -> Parts {
    (
        Tone::Attention,
        headline.to_owned(),
        "The board came back in DFU mode instead of running its program".to_owned(),
        vec![
            "Set BOOT0 back to low (remove the jumper, release the button)".to_owned(),
            "Press reset, or unplug the board and plug it in again".to_owned(),
        ],
    )
}

fn compared(report: &Report) -> String {
    let mut parts = vec![format!("{} written", ByteSize(report.bytes_written))];
    if report.bytes_matched > 0 {
        parts.push(format!(
            "{} were already up to date",
            ByteSize(report.bytes_matched)
        ));
    }
    if report.bytes_verified > 0 {
        parts.push(format!("{} verified", ByteSize(report.bytes_verified)));
    }
    parts.join(", ")
}

fn again(task: &Task) -> Vec<String> {
    match task {
        Task::Upgrade { .. } => {
            vec![
                "Upgrade again to finish; what is already up to date is not written again"
                    .to_owned(),
            ]
        }
        _ => Vec::new(),
    }
}

fn sentences(parts: &[&str]) -> String {
    parts
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| capitalised(part.trim_end_matches('.')))
        .collect::<Vec<String>>()
        .join(". ")
}

fn details(job: &Job, report: &Report) -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut row = |name: &str, value: String| rows.push((name.to_owned(), value));
    row("Board", format!("{}, port {}", job.board, job.place));
    if let Some(serial) = &job.serial {
        row("Serial number", serial.clone());
    }
    if let Some(file) = &job.file {
        row("File", file.name.clone());
        row("SHA-256", file.sha256.clone());
    }
    if let Some(phase) = job.phase {
        row("Last phase", phase.label().to_owned());
    }
    row("Duration", exact_duration(report.duration));
    row("Written", ByteSize(report.bytes_written).to_string());
    row("Right before", ByteSize(report.bytes_matched).to_string());
    row("Verified", ByteSize(report.bytes_verified).to_string());
    row("Sectors erased", report.sectors_erased.to_string());
    if let Outcome::Failed(error) = &report.outcome {
        row("Error", format!("{} ({error})", error.code()));
    }
    for note in &job.notes {
        row("Note", note.clone());
    }
    rows
}
