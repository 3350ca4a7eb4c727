//! A bus with simulated boards on it, which are plugged in and unplugged by program.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::address::{Address, AddressRange};
use crate::transport::{
    Bus, Changes, Clock, DeviceRecord, Opened, OpenedSerial, Place, RealClock, SerialError,
    SerialErrorKind, UsbError, UsbErrorKind, VirtualClock,
};

use super::board::Board;
use super::flash::{Defect, Erasure, Memory};
use super::open_port::OpenPort;
use super::protocol::State;
use super::transport::SimulatedTransport;
use super::unit::{Counters, Shared, TransferRecord, Unit};

/// Whose time a simulated board lives by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// It passes only when the host waits or transfers: exact and immediate, for tests.
    Virtual,
    /// The machine's own.
    Real,
}

/// A handle on a plugged-in board, from outside the bus: its cable, its memory and its books.
#[derive(Clone)]
pub struct SimulatedBoard {
    pub(super) unit: Shared,
    pub(super) clock: Arc<dyn Clock>,
    time: Time,
}

impl std::fmt::Debug for SimulatedBoard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SimulatedBoard({:?})", self.unit.lock())
    }
}

impl SimulatedBoard {
    /// Plugs `board` in at `place`, on no bus yet.
    pub fn new(board: Board, place: Place, time: Time) -> Self {
        let clock: Arc<dyn Clock> = match time {
            Time::Virtual => Arc::new(VirtualClock::default()),
            Time::Real => Arc::new(RealClock::default()),
        };
        Self {
            unit: Shared::new(Unit::new(board, place)),
            clock,
            time,
        }
    }

    pub fn place(&self) -> Place {
        self.unit.lock().place().clone()
    }

    /// The board's name, as `--simulate` takes it.
    pub fn name(&self) -> &'static str {
        self.unit.lock().name()
    }

    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    pub(super) fn time(&self) -> Time {
        self.time
    }

    /// Waits for a board that is about to be back on the bus; at once where it is there already,
    /// or will not come.
    pub(super) fn wait_for_return(&self) {
        let now = self.clock.now();
        let until = {
            let mut unit = self.unit.lock();
            unit.advance(now);
            unit.back_at()
        };
        if let Some(until) = until {
            self.clock.sleep(until - now);
        }
    }

    pub fn plug(&self) {
        self.unit.lock().plug(self.clock.now());
    }

    pub fn unplug(&self) {
        self.unit.lock().unplug(self.clock.now());
    }

    /// Makes `open` fail with this, as the system's permissions or drivers would. `None` undoes it.
    pub fn set_blocked(&self, kind: impl Into<Option<UsbErrorKind>>) {
        self.unit.lock().set_blocked(kind.into());
    }

    /// Makes opening its serial port fail with this. `None` undoes it.
    pub fn set_serial_blocked(&self, kind: impl Into<Option<SerialErrorKind>>) {
        self.unit.lock().serial_blocked = kind.into();
    }

    /// Every byte that its programs were sent over the serial port.
    pub fn serial_received(&self) -> Vec<u8> {
        self.unit.lock().serial_received().to_vec()
    }

    /// Ends all scripted faults.
    pub fn mend(&self) {
        self.unit.lock().mend();
    }

    /// Calls `listener` for each control transfer that is answered.
    pub fn listen(&self, listener: impl FnMut(&TransferRecord) + Send + 'static) {
        self.unit.lock().listen(Arc::new(Mutex::new(listener)));
    }

    /// All of the internal flash, from its first address on. Empty where there is none.
    pub fn flash(&self) -> Vec<u8> {
        self.memory(|memory| memory.internal_flash().to_vec())
            .unwrap_or_default()
    }

    /// Bytes of any memory; `None` unless one area holds all of `range`.
    pub fn read(&self, range: AddressRange) -> Option<Vec<u8>> {
        self.memory(|memory| memory.read(range).map(<[u8]>::to_vec))?
    }

    /// Places bytes in memory as they are, without flash rules and books.
    pub fn fill(&self, address: Address, bytes: &[u8]) {
        self.memory(|memory| memory.fill(address, bytes));
    }

    /// Sectors erased so far, oldest first.
    pub fn erasures(&self) -> Vec<Erasure> {
        self.memory(|memory| memory.erasures().to_vec())
            .unwrap_or_default()
    }

    /// Ranges programmed so far, oldest first, neighbours joined.
    pub fn writes(&self) -> Vec<AddressRange> {
        self.memory(|memory| memory.writes().to_vec())
            .unwrap_or_default()
    }

    /// What a real flash would not have taken.
    pub fn defects(&self) -> Vec<Defect> {
        self.memory(|memory| memory.defects().to_vec())
            .unwrap_or_default()
    }

    /// Time the flash itself spent erasing and programming: the floor for any host.
    pub fn flash_work(&self) -> Duration {
        self.memory(|memory| memory.work()).unwrap_or_default()
    }

    /// The memory as it is now; boards without a bootloader have none.
    fn memory<T>(&self, look: impl FnOnce(&mut Memory) -> T) -> Option<T> {
        self.unit.lock().memory(self.clock.now()).map(look)
    }

    pub fn counters(&self) -> Counters {
        self.unit.lock().counters().clone()
    }

    /// The DFU state it is in now; a program without DFU is in appIDLE.
    pub fn state(&self) -> State {
        let mut unit = self.unit.lock();
        unit.advance(self.clock.now());
        unit.state()
    }

    pub fn is_read_protected(&self) -> bool {
        let mut unit = self.unit.lock();
        unit.advance(self.clock.now());
        unit.read_protected()
    }

    pub(super) fn record(&self) -> Option<DeviceRecord> {
        let mut unit = self.unit.lock();
        let now = self.clock.now();
        let record = unit.record(now);
        let away = unit.back_at().filter(|_| record.is_none());
        if let (Time::Virtual, Some(until)) = (self.time, away.or(unit.restarts_at())) {
            // Nothing else moves a virtual clock while the board is away, or about to restart: that
            // is over at the next scan.
            drop(unit);
            self.clock.sleep(until - now);
        }
        record
    }

    fn open(&self, interface: u8) -> Result<(Opened, DeviceRecord), UsbError> {
        let refuse = |kind| Err(UsbError::new(kind, "simulated board"));
        let mut unit = self.unit.lock();
        let Some(record) = unit.record(self.clock.now()) else {
            return refuse(UsbErrorKind::Gone);
        };
        if let Some(kind) = unit.blocked() {
            return refuse(kind);
        }
        if !record.interfaces.iter().any(|i| i.number == interface) {
            return refuse(UsbErrorKind::Io);
        }
        if unit.claimed {
            return refuse(UsbErrorKind::Busy);
        }
        unit.claimed = true;
        drop(unit);
        let transport = SimulatedTransport::new(self.unit.clone(), Arc::clone(&self.clock));
        let opened = Opened {
            transport: Box::new(transport),
            clock: Arc::clone(&self.clock),
        };
        Ok((opened, record))
    }
}

