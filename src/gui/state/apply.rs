//! Applies the worker's events.

use std::time::Duration;

use crate::discovery::{Found, Inventory};
use crate::engine::{JobEvent, Outcome, Phase, Progress, Report, Task};
use crate::gui::announce::Announcement;
use crate::gui::text::capitalised;
use crate::transport::Place;
use crate::wall_clock::Moment;
use crate::worker::{Event, JobId};

use super::boards::{BoardStatus, Entry};
use super::job::Job;
use super::job::Seen;
use super::log::Level;
use super::read_erase::ReadOut;
use super::{AfterJobs, Effect, State};

impl State {
    /// Applies one event. `now` is the time since the window was opened.
    pub fn apply(&mut self, now: Duration, event: Event) -> Vec<Effect> {
        self.now = now;
        match event {
            Event::Boards(inventory) => return self.boards_changed(inventory),
            Event::Job { job, place, event } => return self.job_event(&place, job, event),
            Event::UnknownBoard(error) => {
                self.banner(Level::Error, capitalised(&error.to_string()));
            }
        }
        Vec::new()
    }

    fn boards_changed(&mut self, inventory: Inventory) -> Vec<Effect> {
        let entry = |found: &Found| {
            let problem = inventory.diagnosis(found.place()).cloned();
            Entry::new(found.clone(), problem, &self.settings)
        };
        let boards = inventory.found.iter().filter(|found| !found.is_no_board());
        let mut entries: Vec<Entry> = boards.map(entry).collect();
        self.keep_rows(&mut entries);
        let bus_error = inventory.bus_error.map(|error| error.to_string());
        self.general = inventory.diagnoses;
        self.general.retain(|diagnosis| diagnosis.about.is_none());
        self.log_board_changes(&entries);
        self.note_returned_boards(&entries);
        self.unfinished.boards_changed(&entries);
        self.forget_gone_option_bytes(&entries);
        let has_job = |place: &Place| self.jobs.contains_key(place);
        self.boards.replace(entries, bus_error, has_job);
        self.refresh();
        let mut effects = self.follow_up();
        effects.extend(self.run_batch());
        effects
    }

