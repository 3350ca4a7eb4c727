//! One board of a record, and its transport.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::transport::recording::{Asked, Data, Entry, Setup, Transfer, sha256};
use crate::transport::{
    CLASS_IN, CLASS_OUT, Changes, Clock, DeviceRecord, Place, Transport, UsbError, UsbErrorKind,
    VirtualClock,
};

use super::departure::{Departure, Described};
use super::matching::{Matching, Step, next_transfer, step};
use super::{Replayed, Shared, lock};

/// Stands for bytes that the record does not have: no blank flash looks like it.
const MADE_UP: u8 = 0xA5;

/// What erased flash holds; 0x00 on STM32L0 and L1.
const ERASED: [u8; 2] = [0xFF, 0x00];

#[derive(Debug)]
pub(super) struct Player {
    place: Place,
    entries: Vec<Entry>,
    matching: Matching,
    /// The entry that is due.
    next: usize,
    /// What a scan shows.
    device: Option<DeviceRecord>,
    /// What the last scan showed.
    scanned: Option<DeviceRecord>,
    clock: Arc<VirtualClock>,
    /// The difference between the record's clock and this one.
    began: Option<Duration>,
    open: bool,
    was_opened: bool,
    last_status: Option<Transfer>,
    /// What the host sent, by hash: much of it is read back later.
    sent: HashMap<String, Vec<u8>>,
    done: Replayed,
    /// The record's number of the last transfer that answered.
    passed: u64,
    departure: Option<Departure>,
    /// Where a change on the bus that is due is reported.
    changes: Option<Changes>,
}

