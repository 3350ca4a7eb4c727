//! Reading a record back: completely checked, refused with the line of the first error.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::{DeviceRecord, Place, UsbError, UsbErrorKind};
use super::VERSION;
use super::data::Data;
use super::line::{Line, Outcome, TransferLine, kind_of};
use super::setup::{Asked, Setup};

/// A record that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The program that wrote it.
    pub program: String,
    /// What happened to each board, in the order in which the boards appear.
    pub boards: Vec<(Place, Vec<Entry>)>,
}

/// Something that happened to a board.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// It appeared on the bus, or changed.
    Device(Box<DeviceRecord>),
    /// It left the bus.
    Gone,
    /// An interface was claimed, or not.
    Open {
        interface: u8,
        result: Result<(), UsbError>,
    },
    Transfer(Transfer),
}

/// One control transfer.
#[derive(Clone, Debug, PartialEq)]
pub struct Transfer {
    /// Counts the transfers of its board from 1.
    pub number: u64,
    /// On the board's clock.
    pub at: Duration,
    pub took: Duration,
    pub asked: Asked,
    pub out: Data,
    pub received: Data,
    pub result: Result<(), UsbError>,
}

/// The first error of a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct RecordError {
    pub line: usize,
    pub why: String,
}

impl Recording {
    /// Parses a record; an editor may have put a byte order mark before it, and blank lines after.
    ///
    /// # Errors
    /// [`RecordError`]; also for a last line that a crash cut off.
    pub fn parse(text: &str) -> Result<Self, RecordError> {
        let fail = |line, why| RecordError { line, why };
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let record = text.trim_end();
        let mut lines = (1usize..).zip(record.lines());
        let (number, first) = lines
            .next()
            .ok_or_else(|| fail(1, "the record is empty".to_owned()))?;
        let program = check_header(first).map_err(|why| fail(number, why))?;
        let last = record.lines().count();
        let after = text.strip_prefix(record).unwrap_or_default();
        let cut_off = !after.contains('\n');
        let mut boards = Boards::default();
        for (number, line) in lines {
            let parsed = parse_line(line).map_err(|why| match cut_off && number == last {
                true => format!(
                    "the record ends within this line; without it, it can be replayed: {why}"
                ),
                false => why,
            });
            parsed
                .and_then(|line| boards.add(line))
                .map_err(|why| fail(number, why))?;
        }
        Ok(Self {
            program,
            boards: boards.boards,
        })
    }
}

fn parse_line(line: &str) -> Result<Line, String> {
    serde_json::from_str(line).map_err(|error| {
        // The line that serde_json counts is always the first.
        let text = error.to_string();
        let end = text.find(" at line 1").unwrap_or(text.len());
        text.get(..end).unwrap_or(&text).to_owned()
    })
}

fn check_header(line: &str) -> Result<String, String> {
    match parse_line(line) {
        Ok(Line::Record(header)) if header.version == VERSION => Ok(header.program),
        Ok(Line::Record(header)) => Err(format!(
            "version {} of the format, and this program reads version {VERSION}",
            header.version
        )),
        Ok(_) => Err("the first line of a record is missing".to_owned()),
        Err(why) => Err(format!("this is no record of USB traffic: {why}")),
    }
}

/// What was read so far.
#[derive(Debug, Default)]
struct Boards {
    boards: Vec<(Place, Vec<Entry>)>,
    index: BTreeMap<String, Known>,
}

/// A board whose `device` line was read.
#[derive(Clone, Copy, Debug)]
struct Known {
    index: usize,
    /// Its interface was claimed.
    open: bool,
    transfers: u64,
}

impl Boards {
    fn add(&mut self, line: Line) -> Result<(), String> {
        match line {
            Line::Record(_) => Err("a second record begins here".to_owned()),
            Line::Device { board, device } => {
                let place = Place(board.clone());
                let record = device.into_record(place.clone())?;
                let index = self.boards.len();
                let known = self.index.entry(board).or_insert_with(|| {
                    self.boards.push((place, Vec::new()));
                    Known {
                        index,
                        open: false,
                        transfers: 0,
                    }
                });
                let index = known.index;
                self.push(index, Entry::Device(Box::new(record)))
            }
            Line::Gone { board } => {
                let index = self.known(&board)?.index;
                self.push(index, Entry::Gone)
            }
            Line::Open {
                board,
                interface,
                outcome,
            } => {
                let result = result(outcome)?;
                let known = self.known(&board)?;
                known.open = result.is_ok();
                let index = known.index;
                self.push(index, Entry::Open { interface, result })
            }
            Line::Transfer(line) => {
                let known = self.known(&line.board)?;
                if !known.open {
                    return Err(format!("a transfer before {} was opened", line.board));
                }
                known.transfers += 1;
                let (index, expected) = (known.index, known.transfers);
                if line.n != expected {
                    let n = line.n;
                    return Err(format!("transfer {n} where transfer {expected} is due"));
                }
                self.push(index, Entry::Transfer(transfer(line)?))
            }
        }
    }

    fn known(&mut self, board: &str) -> Result<&mut Known, String> {
        self.index
            .get_mut(board)
            .ok_or_else(|| format!("no line describes the device {board}"))
    }

    fn push(&mut self, index: usize, entry: Entry) -> Result<(), String> {
        let (_, entries) = self.boards.get_mut(index).ok_or("unknown board")?;
        entries.push(entry);
        Ok(())
    }
}

fn result(outcome: Outcome) -> Result<Result<(), UsbError>, String> {
    if outcome.result == "ok" {
        return Ok(Ok(()));
    }
    let kind = kind_of(&outcome.result)
        .filter(|kind| *kind != UsbErrorKind::NotInRecord)
        .ok_or_else(|| format!("unknown result '{}'", outcome.result))?;
    let detail = outcome.detail.unwrap_or_default();
    Ok(Err(UsbError::new(kind, detail)))
}

fn transfer(line: TransferLine) -> Result<Transfer, String> {
    let time = |seconds: super::line::Seconds| {
        seconds
            .duration()
            .ok_or_else(|| "a time that is none".to_owned())
    };
    let (out, received) = (
        line.out.unwrap_or_default(),
        line.received.unwrap_or_default(),
    );
    let length = usize::from(line.setup.map_or(0, |setup| setup.length));
    let to_host = line.setup.is_some_and(Setup::to_host);
    let fits = match to_host {
        true => out.length() == 0 && received.length() <= length,
        false => received.length() == 0 && out.length() == length,
    };
    if !fits {
        return Err("the data is not as long as the setup".to_owned());
    }
    Ok(Transfer {
        number: line.n,
        at: time(line.at)?,
        took: time(line.took)?,
        asked: Asked::new(&line.request, line.setup)
            .ok_or_else(|| format!("{} without a setup", line.request))?,
        out,
        received,
        result: result(line.outcome)?,
    })
}
