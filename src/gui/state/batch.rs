//! Batch mode: while it is armed, every matching board that is plugged in is upgraded by itself.
//! It is armed by a person, with a file, and never at launch.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::dfu::Pace;
use crate::engine::{Outcome, Report, UpgradeOptions, draft};
use crate::firmware::Image;
use crate::transport::Place;
use crate::worker::JobId;

use super::clock::Moment;
use super::found::Entry;
use super::job::FileFact;

/// A board that is back at its port within this time is the same one, coming back from its reset:
/// it would otherwise be upgraded for ever while BOOT0 is held.
const SAME_BOARD: Duration = Duration::from_secs(5);

/// With what boards are upgraded; fixed when the batch is armed.
#[derive(Clone, Debug)]
pub struct Armed {
    pub image: Arc<Image>,
    pub file: FileFact,
    pub options: UpgradeOptions,
    pub pace: Pace,
}

#[derive(Debug, Default)]
pub struct Batch {
    pub armed: Option<Armed>,
    /// One for each port that had a board since the batch was armed.
    pub bays: BTreeMap<Place, Bay>,
    pub records: Vec<Record>,
}

/// A port of the bench.
#[derive(Clone, Debug)]
pub struct Bay {
    pub name: String,
    pub serial: Option<String>,
    pub mark: Mark,
    pub job: Option<JobId>,
    address: u8,
    /// When its board left.
    gone: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    Running,
    Pass,
    Fail(String),
    /// The file does not suit this board.
    Unsuitable(String),
}

/// A line of the batch record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub at: Moment,
    pub port: String,
    pub serial: String,
    pub board: String,
    pub file: String,
    pub sha256: String,
    pub outcome: String,
    pub detail: String,
    pub seconds: String,
}

impl Batch {
    pub fn arm(&mut self, armed: Armed) {
        self.armed = Some(armed);
        self.bays.clear();
    }

    pub fn disarm(&mut self) {
        self.armed = None;
    }

    pub fn passed(&self) -> usize {
        self.records.iter().filter(|r| r.outcome == "pass").count()
    }

    pub fn failed(&self) -> usize {
        self.records.len().saturating_sub(self.passed())
    }

    /// The boards to start now.
    pub fn on_boards(&mut self, now: Duration, entries: &[Entry]) -> Vec<Place> {
        let Some(armed) = &self.armed else {
            return Vec::new();
        };
        for (place, bay) in &mut self.bays {
            let here = entries
                .iter()
                .any(|entry| entry.place == *place && entry.is_ready());
            match (here, bay.gone) {
                (false, None) => bay.gone = Some(now),
                (true, Some(gone)) if now.saturating_sub(gone) < SAME_BOARD => bay.gone = None,
                _ => {}
            }
        }
        let mut start = Vec::new();
        for entry in entries {
            let Some(board) = &entry.board else { continue };
            if self
                .bays
                .get(&entry.place)
                .is_some_and(|bay| bay.is_same(entry))
            {
                if let Some(bay) = self.bays.get_mut(&entry.place) {
                    bay.address = entry.address;
                }
                continue;
            }
            let suits = draft(board, &armed.image, &armed.options);
            let mark = match &suits {
                Ok(_) => Mark::Running,
                Err(error) => Mark::Unsuitable(error.to_string()),
            };
            if suits.is_ok() {
                start.push(entry.place.clone());
            }
            self.bays.insert(
                entry.place.clone(),
                Bay {
                    name: entry.title().to_owned(),
                    serial: entry.serial.clone(),
                    mark,
                    job: None,
                    address: entry.address,
                    gone: None,
                },
            );
        }
        start
    }

    pub fn started(&mut self, place: &Place, job: JobId) {
        if let Some(bay) = self.bays.get_mut(place) {
            bay.job = Some(job);
        }
    }

    /// Notes how a batch job ended. Jobs that a person started elsewhere are none of the batch's.
    pub fn finished(&mut self, at: Moment, place: &Place, job: JobId, report: &Report) {
        let Some(bay) = self.bays.get_mut(place).filter(|bay| bay.job == Some(job)) else {
            return;
        };
        let detail = match &report.outcome {
            Outcome::Done => String::new(),
            Outcome::Failed(error) => error.to_string(),
            Outcome::Cancelled => "stopped".to_owned(),
        };
        let pass = report.outcome == Outcome::Done;
        bay.mark = if pass {
            Mark::Pass
        } else {
            Mark::Fail(detail.clone())
        };
        let file = self.armed.as_ref().map(|armed| armed.file.clone());
        self.records.push(Record {
            at,
            port: place.to_string(),
            serial: bay.serial.clone().unwrap_or_default(),
            board: bay.name.clone(),
            file: file.as_ref().map(|f| f.name.clone()).unwrap_or_default(),
            sha256: file.map(|f| f.sha256).unwrap_or_default(),
            outcome: if pass { "pass" } else { "fail" }.to_owned(),
            detail,
            seconds: format!("{:.1}", report.duration.as_secs_f64()),
        });
    }

    /// The record as CSV (RFC 4180).
    pub fn csv(&self) -> String {
        let mut text = "time,port,serial,board,file,sha256,outcome,detail,seconds\r\n".to_owned();
        for record in &self.records {
            let Record {
                at,
                port,
                serial,
                board,
                file,
                sha256,
                outcome,
                detail,
                seconds,
            } = record;
            let at = at.to_string();
            let fields = [
                &at, port, serial, board, file, sha256, outcome, detail, seconds,
            ];
            let line: Vec<String> = fields.into_iter().map(|field| csv_field(field)).collect();
            text.push_str(&line.join(","));
            text.push_str("\r\n");
        }
        text
    }
}

impl Bay {
    /// The board in this bay is the one it had, whether or not it was reset meanwhile.
    fn is_same(&self, entry: &Entry) -> bool {
        if self.serial != entry.serial {
            return false;
        }
        self.mark == Mark::Running || self.gone.is_none()
    }
}

fn csv_field(text: &str) -> String {
    // A spreadsheet would take these for a formula.
    let text = if text.starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}
