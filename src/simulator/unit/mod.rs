//! One plugged-in board: its bootloader or its program, coming and going on the bus, and the
//! books on every transfer. The in-memory transport and the USB/IP server both drive this.

mod cdc;
mod second;
mod shown;
mod transfer;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::address::Address;
use crate::transport::{Changes, Place, SerialErrorKind, UsbErrorKind};

use super::board::{Application, Board, Bootloader, StartsIn};
use super::faults::Faults;
use super::flash::Memory;
use super::protocol::State;
use super::rom::{Chip, Departure, Rom};
use super::serial::Port;
use second::Other;
pub use transfer::{Counters, TransferRecord};
pub(super) use transfer::{Progress, Ticket};

/// How long a board is off the bus when it starts a program or resets: time to boot and for the
/// host to enumerate it.
const RE_ENUMERATION: Duration = Duration::from_millis(400);

/// How the board appears on the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Bootloader,
    Application,
    /// Not on the bus until this time on its clock; then the board runs the second value.
    Away(Duration, StartsIn),
    /// The cable is out.
    Unplugged,
}

type Listener = Arc<Mutex<dyn FnMut(&TransferRecord) + Send>>;

pub(super) struct Unit {
    board: Board,
    place: Place,
    mode: Mode,
    /// Counts arrivals on the bus; it is the device's address there.
    arrivals: u8,
    rom: Option<Rom>,
    chip: Option<Chip>,
    second: Option<Other>,
    run_time: RunTime,
    /// The serial port of the program that runs.
    port: Option<Port>,
    /// What its programs were sent.
    serial_received: Vec<u8>,
    pub(super) serial_claimed: bool,
    /// Why its serial port cannot be opened.
    pub(super) serial_blocked: Option<SerialErrorKind>,
    counters: Counters,
    blocked: Option<UsbErrorKind>,
    pub(super) claimed: bool,
    listener: Option<Listener>,
    /// The answer that the listener has not seen yet.
    answered: Option<TransferRecord>,
    changes: Option<Changes>,
    /// When the hub reports that the cable was pulled.
    noticed_at: Duration,
    /// Until when transfers break after the cable was pulled.
    broken_until: Duration,
}

/// The run-time DFU interface of a program (DFU 1.1 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunTime {
    Idle,
    /// Detached; a bus reset before this time turns it into the bootloader.
    Detached(Duration),
}

/// A board behind a lock that survives a panicking holder.
#[derive(Clone, Debug)]
pub(super) struct Shared(Arc<Mutex<Unit>>);

impl Shared {
    pub(super) fn new(unit: Unit) -> Self {
        Self(Arc::new(Mutex::new(unit)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Unit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for the answer to a transfer, and shows it to the listener. That one may wait: the board
    /// is not locked meanwhile, so that others can scan it.
    pub(super) fn progress(&self, ticket: &Ticket, now: Duration) -> Progress {
        let mut unit = self.lock();
        let progress = unit.progress(ticket, now);
        let answered = unit.answered.take().zip(unit.listener.clone());
        drop(unit);
        if let Some((transfer, listener)) = answered {
            let mut listener = listener.lock().unwrap_or_else(PoisonError::into_inner);
            listener(&transfer);
        }
        progress
    }
}

impl std::fmt::Debug for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}: {:?}", self.board.name, self.place, self.mode)
    }
}

impl Unit {
    pub(super) fn new(board: Board, place: Place) -> Self {
        let chip = board.bootloader.clone();
        let chip = chip.map(|bootloader| Chip::new(bootloader, &board));
        let second = board.second.as_ref().map(Other::new);
        let blocked = board.blocked;
        let mut unit = Self {
            board,
            place,
            mode: Mode::Unplugged,
            arrivals: 0,
            rom: None,
            chip,
            second,
            run_time: RunTime::Idle,
            port: None,
            serial_received: Vec::new(),
            serial_claimed: false,
            serial_blocked: None,
            counters: Counters::default(),
            blocked,
            claimed: false,
            listener: None,
            answered: None,
            changes: None,
            noticed_at: Duration::ZERO,
            broken_until: Duration::ZERO,
        };
        unit.plug(Duration::ZERO);
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
        self.advance(now);
        self.chip.as_mut().map(|chip| &mut chip.memory)
    }

    pub(super) fn read_protected(&self) -> bool {
        self.chip.as_ref().is_some_and(|chip| chip.read_protected)
    }

    pub(super) fn set_blocked(&mut self, blocked: Option<UsbErrorKind>) {
        self.blocked = blocked;
        self.report_change();
    }

    pub(super) fn blocked(&self) -> Option<UsbErrorKind> {
        self.blocked
    }

    pub(super) fn mend(&mut self) {
        self.board.faults = Faults::new();
    }

    pub(super) fn listen(&mut self, listener: Listener) {
        self.listener = Some(listener);
    }

    /// Reports to `changes` when the board comes, leaves, or is blocked or not any more.
    pub(super) fn watch(&mut self, changes: Changes) {
        self.changes = Some(changes);
    }

    fn report_change(&self) {
        if let Some(changes) = &self.changes {
            changes.report();
        }
    }

    pub(super) fn bootloader(&self) -> Option<&Bootloader> {
        self.chip.as_ref().map(|chip| &chip.bootloader)
    }

    pub(super) fn application(&self) -> Option<&Application> {
        self.board.application.as_ref()
    }

