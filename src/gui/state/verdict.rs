//! The result of a job as the window shows it: the engine's summary, with the facts that only the
//! window has. Made once, when the job has ended.

use std::path::Path;

use crate::address::ByteSize;
use crate::engine::summary::exact_duration;
use crate::engine::{Outcome, Report, Summary, Task};
use crate::firmware::ImageTarget;
use crate::gui::text::{capitalised, without_commands};
use crate::printable::printable_path;

use super::job::{FileDigest, Job, Purpose, Seen, Verdict};
use super::log::Level;
use super::read_erase;

impl Verdict {
    pub(super) fn new(job: &Job, report: &Report) -> Self {
        let mut summary = Summary::new(job.noun(), &job.task, report);
        let mut level = match report.outcome {
            Outcome::Done => Level::Good,
            Outcome::Cancelled => Level::Warning,
            Outcome::Failed(_) => Level::Error,
        };
        if report.outcome == Outcome::Done {
            match (&job.task, &job.seen) {
                (Task::EnterDfu, seen) => level = entered(seen, &mut summary),
                (_, Seen::InDfuMode) => {
                    level = Level::Warning;
                    describe_return(&job.task, &mut summary);
                }
                _ => {}
            }
            if job.purpose == Purpose::BlankCheck
                && let Some(target) = report.read.first()
            {
                level = blank_check(target, report.erased, &mut summary);
            }
        }
        let about = name_job(job, report, &mut summary);
        let unfinished = report.outcome != Outcome::Done;
        let earlier = job.backup_of_before.as_ref().filter(|_| unfinished);
        if let Some(path) = earlier {
            let path = printable_path(&path);
            let text = format!("The contents before the first upgrade are saved in {path}");
            summary.text.push(text);
        }
        let changes_options = matches!(job.task, Task::WriteOptionBytes(_));
        if changes_options && report.backup_to_restore().is_some() {
            let step = "To set the old values again, choose Restore from a file… beside the option \
                        bytes";
            summary.steps.push(step.to_owned());
        }
        let own = report.backup_to_restore().map(Path::to_owned);
        Self {
            level,
            headline: summary.headline,
            text: sentences(&summary.text),
            steps: summary
                .steps
                .iter()
                .map(|step| without_commands(step))
                .collect(),
            about,
            // Option bytes are not restored by an upgrade.
            restore: earlier.cloned().or(own).filter(|_| !changes_options),
            details: details(job, report),
        }
    }

    /// A read whose bytes are the whole result.
    pub(crate) fn is_plain_read(&self, job: &Job) -> bool {
        let is_read = matches!(job.task, Task::Read { .. } | Task::ReadOptionBytes { .. })
            && job.purpose == Purpose::Result;
        is_read && self.level == Level::Good
    }

    /// For the log and the report.
    pub(super) fn line(&self, report: &Report) -> String {
        let Self { headline, text, .. } = self;
        let time = exact_duration(report.duration);
        let about = self.about.as_ref().map(|about| format!(": {about}"));
        let about = about.unwrap_or_default();
        if text.contains(&time) {
            format!("{headline}{about}. {text}")
        } else {
            format!("{headline} after {time}{about}. {text}")
        }
    }
}

/// The headline of a success names the file and the board; other results are about what this
/// returns.
fn name_job(job: &Job, report: &Report, summary: &mut Summary) -> Option<String> {
    let Job { board, place, .. } = job;
    let port = format!("{board} (port {place})");
    let Some(FileDigest { name, .. }) = &job.file else {
        return Some(port);
    };
    let headline = match job.task {
        _ if report.outcome != Outcome::Done => return Some(format!("{name} for {port}")),
        Task::Verify { .. } => format!("{port} holds {name}"),
        _ => {
            let whole = report.bytes_verified >= report.bytes_written + report.bytes_matched;
            let verified = if whole { "verified" } else { "not verified" };
            match job.task.restores() {
                true => format!("Restored {port} from backup {name}, {verified}"),
                false => format!("{name} is on {port}, {verified}"),
            }
        }
    };
    let result = std::mem::replace(&mut summary.headline, headline);
    summary.text.insert(0, result);
    None
}

/// The board was asked to start its program and is in DFU mode again.
fn describe_return(task: &Task, summary: &mut Summary) {
    if matches!(task, Task::Start { .. }) {
        summary.headline = "Not started".to_owned();
    }
    summary.text.pop();
    let text = "The board came back in DFU mode instead of running its program";
    summary.text.push(text.to_owned());
    summary.steps = vec![
        "Set BOOT0 back to low (remove the jumper, release the button)".to_owned(),
        "Press reset, or unplug the board and plug it in again".to_owned(),
    ];
}

/// The board was asked to enter DFU mode.
fn entered(seen: &Seen, summary: &mut Summary) -> Level {
    let (level, headline, text) = match seen {
        Seen::Nothing => return Level::Info,
        Seen::InDfuMode => (Level::Good, "In DFU mode", "The board can be upgraded now"),
        Seen::NotInTime(steps) => {
            summary.steps.clone_from(steps);
            let text = "Its program was asked to, but no board in DFU mode appeared at this port";
            (Level::Warning, "The board did not enter DFU mode", text)
        }
    };
    summary.headline = headline.to_owned();
    summary.text = vec![text.to_owned()];
    level
}

fn blank_check(target: &ImageTarget, erased: u8, summary: &mut Summary) -> Level {
    let (level, headline, text) = match read_erase::first_written(&target.segments, erased) {
        None => {
            let text = format!(
                "Every byte of {} is 0x{erased:02X}",
                read_erase::title(target)
            );
            (Level::Good, "Blank", text)
        }
        Some(address) => {
            let text = format!("The first byte that is not 0x{erased:02X} is at {address}");
            (Level::Warning, "Not blank", text)
        }
    };
    summary.headline = headline.to_owned();
    summary.text = vec![text];
    level
}

fn sentences(parts: &[String]) -> String {
    let parts = parts.iter().filter(|part| !part.is_empty());
    let sentences: Vec<String> = parts
        .map(|part| capitalised(part.trim_end_matches('.')))
        .collect();
    sentences.join(". ")
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
    row(
        "Already up to date",
        ByteSize(report.bytes_matched).to_string(),
    );
    row("Verified", ByteSize(report.bytes_verified).to_string());
    row("Sectors erased", report.sectors_erased.to_string());
    if let Outcome::Failed(error) = &report.outcome {
        row("Error", format!("{} ({error})", error.code()));
        if let Some(protocol) = error.protocol() {
            row("The board's answer", protocol);
        }
    }
    if let Some(path) = &report.backup {
        row("Backup", printable_path(&path));
    }
    for note in &job.notes {
        row("Note", note.clone());
    }
    rows
}
