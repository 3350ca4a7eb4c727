//! One job as the window shows it: phases, speed, time left, sectors and the report. Changed by the
//! worker's events only.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::job_time::JobTime;
use super::log::Level;
use super::screen::Screen;
use crate::engine::{
    EraseScope, JobEvent, Outcome, Part, Phase, Plan, Progress, Report, SectorState, StreamState,
    Task,
};
use crate::transport::Place;
use crate::worker::JobId;

/// The purpose of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The task's own result.
    #[default]
    Result,
    /// A read whose bytes should all be blank.
    BlankCheck,
}

/// What was seen of a board that a job asked to leave its mode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Seen {
    #[default]
    Nothing,
    InDfuMode,
    /// It is not back in DFU mode; the steps that help.
    NotInTime(Vec<String>),
}

/// The progress of one phase in the row of phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhaseMark {
    Pending,
    Current,
    Done,
    /// There was, or is, nothing to do.
    NotNeeded,
}

#[derive(Clone, Debug)]
pub struct Job {
    pub id: JobId,
    pub task: Task,
    pub purpose: Purpose,
    pub place: Place,
    /// Of the board on the bus: another one after it has left and returned.
    pub address: u8,
    /// The board's title when the job began; the board may have left since.
    pub board: String,
    pub serial: Option<String>,
    /// The firmware file, if the task has one.
    pub file: Option<FileDigest>,
    /// The backup of what the board held before an earlier upgrade that did not end.
    pub backup_of_before: Option<PathBuf>,
    /// The phases that it can enter, in order.
    pub phases: Vec<Phase>,
    /// The part of the file, if it has several.
    pub part: Option<Part>,
    pub phase: Option<Phase>,
    pub progress: Option<Progress>,
    pub plan: Option<Arc<Plan>>,
    pub sectors: HashMap<(u8, u32), SectorState>,
    /// By alternate setting, the end of what is written.
    pub written: BTreeMap<u8, u64>,
    pub notes: Vec<String>,
    pub stopping: bool,
    pub(super) seen: Seen,
    pub end: Option<End>,
    /// The phases that it was in.
    entered: Vec<Phase>,
    time: JobTime,
    /// Since the window was opened, at the start of the phase or at the end of the job.
    pub(super) phase_began: Duration,
}

#[derive(Clone, Debug)]
pub struct End {
    pub(crate) report: Box<Report>,
    pub(crate) verdict: Verdict,
}

/// The result of a job for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub level: Level,
    pub headline: String,
    /// The outcome, and the contents of the board now.
    pub text: String,
    /// The next steps, in order.
    pub steps: Vec<String>,
    /// The file, the board and its port, unless the headline names them.
    pub about: Option<String>,
    /// The backup that brings back what the board held before.
    pub restore: Option<PathBuf>,
    /// Numbers and names, collapsed at first.
    pub details: Vec<(String, String)>,
}

/// The name and the digest of a firmware file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDigest {
    pub name: String,
    pub sha256: String,
}

impl Job {
    pub fn new(id: JobId, task: Task, purpose: Purpose, place: Place, board: String) -> Self {
        Self {
            id,
            task,
            purpose,
            place,
            address: 0,
            board,
            serial: None,
            file: None,
            backup_of_before: None,
            phases: Vec::new(),
            part: None,
            phase: None,
            progress: None,
            plan: None,
            sectors: HashMap::new(),
            written: BTreeMap::new(),
            notes: Vec::new(),
            stopping: false,
            seen: Seen::default(),
            end: None,
            entered: Vec::new(),
            time: JobTime::default(),
            phase_began: Duration::ZERO,
        }
    }

