//! A USB/IP server for simulated boards: with `usbip attach` on Linux they appear on a real bus,
//! for any host program.
//!
//! Boards are exported as `1-1`, `1-2`, … in the order given. A board that leaves the bus ends
//! the connection; attaching it again brings it back with the face it has by then.

mod cdc;
mod descriptors;
mod limits;
mod session;
#[cfg(test)]
mod tests;
mod wire;

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender};

use crate::transport::DeviceRecord;
use crate::transport::recording::{BoardRecorder, Recorder};

use super::bus::SimulatedBoard;
use crate::transport::RealClock;
use limits::{Limits, Places, accepted};
use session::Session;
use wire::{Exported, Operation, Refusal};

/// The bus ID of the board with this index: `1-1` is the first.
pub fn bus_id(index: usize) -> String {
    Exported::bus_id(index + 1)
}

/// An event of interest to the program that runs the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A host attached the board with this index.
    Attached(usize),
    /// Its host has not asked for anything for a while.
    Idle(usize),
    /// The host released it, or the board left the bus.
    Released(usize),
}

/// A running server; dropping it stops taking connections.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    events: Receiver<Event>,
    stop: Arc<AtomicBool>,
}

/// Events that have not been received yet; more are dropped, because a host must not wait for a reader.
const EVENTS: usize = 256;

/// Exports `boards` on `listener`, from threads of its own; `recorder` records what their hosts do.
///
/// # Errors
/// When the address of the listener cannot be read.
pub fn serve(
    listener: TcpListener,
    boards: Vec<SimulatedBoard>,
    recorder: Option<Recorder>,
) -> io::Result<Server> {
    serve_within(Limits::default(), listener, boards, recorder)
}

fn serve_within(
    limits: Limits,
    listener: TcpListener,
    boards: Vec<SimulatedBoard>,
    recorder: Option<Recorder>,
) -> io::Result<Server> {
    let address = listener.local_addr()?;
    let (sender, events) = crossbeam_channel::bounded(EVENTS);
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let export = Export {
        boards: boards.into(),
        events: sender,
        limits,
        recorder,
    };
    let places = Places::default();
    std::thread::spawn(move || {
        for stream in accepted(listener.incoming(), &RealClock::default()) {
            if stopped.load(Ordering::Acquire) {
                return;
            }
            let Some(place) = places.take(limits.connections) else {
                log::warn!("USB/IP: more than {} connections", limits.connections);
                continue;
            };
            let export = export.clone();
            // A client that breaks its connection does not affect other clients.
            std::thread::spawn(move || {
                export.converse(stream).ok();
                drop(place);
            });
        }
    });
    Ok(Server {
        address,
        events,
        stop,
    })
}

impl Server {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Events as they happen.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // Wakes the thread that waits for a connection.
        TcpStream::connect(self.address).ok();
    }
}

/// The boards, for each connection's thread.
#[derive(Clone)]
struct Export {
    boards: Arc<[SimulatedBoard]>,
    events: Sender<Event>,
    limits: Limits,
    recorder: Option<Recorder>,
}

impl Export {
    fn converse(&self, mut stream: TcpStream) -> io::Result<()> {
        // Each reply is one small packet that the host waits for.
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(self.limits.silence))?;
        stream.set_write_timeout(Some(self.limits.silence))?;
        match wire::read_operation(&mut stream)? {
            Operation::DeviceList => {
                let devices: Vec<_> = (0..self.boards.len())
                    .filter_map(|index| self.exported(index))
                    .collect();
                stream.write_all(&wire::device_list(&devices))
            }
            Operation::Import(bus_id) => self.import(stream, &bus_id),
        }
    }

    fn exported(&self, index: usize) -> Option<Exported> {
        let board = self.boards.get(index)?;
        let (identity, interfaces) = board.unit.lock().shown(board.clock.now())?;
        Some(Exported {
            number: index + 1,
            vendor: identity.vendor,
            product: identity.product,
            version: identity.version,
            interfaces: interfaces
                .iter()
                .filter(|i| i.alternate == 0)
                .map(|i| [i.class, i.subclass, i.protocol])
                .collect(),
        })
    }

    fn import(&self, mut stream: TcpStream, bus_id: &str) -> io::Result<()> {
        let mut boards = self.boards.iter().enumerate();
        let Some((index, board)) = boards.find(|(index, _)| self::bus_id(*index) == bus_id) else {
            return stream.write_all(&wire::import_reply(Err(Refusal::NoDevice)));
        };
        board.wait_for_return();
        let Some(exported) = self.exported(index) else {
            return stream.write_all(&wire::import_reply(Err(Refusal::NoDevice)));
        };
        if std::mem::replace(&mut board.unit.lock().claimed, true) {
            return stream.write_all(&wire::import_reply(Err(Refusal::Busy)));
        }
        self.report(Event::Attached(index));
        let incoming = stream
            .write_all(&wire::import_reply(Ok(&exported)))
            .and_then(|()| stream.set_read_timeout(None))
            .and_then(|()| stream.try_clone())
            .inspect_err(|_| self.release(board, index))?;
        let session = Session::new(board, stream, self.limits.waiting, self.record(board));
        std::thread::scope(|scope| {
            scope.spawn(|| session.receive(incoming));
            session.work(|| self.report(Event::Idle(index)));
            // First the board, then the line: the client may want to attach again at once.
            self.release(board, index);
            session.hang_up(self.limits.silence);
        });
        Ok(())
    }

    /// Notes that this board was attached.
    fn record(&self, board: &SimulatedBoard) -> Option<BoardRecorder> {
        let recorder = self.recorder.as_ref()?;
        let devices = self.record_devices(recorder);
        let place = board.place();
        let device = devices.iter().find(|device| device.place == place)?;
        let mut interfaces = device.interfaces.iter();
        let dfu = interfaces.find(|i| (i.class, i.subclass) == (0xFE, 1));
        let number = dfu.map_or(0, |interface| interface.number);
        Some(recorder.open(device, number, Ok(())))
    }

    /// Notes the boards that are there.
    fn record_devices(&self, recorder: &Recorder) -> Vec<DeviceRecord> {
        let devices: Vec<_> = self
            .boards
            .iter()
            .filter_map(SimulatedBoard::record)
            .collect();
        recorder.devices(&devices);
        devices
    }

    fn release(&self, board: &SimulatedBoard, index: usize) {
        board.unit.lock().claimed = false;
        if let Some(recorder) = &self.recorder {
            self.record_devices(recorder);
        }
        self.report(Event::Released(index));
    }

    fn report(&self, event: Event) {
        self.events.try_send(event).ok();
    }
}