    /// Which face it shows now.
    pub(super) fn mode(&mut self, now: Duration) -> Mode {
        self.advance(now);
        self.mode
    }

    /// Whether the hub knows nothing else: a pulled cable is not noticed immediately.
    pub(super) fn is_on_the_bus(&mut self, now: Duration) -> bool {
        match self.mode(now) {
            Mode::Bootloader | Mode::Application => true,
            Mode::Unplugged => now < self.noticed_at,
            Mode::Away(..) => false,
        }
    }

    /// Changes each time the board comes onto the bus.
    pub(super) fn arrivals(&self) -> u8 {
        self.arrivals
    }

    pub(super) fn state(&self) -> State {
        match (&self.rom, self.mode, self.run_time) {
            (Some(rom), Mode::Bootloader, _) => rom.state(),
            (_, _, RunTime::Detached(_)) => State::AppDetach,
            _ => State::AppIdle,
        }
    }

    /// The alternate setting that is selected.
    pub(super) fn alternate(&self) -> u8 {
        let selected = self.rom.as_ref().map_or(0, Rom::alternate);
        u8::try_from(selected).unwrap_or(u8::MAX)
    }

    pub(super) fn answers_functional_request(&self) -> bool {
        self.bootloader()
            .is_none_or(|b| b.answers_functional_request)
    }

    /// Waits for a bus reset after DETACH.
    pub(super) fn is_detached(&self) -> bool {
        matches!(self.run_time, RunTime::Detached(_))
    }

    /// Puts the cable in. Power-up starts what the board starts in.
    pub(super) fn plug(&mut self, now: Duration) {
        if self.mode == Mode::Unplugged {
            self.return_to_first();
            self.arrive(self.board.starts_in, now);
        }
    }

    /// Pulls the cable. What the flash was doing is torn.
    pub(super) fn unplug(&mut self, now: Duration) {
        self.advance(now);
        if let (Some(rom), Some(chip)) = (&mut self.rom, &mut self.chip) {
            rom.lose_power(chip, now);
        }
        self.rom = None;
        self.port = None;
        self.mode = Mode::Unplugged;
        self.run_time = RunTime::Idle;
        self.report_change();
    }

    /// The power is gone for a moment: as pulling the cable and putting it back.
    fn power_cycle(&mut self, now: Duration) {
        self.unplug(now);
        self.mode = Mode::Away(now + RE_ENUMERATION, self.board.starts_in);
    }

    fn arrive(&mut self, starts_in: StartsIn, now: Duration) {
        self.arrivals = self.arrivals.wrapping_add(1).max(1);
        self.run_time = RunTime::Idle;
        if let Some(chip) = &mut self.chip {
            chip.load_options();
        }
        let never_boots = self.chip.as_ref().is_some_and(Chip::never_boots);
        match (starts_in, self.bootloader()) {
            (StartsIn::Bootloader, Some(bootloader)) if !never_boots => {
                self.rom = Some(Rom::new(bootloader));
                self.mode = Mode::Bootloader;
            }
            _ => {
                self.rom = None;
                self.mode = Mode::Application;
                let serial = self.application().and_then(|program| program.serial);
                self.port = serial.map(|serial| Port::new(serial.program, now));
            }
        }
        self.report_change();
    }

    /// Lets the time that has passed take effect.
    pub(super) fn advance(&mut self, now: Duration) {
        if let (Some(rom), Some(chip)) = (&mut self.rom, &mut self.chip) {
            rom.advance(chip, now);
            if let Some(departure) = rom.take_departure() {
                self.depart(departure, now);
            }
        }
        self.advance_port(now);
        if let Mode::Away(until, next) = self.mode
            && now >= until
        {
            self.arrive(next, until);
        }
    }

    fn depart(&mut self, departure: Departure, now: Duration) {
        let next = match departure {
            Departure::Start(address)
                if self.starts_program(address) && self.starts_second(address) =>
            {
                StartsIn::Bootloader
            }
            Departure::Start(address) if self.starts_program(address) => StartsIn::Application,
            Departure::Start(_) | Departure::Reset => StartsIn::Bootloader,
        };
        self.rom = None;
        self.leave(now, next);
    }

    /// Leaves the bus and comes back, running `next`.
    fn leave(&mut self, now: Duration, next: StartsIn) {
        self.port = None;
        self.mode = Mode::Away(now + RE_ENUMERATION, next);
        self.report_change();
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
        match self.mode {
            Mode::Away(until, _) => Some(until),
            _ => None,
        }
    }

    /// A bus reset. `true` if the board leaves the bus over it.
    pub(super) fn reset(&mut self, now: Duration) -> bool {
        self.advance(now);
        match (self.mode, self.run_time) {
            (Mode::Application, RunTime::Detached(until)) if now <= until => {
                self.leave(now, StartsIn::Bootloader);
                true
            }
            (Mode::Bootloader, _) => {
                let (Some(rom), Some(chip)) = (&mut self.rom, &mut self.chip) else {
                    return false;
                };
                if rom.reset(chip) {
                    self.advance(now);
                    return true;
                }
                rom.lose_power(chip, now);
                *rom = Rom::new(&chip.bootloader);
                false
            }
            (Mode::Away(..) | Mode::Unplugged, _) => true,
            (Mode::Application, _) => {
                self.run_time = RunTime::Idle;
                false
            }
        }
    }
}
