//! Control transfers on their way through a board: counted, met by their fault, answered, noted.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::board::{Dialect, StartsIn};
use super::super::faults::Fault;
use super::super::protocol::{RequestKind, State, Status};
use super::super::rom::{ActiveFault, Answer, Request};
use super::{Mode, RunTime, Unit};

/// How often a high-speed hub is asked which ports changed (USB 2.0 §11.12.4; bInterval 12).
const HUB_INTERVAL: Duration = Duration::from_millis(256);

/// Transfers so far, by kind, and what they carried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    requests: BTreeMap<RequestKind, u64>,
    /// Downloads of data (block 2 and up for DfuSe), not of commands.
    pub blocks_written: u64,
    /// Uploads of data.
    pub blocks_read: u64,
}

impl Counters {
    /// Control transfers of every kind.
    pub fn transfers(&self) -> u64 {
        self.requests.values().sum()
    }

    pub fn of(&self, kind: RequestKind) -> u64 {
        self.requests.get(&kind).copied().unwrap_or(0)
    }
}

/// One control transfer, for a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferRecord {
    /// On the board's clock, when it was answered.
    pub at: Duration,
    pub kind: RequestKind,
    pub value: u16,
    /// Bytes in the data stage.
    pub length: usize,
    pub stalled: bool,
    /// State after it.
    pub state: State,
}

/// A transfer on its way, with the fault that meets it.
#[derive(Clone, Debug)]
pub(in super::super) struct Ticket {
    request: Request,
    fault: Option<Fault>,
    arrival: u8,
}

/// The result of asking for a ticket's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Progress {
    Done(Vec<u8>),
    Stall,
    /// A bus error instead of an answer.
    Broken,
    Wait(Duration),
    /// No answer, ever.
    Silence,
    Gone,
}

impl Unit {
    /// Accepts a transfer: counts it and looks up its scripted fault.
    pub(in super::super) fn submit(&mut self, request: Request, now: Duration) -> Ticket {
        self.advance(now);
        let kind = request.kind;
        let nth = self.counters.requests.entry(kind).or_insert(0);
        *nth += 1;
        let nth = *nth;
        let fault = self.board.faults.due(self.counters.transfers(), kind, nth);
        self.count_blocks(&request);
        let ticket = Ticket {
            request,
            fault,
            arrival: self.arrivals,
        };
        match fault {
            Some(Fault::Unplug) => self.unplug(now),
            Some(Fault::UnplugLate) => {
                self.unplug(now);
                self.noticed_at = now + HUB_INTERVAL;
                self.broken_until = self.noticed_at;
            }
            Some(Fault::UnplugOnWindows) => {
                self.unplug(now);
                self.noticed_at = now + HUB_INTERVAL;
                self.broken_until = Duration::MAX;
            }
            Some(Fault::PowerCycle) => self.power_cycle(now),
            _ => {}
        }
        ticket
    }

    fn count_blocks(&mut self, request: &Request) {
        let dfuse_command = request.value < 2
            && self
                .bootloader()
                .is_some_and(|b| b.dialect == Dialect::DfuSe);
        let counter = match request.kind {
            _ if dfuse_command => return,
            RequestKind::Download if !request.data.is_empty() => &mut self.counters.blocks_written,
            RequestKind::Upload => &mut self.counters.blocks_read,
            _ => return,
        };
        *counter += 1;
    }

    /// Asks for the answer to a transfer.
    pub(super) fn progress(&mut self, ticket: &Ticket, now: Duration) -> Progress {
        self.advance(now);
        if ticket.fault == Some(Fault::UnplugOnWindows) {
            return Progress::Stall;
        }
        if self.mode == Mode::Unplugged && now < self.broken_until {
            return Progress::Broken;
        }
        if ticket.arrival != self.arrivals || matches!(self.mode, Mode::Away(..) | Mode::Unplugged)
        {
            return Progress::Gone;
        }
        match ticket.fault {
            Some(Fault::Stall) => return self.note(ticket, Progress::Stall, now),
            Some(Fault::Timeout) => return Progress::Silence,
            Some(Fault::Broken) => return self.note(ticket, Progress::Broken, now),
            _ => {}
        }
        let progress = match self.mode {
            Mode::Bootloader => self.ask_rom(ticket, now),
            _ => self.ask_run_time(&ticket.request, now),
        };
        if let Progress::Wait(_) | Progress::Silence = progress {
            return progress;
        }
        let progress = self.note(ticket, mangle(ticket, progress), now);
        // A departure that this very answer announced.
        self.advance(now);
        progress
    }

