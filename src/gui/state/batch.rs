//! Batch mode: while it is armed, every matching board is upgraded automatically when it is plugged
//! in. A person arms it, with a file; it is never armed at launch.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::dfu::Pace;
use crate::engine::{Consent, Outcome, Report, UpgradeOptions, plan_upgrade};
use crate::firmware::Image;
use crate::transport::Place;
use crate::wall_clock::Moment;
use crate::worker::JobId;

use super::boards::Entry;
use super::job::FileDigest;

/// A board that returns to its port within this time is the same one after its reset: otherwise it
/// would be upgraded forever while BOOT0 is held.
const SAME_BOARD: Duration = Duration::from_secs(5);

/// The file and options for every board; fixed when the batch is armed.
#[derive(Clone, Debug)]
pub struct Armed {
    pub image: Arc<Image>,
    pub file: FileDigest,
    pub options: UpgradeOptions,
    /// The folder for a backup of each board.
    pub backups: Option<PathBuf>,
    pub pace: Pace,
}

#[derive(Debug, Default)]
pub struct Batch {
    pub armed: Option<Armed>,
    /// One for each port that had a board since the batch was armed.
    pub slots: BTreeMap<Place, BatchSlot>,
    pub records: Vec<Record>,
}

/// A port of the bench and its latest board.
#[derive(Clone, Debug)]
pub struct BatchSlot {
    pub name: String,
    pub serial: Option<String>,
    pub mark: Mark,
    pub job: Option<JobId>,
    address: u8,
    /// The time when its board left.
    gone: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    Running,
    Pass,
    Fail(String),
    /// The file is not for this board.
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
    pub passed: bool,
    pub detail: String,
    pub seconds: String,
}

impl Armed {
    /// The doubts that were accepted for the whole batch.
    fn accepted(&self) -> String {
        let Consent::To(doubts) = &self.options.consent else {
            return String::new();
        };
        let doubts: Vec<String> = doubts.iter().map(ToString::to_string).collect();
        match doubts.as_slice() {
            [] => String::new(),
            doubts => format!("accepted: {}", doubts.join("; ")),
        }
    }
}

impl Batch {
    pub fn arm(&mut self, armed: Armed) {
        self.armed = Some(armed);
        self.slots.clear();
    }

    pub fn disarm(&mut self) {
        self.armed = None;
    }

    pub fn passed(&self) -> usize {
        self.records.iter().filter(|record| record.passed).count()
    }

    pub fn failed(&self) -> usize {
        self.records.len() - self.passed()
    }

    /// The boards to upgrade now.
    pub fn on_boards(&mut self, now: Duration, entries: &[Entry]) -> Vec<Place> {
        let Some(armed) = &self.armed else {
            return Vec::new();
        };
        for (place, slot) in &mut self.slots {
            let present = entries
                .iter()
                .any(|entry| entry.place() == place && entry.is_ready());
            match (present, slot.gone) {
                (false, None) => slot.gone = Some(now),
                (true, Some(gone)) if now.saturating_sub(gone) < SAME_BOARD => slot.gone = None,
                _ => {}
            }
        }
        let mut start = Vec::new();
        for entry in entries.iter().filter(|entry| entry.is_ready()) {
            let record = &entry.found.record;
            if self
                .slots
                .get(&record.place)
                .is_some_and(|slot| slot.is_same(entry))
            {
                if let Some(slot) = self.slots.get_mut(&record.place) {
                    slot.address = record.address;
                }
                continue;
            }
            let board = (&entry.found).into();
            let suits = plan_upgrade(&board, &armed.image, &armed.options)
                .and_then(|plan| plan.require_consent());
            let mark = match &suits {
                Ok(()) => Mark::Running,
                Err(error) => Mark::Unsuitable(error.to_string()),
            };
            if suits.is_ok() {
                start.push(record.place.clone());
            }
            self.slots.insert(
                record.place.clone(),
                BatchSlot {
                    name: entry.title().to_owned(),
                    serial: record.serial.clone(),
                    mark,
                    job: None,
                    address: record.address,
                    gone: None,
                },
            );
        }
        start
    }

    pub fn started(&mut self, place: &Place, job: JobId) {
        if let Some(slot) = self.slots.get_mut(place) {
            slot.job = Some(job);
        }
    }

    /// Records the end of a batch job. Jobs that a person started are ignored.
    pub fn finished(&mut self, at: Moment, place: &Place, job: JobId, report: &Report) {
        let Some(slot) = self
            .slots
            .get_mut(place)
            .filter(|slot| slot.job == Some(job))
        else {
            return;
        };
        let detail = match &report.outcome {
            Outcome::Done => self.armed.as_ref().map(Armed::accepted).unwrap_or_default(),
            Outcome::Failed(error) => error.to_string(),
            Outcome::Cancelled => "stopped".to_owned(),
        };
        let passed = report.outcome == Outcome::Done;
        slot.mark = if passed {
            Mark::Pass
        } else {
            Mark::Fail(detail.clone())
        };
        let file = self.armed.as_ref().map(|armed| armed.file.clone());
        self.records.push(Record {
            at,
            port: place.to_string(),
            serial: slot.serial.clone().unwrap_or_default(),
            board: slot.name.clone(),
            file: file.as_ref().map(|f| f.name.clone()).unwrap_or_default(),
            sha256: file.map(|f| f.sha256).unwrap_or_default(),
            passed,
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
                passed,
                detail,
                seconds,
            } = record;
            let outcome = if *passed { "pass" } else { "fail" }.to_owned();
            let at = at.to_string();
            let fields = [
                &at, port, serial, board, file, sha256, &outcome, detail, seconds,
            ];
            let line: Vec<String> = fields.into_iter().map(|field| csv_field(field)).collect();
            text.push_str(&line.join(","));
            text.push_str("\r\n");
        }
        text
    }
}

