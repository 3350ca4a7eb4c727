//! Writing a record, and the transport that does it while it passes everything on.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::super::{CLASS_IN, CLASS_OUT};
use super::super::{Clock, DeviceRecord, Opened, Place, Transport, UsbError, usb};
use super::VERSION;
use super::data::{Data, KeepData};
use super::device::Device;
use super::line::{Header, Line, Outcome, TransferLine, name_of};
use super::setup::{Asked, Setup};
use crate::io_error::reason;

/// Who writes the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// This program, on its way to a board.
    Host,
    /// A simulated board, whoever its host is.
    Device,
}

/// Writes one record. Clones write to the same.
#[derive(Clone)]
pub struct Recorder(Arc<Mutex<Inner>>);

struct Inner {
    /// Not buffered: each line is in the system's hands before the next transfer.
    out: Box<dyn Write + Send>,
    /// Until [`Recorder::begin`], instead of `out`.
    held: Option<Held>,
    keep: KeepData,
    /// The devices as last written.
    devices: BTreeMap<Place, DeviceRecord>,
    transfers: BTreeMap<Place, u64>,
    /// The first failure; nothing is written after it.
    failed: Option<io::Error>,
}

/// What a record in the place of a file has noted so far.
struct Held {
    file: File,
    lines: Vec<u8>,
}

/// Whether both write the same record.
impl PartialEq for Recorder {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

impl Recorder {
    /// Creates `path`, and writes its first line.
    ///
    /// # Errors
    /// If the file exists or cannot be written.
    pub fn create(path: &Path, keep: KeepData, side: Side) -> io::Result<Self> {
        Self::new(File::create_new(path)?, keep, side)
    }

    /// The same, in the place of a file that exists, whose contents stay until [`Self::begin`].
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn replace_later(path: &Path, keep: KeepData, side: Side) -> io::Result<Self> {
        let file = File::options().write(true).open(path)?;
        let out = file.try_clone()?;
        // A device or a pipe keeps nothing.
        let is_file = file.metadata()?.is_file();
        let lines = Vec::new();
        Self::with(out, is_file.then_some(Held { file, lines }), keep, side)
    }

    /// From now on all that is noted, and was, is in the file.
    pub fn begin(&self) {
        let mut inner = self.lock();
        if let Some(held) = inner.held.take() {
            let written = held.file.set_len(0);
            let written = written.and_then(|()| inner.out.write_all(&held.lines));
            inner.failed = inner.failed.take().or(written.err());
        }
    }

    /// The file is still as it was.
    pub fn is_held(&self) -> bool {
        self.lock().held.is_some()
    }

    /// The same, in the place of a file that may exist.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn replace(path: &Path, keep: KeepData, side: Side) -> io::Result<Self> {
        Self::new(File::create(path)?, keep, side)
    }

    /// # Errors
    /// If the first line cannot be written.
    pub fn new(out: impl Write + Send + 'static, keep: KeepData, side: Side) -> io::Result<Self> {
        Self::with(out, None, keep, side)
    }

