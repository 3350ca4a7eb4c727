//! A job as JSON lines: an object for each event, and exactly one `finished` for each board.

use serde_json::{Value, json};

use super::job_differences;
use super::output::Output;
use crate::address::Address;
use crate::engine::{
    self, Action, Doubt, JobError, JobEvent, Outcome, Plan, Report, SectorPlan, SectorState,
    Severity, Task,
};
use crate::transport::Place;

pub(super) fn write(place: &Place, task: &Task, event: &JobEvent, out: &mut Output) {
    let device = &place.0;
    match event {
        // Scripts get each phase when it begins.
        JobEvent::Phases(_) => {}
        JobEvent::Part(part) => out.json(&json!({
            "event": "part", "device": device, "part": part.number, "parts": part.of,
        })),
        JobEvent::Planned(plan) => out.json(&planned(device, plan)),
        JobEvent::Phase(phase) => out.json(&json!({
            "event": "phase", "device": device, "phase": phase.code(),
        })),
        JobEvent::Progress(progress) => out.json(&json!({
            "event": "progress",
            "device": device,
            "phase": progress.phase.code(),
            "done": progress.done,
            "total": progress.total,
            "seconds": progress.elapsed.as_secs_f64(),
        })),
        JobEvent::Sectors(changes) => {
            let sectors: Vec<Value> = changes
                .iter()
                .map(|c| json!({"alt": c.alternate, "index": c.index, "state": state(c.state)}))
                .collect();
            out.json(&json!({"event": "sectors", "device": device, "sectors": sectors}));
        }
        JobEvent::Note(note) => out.json(&json!({
            "event": "note", "device": device, "text": note,
        })),
        JobEvent::Finished(report) => {
            if !report.board_summary.is_empty() {
                out.json(&json!({
                    "event": "note", "device": device, "text": report.board_summary,
                }));
            }
            out.json(&finished(device, task, report));
        }
    }
}

/// Fixed: scripts rely on these fields.
fn finished(device: &str, task: &Task, report: &Report) -> Value {
    let (outcome, error) = match &report.outcome {
        Outcome::Done => ("done", Value::Null),
        Outcome::Failed(error) => ("failed", failed(task, report, error)),
        Outcome::Cancelled => (
            "cancelled",
            json!({
                "code": "cancelled",
                "message": report.board_summary,
                "advice": engine::steps_after(task, report),
            }),
        ),
    };
    let mut finished = json!({
        "event": "finished",
        "device": device,
        "outcome": outcome,
        "bytes_written": report.bytes_written,
        "bytes_matched": report.bytes_matched,
        "bytes_verified": report.bytes_verified,
        "sectors_erased": report.sectors_erased,
        "seconds": report.duration.as_secs_f64(),
        "transfers": report.transfers.total,
        "started": report.started,
        "backup": report.backup.as_ref().map(|path| path.display().to_string()),
        "error": error,
    });
    if let (true, Some(keys)) = (task.lists_differences(), finished.as_object_mut()) {
        let differences = job_differences::json(&report.comparison);
        keys.insert("differences".to_owned(), differences);
    }
    finished
}

/// The last line of a board whose job is left running. Its numbers are unknown.
pub(super) fn ended_at_once(place: &Place, task: &Task, out: &mut Output) {
    let report = engine::ended_at_once(task);
    out.json(&json!({
        "event": "finished",
        "device": place.0,
        "outcome": "cancelled",
        "bytes_written": null,
        "bytes_matched": null,
        "bytes_verified": null,
        "sectors_erased": null,
        "seconds": null,
        "transfers": null,
        "started": null,
        "backup": report.backup.as_ref().map(|path| path.display().to_string()),
        "error": {
            "code": "cancelled",
            "message": report.board_summary,
            "advice": engine::steps_after(task, &report),
        },
    }));
}

fn failed(task: &Task, report: &Report, error: &JobError) -> Value {
    let mut failed = json!({
        "code": error.code(),
        "message": error.to_string(),
        "protocol": error.protocol(),
        "advice": engine::steps_after(task, report),
    });
    if let (JobError::Doubtful(doubts), Some(keys)) = (error, failed.as_object_mut()) {
        let doubts = doubts.iter().map(doubt).collect();
        keys.insert("doubts".to_owned(), doubts);
    }
    failed
}

fn planned(device: &str, plan: &Plan) -> Value {
    let targets: Vec<Value> = plan
        .targets
        .iter()
        .map(|target| {
            let sectors: Vec<Value> = target.sectors.iter().map(sector).collect();
            json!({"alt": target.alternate, "name": target.name, "sectors": sectors})
        })
        .collect();
    let totals = plan.totals();
    json!({
        "event": "plan",
        "device": device,
        "targets": targets,
        "stream": plan.stream.as_ref().map(|stream| json!({
            "alt": stream.alternate, "name": stream.name, "bytes": stream.length(),
        })),
        "start": plan.start.map(address),
        "bytes_to_compare": totals.undecided_bytes,
        "bytes_matching": totals.matching_bytes,
        "bytes_to_write": totals.write_bytes,
        "sectors": totals.sectors,
        "sectors_to_erase": totals.erase_sectors,
        "bytes_lost": totals.lost_bytes,
        "keep_ranges": plan.options.keep_ranges.iter().map(|range| json!({
            "start": address(range.start()),
            "bytes": range.len(),
        })).collect::<Vec<_>>(),
        "bytes_unverified": totals.unverified_bytes,
        "doubts": plan.doubts.iter().map(doubt).collect::<Vec<_>>(),
    })
}

pub(super) fn doubt(doubt: &Doubt) -> Value {
    let (severity, needs) = match doubt.severity {
        Severity::Note => ("note", None),
        Severity::Serious => ("serious", Some("--force")),
    };
    json!({
        "code": doubt.code(),
        "severity": severity,
        "needs": needs,
        "message": doubt.to_string(),
        "reasons": doubt.reasons(),
    })
}

fn sector(sector: &SectorPlan) -> Value {
    json!({
        "index": sector.sector.index,
        "start": address(sector.sector.range.start()),
        "bytes": sector.sector.range.len(),
        "covered": sector.covered_bytes(),
        "kept": sector.kept_bytes(),
        "action": action(sector.action),
    })
}

/// Without separators, as other tools write it and every language reads it.
pub(super) fn address(address: Address) -> String {
    format!("0x{:08x}", address.0)
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Undecided => "compare",
        Action::Leave => "leave",
        Action::Write => "write",
        Action::EraseAndWrite => "erase-and-write",
        Action::Erase => "erase",
    }
}

fn state(state: SectorState) -> &'static str {
    match state {
        SectorState::Matches => "matches",
        SectorState::Differs => "differs",
        SectorState::Erased | SectorState::Blank => "erased",
        SectorState::PartlyWritten => "partly-written",
        SectorState::Uncertain => "uncertain",
        SectorState::Written => "written",
        SectorState::Verified => "verified",
        SectorState::Mismatch | SectorState::NotErased => "mismatch",
        SectorState::Read => "read",
    }
}
