//! The summary of a job for a person.

use std::time::Duration;

use upfuse::engine::{
    EraseScope, JobError, Outcome, Report, Summary, Task, UpgradeOptions, advice,
};
use upfuse::firmware;

fn upgrade() -> Task {
    let image = firmware::parse("a.bin", &[1, 2, 3, 4], None).unwrap();
    Task::Upgrade {
        image: image.into(),
        options: UpgradeOptions::default(),
    }
}

fn summary(task: &Task, report: &Report) -> Summary {
    Summary::new(task.noun(), task, report)
}

#[test]
fn the_summary_of_an_upgrade_has_amounts_and_whether_the_program_runs() {
    let report = Report {
        bytes_written: 2048,
        bytes_matched: 1024,
        // The matching ones alone: the board cannot be read back.
        bytes_verified: 1024,
        duration: Duration::from_millis(3_210),
        started: true,
        ..Report::default()
    };
    let Summary {
        headline,
        text,
        steps,
    } = summary(&upgrade(), &report);
    assert_eq!(headline, "Upgraded in 3.2 s");
    let amounts = "2 KiB written, 1 KiB already up to date, 1 KiB verified, 2 KiB not verified";
    assert_eq!(text, [amounts, "The program was started"]);
    assert!(steps.is_empty());
}

#[test]
fn only_a_stopped_upgrade_can_continue() {
    let report = Report {
        outcome: Outcome::Cancelled,
        ..Report::default()
    };
    let stopped = summary(&upgrade(), &report);
    assert_eq!(stopped.headline, "Upgrade stopped");
    assert_eq!(stopped.steps.len(), 1);
    let stopped = summary(&Task::Erase(EraseScope::All), &report);
    assert_eq!(stopped.headline, "Erasing stopped");
    assert!(stopped.steps.is_empty());
}

#[test]
fn the_summary_of_a_failure_has_the_cause_the_board_and_advice() {
    let error = JobError::Internal("a defect".to_owned());
    let report = Report {
        outcome: Outcome::Failed(error.clone()),
        board_summary: "Nothing on the board was changed".to_owned(),
        ..Report::default()
    };
    let failed = summary(&Task::EnterDfu, &report);
    assert_eq!(failed.headline, "Entering DFU mode failed");
    let board = report.board_summary.clone();
    assert_eq!(failed.text, [error.to_string(), board]);
    assert_eq!(failed.steps, advice(&error));
}
