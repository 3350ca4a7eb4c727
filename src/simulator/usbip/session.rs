//! One imported device: control transfers on endpoint 0, one after the other as a host
//! controller sends them, the transfers of a serial port beside them, and unlinking of those that
//! are waiting.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::transport::recording::{Asked, BoardRecorder, Setup};
use crate::transport::{UsbError, UsbErrorKind};

use super::super::bus::{SimulatedBoard, Time};
use super::super::protocol::RequestKind;
use super::super::rom::Request;
use super::super::unit::Progress;
use super::cdc::{self, Endpoints};
use super::descriptors::{FUNCTIONAL, Shown};
use super::wire::{self, BROKEN, Command, STALLED, Submit, Transferred, UNLINKED};

/// How often an idle session looks whether the board is still there.
const LOOK_AROUND: Duration = Duration::from_millis(50);
/// Without transfers for this long, the host is taken to be done for now.
const IDLE_AFTER: u32 = 6;

/// What the two threads of a session share.
pub(super) struct Session<'a> {
    board: &'a SimulatedBoard,
    arrivals: u8,
    queue: Mutex<Queue>,
    changed: Condvar,
    /// Transfers that may wait at most.
    most_waiting: usize,
    recorder: Option<BoardRecorder>,
}

struct Queue {
    waiting: VecDeque<Submit>,
    /// The transfer that the device is working on.
    current: Option<u32>,
    endpoints: Endpoints,
    closed: bool,
    stream: TcpStream,
}

impl Queue {
    /// Performs what can be performed beside endpoint 0, and returns how many transfers that were.
    fn serve_endpoints(&mut self, board: &SimulatedBoard) -> io::Result<usize> {
        let done = self.endpoints.perform(board);
        let count = done.len();
        for (sequence, result) in done {
            self.stream
                .write_all(&wire::submit_reply(sequence, result))?;
        }
        Ok(count)
    }
}

