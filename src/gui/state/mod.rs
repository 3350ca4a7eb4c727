//! The state of the window: a reducer over the worker's events and the person's intents. Without
//! egui; side effects are returned as [`Effect`]s.

pub mod batch;
pub mod batch_record;
pub(crate) mod beside;
pub(crate) mod boards;
pub(crate) mod files;
pub mod firmware;
mod given;
pub(crate) mod group;
pub(crate) mod hex;
pub(crate) mod job;
mod job_time;
pub(crate) mod log;
pub(crate) mod memory_map;
pub(crate) mod memory_map_fit;
pub(crate) mod options;
pub mod paint;
pub(crate) mod path;
pub(crate) mod read_erase;
pub mod report;

mod act;
mod action;
mod apply;
mod availability;
mod background;
mod banners;
mod begin;
pub(crate) mod centre;
mod consent;
mod driver;
mod enter_and_upgrade;
mod names;
mod open_job;
pub(crate) mod option_bytes;
mod outputs;
mod overlaps;
mod picture;
mod plain;
pub(crate) mod restore;
mod run_batch;
mod screen;
pub mod status;
pub(crate) mod traffic;
mod unfinished;
mod unprotect_batch;
mod verdict;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::discovery::{Diagnosis, Found};
use crate::engine::{Doubt, JobError, JobEvent, Outcome, Report, plan_to_verify};
use crate::transport::Place;
use crate::wall_clock::Moment;
use crate::worker::{Command, JobId};

use super::announce::Announcement;
use super::background::Task;
use super::settings::Settings;
use super::sound::Sound;
pub use act::Intent;
pub use action::Action;
pub use banners::Banner;
use batch::{Batch, BatchForm};
use boards::Boards;
pub use enter_and_upgrade::AfterEntering;
use enter_and_upgrade::{Following, Stoppable};
use files::FilesForm;
use firmware::Firmware;
pub use hex::HexView;
use job::Job;
pub use log::Level;
use log::{Line, Log};
use memory_map::Picture;
pub use open_job::OpenJob;
use option_bytes::OptionBytesForm;
use options::{OneTimeOptions, Preview};
pub use path::{FileThere, PathFor};
use read_erase::{RangeForm, ReadOut};
pub use screen::Screen;
use traffic::TrafficRecord;
use unfinished::Unfinished;

/// A question or a page on top of the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Modal {
    /// An upgrade that begins with a mass erase.
    ConfirmMassErase,
    ConfirmEraseAll,
    ConfirmEraseRange,
    ConfirmUnprotect,
    /// The option bytes are changed; the words that were typed for its questions.
    ConfirmOptionBytes {
        typed: Vec<String>,
    },
    /// The program of this board is asked over its serial port to enter DFU mode.
    ConfirmStop {
        place: Place,
        then: AfterEntering,
    },
    ConfirmClose,
    /// The upgrade of the board did not end.
    ConfirmStart,
    /// What will be done to every board.
    ArmBatch,
    /// Boards are being upgraded.
    EndBatch,
    /// The write protection of this board of a batch is removed, and of others without a question.
    ConfirmBatchUnprotect(Place),
    NamePort {
        place: Place,
        text: String,
    },
    NameBoard {
        place: Place,
        text: String,
    },
    /// A path is typed, without a file dialog.
    TypePath {
        purpose: PathFor,
        text: String,
        why: String,
    },
    /// There is a file at the typed path.
    ConfirmReplace {
        purpose: PathFor,
        path: PathBuf,
        there: FileThere,
    },
    /// Backups to restore.
    Backups(restore::Listed),
    BoardDetails,
    Shortcuts,
    About,
}

/// A side effect for the window to execute.
#[derive(Clone, Debug)]
pub enum Effect {
    Send(Command),
    /// The answer is [`Intent::PathGiven`].
    AskPath {
        purpose: PathFor,
        name: String,
    },
    /// Looks for a file at a typed path; the answer is [`Intent::SavePathTyped`].
    CheckTyped {
        purpose: PathFor,
        path: PathBuf,
    },
    Background(Task),
    /// Appends to the record of a batch on disk, at once.
    Record {
        path: PathBuf,
        text: String,
    },
    /// Creates the folder for backups, before the first one.
    CreateFolder(PathBuf),
    Play(Sound),
    ToggleFullScreen,
    /// The last running job has ended.
    Announce(Announcement),
    Copy(String),
    /// Copies this text, followed by the protocol log.
    CopyReport(String),
    OpenLink(&'static str),
    Close,
}

/// The first chosen board that the file is not for, by what would be done with it.
#[derive(Debug, Default)]
struct Unsuitable {
    upgrade: Option<String>,
    verify: Option<String>,
}

/// What follows the end of the last running job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AfterJobs {
    #[default]
    Stay,
    /// The window closes, if every job ended well.
    Close,
}

