//! One plugged-in board: its bootloader or its program, coming and going on the bus, and the
//! books on every transfer. The in-memory transport and the USB/IP server both drive this.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::address::Address;
use crate::transport::{DeviceRecord, InterfaceRecord, Place, UsbErrorKind};

use super::board::{Application, Board, Bootloader, Identity, StartsIn};
use super::faults::Fault;
use super::flash::Memory;
use super::rom::{Affliction, Answer, Chip, Departure, Request, RequestKind, Rom, State, Status};

/// How long a board is off the bus when it starts a program or resets: time to boot and for the
/// host to enumerate it.
pub const RE_ENUMERATION: Duration = Duration::from_millis(400);

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

/// What the bus sees of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Bootloader,
    Application,
    /// Not on the bus until this time on its clock; then as the second value says.
    Away(Duration, StartsIn),
    /// The cable is out.
    Unplugged,
}

/// A transfer on its way, with the fault that meets it.
#[derive(Clone, Debug)]
pub(super) struct Ticket {
    request: Request,
    fault: Option<Fault>,
    face: u8,
}

/// What came of asking for a ticket's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Done(Vec<u8>),
    Stall,
    Wait(Duration),
    /// No answer, ever.
    Silence,
    Gone,
}

type Listener = Box<dyn FnMut(&TransferRecord) + Send>;

pub(super) struct Unit {
    board: Board,
    place: Place,
    face: Face,
    /// Counts arrivals on the bus; it is the device's address there.
    arrivals: u8,
    rom: Option<Rom>,
    chip: Option<Chip>,
    run_time: RunTime,
    counters: Counters,
    blocked: Option<UsbErrorKind>,
    pub(super) claimed: bool,
    listener: Option<Listener>,
}

/// The run-time DFU interface of a program (DFU 1.1 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunTime {
    Idle,
    /// Detached; a bus reset before this time turns it into the bootloader.
    Detached(Duration),
}

impl std::fmt::Debug for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}: {:?}", self.board.name, self.place, self.face)
    }
}

impl Unit {
    pub(super) fn new(board: Board, place: Place) -> Self {
        let chip = board.bootloader.clone().map(|bootloader| {
            let mut memory = Memory::new(&bootloader);
            for (address, bytes) in &board.contents {
                memory.fill(*address, bytes);
            }
            Chip {
                memory,
                bootloader,
                read_protected: board.read_protected,
                write_protected: board.write_protected.clone(),
            }
        });
        let mut unit = Self {
            board,
            place,
            face: Face::Unplugged,
            arrivals: 0,
            rom: None,
            chip,
            run_time: RunTime::Idle,
            counters: Counters::default(),
            blocked: None,
            claimed: false,
            listener: None,
        };
        unit.plug();
        unit
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn name(&self) -> &'static str {
        self.board.name
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.counters
    }

    pub(super) fn memory(&mut self, now: Duration) -> Option<&mut Memory> {
        self.settle(now);
        self.chip.as_mut().map(|chip| &mut chip.memory)
    }

    pub(super) fn read_protected(&self) -> bool {
        self.chip.as_ref().is_some_and(|chip| chip.read_protected)
    }

    pub(super) fn set_blocked(&mut self, blocked: Option<UsbErrorKind>) {
        self.blocked = blocked;
    }

    pub(super) fn blocked(&self) -> Option<UsbErrorKind> {
        self.blocked
    }

    pub(super) fn listen(&mut self, listener: Listener) {
        self.listener = Some(listener);
    }

    pub(super) fn bootloader(&self) -> Option<&Bootloader> {
        self.chip.as_ref().map(|chip| &chip.bootloader)
    }

    pub(super) fn application(&self) -> Option<&Application> {
        self.board.application.as_ref()
    }

    /// Which face it shows now.
    pub(super) fn face(&mut self, now: Duration) -> Face {
        self.settle(now);
        self.face
    }

    /// Changes each time the board comes onto the bus.
    pub(super) fn arrivals(&self) -> u8 {
        self.arrivals
    }

    pub(super) fn state(&self) -> State {
        match (&self.rom, self.face, self.run_time) {
            (Some(rom), Face::Bootloader, _) => rom.state(),
            (_, _, RunTime::Detached(_)) => State::AppDetach,
            _ => State::AppIdle,
        }
    }

    /// The alternate setting that is selected.
    pub(super) fn alternate(&self) -> u8 {
        let selected = self.rom.as_ref().map_or(0, Rom::alternate);
        u8::try_from(selected).unwrap_or(u8::MAX)
    }

    /// Waits for a bus reset after DETACH.
    pub(super) fn is_detached(&self) -> bool {
        matches!(self.run_time, RunTime::Detached(_))
    }

    /// Puts the cable in. Power-up starts what the board starts in.
    pub(super) fn plug(&mut self) {
        if self.face == Face::Unplugged {
            self.arrive(self.board.starts_in);
        }
    }

    /// Pulls the cable. What the flash was doing is torn.
    pub(super) fn unplug(&mut self, now: Duration) {
        self.settle(now);
        if let (Some(rom), Some(chip)) = (&mut self.rom, &mut self.chip) {
            rom.lose_power(chip, now);
        }
        self.rom = None;
        self.face = Face::Unplugged;
        self.run_time = RunTime::Idle;
    }