/// Boards `sim-1`, `sim-2`, … Clones share the same boards, so that one can sit in the worker
/// while another plugs and unplugs.
#[derive(Clone, Debug, Default)]
pub struct SimulatedBus {
    bus: Arc<Mutex<Boards>>,
}

#[derive(Debug, Default)]
struct Boards {
    boards: Vec<SimulatedBoard>,
    /// Where changes are reported, once the bus is watched.
    changes: Option<Changes>,
}

impl SimulatedBus {
    pub fn new() -> Self {
        Self::default()
    }

    /// Plugs a board into the next free place.
    pub fn plug(&self, board: Board, time: Time) -> SimulatedBoard {
        let mut bus = self.lock();
        let place = Place(format!("sim-{}", bus.boards.len() + 1));
        let board = SimulatedBoard::new(board, place, time);
        bus.boards.push(board.clone());
        if let Some(changes) = &bus.changes {
            board.unit.lock().watch(changes.clone());
            changes.report();
        }
        board
    }

    pub fn boards(&self) -> Vec<SimulatedBoard> {
        self.lock().boards.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Boards> {
        self.bus.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bus for SimulatedBus {
    fn scan(&mut self) -> Result<Vec<DeviceRecord>, UsbError> {
        Ok(self
            .boards()
            .iter()
            .filter_map(SimulatedBoard::record)
            .collect())
    }

    fn watch(&mut self, changes: Changes) {
        let mut bus = self.lock();
        for board in &bus.boards {
            board.unit.lock().watch(changes.clone());
        }
        bus.changes = Some(changes);
    }

    fn open_serial(&mut self, device: &DeviceRecord) -> Result<OpenedSerial, SerialError> {
        let gone = || SerialError::new(SerialErrorKind::Gone, "no simulated board there");
        let boards = self.boards();
        let board = boards.iter().find(|board| board.place() == device.place);
        let board = board.ok_or_else(gone)?;
        if board.unit.lock().arrivals() != device.address {
            return Err(gone());
        }
        let port = OpenPort::open(board.unit.clone(), board.clock())?;
        Ok(OpenedSerial {
            name: device.place.to_string(),
            port: Box::new(port),
            clock: board.clock(),
        })
    }

    fn open(&mut self, place: &Place, interface: u8) -> Result<(Opened, DeviceRecord), UsbError> {
        self.boards()
            .iter()
            .find(|board| board.place() == *place)
            .ok_or_else(|| UsbError::new(UsbErrorKind::Gone, "no simulated board there"))?
            .open(interface)
    }
}
