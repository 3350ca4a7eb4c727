//! One job on one board, on its own thread: coalesces its progress, contains its panics, and
//! returns exactly one report.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::message::{Event, JobId};
use super::outbox::Outbox;
use crate::dfu::{Cancel, DfuError, Pace, Session};
use crate::discovery::{Health, Sender};
use crate::engine::{
    self, Board, JobError, JobEvent, Outcome, Part, Phase, Progress, Report, SectorChange, Task,
};
use crate::transport::{Clock, Opened, OpenedSerial, Place, RealClock, SerialError};

/// Progress is sent this often at most; a window draws no faster.
const INTERVAL: Duration = Duration::from_millis(33);

pub(super) struct Job {
    pub(super) id: JobId,
    pub(super) task: Task,
    /// Which part of its file the task writes, if it has parts.
    pub(super) part: Option<Part>,
    pub(super) board: Board,
    pub(super) way: Way,
    pub(super) pace: Pace,
    pub(super) cancel: Cancel,
}

/// How a board is reached.
pub(super) enum Way {
    /// Its DFU interface.
    Usb(Opened),
    /// The serial port of its program, which one of the senders may ask to enter DFU mode.
    Serial {
        opened: Result<OpenedSerial, SerialError>,
        senders: Vec<&'static Sender>,
    },
}

/// A job that has ended, and closed its device.
pub(super) struct Ended {
    pub(super) job: JobId,
    pub(super) place: Place,
    pub(super) report: Box<Report>,
}

/// The state of a board's bootloader, as the end of a job shows it.
pub(super) enum Learned {
    Nothing,
    Healthy,
    Trouble(Health),
}

impl Learned {
    pub(super) fn from(report: &Report) -> Self {
        match &report.outcome {
            Outcome::Done => Self::Healthy,
            Outcome::Failed(JobError::Dfu { source, .. }) => match source {
                DfuError::Protected { .. } => Self::Trouble(Health::Protected),
                DfuError::Stuck { .. } | DfuError::UnexpectedState { .. } if report.stuck => {
                    Self::Trouble(Health::Stuck(source.to_string()))
                }
                _ => Self::Nothing,
            },
            Outcome::Failed(_) | Outcome::Cancelled => Self::Nothing,
        }
    }
}

/// Runs the job to its end, and sends all of its events but `Finished`.
pub(super) fn run(job: Job, outbox: &Outbox) -> Ended {
    let Job {
        id,
        task,
        part,
        board,
        way,
        pace,
        cancel,
    } = job;
    let mut events = EventSender::new(id, board.place.clone(), outbox.clone());
    if let Some(part) = part {
        events.send(JobEvent::Part(part));
    }
    let mut emit = |event| events.send(with_wait(event, part));
    let result = catch_unwind(AssertUnwindSafe(|| match way {
        Way::Usb(opened) => {
            let size = board.functional.transfer_size;
            let mut session = Session::new(opened, size, pace, cancel);
            engine::run(&task, &board, &mut session, &mut emit);
        }
        Way::Serial { opened, senders } => {
            engine::enter_dfu(&board.place, opened, &senders, &cancel, &mut emit);
        }
    }));
    if let Err(panic) = result {
        events.send(JobEvent::Finished(Box::new(panic_report(&*panic))));
    }
    let none = || Box::new(panic_report(&"the job ended without a report"));
    Ended {
        job: id,
        place: board.place,
        report: events.report.unwrap_or_else(none),
    }
}

/// The board restarts after each part but the last.
fn with_wait(event: JobEvent, part: Option<Part>) -> JobEvent {
    match (event, part) {
        (JobEvent::Phases(mut phases), Some(part)) if part.number < part.of => {
            phases.push(Phase::Wait);
            JobEvent::Phases(phases)
        }
        (event, _) => event,
    }
}

/// Sends a job's last event.
pub(super) fn finish(outbox: &Outbox, job: JobId, place: Place, report: Box<Report>) {
    outbox.send(Event::Job {
        job,
        place,
        event: JobEvent::Finished(report),
    });
}

/// The message of a panic.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "an error without a message".to_owned())
}