    /// A board that was asked to start its program, left, and is ready again: BOOT0 is still high, or
    /// the program itself entered the bootloader.
    fn note_returned_boards(&mut self, entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| entry.is_ready()) {
            let left = self
                .boards
                .entry(entry.place())
                .is_none_or(|before| entry.is_new_since(before));
            if let Some(job) = self.jobs.get_mut(entry.place())
                && left
                && job.report().is_some_and(|report| report.started)
            {
                job.note_seen(Seen::InDfuMode);
            }
        }
    }

    fn log_board_changes(&mut self, entries: &[Entry]) {
        let mut lines = Vec::new();
        for entry in entries {
            let status = entry.status();
            let has_changed =
                |before: &Entry| before.status() != status || entry.is_new_since(before);
            if self.boards.entry(entry.place()).is_none_or(has_changed) {
                let level = match status {
                    BoardStatus::Blocked => Level::Warning,
                    _ => Level::Info,
                };
                lines.push((
                    level,
                    entry.place().clone(),
                    format!("{}, {}", entry.found.label, entry.status_text()),
                ));
            }
        }
        for before in &self.boards.entries {
            if entries.iter().all(|entry| entry.place() != before.place()) {
                let text = format!("{} is gone", before.found.label);
                lines.push((Level::Info, before.place().clone(), text));
            }
        }
        for (level, place, text) in lines {
            self.note(level, Some(place.to_string()), text);
        }
    }

    fn job_event(&mut self, place: &Place, id: JobId, event: JobEvent) -> Vec<Effect> {
        let Some(job) = self.jobs.get_mut(place).filter(|job| job.id == id) else {
            return Vec::new();
        };
        if let (JobEvent::Part(_), Some(entry)) = (&event, self.boards.entry(place)) {
            // The board came back for the next part.
            job.address = entry.found.record.address;
        }
        let line = match &event {
            JobEvent::Part(part) => {
                Some((Level::Info, format!("Part {} of {}", part.number, part.of)))
            }
            JobEvent::Phase(Phase::Connect) => None,
            JobEvent::Phase(phase) => Some((Level::Info, phase.label().to_owned())),
            JobEvent::Note(note) => Some((Level::Info, note.clone())),
            _ => None,
        };
        if let JobEvent::Sectors(changes) = &event
            && changes.iter().any(|change| change.state.is_changed())
            && !matches!(job.task, Task::Verify { .. })
        {
            for read_out in [&mut self.read_out, &mut self.read_before] {
                let of_board = read_out
                    .as_mut()
                    .filter(|r| r.place.as_ref() == Some(place));
                of_board.into_iter().for_each(|r| r.is_old = true);
            }
        }
        let redraw = matches!(
            event,
            JobEvent::Planned(_)
                | JobEvent::Sectors(_)
                | JobEvent::Finished(_)
                | JobEvent::Progress(Progress {
                    written: Some(_),
                    ..
                })
        );
        let finished = match &event {
            JobEvent::Finished(report) => Some(report.clone()),
            _ => None,
        };
        if matches!(event, JobEvent::Phase(_) | JobEvent::Finished(_)) {
            job.phase_began = self.now;
        }
        // What another bootloader takes is in a memory of its own.
        let next_memory = match &event {
            JobEvent::Planned(plan) if job.part.is_some_and(|part| part.number > 1) => {
                plan.targets.first().map(|target| target.alternate)
            }
            _ => None,
        };
        job.apply(event);
        if let Some(alternate) = next_memory.filter(|_| self.boards.is_focus(place)) {
            self.shown_target = alternate;
        }
        if let Some((level, text)) = line {
            self.note(level, Some(place.to_string()), text);
        }
        let ended = finished.is_some();
        if let Some(report) = finished {
            self.job_finished(place, id, &report);
        }
        if redraw && self.boards.is_focus(place) {
            self.mark_picture_stale();
        }
        // The end of a job frees its port for the board that may be there by now.
        if !ended {
            return Vec::new();
        }
        let mut effects = self.check_record();
        effects.extend(self.follow_up());
        effects.extend(self.continue_unprotecting(place));
        effects.extend(self.run_batch());
        effects.extend(self.announce_end(place));
        effects.extend(self.close_after_jobs(place));
        effects
    }

    /// The end of the last job. A batch has its own sounds.
    fn announce_end(&self, ended: &Place) -> Option<Effect> {
        if self.asks_before_closing() {
            return None;
        }
        let verdict = self.jobs.get(ended).and_then(Job::verdict)?;
        Some(Effect::Announce(Announcement {
            level: verdict.level,
            title: verdict.headline.clone(),
            text: verdict.text.clone(),
        }))
    }

    /// A window that was to close when finished stays open with a result that needs a look.
    fn close_after_jobs(&mut self, ended: &Place) -> Option<Effect> {
        let verdict = self.jobs.get(ended).and_then(Job::verdict);
        if !verdict.is_some_and(|verdict| verdict.level.is_good_news()) {
            self.after_jobs = AfterJobs::Stay;
        }
        let is_over = !self.asks_before_closing();
        (is_over && self.after_jobs == AfterJobs::Close).then_some(Effect::Close)
    }

    fn job_finished(&mut self, place: &Place, id: JobId, report: &Report) {
        let Some(job) = self.jobs.get(place) else {
            return;
        };
        let is_read = matches!(job.task, Task::Read { .. });
        if matches!(job.task, Task::Upgrade { .. }) {
            self.unfinished.finished(job, report);
        }
        let is_about_options = matches!(
            job.task,
            Task::ReadOptionBytes { .. } | Task::WriteOptionBytes(_)
        );
        let board = job.board.clone();
        if let Some(verdict) = job.verdict() {
            let (level, text) = (verdict.level, verdict.line(report));
            self.note(level, Some(place.to_string()), text);
        }
        if is_read
            && report.outcome == Outcome::Done
            && let Some(target) = report.read.first()
        {
            let mut read_out = ReadOut::new(board, target.clone(), report.erased);
            read_out.plain = self.plain_identity(place);
            self.show_bytes(read_out.of_board(place.clone()));
        }
        if is_about_options && !self.batch.has_job(place, id) {
            self.option_bytes_finished(place, report);
        }
        let now = self.now;
        self.batch.finished(now, Moment::now(), place, id, report);
    }
}