impl Player {
    pub(super) fn new(place: Place, entries: Vec<Entry>, matching: Matching) -> Self {
        let mut player = Self {
            place,
            entries,
            matching,
            next: 0,
            device: None,
            scanned: None,
            clock: Arc::new(VirtualClock::default()),
            began: None,
            open: false,
            was_opened: false,
            last_status: None,
            sent: HashMap::new(),
            done: Replayed::default(),
            passed: 0,
            departure: None,
            changes: None,
        };
        player.show_next();
        player
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn result(&self) -> Result<Replayed, Departure> {
        if let Some(departure) = &self.departure {
            return Err(departure.clone());
        }
        let required = self
            .session()
            .find(|transfer| !self.may_be_left_out(transfer));
        match required.filter(|_| self.was_opened) {
            Some(due) => Err(self.departed(Some(due), "nothing more".to_owned())),
            None => Ok(self.done),
        }
    }

    /// Shows the device, and lets the next change on the bus take place if it is due.
    pub(super) fn scan(&mut self) -> Option<DeviceRecord> {
        let now = self.device.clone();
        self.scanned.clone_from(&now);
        let changed = self.show_next();
        if let (Some(changes), true) = (&self.changes, changed) {
            changes.report();
        }
        now
    }

    pub(super) fn watch(&mut self, changes: Changes) {
        self.changes = Some(changes);
    }

    /// Lets one change on the bus take place, if it is due; returns whether it did.
    fn show_next(&mut self) -> bool {
        let device = match self.entries.get(self.next) {
            Some(Entry::Device(device)) => Some(DeviceRecord {
                place: self.place.clone(),
                ..(**device).clone()
            }),
            Some(Entry::Gone) => None,
            _ => return false,
        };
        self.device = device;
        self.next += 1;
        true
    }

    /// Claims the interface; returns the time of this board.
    /// The board's clock, and the device that was scanned: the recorded host saw no other when it
    /// opened this one.
    pub(super) fn open(
        &mut self,
        interface: u8,
    ) -> Result<(Arc<dyn Clock>, DeviceRecord), UsbError> {
        if self.open {
            return Err(UsbError::new(UsbErrorKind::Busy, "replayed board"));
        }
        if let Err(departure) = self.result() {
            return Err(self.depart(departure));
        }
        let rest = self.entries.iter().enumerate().skip(self.next);
        let mut opens = rest.filter_map(|(index, entry)| match entry {
            Entry::Open { interface, result } => Some((index, *interface, result.clone())),
            _ => None,
        });
        match opens.next() {
            Some((index, recorded, result)) if recorded == interface => {
                self.pass(index);
                result?;
                let device = self.scanned.as_ref().or(self.device.as_ref());
                let device = device.cloned().ok_or_else(|| {
                    UsbError::new(UsbErrorKind::Gone, "no replayed board there now")
                })?;
                self.open = true;
                self.was_opened = true;
                Ok((Arc::clone(&self.clock) as _, device))
            }
            _ => {
                let found = format!("interface {interface} opened");
                let departure = self.departed(None, found);
                Err(self.depart(departure))
            }
        }
    }

    /// Goes on behind the entry `index`.
    fn pass(&mut self, index: usize) {
        while self.next < index {
            if !self.show_next() {
                self.next += 1;
            }
        }
        self.next = index + 1;
    }

    /// The transfers that are due in this session.
    fn session(&self) -> impl Iterator<Item = &Transfer> {
        let mut rest = self.entries.iter().enumerate().skip(self.next);
        std::iter::from_fn(move || next_transfer(&mut rest).map(|(_, transfer)| transfer))
    }

    fn due(&self) -> Option<&Transfer> {
        self.session().next()
    }

    fn may_be_left_out(&self, transfer: &Transfer) -> bool {
        self.matching == Matching::Tolerant
            && (transfer.asked.is_get_status() || transfer.asked.is_select())
    }

    fn transfer(&mut self, asked: Asked, out: &[u8]) -> Result<Vec<u8>, UsbError> {
        if let Some(departure) = &self.departure {
            return Err(refused(departure));
        }
        match step(&self.entries, self.next, (asked, out), self.matching) {
            Step::Entry(index) => {
                let Some(Entry::Transfer(transfer)) = self.entries.get(index).cloned() else {
                    return Err(UsbError::new(UsbErrorKind::Io, "replayed board"));
                };
                self.pass(index);
                if transfer.asked.is_get_status() {
                    self.last_status = Some(transfer.clone());
                }
                if !out.is_empty() && transfer.result.is_ok() {
                    self.sent.insert(sha256(out), out.to_vec());
                }
                self.answer(&transfer)
            }
            Step::SameStatus => match self.last_status.clone() {
                Some(status) => {
                    self.clock.sleep(status.took);
                    self.bytes(&status)
                }
                None => Ok(Vec::new()),
            },
            Step::Nothing => Ok(Vec::new()),
            Step::Gone => Err(UsbError::new(UsbErrorKind::Gone, "replayed board")),
            Step::Departed => {
                let found = Data::Bytes(out.to_vec());
                let found = Described { asked, out: &found }.to_string();
                let departure = self.departed(self.due(), found);
                Err(self.depart(departure))
            }
        }
    }

    /// The recorded answer, at the recorded time.
    fn answer(&mut self, transfer: &Transfer) -> Result<Vec<u8>, UsbError> {
        let now = self.clock.now();
        let began = *self
            .began
            .get_or_insert_with(|| transfer.at.saturating_sub(now));
        let early = transfer.at.saturating_sub(began).saturating_sub(now);
        self.clock.sleep(early.saturating_add(transfer.took));
        self.done.transfers += 1;
        self.passed = transfer.number;
        self.bytes(transfer)
    }

    fn bytes(&mut self, transfer: &Transfer) -> Result<Vec<u8>, UsbError> {
        transfer.result.clone()?;
        Ok(match &transfer.received {
            Data::Bytes(bytes) => bytes.clone(),
            Data::Filled { length, fill } => vec![*fill; *length],
            Data::Hashed { length, sha256 } => match self.sent_before(*length, sha256) {
                Some(bytes) => bytes,
                None => self.make_up(transfer, *length),
            },
        })
    }

    /// The bytes of this hash, if the host sent them: as a block, the start of one, or one with erased
    /// flash behind it.
    fn sent_before(&self, length: usize, hash: &str) -> Option<Vec<u8>> {
        if let Some(bytes) = self.sent.get(hash) {
            return Some(bytes.clone());
        }
        let others = self.sent.values().filter(|bytes| bytes.len() != length);
        let mut candidates = others.flat_map(|bytes| {
            ERASED.into_iter().map(|erased| {
                let mut candidate = bytes.clone();
                candidate.resize(length, erased);
                candidate
            })
        });
        candidates.find(|bytes| sha256(bytes) == hash)
    }

    /// The record has only the hash. If it also has the first bytes of this block, from a shorter request
    /// that follows, the block begins with them.
    fn make_up(&mut self, transfer: &Transfer, length: usize) -> Vec<u8> {
        self.done.made_up += 1;
        let same_block = |other: &&Transfer| {
            let place = |t: &Transfer| {
                t.asked
                    .setup()
                    .map(|s| (s.kind, s.request, s.value, s.index))
            };
            place(other) == place(transfer)
        };
        let mut bytes = match self.due().filter(same_block).map(|next| &next.received) {
            Some(Data::Bytes(start)) => start.clone(),
            _ => Vec::new(),
        };
        bytes.resize(length, MADE_UP);
        bytes
    }

    fn departed(&self, expected: Option<&Transfer>, found: String) -> Departure {
        Departure {
            place: self.place.clone(),
            number: expected.map_or(self.passed + 1, |transfer| transfer.number),
            expected: match expected {
                Some(transfer) => Described::recorded(transfer).to_string(),
                None => "nothing more".to_owned(),
            },
            found,
            made_up: self.done.made_up,
        }
    }

    fn depart(&mut self, departure: Departure) -> UsbError {
        let error = refused(&departure);
        self.departure.get_or_insert(departure);
        error
    }
}

fn refused(departure: &Departure) -> UsbError {
    UsbError::new(UsbErrorKind::NotInRecord, departure.to_string())
}

/// An open replayed board. Dropping it lets another open it.
pub(super) struct ReplayTransport {
    player: Shared,
    interface: u8,
}

impl ReplayTransport {
    pub(super) fn new(player: Shared, interface: u8) -> Self {
        Self { player, interface }
    }
}

impl Drop for ReplayTransport {
    fn drop(&mut self) {
        lock(&self.player).open = false;
    }
}

impl Transport for ReplayTransport {
    fn write(
        &mut self,
        request: u8,
        value: u16,
        data: &[u8],
        _timeout: Duration,
    ) -> Result<(), UsbError> {
        let setup = Setup::class(CLASS_OUT, request, value, self.interface, data.len());
        lock(&self.player)
            .transfer(Asked::Control(setup), data)
            .map(drop)
    }

    fn read(
        &mut self,
        request: u8,
        value: u16,
        buffer: &mut [u8],
        _timeout: Duration,
    ) -> Result<usize, UsbError> {
        let setup = Setup::class(CLASS_IN, request, value, self.interface, buffer.len());
        let bytes = lock(&self.player).transfer(Asked::Control(setup), &[])?;
        for (target, byte) in buffer.iter_mut().zip(&bytes) {
            *target = *byte;
        }
        Ok(bytes.len().min(buffer.len()))
    }

    fn select_alternate(&mut self, alternate: u8) -> Result<(), UsbError> {
        let setup = Setup::select(alternate, self.interface);
        lock(&self.player)
            .transfer(Asked::Control(setup), &[])
            .map(drop)
    }

    fn reset(&mut self) -> Result<(), UsbError> {
        lock(&self.player).transfer(Asked::Reset, &[]).map(drop)
    }

    fn reopen(&mut self) -> Result<(), UsbError> {
        lock(&self.player).transfer(Asked::Reopen, &[]).map(drop)
    }
}
