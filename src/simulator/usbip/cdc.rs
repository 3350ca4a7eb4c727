//! The serial port of a program: its bulk and interrupt transfers, and the requests of its control
//! interface (USB PSTN 1.2 §6.3).

use std::collections::VecDeque;
use std::time::Duration;

use crate::transport::recording::Setup;

use super::super::bus::{SimulatedBoard, Time};
use super::super::serial::{Line, NOTIFICATION_ENDPOINT, Serial};
use super::super::unit::Unit;
use super::wire::{STALLED, Submit, Transferred};

/// Transfers on other endpoints than 0. Those to the program are done at once; those from it wait
/// until it has sent something.
#[derive(Debug, Default)]
pub(super) struct Endpoints {
    waiting: VecDeque<Submit>,
}

/// The sequence of a transfer and its outcome.
type Done = (u32, Result<Transferred, i32>);

impl Endpoints {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn push(&mut self, submit: Submit) {
        self.waiting.push_back(submit);
    }

    /// Takes a transfer back. `false` if it does not wait here.
    pub(super) fn unlink(&mut self, sequence: u32) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|submit| submit.sequence != sequence);
        self.waiting.len() < before
    }

    /// Performs the transfers that can be performed now.
    pub(super) fn perform(&mut self, board: &SimulatedBoard) -> Vec<Done> {
        let mut all = Vec::new();
        if self.waiting.is_empty() {
            return all;
        }
        let mut unit = board.unit.lock();
        loop {
            let done = self.pass(&mut unit, board.clock.now());
            if !done.is_empty() {
                // What was sent may have been answered.
                all.extend(done);
                continue;
            }
            let next = unit.next_serial_event();
            match (all.is_empty(), board.time(), next) {
                // Nobody else moves a virtual clock while a host waits for the program.
                (true, Time::Virtual, Some(at)) => {
                    board.clock.sleep(at.saturating_sub(board.clock.now()));
                    return self.pass(&mut unit, board.clock.now());
                }
                _ => return all,
            }
        }
    }

    fn pass(&mut self, unit: &mut Unit, now: Duration) -> Vec<Done> {
        let serial = unit.serial(now);
        let on_the_bus = unit.is_on_the_bus(now);
        let mut done = Vec::new();
        self.waiting.retain(|submit| {
            let outcome = match serial {
                Some(serial) => transfer(submit, serial, unit, now),
                None if on_the_bus => Some(Err(STALLED)),
                // The end of the connection answers it.
                None => None,
            };
            let waits = outcome.is_none();
            done.extend(outcome.map(|outcome| (submit.sequence, outcome)));
            waits
        });
        done
    }
}

/// `None`: it waits.
fn transfer(
    submit: &Submit,
    serial: Serial,
    unit: &mut Unit,
    now: Duration,
) -> Option<Result<Transferred, i32>> {
    if submit.endpoint == u32::from(serial.data_endpoint) {
        return if submit.to_host {
            let bytes = unit.serial_read(submit.length, now)?;
            let is_ready = !bytes.is_empty() || submit.length == 0;
            is_ready.then_some(Ok(Transferred::Received(bytes)))
        } else {
            unit.serial_write(&submit.data, now)
                .then_some(Ok(Transferred::Sent(submit.data.len())))
        };
    }
    // No program here has anything to notify.
    let is_notification = submit.to_host && submit.endpoint == u32::from(NOTIFICATION_ENDPOINT);
    (!is_notification).then_some(Err(STALLED))
}

/// The answer to a request to the control interface of a serial port; `None` if it is none.
pub(super) fn control(
    setup: Setup,
    data: &[u8],
    unit: &mut Unit,
    now: Duration,
) -> Option<Vec<u8>> {
    const SET_LINE_CODING: u8 = 0x20;
    const GET_LINE_CODING: u8 = 0x21;
    const SET_CONTROL_LINE_STATE: u8 = 0x22;
    const SEND_BREAK: u8 = 0x23;
    let line = unit.line(now)?;
    let changed = match (setup.kind, setup.request) {
        (0xA1, GET_LINE_CODING) => return Some(line.coding.to_vec()),
        (0x21, SET_LINE_CODING) => Line {
            coding: data.try_into().ok()?,
            ..line
        },
        (0x21, SET_CONTROL_LINE_STATE) => Line {
            control: setup.value as u8,
            ..line
        },
        (0x21, SEND_BREAK) => line,
        _ => return None,
    };
    unit.set_line(changed, now).then(Vec::new)
}
