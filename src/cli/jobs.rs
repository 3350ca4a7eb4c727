//! Runs jobs through the worker, as the window does: one on each chosen board, printing their
//! events until every job has ended.

use std::collections::BTreeMap;
use std::time::Duration;

use crossbeam_channel::select;

pub(super) use super::choose::RequiredMode;
use super::choose::{ChooseError, Selection, choose};
use super::exit::{Exit, Failure};
use super::interrupt::{self, Interrupt, Press};
use super::job_printer::JobPrinter;
use super::output::eprint_line;
use super::traffic::Traffic;
use super::{Context, Options};
use crate::discovery::{Found, Inventory};
use crate::engine::{JobEvent, Report, Task};
use crate::transport::{Clock as _, Place, RealClock};
use crate::worker::{self, Command, Event, Handle, JobId};

/// The first scan takes this long at most; it retries boards that were just plugged in.
const FIRST_SCAN_TIMEOUT: Duration = Duration::from_secs(10);

/// The worker, and its latest report of the bus.
#[derive(Debug)]
pub(super) struct Session {
    worker: Handle,
    interrupt: Interrupt,
    clock: RealClock,
    pub(super) inventory: Inventory,
}

impl Session {
    /// Starts the worker and waits for its first scan of the bus.
    pub(super) fn open(options: &Options, traffic: &Traffic) -> Result<Self, Failure> {
        let interrupt = Interrupt::install()?;
        let worker = worker::spawn(traffic.setup(options)?, || {});
        if let Some(recorder) = traffic.recorder() {
            let record = Command::Record(Some(recorder.clone()));
            let sent = worker.commands.send(record);
            sent.map_err(|_| internal("the worker ended"))?;
        }
        // Before any command, the worker sends no other event.
        let Ok(Event::Boards(inventory)) = worker.events.recv_timeout(FIRST_SCAN_TIMEOUT) else {
            return Err(internal("the bus was not read in time"));
        };
        Ok(Self {
            worker,
            interrupt,
            clock: RealClock::default(),
            inventory,
        })
    }

    /// The boards to work on, waiting up to `--wait` for them; never empty.
    pub(super) fn choose(
        &mut self,
        options: &Options,
        required: RequiredMode,
    ) -> Result<Vec<Found>, Failure> {
        let selection = match &options.device {
            _ if options.all_devices => Selection::All,
            Some(name) => Selection::Named(name),
            None => Selection::Only,
        };
        let pick = |inventory: &Inventory| choose(inventory, selection, required);
        let wait = options.wait.is_some_and(|wait| !wait.is_zero());
        if wait && !options.json && pick(&self.inventory).is_err_and(|error| !error.is_final()) {
            eprint_line("Waiting for a board");
        }
        self.wait_for(options.wait, pick)
    }

    /// Waits for a detached board to be ready in DFU mode at the same place.
    pub(super) fn wait_for_bootloader(
        &mut self,
        place: &Place,
        timeout: Duration,
    ) -> Result<Found, Failure> {
        self.wait_for(Some(timeout), |inventory| {
            if let Some(ready) = inventory.get(place).filter(|found| found.is_ready()) {
                return Ok(ready.clone());
            }
            let seconds = timeout.as_secs_f64();
            let message =
                format!("the board at {place} is not ready in DFU mode after {seconds} s");
            let mut failure = Failure::new(Exit::TimedOut, "timed-out", message);
            failure.advice = inventory.advice(place);
            Err(ChooseError::Blocked(failure))
        })
    }

    /// Applies `pick` to the boards, and again after each change, until it succeeds, fails for
    /// good, or the time is up.
    fn wait_for<T>(
        &mut self,
        timeout: Option<Duration>,
        pick: impl Fn(&Inventory) -> Result<T, ChooseError>,
    ) -> Result<T, Failure> {
        let deadline = self.clock.now().saturating_add(timeout.unwrap_or_default());
        loop {
            let error = match pick(&self.inventory) {
                Err(error) if !error.is_final() => error,
                done => return done.map_err(|error| error.into_failure(timeout)),
            };
            let left = deadline.saturating_sub(self.clock.now());
            match self.worker.events.recv_timeout(left) {
                Ok(Event::Boards(inventory)) => self.inventory = inventory,
                Ok(_) => {}
                Err(cause) if cause.is_timeout() => {
                    let failure = error.into_failure(timeout);
                    return Err(match &self.inventory.bus_error {
                        Some(error) => failure.advise(error.to_string()),
                        None => failure,
                    });
                }
                Err(_) => return Err(internal("the worker ended")),
            }
        }
    }
}

/// Runs one job on each board and prints its events. The exit code is that of the first failure.
pub(super) fn run(
    context: &mut Context,
    session: &mut Session,
    boards: &[Found],
    task: impl Fn(&Place) -> Task,
) -> Result<Exit, Failure> {
    if !context.options.json {
        for board in boards {
            eprint_line(format_args!("{}: {}", board.place(), board.label));
        }
    }
    let tasks = tasks(boards, task);
    let printer = JobPrinter::new(&context.options, tasks.clone());
    Ok(run_all(context, session, tasks, printer)?.exit)
}

