//! Jobs through the worker, as the window runs them: boards are chosen, each gets one job, and
//! events are shown until every job has ended.

use std::collections::BTreeMap;
use std::time::Duration;

use crossbeam_channel::select;

pub(super) use super::choose::Wanted;
use super::choose::{Asked, NotChosen, choose};
use super::exit::{Exit, Failure};
use super::interrupt::Interrupt;
use super::output::say;
use super::show::Show;
use super::{Context, Options};
use crate::discovery::{Found, Inventory};
use crate::engine::{JobEvent, Task};
use crate::transport::{Clock as _, Place, RealClock};
use crate::worker::{self, Command, Event, Handle, JobId, Setup};

/// A first look at the bus takes this long at most; a scan retries what was just plugged in.
const FIRST_LOOK: Duration = Duration::from_secs(10);

/// The worker, and what it has told of the bus.
#[derive(Debug)]
pub(super) struct Session {
    worker: Handle,
    interrupt: Interrupt,
    clock: RealClock,
    pub(super) inventory: Inventory,
}

impl Session {
    /// Starts the worker and waits for its first look at the bus.
    pub(super) fn open(options: &Options) -> Result<Self, Failure> {
        let interrupt = Interrupt::install()?;
        let worker = worker::spawn(Setup::new(&options.simulate)?, || {});
        let mut session = Self {
            worker,
            interrupt,
            clock: RealClock::default(),
            inventory: Inventory::default(),
        };
        if !session.next_look(FIRST_LOOK)? {
            return Err(internal("the bus was not read in time"));
        }
        Ok(session)
    }

    /// Waits for the bus to change; `false` when it did not in time.
    fn next_look(&mut self, patience: Duration) -> Result<bool, Failure> {
        let deadline = self.clock.now().saturating_add(patience);
        loop {
            let left = deadline.saturating_sub(self.clock.now());
            match self.worker.events.recv_timeout(left) {
                Ok(Event::Boards(inventory)) => {
                    self.inventory = inventory;
                    return Ok(true);
                }
                Ok(_) => {}
                Err(error) if error.is_timeout() => return Ok(false),
                Err(_) => return Err(internal("the worker ended")),
            }
        }
    }

    /// The boards to work on, waiting for them as long as `--wait` says; never empty.
    pub(super) fn choose(
        &mut self,
        options: &Options,
        wanted: Wanted,
    ) -> Result<Vec<Found>, Failure> {
        let asked = match &options.device {
            _ if options.all_devices => Asked::All,
            Some(name) => Asked::Named(name),
            None => Asked::TheOne,
        };
        let patience = options.wait.unwrap_or(Duration::ZERO);
        let deadline = self.clock.now().saturating_add(patience);
        let mut waiting = false;
        loop {
            let not_chosen = match choose(&self.inventory, asked, wanted) {
                Ok(chosen) => return Ok(chosen),
                Err(NotChosen::Hopeless(failure)) => return Err(failure),
                Err(not_chosen) => not_chosen,
            };
            let left = deadline.saturating_sub(self.clock.now());
            if !(waiting || left.is_zero() || options.json) {
                waiting = true;
                say("Waiting for a board");
            }
            if left.is_zero() || !self.next_look(left)? {
                let failure = not_chosen.into_failure(options.wait);
                return Err(match &self.inventory.bus_error {
                    Some(error) => failure.advise(error.to_string()),
                    None => failure,
                });
            }
        }
    }
}

impl Session {
    /// Waits for a board that was sent away to be ready in DFU mode at the same place.
    pub(super) fn wait_for_bootloader(
        &mut self,
        place: &Place,
        patience: Duration,
    ) -> Result<Found, Failure> {
        let deadline = self.clock.now().saturating_add(patience);
        loop {
            if let Some(ready) = self.inventory.get(place).filter(|found| found.is_ready()) {
                return Ok(ready.clone());
            }
            let advice = self.inventory.advice(place);
            let left = deadline.saturating_sub(self.clock.now());
            if left.is_zero() || !self.next_look(left)? {
                let mut failure = Failure::new(
                    Exit::TimedOut,
                    "timed-out",
                    format!(
                        "the board at {place} is not ready in DFU mode after {} s",
                        patience.as_secs_f64()
                    ),
                );
                failure.advice = advice;
                return Err(failure);
            }
        }
    }
}

/// Runs one job on each board and shows them. The exit code is that of the first failure.
pub(super) fn run(
    context: &mut Context,
    session: &mut Session,
    boards: &[Found],
    task: impl Fn(&Place) -> Task,
) -> Result<Exit, Failure> {
    if !context.options.json {
        for board in boards {
            say(format_args!("{}: {}", board.place(), board.label));
        }
    }
    let tasks: BTreeMap<Place, Task> = boards
        .iter()
        .map(|board| (board.place().clone(), task(board.place())))
        .collect();
    let mut show = Show::new(&context.options, tasks.clone());
    let mut running = BTreeMap::new();
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
                show.event(&place, &event, &mut context.out);
                if let JobEvent::Finished(report) = event {
                    running.remove(&job);
                    exit = worse(exit, Exit::of_outcome(&report.outcome));
                }
            }
            recv(session.interrupt.pressed()) -> _ => {
                for job in running.keys() {
                    send(session, Command::Cancel(*job))?;
                }
            }
        }
    }
    session.interrupt.disarm();
    Ok(exit)
}

fn send(session: &Session, command: Command) -> Result<(), Failure> {
    session
        .worker
        .commands
        .send(command)
        .map_err(|_| internal("the worker ended"))
}

/// A cancel outweighs a failure, and a failure that came first one that came later.
fn worse(before: Exit, now: Exit) -> Exit {
    match (before, now) {
        (_, Exit::Cancelled) | (Exit::Done, _) => now,
        _ => before,
    }
}

fn internal(what: &str) -> Failure {
    Failure::new(Exit::Internal, "internal", what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_gives_the_exit_code_unless_somebody_cancelled() {
        assert_eq!(worse(Exit::Done, Exit::Mismatch), Exit::Mismatch);
        assert_eq!(worse(Exit::Mismatch, Exit::DeviceFailed), Exit::Mismatch);
        assert_eq!(worse(Exit::Mismatch, Exit::Done), Exit::Mismatch);
        assert_eq!(worse(Exit::Mismatch, Exit::Cancelled), Exit::Cancelled);
    }
}