    fn with(
        out: impl Write + Send + 'static,
        held: Option<Held>,
        keep: KeepData,
        side: Side,
    ) -> io::Result<Self> {
        let mut inner = Inner {
            out: Box::new(out),
            held,
            keep,
            devices: BTreeMap::new(),
            transfers: BTreeMap::new(),
            failed: None,
        };
        inner.write(&Line::Record(header(side)));
        match inner.failed {
            Some(error) => Err(error),
            None => Ok(Self(Arc::new(Mutex::new(inner)))),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what changed since the last call; `devices` are all the relevant ones.
    pub fn devices<'a>(&self, devices: impl IntoIterator<Item = &'a DeviceRecord>) {
        let mut inner = self.lock();
        let mut before = std::mem::take(&mut inner.devices);
        let mut now = BTreeMap::new();
        for device in devices {
            if before.remove(&device.place).as_ref() != Some(device) {
                inner.write(&Line::Device {
                    board: device.place.0.clone(),
                    device: Device::new(device),
                });
            }
            now.insert(device.place.clone(), device.clone());
        }
        for (place, _) in before {
            inner.write(&Line::Gone { board: place.0 });
        }
        inner.devices = now;
    }

    /// Notes the result of an `open`, and records all that passes through the interface.
    ///
    /// # Errors
    /// Those of `opened`.
    pub fn opened(
        &self,
        device: &DeviceRecord,
        interface: u8,
        opened: Result<Opened, UsbError>,
    ) -> Result<Opened, UsbError> {
        let board = self.open(device, interface, opened.as_ref().map(|_| ()));
        let opened = opened?;
        let clock = Arc::clone(&opened.clock);
        Ok(Opened {
            transport: Box::new(RecordingTransport {
                inner: opened.transport,
                clock: Arc::clone(&clock),
                interface,
                board,
            }),
            clock,
        })
    }

    /// Notes that the interface of a device was claimed, or why not.
    pub fn open(
        &self,
        device: &DeviceRecord,
        interface: u8,
        result: Result<(), &UsbError>,
    ) -> BoardRecorder {
        let place = &device.place;
        let mut inner = self.lock();
        if !inner.devices.contains_key(place) {
            inner.write(&Line::Device {
                board: place.0.clone(),
                device: Device::new(device),
            });
            inner.devices.insert(place.clone(), device.clone());
        }
        inner.write(&Line::Open {
            board: place.0.clone(),
            interface,
            outcome: outcome(result),
        });
        BoardRecorder {
            recorder: self.clone(),
            place: place.clone(),
        }
    }

    /// Transfers written so far.
    pub fn transfers(&self) -> u64 {
        self.lock().transfers.values().sum()
    }

    /// Why the record is incomplete.
    pub fn failure(&self) -> Option<String> {
        self.lock().failed.as_ref().map(reason)
    }
}

impl Inner {
    fn write(&mut self, line: &Line) {
        if self.failed.is_some() {
            return;
        }
        let written = serde_json::to_vec(line)
            .map_err(io::Error::from)
            .and_then(|mut text| {
                text.push(b'\n');
                match &mut self.held {
                    Some(held) => held.lines.write_all(&text),
                    None => self.out.write_all(&text),
                }
            });
        self.failed = written.err();
    }
}

fn header(side: Side) -> Header {
    Header {
        version: VERSION,
        program: concat!("upfuse ", env!("CARGO_PKG_VERSION")).to_owned(),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        usb_library: usb::library_version(),
        side: match side {
            Side::Host => "host",
            Side::Device => "device",
        }
        .to_owned(),
    }
}

fn outcome<T>(result: Result<T, &UsbError>) -> Outcome {
    match result {
        Ok(_) => Outcome {
            result: "ok".to_owned(),
            detail: None,
        },
        Err(error) => Outcome {
            result: name_of(error.kind).to_owned(),
            detail: Some(error.detail.clone()),
        },
    }
}

/// Notes the transfers of one board.
#[derive(Clone, Debug)]
pub struct BoardRecorder {
    recorder: Recorder,
    place: Place,
}

impl BoardRecorder {
    /// Notes one control transfer between `start` and `end` on the board's clock, with the bytes
    /// received.
    pub fn transfer(
        &self,
        (start, end): (Duration, Duration),
        asked: Asked,
        out: &[u8],
        result: Result<&[u8], &UsbError>,
    ) {
        let keep = self.recorder.lock().keep;
        let data = |bytes: &[u8]| (!bytes.is_empty()).then(|| Data::new(bytes, keep));
        let mut line = TransferLine {
            board: self.place.0.clone(),
            n: 0,
            at: start.into(),
            took: end.saturating_sub(start).into(),
            request: asked.name().to_owned(),
            setup: asked.setup(),
            out: data(out),
            received: result.ok().and_then(data),
            outcome: outcome(result),
        };
        let mut inner = self.recorder.lock();
        let number = inner.transfers.entry(self.place.clone()).or_default();
        *number += 1;
        line.n = *number;
        inner.write(&Line::Transfer(line));
    }
}

/// Passes everything on, and notes it.
struct RecordingTransport {
    inner: Box<dyn Transport>,
    clock: Arc<dyn Clock>,
    interface: u8,
    board: BoardRecorder,
}

impl RecordingTransport {
    fn note(&self, start: Duration, asked: Asked, out: &[u8], result: Result<&[u8], &UsbError>) {
        let times = (start, self.clock.now());
        self.board.transfer(times, asked, out, result);
    }
}

impl Transport for RecordingTransport {
    fn write(
        &mut self,
        request: u8,
        value: u16,
        data: &[u8],
        timeout: Duration,
    ) -> Result<(), UsbError> {
        let start = self.clock.now();
        let result = self.inner.write(request, value, data, timeout);
        let setup = Setup::class(CLASS_OUT, request, value, self.interface, data.len());
        self.note(start, Asked::Control(setup), data, empty(&result));
        result
    }

    fn read(
        &mut self,
        request: u8,
        value: u16,
        buffer: &mut [u8],
        timeout: Duration,
    ) -> Result<usize, UsbError> {
        let start = self.clock.now();
        let result = self.inner.read(request, value, buffer, timeout);
        let setup = Setup::class(CLASS_IN, request, value, self.interface, buffer.len());
        let received = match &result {
            Ok(length) => Ok(buffer.get(..*length).unwrap_or(buffer)),
            Err(error) => Err(error),
        };
        self.note(start, Asked::Control(setup), &[], received);
        result
    }

    fn select_alternate(&mut self, alternate: u8) -> Result<(), UsbError> {
        let start = self.clock.now();
        let result = self.inner.select_alternate(alternate);
        let setup = Setup::select(alternate, self.interface);
        self.note(start, Asked::Control(setup), &[], empty(&result));
        result
    }

    fn reset(&mut self) -> Result<(), UsbError> {
        let start = self.clock.now();
        let result = self.inner.reset();
        self.note(start, Asked::Reset, &[], empty(&result));
        result
    }

    /// Not recorded: it changes no state, and a replay does without.
    fn string(&mut self, index: u8) -> Option<String> {
        self.inner.string(index)
    }

    fn resets_port(&self) -> bool {
        self.inner.resets_port()
    }

    fn has_left(&mut self) -> bool {
        self.inner.has_left()
    }

    fn reopen(&mut self) -> Result<(), UsbError> {
        let start = self.clock.now();
        let result = self.inner.reopen();
        self.note(start, Asked::Reopen, &[], empty(&result));
        result
    }
}

fn empty(result: &Result<(), UsbError>) -> Result<&'static [u8], &UsbError> {
    result.as_ref().map(|()| &[] as &[u8])
}
