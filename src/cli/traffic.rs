//! `--record` and `--replay`: the USB traffic of a command, to a file and from one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;

use super::Options;
use super::confirm::confirm;
use super::exit::{Exit, Failure};
use super::output::eprint_line;
use crate::io_error::reason;
use crate::printable::printable_path;
use crate::simulator::{Departure, Matching, Replay};
use crate::transport::recording::{KeepData, Recorder, Recording, Side};
use crate::worker::{Setup, simulated_board};

/// The record that a command writes, and the one that it replays.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    record: Option<(Recorder, PathBuf)>,
    replay: Option<Replay>,
}

impl Traffic {
    /// Reads and creates the files that the options name.
    ///
    /// # Errors
    /// A record that cannot be read or is damaged; a file that exists and was not to be overwritten,
    /// or cannot be written; no such simulated board.
    pub(crate) fn open(options: &Options, side: Side) -> Result<Self, Failure> {
        let replay = options.replay.as_deref();
        let replay = replay
            .map(|path| replay_from(path, options.matching()))
            .transpose()?;
        // A command that cannot run replaces no file.
        for name in &options.simulate {
            simulated_board(name)?;
        }
        let record = match &options.record {
            Some(path) => Some((create(path, options, side)?, path.clone())),
            None => None,
        };
        Ok(Self { record, replay })
    }

    pub(crate) fn recorder(&self) -> Option<&Recorder> {
        self.record.as_ref().map(|(recorder, _)| recorder)
    }

    /// A record in the place of an earlier one replaces it now: the command does its work.
    pub(crate) fn begin_record(&self) {
        if let Some(recorder) = self.recorder() {
            recorder.begin();
        }
    }

    /// The record with its file.
    #[cfg(feature = "gui")]
    pub(crate) fn record(&self) -> Option<&(Recorder, PathBuf)> {
        self.record.as_ref()
    }

    /// The real bus, or the simulated or replayed boards instead of it.
    ///
    /// # Errors
    /// When there is no such simulated board.
    pub(crate) fn setup(&self, options: &Options) -> Result<Setup, Failure> {
        match &self.replay {
            Some(replay) => Ok(Setup::replay(replay.clone())),
            None => Ok(Setup::new(&options.simulate)?),
        }
    }

    /// Why the command's own record is incomplete, if it is: part of a sentence.
    pub(super) fn incomplete(&self) -> Option<String> {
        let (recorder, path) = self.record.as_ref()?;
        let why = recorder.failure()?;
        let path = printable_path(&path);
        Some(format!("record is incomplete ({path}): {why}"))
    }

    /// Prints what was recorded.
    ///
    /// # Errors
    /// The record is incomplete.
    pub(super) fn finish_record(&self) -> Result<(), Failure> {
        let Some((recorder, path)) = &self.record else {
            return Ok(());
        };
        if recorder.is_held() {
            return Ok(());
        }
        if let Some(why) = self.incomplete() {
            return Err(Failure::new(Exit::Refused, "file", format!("the {why}")));
        }
        let (count, path) = (transfers(recorder.transfers()), printable_path(&path));
        eprint_line(format_args!("Recorded {count} in {path}"));
        Ok(())
    }

    /// Where the command departed from the record that it replays, if it did.
    pub(super) fn departure(&self) -> Option<Departure> {
        self.replay.as_ref()?.result().err()
    }

    /// Prints what was replayed.
    ///
    /// # Errors
    /// The command departed from the record.
    pub(super) fn finish_replay(&self) -> Result<(), Failure> {
        let Some(replay) = &self.replay else {
            return Ok(());
        };
        let replayed = replay.result().map_err(|departure| {
            let message = format!("not as recorded: {departure}");
            Failure::new(Exit::DeviceFailed, "replay", message)
        })?;
        if replayed.transfers > 0 {
            let count = transfers(replayed.transfers);
            eprint_line(format_args!("Replayed {count}, as recorded"));
        }
        if replayed.made_up > 0 {
            eprint_line(format_args!(
                "Made up the contents of {} of them: the record has only the hash; see --record-data",
                replayed.made_up
            ));
        }
        Ok(())
    }
}

fn replay_from(path: &Path, matching: Matching) -> Result<Replay, Failure> {
    let bad = |why: String| {
        let message = format!("{}: {why}", printable_path(&path));
        Failure::new(Exit::BadFile, "record", message)
    };
    let bytes = std::fs::read(path).map_err(|error| bad(reason(&error)))?;
    let text = String::from_utf8(bytes).map_err(|error| bad(not_text(&error)))?;
    let recording = Recording::parse(&text).map_err(|error| bad(error.to_string()))?;
    Ok(Replay::new(recording, matching))
}

fn not_text(error: &FromUtf8Error) -> String {
    let text = error.as_bytes().get(..error.utf8_error().valid_up_to());
    let ends = text
        .unwrap_or_default()
        .iter()
        .filter(|byte| **byte == b'\n');
    format!("line {}: not UTF-8 text", ends.count() + 1)
}

fn create(path: &Path, options: &Options, side: Side) -> Result<Recorder, Failure> {
    let create = if path.exists() {
        confirm(options, &format!("Overwrite {}?", printable_path(&path)))?;
        Recorder::replace_later
    } else {
        Recorder::create
    };
    create(path, options.keep_data(), side).map_err(|error| {
        let why = match error.kind() {
            ErrorKind::NotFound => "there is no such folder".to_owned(),
            _ => reason(&error),
        };
        let path = printable_path(&path);
        let message = format!("cannot write the record ({path}): {why}");
        Failure::new(Exit::Refused, "file", message)
    })
}

fn transfers(count: u64) -> String {
    match count {
        1 => "1 transfer".to_owned(),
        n => format!("{n} transfers"),
    }
}

impl Options {
    fn keep_data(&self) -> KeepData {
        match self.record_data {
            true => KeepData::Everything,
            false => KeepData::Hashes,
        }
    }

    fn matching(&self) -> Matching {
        match self.replay_tolerant {
            true => Matching::Tolerant,
            false => Matching::Strict,
        }
    }
}