    fn arrive(&mut self, starts_in: StartsIn) {
        self.arrivals = self.arrivals.wrapping_add(1).max(1);
        self.run_time = RunTime::Idle;
        match (starts_in, self.bootloader()) {
            (StartsIn::Bootloader, Some(bootloader)) => {
                self.rom = Some(Rom::new(bootloader));
                self.face = Face::Bootloader;
            }
            _ => {
                self.rom = None;
                self.face = Face::Application;
            }
        }
    }

    /// Lets the time that has passed take effect.
    pub(super) fn settle(&mut self, now: Duration) {
        if let (Some(rom), Some(chip)) = (&mut self.rom, &mut self.chip) {
            rom.settle(chip, now);
            if let Some(departure) = rom.take_departure() {
                self.depart(departure, now);
            }
        }
        if let Face::Away(until, next) = self.face
            && now >= until
        {
            self.arrive(next);
        }
    }

    fn depart(&mut self, departure: Departure, now: Duration) {
        let next = match departure {
            Departure::Start(address) if self.starts_program(address) => StartsIn::Application,
            Departure::Start(_) | Departure::Reset => StartsIn::Bootloader,
        };
        self.rom = None;
        self.face = Face::Away(now.saturating_add(RE_ENUMERATION), next);
    }

    /// A program runs if its vector table looks like one: a stack pointer into RAM and an odd
    /// reset vector. Otherwise the part resets, and BOOT0 brings the bootloader back.
    fn starts_program(&self, address: Address) -> bool {
        let word = |offset: u64| {
            let start = address.checked_add(offset)?;
            let range = crate::address::AddressRange::new(start, 4)?;
            let bytes = self.chip.as_ref()?.memory.read(range)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        let in_ram = |sp: u32| {
            matches!(sp, 0x1000_0000..=0x1001_0000 | 0x2000_0000..=0x2010_0000)
                || matches!(sp, 0x2400_0000..=0x2410_0000 | 0x3000_0000..=0x3008_0000)
        };
        let (Some(stack), Some(reset)) = (word(0), word(4)) else {
            return false;
        };
        in_ram(stack) && reset & 1 == 1 && reset != u32::MAX
    }

    /// When an absent board will be back.
    pub(super) fn back_at(&self) -> Option<Duration> {
        match self.face {
            Face::Away(until, _) => Some(until),
            _ => None,
        }
    }

    /// Takes a transfer in: counts it and looks up what goes wrong with it.
    pub(super) fn submit(&mut self, request: Request, now: Duration) -> Ticket {
        self.settle(now);
        let kind = request.kind;
        let nth = self.counters.requests.entry(kind).or_insert(0);
        *nth = nth.saturating_add(1);
        let nth = *nth;
        let fault = self.board.faults.due(self.counters.transfers(), kind, nth);
        self.count_blocks(&request);
        let ticket = Ticket {
            request,
            fault,
            face: self.arrivals,
        };
        if fault == Some(Fault::Unplug) {
            self.unplug(now);
        }
        ticket
    }

    fn count_blocks(&mut self, request: &Request) {
        let dfuse_command = request.value < 2
            && self
                .bootloader()
                .is_some_and(|b| b.dialect == super::board::Dialect::DfuSe);
        let counter = match request.kind {
            _ if dfuse_command => return,
            RequestKind::Download if !request.data.is_empty() => &mut self.counters.blocks_written,
            RequestKind::Upload => &mut self.counters.blocks_read,
            _ => return,
        };
        *counter = counter.saturating_add(1);
    }

    /// Asks for the answer to a transfer.
    pub(super) fn progress(&mut self, ticket: &Ticket, now: Duration) -> Progress {
        self.settle(now);
        if ticket.face != self.arrivals || matches!(self.face, Face::Away(..) | Face::Unplugged) {
            return Progress::Gone;
        }
        match ticket.fault {
            Some(Fault::Stall) => return self.note(ticket, Progress::Stall, now),
            Some(Fault::Timeout) => return Progress::Silence,
            _ => {}
        }
        let progress = match self.face {
            Face::Bootloader => self.ask_rom(ticket, now),
            _ => self.ask_run_time(&ticket.request, now),
        };
        if let Progress::Wait(_) = progress {
            return progress;
        }
        let progress = self.note(ticket, mangle(ticket, progress), now);
        // A departure that this very answer announced.
        self.settle(now);
        progress
    }

    fn note(&mut self, ticket: &Ticket, progress: Progress, now: Duration) -> Progress {
        let state = self.state();
        if let Some(listener) = &mut self.listener {
            let received = match &progress {
                Progress::Done(bytes) => bytes.len(),
                _ => 0,
            };
            listener(&TransferRecord {
                at: now,
                kind: ticket.request.kind,
                value: ticket.request.value,
                length: received.max(ticket.request.data.len()),
                stalled: progress == Progress::Stall,
                state,
            });
        }
        progress
    }

    fn ask_rom(&mut self, ticket: &Ticket, now: Duration) -> Progress {
        let (Some(rom), Some(chip)) = (&mut self.rom, &mut self.chip) else {
            return Progress::Gone;
        };
        match ticket.fault {
            Some(Fault::CorruptByte(index)) => rom.afflict(Affliction::CorruptByte(index)),
            Some(Fault::DropWrite) => rom.afflict(Affliction::DropWrite),
            Some(Fault::StuckBusy) => rom.afflict(Affliction::StuckBusy),
            _ => {}
        }
        let answer = rom.handle(chip, &ticket.request, now);
        if let (Some(Fault::Status(status, state)), Answer::Done(_)) = (ticket.fault, &answer) {
            rom.force(status, state);
        }
        match answer {
            Answer::Done(bytes) => Progress::Done(bytes),
            Answer::Stall => Progress::Stall,
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
                self.run_time = RunTime::Detached(now.saturating_add(wait));
                if functional.will_detach() {
                    // DFU 1.1 §5.1: it detaches itself; no bus reset is needed.
                    self.face =
                        Face::Away(now.saturating_add(RE_ENUMERATION), StartsIn::Bootloader);
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

    /// A bus reset. `true` if the board leaves the bus over it.
    pub(super) fn reset(&mut self, now: Duration) -> bool {
        self.settle(now);
        match (self.face, self.run_time) {
            (Face::Application, RunTime::Detached(until)) if now <= until => {
                self.face = Face::Away(now.saturating_add(RE_ENUMERATION), StartsIn::Bootloader);
                true
            }
            (Face::Bootloader, _) => {
                let (Some(rom), Some(chip)) = (&mut self.rom, &mut self.chip) else {
                    return false;
                };
                rom.lose_power(chip, now);
                *rom = Rom::new(&chip.bootloader);
                false
            }
            (Face::Away(..) | Face::Unplugged, _) => true,
            (Face::Application, _) => {
                self.run_time = RunTime::Idle;
                false
            }
        }
    }

    /// The interfaces and the identity it shows; `None` while it is not on the bus.
    pub(super) fn shown(&mut self, now: Duration) -> Option<(Identity, Vec<InterfaceRecord>)> {
        match self.face(now) {
            Face::Bootloader => self.bootloader().map(shown_bootloader),
            Face::Application => self.application().map(shown_application),
            Face::Away(..) | Face::Unplugged => None,
        }
    }

    /// What a scan tells of it; `None` while it is not on the bus.
    pub(super) fn record(&mut self, now: Duration) -> Option<DeviceRecord> {
        let (identity, mut interfaces) = self.shown(now)?;
        let readable = self.blocked.is_none();
        if !readable {
            for interface in &mut interfaces {
                interface.name = None;
            }
        }
        Some(DeviceRecord {
            place: self.place.clone(),
            address: self.arrivals,
            vendor: identity.vendor,
            product: identity.product,
            version: identity.version,
            manufacturer: identity.manufacturer.filter(|_| readable),
            product_name: identity.product_name.filter(|_| readable),
            serial: identity.serial.filter(|_| readable),
            interfaces,
            blocked: self.blocked,
            driver: None,
        })
    }
}

fn mangle(ticket: &Ticket, progress: Progress) -> Progress {
    let Progress::Done(mut bytes) = progress else {
        return progress;
    };
    match ticket.fault {
        Some(Fault::LostAnswer) => return Progress::Silence,
        Some(Fault::Garbage) => bytes.fill(0xEE),
        Some(Fault::ShortRead) => bytes.truncate(bytes.len() / 2),
        Some(Fault::Status(status, state)) if ticket.request.kind == RequestKind::GetStatus => {
            bytes = vec![status as u8, 0, 0, 0, state as u8, 0];
        }
        _ => {}
    }
    Progress::Done(bytes)
}

fn shown_bootloader(bootloader: &Bootloader) -> (Identity, Vec<InterfaceRecord>) {
    let last = bootloader.alternates.len().saturating_sub(1);
    let interfaces = bootloader.alternates.iter().enumerate();
    let interfaces = interfaces.map(|(number, alternate)| InterfaceRecord {
        number: 0,
        alternate: u8::try_from(number).unwrap_or(u8::MAX),
        class: 0xFE,
        subclass: 1,
        protocol: bootloader.protocol,
        name: alternate.layout.clone(),
        // Real ROMs place it once, behind the last alternate setting (facts §3.4).
        functional: (number == last).then_some(bootloader.functional),
    });
    (bootloader.identity.clone(), interfaces.collect())
}

fn shown_application(application: &Application) -> (Identity, Vec<InterfaceRecord>) {
    let interfaces = application.interfaces.iter().enumerate();
    let interfaces = interfaces.map(|(number, interface)| InterfaceRecord {
        number: u8::try_from(number).unwrap_or(u8::MAX),
        alternate: 0,
        class: interface.class,
        subclass: interface.subclass,
        protocol: interface.protocol,
        name: interface.name.clone(),
        functional: application
            .run_time
            .filter(|_| (interface.class, interface.subclass) == (0xFE, 1)),
    });
    (application.identity.clone(), interfaces.collect())
}
