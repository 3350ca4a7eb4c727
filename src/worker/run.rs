//! The worker's loop.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, select};

use super::board_list::BoardList;
use super::job::{Ended, Job, Learned, Way, finish, refuse, run};
use super::looks::Looks;
use super::lost_comparing::{Identity, LostComparing};
use super::message::{Command, Event, JobId};
use super::outbox::Outbox;
use super::restarting::{Look, Restarting, Then};
use super::setup::{Setup, simulated_board};
use crate::dfu::{Cancel, Pace};
use crate::discovery::{Found, Kind, senders_for};
use crate::engine::{Board, JobError, JobEvent, Outcome, Parts, Phase, Report, Task};
use crate::simulator::Time;
use crate::transport::{Changes, Clock as _, Place, RealClock};

const COMMANDS: usize = 32;
/// Room for the events of many jobs: a listener that sleeps, such as a hidden window, must not hold
/// up a board.
const EVENTS: usize = 4096;

/// Controls the worker. Dropping it stops all jobs at their next safe moment and waits for
/// them.
#[derive(Debug)]
pub struct Handle {
    pub commands: Sender<Command>,
    pub events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Fails if the worker has ended already.
        self.commands.send(Command::Shutdown).ok();
        // Jobs may still send events: keep room in the channel until they have ended.
        while self.events.recv().is_ok() {}
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("the worker ended in a panic");
        }
    }
}

/// Starts the worker. `wake` is called after each event, from any thread.
pub fn spawn(setup: Setup, wake: impl Fn() + Send + Sync + 'static) -> Handle {
    let (commands, received) = bounded(COMMANDS);
    let (sent, events) = bounded(EVENTS);
    let outbox = Outbox::new(sent, Arc::new(wake));
    let thread = std::thread::spawn(move || Worker::new(setup, outbox).run(&received));
    Handle {
        commands,
        events,
        thread: Some(thread),
    }
}

/// What a job did to the board's program before it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    AsItWas,
    Stopped,
}

impl Program {
    fn report(self, report: Box<Report>) -> Box<Report> {
        match self {
            Self::AsItWas => report,
            Self::Stopped => Box::new(report.after_its_program()),
        }
    }
}

struct Running {
    place: Place,
    board: Identity,
    /// On the bus.
    address: u8,
    cancel: Cancel,
    pace: Pace,
    program: Program,
    /// After a restart of the board.
    then: Option<Then>,
    /// `None` once it is waited for.
    thread: Option<JoinHandle<()>>,
}

/// A board that is opened for a job.
struct Ready {
    board: Board,
    way: Way,
    program: Program,
    identity: Identity,
    /// On the bus.
    address: u8,
}

struct Worker {
    boards: BoardList,
    looks: Looks,
    clock: RealClock,
    time: Time,
    outbox: Outbox,
    jobs: HashMap<JobId, Running>,
    restarting: HashMap<JobId, Restarting>,
    lost_comparing: LostComparing,
    ended: (Sender<Ended>, Receiver<Ended>),
}

impl Worker {
    fn new(setup: Setup, outbox: Outbox) -> Self {
        Self {
            boards: BoardList::new(setup.usb, setup.simulated),
            looks: Looks::default(),
            clock: RealClock::default(),
            time: setup.time,
            outbox,
            jobs: HashMap::new(),
            restarting: HashMap::new(),
            lost_comparing: LostComparing::default(),
            ended: bounded(EVENTS),
        }
    }

    fn run(mut self, commands: &Receiver<Command>) {
        let ended = self.ended.1.clone();
        let (changes, changed) = Changes::channel();
        // Before the first scan, so that no change falls between both.
        self.boards.watch(&changes);
        if let Some(inventory) = self.boards.scan() {
            self.outbox.send(Event::Boards(inventory));
        }
        loop {
            let wait = self.looks.until_next(self.clock.now());
            select! {
                recv(commands) -> command => match command {
                    Ok(Command::Shutdown) | Err(_) => break,
                    Ok(command) => self.handle(command),
                },
                recv(ended) -> ended => {
                    if let Ok(ended) = ended {
                        self.end(ended);
                    }
                    self.stir();
                }
                recv(changed) -> _ => {
                    self.boards.retry_blocked();
                    self.stir();
                }
                default(wait) => self.scan(),
            }
        }
        self.stop_jobs();
    }