    fn note(&mut self, ticket: &Ticket, progress: Progress, now: Duration) -> Progress {
        let state = self.state();
        let received = match &progress {
            Progress::Done(bytes) => bytes.len(),
            _ => 0,
        };
        self.answered = Some(TransferRecord {
            at: now,
            kind: ticket.request.kind,
            value: ticket.request.value,
            length: received.max(ticket.request.data.len()),
            stalled: progress == Progress::Stall,
            state,
        });
        progress
    }

    fn ask_rom(&mut self, ticket: &Ticket, now: Duration) -> Progress {
        let (Some(rom), Some(chip)) = (&mut self.rom, &mut self.chip) else {
            return Progress::Gone;
        };
        match ticket.fault {
            Some(Fault::CorruptByte(index)) => rom.set_fault(ActiveFault::CorruptByte(index)),
            Some(Fault::DropWrite) => rom.set_fault(ActiveFault::DropWrite),
            Some(Fault::StuckBusy) => rom.set_fault(ActiveFault::StuckBusy),
            _ => {}
        }
        let answer = rom.handle(chip, &ticket.request, now);
        if let (Some(Fault::Status(status, state)), Answer::Done(_)) = (ticket.fault, &answer) {
            rom.force(status, state);
        }
        match answer {
            Answer::Done(bytes) => Progress::Done(bytes),
            Answer::Stall => Progress::Stall,
            Answer::Broken => Progress::Broken,
            Answer::Silence => Progress::Silence,
            Answer::Wait(until) => Progress::Wait(until),
        }
    }

    fn ask_run_time(&mut self, request: &Request, now: Duration) -> Progress {
        if request.kind == RequestKind::SetInterface && request.value == 0 {
            return Progress::Done(Vec::new());
        }
        let functional = self.board.application.as_ref().and_then(|a| a.run_time);
        let Some(functional) = functional else {
            return Progress::Stall;
        };
        match request.kind {
            RequestKind::Detach => {
                let wait = Duration::from_millis(request.value.into());
                self.run_time = RunTime::Detached(now + wait);
                if functional.will_detach() {
                    // DFU 1.1 §5.1: it detaches itself; no bus reset is needed.
                    self.leave(now, StartsIn::Bootloader);
                }
                Progress::Done(Vec::new())
            }
            RequestKind::GetStatus => {
                Progress::Done(vec![Status::Ok as u8, 0, 0, 0, self.state() as u8, 0])
            }
            RequestKind::GetState => Progress::Done(vec![self.state() as u8]),
            _ => Progress::Stall,
        }
    }
}

fn mangle(ticket: &Ticket, progress: Progress) -> Progress {
    let Progress::Done(mut bytes) = progress else {
        return progress;
    };
    match ticket.fault {
        Some(Fault::LostAnswer) => return Progress::Silence,
        Some(Fault::StalledAnswer) => return Progress::Stall,
        Some(Fault::BrokenAnswer) => return Progress::Broken,
        Some(Fault::Garbage) => bytes.fill(0xEE),
        Some(Fault::ShortRead) => bytes.truncate(bytes.len() / 2),
        // Nothing is returned to a request that sends.
        Some(Fault::Length(_)) if ticket.request.length == 0 => {}
        Some(Fault::Length(length)) if length > ticket.request.length => return Progress::Broken,
        Some(Fault::Length(length)) => bytes.resize(length.into(), 0xEE),
        Some(Fault::Status(status, state)) if ticket.request.kind == RequestKind::GetStatus => {
            bytes = vec![status as u8, 0, 0, 0, state as u8, 0];
        }
        _ => {}
    }
    Progress::Done(bytes)
}