#[derive(Debug, Default)]
pub struct State {
    pub settings: Settings,
    pub screen: Screen,
    pub modal: Option<Modal>,
    pub boards: Boards,
    /// Diagnoses of the bus as a whole, and of a missing board.
    pub general: Vec<Diagnosis>,
    pub firmware: Firmware,
    /// The address typed for a file without addresses.
    pub address: String,
    pub one_time: OneTimeOptions,
    /// The target that a person chose on a kind of board without addresses.
    plain_target: Option<plain::ChosenTarget>,
    /// The latest job of each board, running or finished.
    pub jobs: BTreeMap<Place, Job>,
    /// The boards of the latest upgrade or verification; their results are shown together.
    group: Vec<Place>,
    unfinished: Unfinished,
    /// The upgrade that begins once its board is in DFU mode.
    following: Option<Following>,
    after_jobs: AfterJobs,
    pub batch: Batch,
    pub batch_form: BatchForm,
    pub open_job: Option<OpenJob>,
    /// A driver is being installed.
    changes_driver: bool,
    /// Why there are no sounds.
    pub sound_problem: Option<String>,
    /// Where records of batches go unless a person chooses another folder.
    pub own_records_folder: Option<PathBuf>,
    pub log: Log,
    /// The record of USB traffic that is being written.
    pub(crate) traffic: Option<TrafficRecord>,
    pub range: RangeForm,
    pub option_bytes: OptionBytesForm,
    pub read_out: Option<ReadOut>,
    /// What was in view before, to compare with.
    pub(crate) read_before: Option<ReadOut>,
    pub hex: HexView,
    pub files: FilesForm,
    /// Messages over the window, oldest first.
    pub banners: Vec<Banner>,
    /// The alternate setting that the map shows.
    pub shown_target: u8,
    /// The programs that a person agreed to stop.
    stoppable: Vec<Stoppable>,
    preview: Option<Preview>,
    unsuitable: Unsuitable,
    doubts: Vec<Doubt>,
    picture: Option<Picture>,
    picture_is_stale: bool,
    /// Counts changes of the picture, so that views can cache shapes made from it.
    pub picture_version: u64,
    next_job: u64,
    next_request: u64,
    /// Since the window was opened.
    now: Duration,
}

impl State {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    pub fn preview(&self) -> Option<&Preview> {
        self.preview.as_ref()
    }

    pub fn picture(&self) -> Option<&Picture> {
        self.picture.as_ref()
    }

    /// The latest job of the board that the panels show.
    pub fn shown_job(&self) -> Option<&Job> {
        self.jobs.get(self.boards.focus_place()?)
    }

    /// The board whose result Escape closes: nothing runs that Escape would stop.
    pub(crate) fn closable_result(&self) -> Option<Place> {
        let job = self.shown_job().filter(|job| job.screen() == self.screen)?;
        (self.running().next().is_none()).then(|| job.place.clone())
    }

    pub fn running(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values().filter(|job| job.is_running())
    }

    /// How far the running jobs are together, 0 to 1; `None` if nothing runs.
    pub(crate) fn progress(&self) -> Option<f32> {
        let (count, sum) = self.running().fold((0u16, 0.0), |(count, sum), job| {
            let fraction = job.fraction().unwrap_or_default();
            (count.saturating_add(1), sum + fraction)
        });
        (count > 0).then(|| sum / f32::from(count))
    }

    /// The jobs that were started together, if there are several; those that need a person first.
    pub fn grouped_jobs(&self) -> Vec<&Job> {
        let mut jobs: Vec<&Job> = self
            .group
            .iter()
            .filter_map(|place| self.jobs.get(place))
            .collect();
        jobs.sort_by_key(|job| group::Mark::of(job));
        if jobs.len() > 1 { jobs } else { Vec::new() }
    }

    /// The board that the panels show holds a program of which only a part may be written.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.boards.focus().is_some_and(|entry| {
            let serial = entry.found.record.serial.as_deref();
            self.unfinished.is_incomplete(entry.place(), serial)
        })
    }

    pub fn is_busy(&self, place: &Place) -> bool {
        self.jobs.get(place).is_some_and(Job::is_running)
    }

    fn note(&mut self, level: Level, board: Option<String>, text: impl Into<String>) {
        self.log.push(Line {
            at: Moment::now(),
            level,
            board,
            text: text.into(),
        });
    }

    /// The worker has ended: no running job will report its end, and none can be started.
    pub fn worker_lost(&mut self) {
        let lost = "The part of the program that talks to the boards has ended. Close the window \
                    and start it again; boards that were being upgraded can be upgraded again";
        self.banner(Level::Error, lost);
        for job in self.jobs.values_mut().filter(|job| job.is_running()) {
            job.apply(JobEvent::Finished(Box::new(Report {
                outcome: Outcome::Failed(JobError::Internal("the worker has ended".to_owned())),
                board_summary: "The contents of the board are unknown".to_owned(),
                ..Report::default()
            })));
        }
    }

    fn next_job(&mut self) -> JobId {
        self.next_job += 1;
        JobId(self.next_job)
    }

    /// Recomputes everything that depends on board, file, options and job. Called after every change,
    /// never while drawing.
    fn refresh(&mut self) {
        let board = self.boards.ready_focus();
        self.preview = match (board, self.firmware.image()) {
            (Some(board), Some(image)) if !self.lacks_address() => {
                let options = self.upgrade_options();
                Some(Preview::new(board, image, &options))
            }
            _ => None,
        };
        self.unsuitable = self.find_unsuitable();
        self.doubts = self.find_doubts();
        self.correct_shown_target();
        self.mark_picture_stale();
    }

    fn find_unsuitable(&self) -> Unsuitable {
        let Some(image) = self.firmware.image() else {
            return Unsuitable::default();
        };
        let options = self.upgrade_options();
        let target = self.target_to_write();
        let keep = &options.keep_ranges;
        let first = |is_unsuitable: &dyn Fn(&Found) -> bool| {
            let entry = self.boards.chosen().find(|e| is_unsuitable(&e.found))?;
            Some(format!("{} at port {}", entry.title(), entry.place()))
        };
        Unsuitable {
            upgrade: first(&|found| Preview::new(found, image, &options).result.is_err()),
            verify: first(&|found| plan_to_verify(&found.into(), image, target, keep).is_err()),
        }
    }

    fn correct_shown_target(&mut self) {
        let Some(board) = self.boards.ready_focus() else {
            return;
        };
        if board.target(self.shown_target).is_none() {
            self.shown_target = board.targets.first().map_or(0, |target| target.alternate);
        }
        if board.target(self.range.alternate).is_none() {
            self.range.alternate = self.shown_target;
        }
    }
}