    fn handle(&mut self, command: Command) {
        match command {
            Command::Run {
                job,
                place,
                task,
                pace,
            } => {
                if let Err(error) = self.start(job, &place, task, pace) {
                    refuse(&self.outbox, job, place, error);
                    self.stir();
                }
            }
            Command::Cancel(job) => {
                if let Some(running) = self.jobs.get(&job) {
                    running.cancel.cancel();
                }
                if let Some(Restarting { place, then, .. }) = self.restarting.remove(&job) {
                    finish(&self.outbox, job, place, then.stopped());
                }
            }
            Command::PlugSimulated(name) => {
                match simulated_board(&name) {
                    Ok(board) => drop(self.boards.simulated.plug(board, self.time)),
                    Err(error) => self.outbox.send(Event::UnknownBoard(error)),
                }
                self.stir();
            }
            Command::UnplugSimulated(place) => {
                let boards = self.boards.simulated.boards();
                for board in boards.iter().filter(|board| board.place() == place) {
                    board.unplug();
                }
                self.stir();
            }
            Command::Record(recorder) => self.boards.record(recorder),
            Command::Rescan => {
                self.boards.expire_facts();
                self.boards.retry_blocked();
                self.stir();
            }
            Command::Shutdown => {}
        }
    }

    fn start(&mut self, job: JobId, place: &Place, task: Task, pace: Pace) -> Result<(), JobError> {
        let mut busy = self.jobs.values().map(|running| &running.place);
        let mut restarting = self.restarting.values().map(|job| &job.place);
        if busy.any(|at| at == place) || restarting.any(|at| at == place) {
            return Err(JobError::AlreadyRunning(place.clone()));
        }
        let found = self.boards.get(place);
        let runs_program = found.is_some_and(|found| !found.is_bootloader());
        if task.enters_dfu_first() && runs_program {
            let ready = self.open(place, &Task::EnterDfu)?;
            self.launch(job, ready, Task::EnterDfu, pace, Some(Then::Task(task)));
            return Ok(());
        }
        self.begin(job, place, task, pace, Program::AsItWas)
    }

    /// Begins a job on a board that is in the mode for it.
    fn begin(
        &mut self,
        job: JobId,
        place: &Place,
        task: Task,
        pace: Pace,
        program: Program,
    ) -> Result<(), JobError> {
        let opened = self.open(place, &task)?;
        let ready = Ready { program, ..opened };
        let parts = Parts::of(&task, &ready.board)?;
        let first = parts.as_ref().and_then(Parts::task);
        let then = parts.map(|parts| Then::Part(Box::new(parts)));
        self.launch(job, ready, first.unwrap_or(task), pace, then);
        Ok(())
    }

    /// Opens the board for a task that it is in the mode for.
    fn open(&mut self, place: &Place, task: &Task) -> Result<Ready, JobError> {
        let found = self
            .boards
            .get(place)
            .ok_or_else(|| JobError::NoBoard(place.clone()))?;
        let found = found.clone();
        let suitable = match task {
            Task::EnterDfu => found.kind == Kind::RunTime,
            _ => found.is_ready(),
        };
        let way = match found.interface.filter(|_| suitable) {
            Some(interface) => Way::Usb(self.boards.open(&found, interface)?),
            None if *task == Task::EnterDfu && found.may_be_asked() => self.serial(&found),
            None => {
                return Err(JobError::NotReady {
                    place: place.clone(),
                    state: found.state().to_owned(),
                    steps: self.boards.advice(place),
                });
            }
        };
        let board = Board {
            was_lost_comparing: self.lost_comparing.contains(&found),
            ..Board::from(&found)
        };
        Ok(Ready {
            program: Program::AsItWas,
            identity: Identity::from(&found),
            address: found.record.address,
            board,
            way,
        })
    }

    fn serial(&mut self, found: &Found) -> Way {
        Way::Serial {
            opened: self.boards.open_serial(found),
            senders: senders_for(&found.record),
        }
    }

    /// Begins a job, or a part of one.
    fn launch(&mut self, job: JobId, ready: Ready, task: Task, pace: Pace, then: Option<Then>) {
        let Ready {
            board,
            way,
            program,
            identity,
            address,
        } = ready;
        let place = board.place.clone();
        if matches!(task, Task::EnterDfu) {
            self.boards.detaching(&place);
        }
        let cancel = Cancel::default();
        let job_cancel = cancel.clone();
        let outbox = self.outbox.clone();
        let part = match &then {
            Some(Then::Part(parts)) => Some(parts.part()),
            Some(Then::Task(_)) | None => None,
        };
        let ended = self.ended.0.clone();
        let thread = std::thread::spawn(move || {
            let result = run(
                Job {
                    id: job,
                    task,
                    part,
                    board,
                    way,
                    pace,
                    cancel: job_cancel,
                },
                &outbox,
            );
            // The worker lives until its jobs have ended, and has room for all of them.
            ended.send(result).ok();
        });
        self.jobs.insert(
            job,
            Running {
                place,
                board: identity,
                address,
                cancel,
                pace,
                program,
                then,
                thread: Some(thread),
            },
        );
    }