fn panic_report(panic: &(dyn std::any::Any + Send)) -> Report {
    let text = panic_text(panic);
    Report {
        outcome: Outcome::Failed(JobError::Internal(text)),
        board_summary: "The contents of the board are unknown; its bootloader is not affected"
            .to_owned(),
        ..Report::default()
    }
}

/// A job that could not begin.
pub(super) fn refuse(outbox: &Outbox, job: JobId, place: Place, error: JobError) {
    let report = Report {
        outcome: Outcome::Failed(error),
        ..Report::default()
    };
    finish(outbox, job, place, Box::new(report));
}

/// Sends a job's events. Progress and sectors are collected, sent every [`INTERVAL`], and never wait
/// for a slow listener; all other events are sent in order and at once. The report is kept: who
/// receives it may begin the next job.
struct EventSender {
    job: JobId,
    place: Place,
    outbox: Outbox,
    clock: Box<dyn Clock>,
    last_offer: Duration,
    progress: Option<Progress>,
    sectors: Vec<SectorChange>,
    report: Option<Box<Report>>,
}

impl EventSender {
    fn new(job: JobId, place: Place, outbox: Outbox) -> Self {
        Self {
            job,
            place,
            outbox,
            clock: Box::new(RealClock::default()),
            last_offer: Duration::ZERO,
            progress: None,
            sectors: Vec::new(),
            report: None,
        }
    }

    fn send(&mut self, event: JobEvent) {
        match event {
            JobEvent::Progress(progress) => self.progress = Some(progress),
            // Goes with the next progress: sectors must not be ahead of the bytes.
            JobEvent::Sectors(changes) => {
                self.sectors.extend(changes);
                return;
            }
            _ if self.report.is_some() => return,
            JobEvent::Finished(report) => {
                self.flush();
                self.report = Some(report);
                return;
            }
            event => {
                self.flush();
                self.outbox.send(self.event(event));
                return;
            }
        }
        let now = self.clock.now();
        if now - self.last_offer >= INTERVAL {
            self.last_offer = now;
            self.offer();
        }
    }

    /// Sends what was collected, if there is room; keeps it otherwise.
    fn offer(&mut self) {
        if !self.sectors.is_empty() {
            let sectors = std::mem::take(&mut self.sectors);
            let event = self.event(JobEvent::Sectors(sectors));
            if let Some(Event::Job {
                event: JobEvent::Sectors(sectors),
                ..
            }) = self.outbox.offer(event)
            {
                self.sectors = sectors;
                return;
            }
        }
        if let Some(progress) = self.progress.take() {
            // The next progress event replaces a lost one.
            self.outbox.offer(self.event(JobEvent::Progress(progress)));
        }
    }

    fn flush(&mut self) {
        if !self.sectors.is_empty() {
            let sectors = std::mem::take(&mut self.sectors);
            self.outbox.send(self.event(JobEvent::Sectors(sectors)));
        }
        if let Some(progress) = self.progress.take() {
            self.outbox.send(self.event(JobEvent::Progress(progress)));
        }
    }

    fn event(&self, event: JobEvent) -> Event {
        Event::Job {
            job: self.job,
            place: self.place.clone(),
            event,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crossbeam_channel::bounded;

    use super::*;
    use crate::engine::{Phase, SectorState};
    use crate::transport::VirtualClock;

    #[test]
    fn an_erased_sector_is_reported_together_with_its_bytes() {
        let (events, received) = bounded(16);
        let outbox = Outbox::new(events, Arc::new(|| {}));
        let mut sender = EventSender::new(JobId(1), Place("1-1".into()), outbox);
        sender.clock = Box::new(VirtualClock::default());
        for index in 0..3 {
            sender.clock.sleep(Duration::from_secs(1));
            let (alternate, state) = (0, SectorState::Erased);
            let change = SectorChange {
                alternate,
                index,
                state,
            };
            sender.send(JobEvent::Sectors(vec![change]));
            assert!(received.is_empty(), "a sector ahead of its bytes");
            sender.send(JobEvent::Progress(Progress {
                phase: Phase::Erase,
                done: 1024 * u64::from(index + 1),
                total: 4096,
                written: None,
                elapsed: sender.clock.now(),
            }));
            assert_eq!(received.try_iter().count(), 2);
        }
    }
}