/// Jobs that ended.
pub(super) struct Ended {
    /// That of the first failure.
    pub(super) exit: Exit,
    pub(super) reports: BTreeMap<Place, Report>,
}

/// As [`run`], printing only how jobs fail: for what a command reads before it has something to say.
pub(super) fn run_quietly(
    context: &mut Context,
    session: &mut Session,
    boards: &[Found],
    task: impl Fn(&Place) -> Task,
) -> Result<Ended, Failure> {
    let tasks = tasks(boards, task);
    let printer = JobPrinter::of_failures(&context.options, tasks.clone());
    run_all(context, session, tasks, printer)
}

/// Prints the end of a job that was run quietly, for scripts.
pub(super) fn print_end(context: &mut Context, board: &Found, task: &Task, report: &Report) {
    let tasks = [(board.place().clone(), task.clone())];
    let mut printer = JobPrinter::new(&context.options, tasks.into());
    let end = JobEvent::Finished(Box::new(report.clone()));
    printer.event(board.place(), &end, &mut context.out);
}

fn tasks(boards: &[Found], task: impl Fn(&Place) -> Task) -> BTreeMap<Place, Task> {
    let boards = boards.iter();
    boards
        .map(|board| (board.place().clone(), task(board.place())))
        .collect()
}

fn run_all(
    context: &mut Context,
    session: &mut Session,
    tasks: BTreeMap<Place, Task>,
    mut printer: JobPrinter,
) -> Result<Ended, Failure> {
    let mut reports = BTreeMap::new();
    let mut running = BTreeMap::new();
    context.traffic.begin_record();
    session.interrupt.arm();
    for (number, (place, task)) in (0u64..).zip(tasks) {
        let job = JobId(number);
        running.insert(job, place.clone());
        send(
            session,
            Command::Run {
                job,
                place,
                task,
                pace: context.options.pace(),
            },
        )?;
    }
    let mut exit = Exit::Done;
    while !running.is_empty() {
        select! {
            recv(session.worker.events) -> event => {
                let event = event.map_err(|_| internal("the worker ended"))?;
                let (job, place, event) = match event {
                    Event::Job { job, place, event } => (job, place, event),
                    Event::Boards(inventory) => {
                        session.inventory = inventory;
                        continue;
                    }
                    Event::UnknownBoard(_) => continue,
                };
                if let JobEvent::Finished(_) = event {
                    let is_last = running.len() == 1;
                    note_faults_of_traffic(context, is_last, &place, &mut printer);
                }
                printer.event(&place, &event, &mut context.out);
                if let JobEvent::Finished(report) = event {
                    running.remove(&job);
                    exit = worse(exit, Exit::for_outcome(&report.outcome));
                    reports.insert(place, *report);
                }
            }
            recv(session.interrupt.pressed()) -> press => match press {
                Ok(Press::Cancel) => {
                    for job in running.keys() {
                        send(session, Command::Cancel(*job))?;
                    }
                }
                Ok(Press::End) => {
                    for place in running.values() {
                        printer.ended_at_once(place, &mut context.out);
                    }
                    interrupt::end();
                }
                Err(_) => return Err(internal("Ctrl-C is no longer handled")),
            },
        }
    }
    session.interrupt.disarm();
    Ok(Ended { exit, reports })
}

/// For scripts, to whom `finished` is a board's last event; others read it when the command ends.
fn note_faults_of_traffic(
    context: &mut Context,
    is_last: bool,
    place: &Place,
    printer: &mut JobPrinter,
) {
    if !context.options.json {
        return;
    }
    let incomplete = context.traffic.incomplete().map(|why| format!("The {why}"));
    // Before, a board whose job has not begun seems to depart from its record.
    let departure = context.traffic.departure().filter(|_| is_last);
    let departure = departure.map(|departure| format!("Not as recorded: {departure}"));
    for text in incomplete.into_iter().chain(departure) {
        printer.event(place, &JobEvent::Note(text), &mut context.out);
    }
}

fn send(session: &Session, command: Command) -> Result<(), Failure> {
    session
        .worker
        .commands
        .send(command)
        .map_err(|_| internal("the worker ended"))
}

/// A cancel outweighs a failure, and an earlier failure outweighs a later one.
fn worse(before: Exit, now: Exit) -> Exit {
    match (before, now) {
        (_, Exit::Cancelled) | (Exit::Done, _) => now,
        _ => before,
    }
}

fn internal(message: &str) -> Failure {
    Failure::new(Exit::Internal, "internal", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_sets_the_exit_code_unless_a_job_was_cancelled() {
        assert_eq!(worse(Exit::Done, Exit::Mismatch), Exit::Mismatch);
        assert_eq!(worse(Exit::Mismatch, Exit::DeviceFailed), Exit::Mismatch);
        assert_eq!(worse(Exit::Mismatch, Exit::Done), Exit::Mismatch);
        assert_eq!(worse(Exit::Mismatch, Exit::Cancelled), Exit::Cancelled);
    }
}