    fn end(&mut self, Ended { job, place, report }: Ended) {
        let running = self.jobs.remove(&job);
        if let Some(running) = &running {
            let board = running.board.clone();
            self.lost_comparing.learn(&place, board, &report);
        }
        match Learned::from(&report) {
            Learned::Nothing => {}
            Learned::Healthy => self.boards.learn(&place, None),
            Learned::Trouble(health) => self.boards.learn(&place, Some(health)),
        }
        let program = running.as_ref().map_or(Program::AsItWas, |r| r.program);
        let then = running.and_then(|mut running| Some((running.then.take()?, running)));
        let Some((then, running)) = then else {
            return finish(&self.outbox, job, place, program.report(report));
        };
        let then = match then.after(report) {
            Err(report) => return finish(&self.outbox, job, place, program.report(report)),
            Ok(then) if running.cancel.is_cancelled() => {
                return finish(&self.outbox, job, place, then.stopped());
            }
            Ok(then) => then,
        };
        let event = JobEvent::Phase(Phase::Wait);
        let at = place.clone();
        self.outbox.send(Event::Job {
            job,
            place: at,
            event,
        });
        let restarting = Restarting {
            place,
            then,
            pace: running.pace,
            address: running.address,
            was_gone: false,
            since: self.clock.now(),
        };
        self.restarting.insert(job, restarting);
    }

    /// Continues the jobs whose boards are back, and ends those whose boards are not in time.
    fn continue_restarted(&mut self) {
        let now = self.clock.now();
        let mut due = Vec::new();
        for (job, restarting) in &mut self.restarting {
            let found = self.boards.get(&restarting.place);
            match restarting.look(found, now) {
                Look::Waiting => {}
                look => due.push((*job, look)),
            }
        }
        if !self.restarting.is_empty() {
            self.looks.stir(now);
        }
        for (job, look) in due {
            let Some(restarting) = self.restarting.remove(&job) else {
                continue;
            };
            match look {
                Look::Back => self.continue_with_next(job, restarting),
                Look::Late | Look::Waiting => {
                    let Restarting { place, then, .. } = restarting;
                    let steps = self.boards.advice(&place);
                    let report = then.not_back(&place, steps);
                    finish(&self.outbox, job, place, report);
                }
            }
        }
    }

    fn continue_with_next(&mut self, job: JobId, restarting: Restarting) {
        let Restarting {
            place, then, pace, ..
        } = restarting;
        let parts = match then {
            Then::Part(parts) => parts,
            Then::Task(task) => {
                if let Err(error) = self.begin(job, &place, task, pace, Program::Stopped) {
                    let report = Box::new(Report {
                        outcome: Outcome::Failed(error),
                        ..Report::default()
                    });
                    finish(&self.outbox, job, place, Program::Stopped.report(report));
                }
                return;
            }
        };
        let Some(task) = parts.task() else {
            let error = JobError::Internal("the file has no such part".to_owned());
            return finish(&self.outbox, job, place, parts.failed(error));
        };
        let opened = match self.open(&place, &task) {
            Ok(opened) => opened,
            Err(error) => return finish(&self.outbox, job, place, parts.failed(error)),
        };
        self.launch(job, opened, task, pace, Some(Then::Part(parts)));
    }

    /// Scans now and, for a while, often.
    fn stir(&mut self) {
        self.looks.stir(self.clock.now());
        self.scan();
    }

    fn scan(&mut self) {
        self.scan_boards();
        self.continue_restarted();
    }

    fn scan_boards(&mut self) {
        if let Some(inventory) = self.boards.scan() {
            self.looks.stir(self.clock.now());
            self.outbox.send(Event::Boards(inventory));
        }
    }

    fn stop_jobs(mut self) {
        for running in self.jobs.values() {
            running.cancel.cancel();
        }
        for (job, restarting) in std::mem::take(&mut self.restarting) {
            let Restarting { place, then, .. } = restarting;
            finish(&self.outbox, job, place, then.stopped());
        }
        for (job, running) in &mut self.jobs {
            if running
                .thread
                .take()
                .is_some_and(|thread| thread.join().is_err())
            {
                log::error!("job {} ended in a panic", job.0);
            }
        }
        let ended: Vec<Ended> = self.ended.1.try_iter().collect();
        for ended in ended {
            self.end(ended);
        }
    }
}