/// A control transfer's outcome for the client.
enum Outcome {
    Reply(Result<Transferred, i32>),
    /// The client took it back: it gets no reply.
    Unlinked,
    /// The board left the bus.
    Gone,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        board: &'a SimulatedBoard,
        stream: TcpStream,
        most_waiting: usize,
        recorder: Option<BoardRecorder>,
    ) -> Self {
        let arrivals = board.unit.lock().arrivals();
        Self {
            board,
            arrivals,
            queue: Mutex::new(Queue {
                waiting: VecDeque::new(),
                current: None,
                endpoints: Endpoints::default(),
                closed: false,
                stream,
            }),
            changed: Condvar::new(),
            most_waiting,
            recorder,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes commands from the client until it hangs up, or sends more than may wait. What it sends
    /// is not left unread instead: an unlink may be behind it.
    pub(super) fn receive(&self, mut from: TcpStream) {
        while let Ok(command) = wire::read_command(&mut from) {
            match command {
                Command::Submit(submit) => {
                    let mut queue = self.lock();
                    if queue.waiting.len() + queue.endpoints.len() >= self.most_waiting {
                        log::warn!("USB/IP: more than {} waiting transfers", self.most_waiting);
                        break;
                    }
                    match submit.endpoint {
                        0 => queue.waiting.push_back(submit),
                        _ => queue.endpoints.push(submit),
                    }
                }
                Command::Unlink(sequence, victim) => {
                    if self.unlink(sequence, victim).is_err() {
                        break;
                    }
                }
            }
            self.changed.notify_all();
        }
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// A transfer that was taken back gets no RET_SUBMIT and its unlink says -ECONNRESET; one
    /// that is already answered says 0 (usbip_protocol.rst).
    fn unlink(&self, sequence: u32, victim: u32) -> io::Result<()> {
        let mut queue = self.lock();
        let before = queue.waiting.len();
        queue.waiting.retain(|submit| submit.sequence != victim);
        let mut found = queue.waiting.len() < before || queue.endpoints.unlink(victim);
        if queue.current == Some(victim) {
            queue.current = None;
            found = true;
        }
        let status = if found { UNLINKED } else { 0 };
        queue
            .stream
            .write_all(&wire::unlink_reply(sequence, status))
    }

    /// Works the transfers off until the client hangs up or the board leaves. Calls `idle` when
    /// there was something to do and now there is nothing.
    pub(super) fn work(&self, mut idle: impl FnMut()) {
        while let Some(submit) = self.next(&mut idle) {
            let outcome = self.perform(&submit);
            let mut queue = self.lock();
            let unlinked = queue.current.take() != Some(submit.sequence);
            match outcome {
                Outcome::Gone => break,
                Outcome::Unlinked => {}
                Outcome::Reply(_) if unlinked => {}
                Outcome::Reply(result) => {
                    let reply = wire::submit_reply(submit.sequence, result);
                    if queue.stream.write_all(&reply).is_err() {
                        break;
                    }
                }
            }
        }
    }

    /// Ends the connection for the client. At first only our half is closed: what the client has sent
    /// meanwhile must not turn the end into a reset that overtakes the last reply. One that has not
    /// closed its half after `patience` is waited for no longer.
    pub(super) fn hang_up(&self, patience: Duration) {
        let queue = self.lock();
        queue.stream.shutdown(Shutdown::Write).ok();
        let waited = self
            .changed
            .wait_timeout_while(queue, patience, |queue| !queue.closed);
        let (queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        // Ends the read of the thread that receives.
        queue.stream.shutdown(Shutdown::Both).ok();
    }

    fn next(&self, idle: &mut impl FnMut()) -> Option<Submit> {
        let mut quiet: u32 = 0;
        let mut queue = self.lock();
        loop {
            if queue.closed || !self.is_there() {
                return None;
            }
            if let Some(submit) = queue.waiting.pop_front() {
                queue.current = Some(submit.sequence);
                return Some(submit);
            }
            match queue.serve_endpoints(self.board) {
                Ok(0) => {}
                Ok(_) => {
                    quiet = 0;
                    continue;
                }
                Err(_) => return None,
            }
            let wait = self.until_next_event();
            (queue, _) = self
                .changed
                .wait_timeout(queue, wait)
                .unwrap_or_else(PoisonError::into_inner);
            if queue.waiting.is_empty() && wait == LOOK_AROUND {
                quiet += 1;
                if quiet == IDLE_AFTER {
                    drop(queue);
                    idle();
                    queue = self.lock();
                }
            }
        }
    }

    /// How long nothing happens unless the client asks.
    fn until_next_event(&self) -> Duration {
        let next = self.board.unit.lock().next_serial_event();
        let until = next.map(|at| at.saturating_sub(self.board.clock.now()));
        until.map_or(LOOK_AROUND, |until| until.min(LOOK_AROUND))
    }

    fn is_there(&self) -> bool {
        let mut unit = self.board.unit.lock();
        unit.arrivals() == self.arrivals && unit.is_on_the_bus(self.board.clock.now())
    }

    /// Waits for `time` of the board's, or until the transfer is taken back.
    fn wait(&self, sequence: u32, time: Duration) {
        if self.board.time() == Time::Virtual {
            self.board.clock.sleep(time);
            return;
        }
        let queue = self.lock();
        if queue.current == Some(sequence) && !queue.closed {
            drop(self.changed.wait_timeout(queue, time.min(LOOK_AROUND)));
        }
    }

    fn is_wanted(&self, sequence: u32) -> bool {
        let queue = self.lock();
        queue.current == Some(sequence) && !queue.closed
    }

    fn perform(&self, submit: &Submit) -> Outcome {
        let setup = Setup::from_bytes(submit.setup);
        let serial = {
            let mut unit = self.board.unit.lock();
            cdc::control(setup, &submit.data, &mut unit, self.board.clock.now())
        };
        if let Some(bytes) = serial {
            return Outcome::Reply(Ok(carried(setup, bytes, submit.data.len())));
        }
        match class_request(setup, submit) {
            Some(request) => {
                let start = self.board.clock.now();
                let outcome = self.class(submit, setup, request);
                if let Some(recorder) = &self.recorder {
                    let times = (start, self.board.clock.now());
                    let result = recorded(&outcome);
                    let result = result.as_ref().map(|bytes| *bytes);
                    recorder.transfer(times, Asked::Control(setup), &submit.data, result);
                }
                outcome
            }
            None => self.standard(submit, setup),
        }
    }

    fn class(&self, submit: &Submit, setup: Setup, request: Request) -> Outcome {
        let ticket = {
            let mut unit = self.board.unit.lock();
            unit.submit(request, self.board.clock.now())
        };
        loop {
            if !self.is_wanted(submit.sequence) {
                return Outcome::Unlinked;
            }
            let now = self.board.clock.now();
            let progress = self.board.unit.progress(&ticket, now);
            match progress {
                Progress::Done(bytes) => {
                    return Outcome::Reply(Ok(carried(setup, bytes, submit.data.len())));
                }
                Progress::Stall => return Outcome::Reply(Err(STALLED)),
                Progress::Broken => return Outcome::Reply(Err(BROKEN)),
                Progress::Gone => return Outcome::Gone,
                Progress::Wait(until) => self.wait(submit.sequence, until - now),
                Progress::Silence => self.wait(submit.sequence, LOOK_AROUND),
            }
        }
    }

    /// A request that the device never answers.
    fn silence(&self, submit: &Submit) -> Outcome {
        while self.is_wanted(submit.sequence) {
            self.wait(submit.sequence, LOOK_AROUND);
        }
        Outcome::Unlinked
    }

    fn standard(&self, submit: &Submit, setup: Setup) -> Outcome {
        const GET_STATUS: u8 = 0;
        const CLEAR_FEATURE: u8 = 1;
        const SET_FEATURE: u8 = 3;
        const GET_DESCRIPTOR: u8 = 6;
        const GET_CONFIGURATION: u8 = 8;
        const SET_CONFIGURATION: u8 = 9;
        const GET_INTERFACE: u8 = 10;
        let mut unit = self.board.unit.lock();
        let now = self.board.clock.now();
        let Some((identity, interfaces)) = unit.shown(now) else {
            return Outcome::Gone;
        };
        let answer = match (setup.kind & 0x60, setup.request) {
            (0, GET_DESCRIPTOR) => {
                let [index, kind] = setup.value.to_le_bytes();
                if kind == 1 && unit.is_detached() && unit.reset(now) {
                    // vhci_hcd keeps port resets to itself. What follows one is a request for
                    // the device descriptor, and this board was waiting for a reset.
                    return Outcome::Gone;
                }
                if kind == FUNCTIONAL && !unit.answers_functional_request() {
                    drop(unit);
                    return self.silence(submit);
                }
                let shown = Shown {
                    identity,
                    interfaces,
                    serial: unit.serial(now),
                };
                shown.descriptor(kind, index)
            }
            (0, GET_STATUS) => Some(vec![0, 0]),
            (0, GET_CONFIGURATION) => Some(vec![1]),
            (0, GET_INTERFACE) => Some(vec![unit.alternate()]),
            (0, CLEAR_FEATURE | SET_FEATURE | SET_CONFIGURATION) => Some(Vec::new()),
            _ => None,
        };
        let carried = answer.map(|bytes| carried(setup, bytes, submit.data.len()));
        Outcome::Reply(carried.ok_or(STALLED))
    }
}

/// The request in the terms of the bootloader, if it is one to an interface.
fn class_request(setup: Setup, submit: &Submit) -> Option<Request> {
    const SET_INTERFACE: u8 = 11;
    let kind = match (setup.kind, setup.request) {
        (0x21 | 0xA1, request) => RequestKind::of(request)?,
        (0x01, SET_INTERFACE) => RequestKind::SetInterface,
        _ => return None,
    };
    Some(Request {
        kind,
        value: setup.value,
        data: submit.data.clone(),
        length: if setup.to_host() { setup.length } else { 0 },
    })
}

fn carried(setup: Setup, mut bytes: Vec<u8>, sent: usize) -> Transferred {
    if setup.to_host() {
        bytes.truncate(setup.length.into());
        Transferred::Received(bytes)
    } else {
        Transferred::Sent(sent)
    }
}

/// The outcome for a record. What the client took back it no longer waited for.
fn recorded(outcome: &Outcome) -> Result<&[u8], UsbError> {
    let kind = match outcome {
        Outcome::Reply(Ok(Transferred::Received(bytes))) => return Ok(bytes),
        Outcome::Reply(Ok(Transferred::Sent(_))) => return Ok(&[]),
        Outcome::Reply(Err(STALLED)) => UsbErrorKind::Stall,
        Outcome::Reply(Err(_)) => UsbErrorKind::Io,
        Outcome::Unlinked => UsbErrorKind::Timeout,
        Outcome::Gone => UsbErrorKind::Gone,
    };
    Err(UsbError::new(kind, "simulated board"))
}