impl BatchSlot {
    /// The entry is the board that this slot already has, possibly reset meanwhile.
    fn is_same(&self, entry: &Entry) -> bool {
        if self.serial != entry.found.record.serial {
            return false;
        }
        self.mark == Mark::Running || self.gone.is_none()
    }
}

fn csv_field(text: &str) -> String {
    // A spreadsheet would read these as a formula.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;
    use crate::engine::JobError;
    use crate::firmware::{Format, ImageTarget, Placement, Segment, Source};
    use crate::gui::state::boards::tests::entry;

    fn armed(length: usize) -> Batch {
        let segment = Segment::new(Address::FLASH, vec![1; length]).unwrap();
        let image = Image {
            source: Source {
                name: "a.dfu".into(),
                format: Format::DfuSe,
                size: 1,
                sha256: [0; 32],
                placement: Placement::InFile,
                crc: None,
            },
            targets: vec![ImageTarget {
                alternate: 0,
                name: None,
                segments: vec![segment],
            }],
            made_for: None,
            entry: None,
            notes: Vec::new(),
        };
        let mut batch = Batch::default();
        batch.arm(Armed {
            image: Arc::new(image),
            file: FileDigest {
                name: "a,b.dfu".into(),
                sha256: "00".into(),
            },
            options: UpgradeOptions::default(),
            backups: None,
            pace: Pace::Adaptive,
        });
        batch
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn place() -> Place {
        Place("1-1".into())
    }

    fn end(batch: &mut Batch, job: u64, outcome: Outcome) {
        let report = Report {
            outcome,
            ..Report::default()
        };
        batch.finished(Moment::at(0, 0), &place(), JobId(job), &report);
    }

    /// A batch where the board at 1-1 with serial A has passed.
    fn one_passed() -> Batch {
        let mut batch = armed(100);
        assert_eq!(batch.on_boards(at(0), &[entry("1-1", 1, "A")]), [place()]);
        batch.started(&place(), JobId(1));
        end(&mut batch, 1, Outcome::Done);
        batch
    }

    #[test]
    fn no_board_starts_while_the_batch_is_not_armed() {
        let mut batch = Batch::default();
        assert!(batch.on_boards(at(0), &[entry("1-1", 1, "A")]).is_empty());
    }

    #[test]
    fn a_board_that_returns_from_its_reset_is_not_upgraded_again() {
        let mut batch = one_passed();
        assert!(batch.on_boards(at(1), &[]).is_empty());
        assert!(batch.on_boards(at(3), &[entry("1-1", 2, "A")]).is_empty());
        assert_eq!(batch.passed(), 1);
    }

    #[test]
    fn a_board_plugged_in_later_is_the_next_one_even_with_the_same_serial_number() {
        let mut batch = one_passed();
        assert!(batch.on_boards(at(1), &[]).is_empty());
        assert_eq!(batch.on_boards(at(8), &[entry("1-1", 2, "A")]), [place()]);
    }

    #[test]
    fn another_serial_number_means_another_board_at_once() {
        let mut batch = one_passed();
        assert!(batch.on_boards(at(1), &[]).is_empty());
        assert_eq!(batch.on_boards(at(2), &[entry("1-1", 2, "B")]), [place()]);
    }

    #[test]
    fn a_file_that_does_not_fit_is_marked_and_not_started() {
        let mut batch = armed(70_000);
        assert!(batch.on_boards(at(0), &[entry("1-1", 1, "A")]).is_empty());
        let slot = batch.slots.get(&place()).unwrap();
        assert!(matches!(slot.mark, Mark::Unsuitable(_)));
        assert!(batch.records.is_empty());
    }

    #[test]
    fn the_csv_record_contains_no_formula() {
        let mut batch = armed(100);
        batch.on_boards(at(0), &[entry("1-1", 1, "=A")]);
        batch.started(&place(), JobId(1));
        end(
            &mut batch,
            1,
            Outcome::Failed(JobError::Internal("say \"no\"".into())),
        );
        assert_eq!((batch.passed(), batch.failed()), (0, 1));
        let csv = batch.csv();
        let line = csv.lines().nth(1).unwrap();
        assert_eq!(
            line,
            "1970-01-01T00:00:00+00:00,1-1,'=A,\"STM32, 64 KiB\",\"a,b.dfu\",00,fail,\
             \"internal error: say \"\"no\"\"\",0.0"
        );
    }

    #[test]
    fn jobs_outside_the_batch_are_not_in_the_record() {
        let mut batch = one_passed();
        end(&mut batch, 7, Outcome::Done);
        assert_eq!(batch.records.len(), 1);
    }
}