    /// "Upgrade": the job as a noun.
    pub fn noun(&self) -> &'static str {
        match self.purpose {
            Purpose::Result => self.task.noun(),
            Purpose::BlankCheck => "Blank check",
        }
    }

    /// "Upgrade of STM32F4, 1 MiB with blinky.dfu begins"
    pub(super) fn begins(&self) -> String {
        let with = self
            .file
            .as_ref()
            .map(|file| format!(" with {}", file.name));
        let with = with.unwrap_or_default();
        format!("{} of {}{with} begins", self.noun(), self.board)
    }

    pub fn phase_label(&self) -> &'static str {
        self.phase.map_or("Starting", Phase::label)
    }

    /// The screen that shows this job.
    pub fn screen(&self) -> Screen {
        match self.task {
            Task::Read { .. }
            | Task::Erase(_)
            | Task::ReadOptionBytes { .. }
            | Task::WriteOptionBytes(_) => Screen::ReadAndErase,
            _ => Screen::Upgrade,
        }
    }

    pub fn is_running(&self) -> bool {
        self.end.is_none()
    }

    /// It was stopped, or it failed.
    pub(super) fn ended_early(&self) -> bool {
        self.report()
            .is_some_and(|report| report.outcome != Outcome::Done)
    }

    /// An upgrade that changed the board and ended before its program was complete.
    pub(super) fn left_incomplete(&self) -> bool {
        // What is left at this phase is only to start the complete program.
        let was_complete = self.phase == Some(Phase::Start);
        let mut sectors = self.sectors.values();
        let stream = self.report().and_then(|report| report.stream);
        let changed = sectors.any(|state| state.is_changed())
            || stream.is_some_and(StreamState::is_incomplete);
        self.ended_early() && !was_complete && changed
    }

    /// The job moves the board into another mode and says nothing about its memory.
    pub(super) fn is_about_mode(&self) -> bool {
        matches!(self.task, Task::Start { .. } | Task::EnterDfu)
    }

    pub fn report(&self) -> Option<&Report> {
        self.end.as_ref().map(|end| &*end.report)
    }

    pub(crate) fn verdict(&self) -> Option<&Verdict> {
        self.end.as_ref().map(|end| &end.verdict)
    }

    /// The board was asked to enter DFU mode, and was not seen since.
    pub(super) fn awaits_dfu_mode(&self) -> bool {
        let done = self
            .report()
            .is_some_and(|report| report.outcome == Outcome::Done);
        done && matches!(self.task, Task::EnterDfu) && self.seen == Seen::Nothing
    }

    /// Its board is about to leave for DFU mode, or on its way.
    pub(super) fn is_entering_dfu_mode(&self) -> bool {
        let is_asked = self.is_running() && matches!(self.task, Task::EnterDfu);
        is_asked || self.awaits_dfu_mode()
    }

    /// Records what was seen of the board after the job.
    pub(super) fn note_seen(&mut self, seen: Seen) {
        self.seen = seen;
        if let Some(End { report, .. }) = self.end.take() {
            let verdict = Verdict::new(self, &report);
            self.end = Some(End { report, verdict });
        }
    }

    pub fn apply(&mut self, event: JobEvent) {
        match event {
            JobEvent::Part(part) => {
                self.part = Some(part);
                // The board is another one for the next part.
                self.entered.clear();
                self.sectors.clear();
                self.written.clear();
                self.phase = None;
                self.time = JobTime::default();
            }
            JobEvent::Phases(phases) => {
                self.time.begin(&phases);
                self.phases = phases;
            }
            JobEvent::Planned(plan) => {
                self.time.plan(&plan);
                self.plan = Some(Arc::new(plan));
            }
            JobEvent::Phase(phase) => self.enter(phase),
            JobEvent::Progress(progress) => {
                if self.phase != Some(progress.phase) {
                    self.enter(progress.phase);
                }
                self.time.measure(progress);
                let written = progress.written.map(|to| (to.alternate, to.end));
                self.written.extend(written);
                self.progress = Some(progress);
            }
            JobEvent::Sectors(changes) => {
                for change in changes {
                    self.sectors
                        .insert((change.alternate, change.index), change.state);
                }
            }
            JobEvent::Note(note) => self.notes.push(note),
            JobEvent::Finished(report) => {
                let verdict = Verdict::new(self, &report);
                self.end = Some(End { report, verdict });
            }
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = Some(phase);
        self.progress = None;
        self.entered.push(phase);
        self.time.enter(phase);
    }

    /// The recent speed in bytes per second; `None` until it is known.
    pub fn speed(&self) -> Option<f64> {
        self.time.speed()
    }

    /// Until the whole job ends; `None` if nothing is known about that.
    pub fn time_left(&self) -> Option<Duration> {
        self.time.left()
    }

    /// Progress of the whole job, 0 to 1; `None` if unknown.
    pub fn fraction(&self) -> Option<f32> {
        let known = self.progress.is_some() || self.time.fraction() > 0.0;
        known.then(|| self.time.fraction())
    }

    /// The board erases all of itself, and takes no request until that has ended.
    pub fn is_unstoppable(&self) -> bool {
        let erases_all = match &self.task {
            Task::Erase(EraseScope::All) => true,
            Task::Upgrade { options, .. } => options.mass_erase,
            _ => false,
        };
        match self.phase {
            Some(Phase::Erase) => erases_all,
            Some(Phase::Wait) => matches!(self.task, Task::Unprotect),
            _ => false,
        }
    }

    /// How long the phase has taken so far, by the window's clock.
    pub fn phase_time(&self, now: Duration) -> Duration {
        now.saturating_sub(self.phase_began)
    }

    /// The row of phases with a mark each.
    pub fn marks(&self) -> Vec<(Phase, PhaseMark)> {
        let now = self
            .phase
            .and_then(|phase| self.phases.iter().position(|p| *p == phase));
        self.phases
            .iter()
            .enumerate()
            .map(|(at, phase)| {
                let skipped = !self.entered.contains(phase);
                let mark = match now {
                    Some(now) if at == now => PhaseMark::Current,
                    Some(now) if at < now && skipped => PhaseMark::NotNeeded,
                    Some(now) if at < now => PhaseMark::Done,
                    _ if self.time.is_not_needed(*phase) => PhaseMark::NotNeeded,
                    _ => PhaseMark::Pending,
                };
                (*phase, mark)
            })
            .collect()
    }
}

/// `45 KiB/s`
pub(crate) fn format_speed(bytes_per_second: f64) -> String {
    let kib = bytes_per_second / 1024.0;
    if kib >= 10_240.0 {
        format!("{:.1} MiB/s", kib / 1024.0)
    } else if kib >= 10.0 {
        format!("{kib:.0} KiB/s")
    } else {
        format!("{kib:.1} KiB/s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Job {
        Job::new(
            JobId(1),
            Task::Start { at: None },
            Purpose::Result,
            Place("1-4".into()),
            "STM32F4".into(),
        )
    }

    #[test]
    fn earlier_phases_are_done_or_were_not_needed_and_later_ones_are_pending() {
        use Phase::{Compare, Connect, Erase, Start, Verify, Write};
        let mut job = job();
        let phases = vec![Connect, Compare, Erase, Write, Verify, Start];
        job.apply(JobEvent::Phases(phases));
        for phase in [Connect, Compare, Write] {
            job.apply(JobEvent::Phase(phase));
        }
        let marks: Vec<PhaseMark> = job.marks().into_iter().map(|(_, mark)| mark).collect();
        use PhaseMark::{Current, Done, NotNeeded, Pending};
        assert_eq!(marks, [Done, Done, NotNeeded, Current, Pending, Pending]);
    }

    #[test]
    fn speeds_are_in_kib_or_mib() {
        assert_eq!(format_speed(46_080.0), "45 KiB/s");
        assert_eq!(format_speed(2048.0), "2.0 KiB/s");
    }
}
