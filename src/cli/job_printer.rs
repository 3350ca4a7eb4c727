//! Prints running jobs: bars on a terminal, plain lines elsewhere, JSON lines for scripts.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::Options;
use super::output::{Output, eprint_line};
use super::{job_differences, job_json, job_text};
use crate::engine::{self, JobEvent, Outcome, Phase, Plan, Report, Task};
use crate::transport::Place;

/// Prints the events of all jobs of a command.
#[derive(Debug)]
pub(super) struct JobPrinter {
    mode: Mode,
    /// Only jobs that do not succeed are printed, when they end.
    only_failures: bool,
    /// The task of each board. If there are several boards, each line begins with the board's place.
    tasks: BTreeMap<Place, Task>,
    /// The last plan of each board: the result of a dry run.
    plans: BTreeMap<Place, Plan>,
}

#[derive(Debug)]
enum Mode {
    Bars(Bars),
    Lines,
    Json,
}

impl JobPrinter {
    pub(super) fn new(options: &Options, tasks: BTreeMap<Place, Task>) -> Self {
        let mode = if options.json {
            Mode::Json
        } else if std::io::stderr().is_terminal() && options.verbose == 0 {
            Mode::Bars(Bars::default())
        } else {
            Mode::Lines
        };
        Self {
            mode,
            only_failures: false,
            tasks,
            plans: BTreeMap::new(),
        }
    }

    pub(super) fn of_failures(options: &Options, tasks: BTreeMap<Place, Task>) -> Self {
        Self {
            only_failures: true,
            ..Self::new(options, tasks)
        }
    }

    pub(super) fn event(&mut self, place: &Place, event: &JobEvent, out: &mut Output) {
        let is_failure =
            matches!(event, JobEvent::Finished(report) if report.outcome != Outcome::Done);
        if self.only_failures && !is_failure {
            return;
        }
        if let Mode::Json = self.mode {
            if let Some(task) = self.tasks.get(place) {
                job_json::write(place, task, event, out);
            }
            return;
        }
        match event {
            JobEvent::Part(part) => {
                self.print(place, &format!("Part {} of {}", part.number, part.of))
            }
            JobEvent::Planned(plan) => self.planned(place, plan),
            JobEvent::Phase(phase) => self.phase(place, *phase),
            JobEvent::Progress(progress) => {
                if let Mode::Bars(bars) = &self.mode {
                    bars.progress(place, progress.done, progress.total);
                }
            }
            JobEvent::Phases(_) | JobEvent::Sectors(_) => {}
            JobEvent::Note(note) => self.print(place, note),
            JobEvent::Finished(report) => self.finished(place, report, out),
        }
    }

    /// The program ends before the job does.
    pub(super) fn ended_at_once(&mut self, place: &Place, out: &mut Output) {
        let Some(task) = self.tasks.get(place) else {
            return;
        };
        if let Mode::Json = self.mode {
            return job_json::ended_at_once(place, task, out);
        }
        for line in job_text::unfinished(task, &engine::ended_at_once(task)) {
            self.print(place, &line);
        }
    }

    fn planned(&mut self, place: &Place, plan: &Plan) {
        let before = self.plans.insert(place.clone(), plan.clone());
        let is_result = matches!(self.tasks.get(place), Some(Task::Compare { .. }));
        if !is_result && before.as_ref() != Some(plan) {
            self.print(place, &job_text::plan(plan));
        }
    }

    fn phase(&mut self, place: &Place, phase: Phase) {
        match &mut self.mode {
            Mode::Bars(bars) => bars.phase(place, phase, self.tasks.len() > 1),
            Mode::Lines => self.print(place, phase.label()),
            Mode::Json => {}
        }
    }

    fn finished(&mut self, place: &Place, report: &Report, out: &mut Output) {
        if let Mode::Bars(bars) = &mut self.mode {
            bars.finished(place);
        }
        let Some(task) = self.tasks.get(place) else {
            return;
        };
        if task.lists_differences() {
            let lines = job_differences::lines(&report.comparison);
            self.above_bars(|| {
                for line in &lines {
                    out.line(self.prefixed(place, line));
                }
            });
        }
        if report.outcome == Outcome::Done {
            let result = self.result(place, task, report);
            self.above_bars(|| {
                for line in &result {
                    out.line(self.prefixed(place, line));
                }
            });
        } else {
            for line in job_text::unfinished(task, report) {
                self.print(place, &line);
            }
        }
    }

    fn result(&self, place: &Place, task: &Task, report: &Report) -> Vec<String> {
        match task {
            Task::Upgrade { .. } => {
                let backup = job_text::backup(report);
                [job_text::upgraded(report)]
                    .into_iter()
                    .chain(backup)
                    .collect()
            }
            Task::Compare { .. } => self
                .plans
                .get(place)
                .map(job_text::plan_table)
                .unwrap_or_default(),
            Task::Read { save: Some(to), .. } | Task::ReadOptionBytes { save: Some(to) } => {
                job_text::saved(report, &to.path)
            }
            Task::WriteOptionBytes(_) => {
                let backup = job_text::backup(report);
                [job_text::done(report)].into_iter().chain(backup).collect()
            }
            _ => vec![job_text::done(report)],
        }
    }

    fn print(&self, place: &Place, text: &str) {
        self.above_bars(|| eprint_line(self.prefixed(place, text)));
    }

    fn above_bars(&self, write: impl FnOnce()) {
        match &self.mode {
            Mode::Bars(bars) => bars.multi.suspend(write),
            Mode::Lines | Mode::Json => write(),
        }
    }

    fn prefixed(&self, place: &Place, text: &str) -> String {
        if self.tasks.len() > 1 {
            format!("{place}: {text}")
        } else {
            text.to_owned()
        }
    }
}

/// One bar for each board; with a single board, one for each phase.
#[derive(Debug, Default)]
struct Bars {
    multi: MultiProgress,
    current: BTreeMap<Place, ProgressBar>,
}

impl Bars {
    fn phase(&mut self, place: &Place, phase: Phase, several: bool) {
        let label = if several {
            format!("{place}  {}", phase.label())
        } else {
            phase.label().to_owned()
        };
        if !several {
            self.finished(place);
        }
        let multi = &self.multi;
        let bar = self.current.entry(place.clone()).or_insert_with(|| {
            let bar = ProgressBar::no_length().with_style(style(BUSY));
            multi.add(bar.with_message(label.clone()))
        });
        bar.reset();
        bar.unset_length();
        bar.set_style(style(BUSY));
        bar.set_message(label);
    }

    /// A phase without bytes only has a label.
    fn progress(&self, place: &Place, done: u64, total: u64) {
        let Some(bar) = self.current.get(place).filter(|_| total > 0) else {
            return;
        };
        if bar.length() != Some(total) {
            bar.set_length(total);
            bar.set_style(style(BAR));
        }
        bar.set_position(done);
    }

    fn finished(&mut self, place: &Place) {
        let Some(bar) = self.current.remove(place) else {
            return;
        };
        if bar.length().is_some() {
            bar.set_style(style(ENDED));
            bar.abandon();
        } else {
            bar.finish_and_clear();
        }
    }
}

const BUSY: &str = "{msg}…";
const BAR: &str = "{msg:<20} [{wide_bar}] {binary_bytes} of {binary_total_bytes}, \
                   {binary_bytes_per_sec}, {eta} left";
const ENDED: &str = "{msg:<20} [{wide_bar}] {binary_bytes} in {elapsed}";

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}
