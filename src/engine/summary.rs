//! The end of a job in text for a person, laid out by the window and the terminal.

use std::time::Duration;

use super::error::JobError;
use super::event::{Outcome, Report};
use super::task::Task;
use super::task_advice::steps_after;
use crate::address::ByteSize;
use crate::printable::printable_path;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// "Upgraded in 3.2 s", "Upgrade failed"
    pub headline: String,
    /// The result, and the contents of the board: sentences without a full stop.
    pub text: Vec<String>,
    /// Next steps, in order.
    pub steps: Vec<String>,
}

impl Summary {
    /// `noun` is the job's name, usually [`Task::noun`].
    pub fn new(noun: &str, task: &Task, report: &Report) -> Self {
        let board = report.board_summary.clone();
        let (headline, text) = match &report.outcome {
            Outcome::Done => done(task, report),
            Outcome::Cancelled => (format!("{noun} stopped"), vec![board]),
            Outcome::Failed(error @ JobError::PartsNotCompared { .. }) => {
                ("Verified in part".to_owned(), vec![error.in_words(), board])
            }
            Outcome::Failed(error) => (format!("{noun} failed"), vec![error.in_words(), board]),
        };
        let mut summary = Self {
            headline,
            text,
            steps: steps_after(task, report),
        };
        if let Some(path) = &report.backup {
            let text = format!("The old contents are saved in {}", printable_path(&path));
            summary.text.push(text);
        }
        summary
    }
}

fn done(task: &Task, report: &Report) -> (String, Vec<String>) {
    let (headline, text) = match task {
        Task::Upgrade { .. } if task.restores() => return upgraded("Restored", report),
        Task::Upgrade { .. } => return upgraded("Upgraded", report),
        Task::Compare { .. } => ("Compared", report.board_summary.clone()),
        Task::Verify { .. } => {
            let size = ByteSize(report.bytes_verified);
            let text = format!("{size} compared, no difference");
            ("The board holds this file", text)
        }
        Task::Read { .. } => {
            let size = ByteSize(report.bytes_read);
            let text = format!("{size} in {}", exact_duration(report.duration));
            let remark = report.remark().map(str::to_owned);
            return (
                "Read".to_owned(),
                [text].into_iter().chain(remark).collect(),
            );
        }
        Task::Erase(_) => ("Erased", report.board_summary.clone()),
        Task::Start { .. } => {
            let lines = ["The board left DFU mode".to_owned()].into_iter();
            let text = lines.chain(start_hint(report)).collect();
            return ("Program started".to_owned(), text);
        }
        Task::EnterDfu => {
            let text = "Its program was asked to restart in DFU mode";
            ("Asked to enter DFU mode", text.to_owned())
        }
        Task::Unprotect => ("Protection removed", report.board_summary.clone()),
        Task::ReadOptionBytes { .. } => {
            let text = format!("{} of option bytes", ByteSize(report.bytes_read));
            ("Read", text)
        }
        Task::WriteOptionBytes(_) if report.bytes_written == 0 => {
            ("Already as wanted", report.board_summary.clone())
        }
        Task::WriteOptionBytes(_) => ("Option bytes changed", report.board_summary.clone()),
    };
    (headline.to_owned(), vec![text])
}

fn start_hint(report: &Report) -> Option<String> {
    report.start_hint.map(str::to_owned)
}

fn upgraded(verb: &str, report: &Report) -> (String, Vec<String>) {
    let (headline, text) = if report.bytes_written == 0 {
        let size = ByteSize(report.bytes_matched);
        let text = format!("All {size} were already up to date; nothing was written");
        ("Already up to date".to_owned(), text)
    } else {
        let time = exact_duration(report.duration);
        let mut amounts = amounts(report);
        let held = report.bytes_written + report.bytes_matched;
        let unverified = held.saturating_sub(report.bytes_verified);
        if unverified > 0 {
            amounts.push(format!("{} not verified", ByteSize(unverified)));
        }
        (format!("{verb} in {time}"), amounts.join(", "))
    };
    let now = if report.started {
        "The program was started"
    } else {
        "The board is still in DFU mode"
    };
    let stored = report.stream.map(|_| report.board_summary.clone());
    let lines = stored.into_iter().chain([text, now.to_owned()]);
    (headline, lines.chain(start_hint(report)).collect())
}

/// `39.1 KiB written`, `2 KiB already up to date`, `39.1 KiB verified`; zero amounts are left out.
pub(crate) fn amounts(report: &Report) -> Vec<String> {
    [
        (report.bytes_written, "written"),
        (report.bytes_matched, "already up to date"),
        (report.bytes_verified, "verified"),
    ]
    .into_iter()
    .filter(|(bytes, _)| *bytes > 0)
    .map(|(bytes, result)| format!("{} {result}", ByteSize(bytes)))
    .collect()
}

/// For estimates: `1 min 20 s`, `12 s`, `less than a second`.
pub(crate) fn rough_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => "less than a second".to_owned(),
        1..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// For results: `0.4 s`, `12.3 s`, `1 min 20 s`.
pub(crate) fn exact_duration(duration: Duration) -> String {
    if duration < Duration::from_secs(60) {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        rough_duration(duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_about_a_failure_names_no_request() {
        use crate::dfu::{DfuError, Request};
        use crate::engine::{JobError, Phase};
        use crate::transport::{UsbError, UsbErrorKind};
        let error = JobError::Dfu {
            phase: Phase::Compare,
            at: None,
            source: DfuError::Usb {
                request: Request::Upload,
                source: UsbError::new(UsbErrorKind::Gone, "unplugged"),
            },
        };
        assert!(error.to_string().contains("DFU_UPLOAD"));
        let words = error.in_words();
        let expected = "comparing failed: the device is no longer there (unplugged)";
        assert_eq!(words, expected);
    }

    #[test]
    fn durations_are_exact_up_to_a_minute() {
        let rough = |millis| rough_duration(Duration::from_millis(millis));
        assert_eq!(rough(900), "less than a second");
        assert_eq!(rough(80_000), "1 min 20 s");
        let exact = |millis| exact_duration(Duration::from_millis(millis));
        assert_eq!(exact(12_340), "12.3 s");
        assert_eq!(exact(80_000), "1 min 20 s");
    }
}
