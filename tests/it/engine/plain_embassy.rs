//! Our host code against an independent device: embassy-usb's DFU class with embassy-boot's firmware
//! updater behind it, called as its USB stack would call it. Its flash is ours.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use embassy_boot::{AlignedBuffer, BlockingFirmwareUpdater, FirmwareUpdaterConfig};
use embassy_usb::Handler;
use embassy_usb::class::dfu::consts::DfuAttributes;
use embassy_usb::control::{InResponse, OutResponse, Recipient, Request, RequestType};
use embassy_usb::driver::Direction;
use embassy_usb_dfu::{Reset, State, new_state};
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use upfuse::dfu::{Cancel, Pace, Session};
use upfuse::discovery::{Core, Dialect, Target};
use upfuse::engine::{self, Board, Outcome, Report, Task, UpgradeOptions};
use upfuse::memory::parse_layout;
use upfuse::transport::{
    FunctionalDescriptor, Opened, Place, Transport, UsbError, UsbErrorKind, VirtualClock,
};

use super::bench::stay;
use super::plain::{program, raw};

const BLOCK: usize = 1024;
const SECTOR: usize = 4096;
const SLOT: usize = 32 * 1024;

type Bytes = Arc<Mutex<Vec<u8>>>;

fn lock(bytes: &Bytes) -> MutexGuard<'_, Vec<u8>> {
    bytes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Flash in memory: writing only clears bits.
struct Flash(Bytes);

#[derive(Debug)]
struct OutOfBounds;

impl NorFlashError for OutOfBounds {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::OutOfBounds
    }
}

impl ErrorType for Flash {
    type Error = OutOfBounds;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), OutOfBounds> {
        let from = offset as usize;
        let flash = lock(&self.0);
        let read = flash.get(from..from + bytes.len()).ok_or(OutOfBounds)?;
        bytes.copy_from_slice(read);
        Ok(())
    }

    fn capacity(&self) -> usize {
        lock(&self.0).len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 1;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), OutOfBounds> {
        let mut flash = lock(&self.0);
        let range = from as usize..to as usize;
        flash.get_mut(range).ok_or(OutOfBounds)?.fill(0xFF);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), OutOfBounds> {
        let from = offset as usize;
        let mut flash = lock(&self.0);
        let cells = flash.get_mut(from..from + bytes.len()).ok_or(OutOfBounds)?;
        for (cell, byte) in cells.iter_mut().zip(bytes) {
            *cell &= byte;
        }
        Ok(())
    }
}

/// Notes that the part was to restart.
struct Restart(Arc<AtomicBool>);

impl Reset for Restart {
    fn sys_reset(&self) {
        self.0.store(true, Ordering::Release);
    }
}

type Device = State<'static, Flash, Flash, Restart, BLOCK>;

/// The device behind the host's transfers.
struct Glue {
    device: Device,
    restarted: Arc<AtomicBool>,
}

impl Glue {
    fn request(direction: Direction, request: u8, value: u16, length: usize) -> Request {
        Request {
            direction,
            request_type: RequestType::Class,
            recipient: Recipient::Interface,
            request,
            value,
            index: 0,
            length: u16::try_from(length).unwrap(),
        }
    }

    fn failure(kind: UsbErrorKind) -> UsbError {
        UsbError::new(kind, "embassy-usb")
    }

    /// A part that restarted is off the bus.
    fn check(&self) -> Result<(), UsbError> {
        match self.restarted.load(Ordering::Acquire) {
            true => Err(Self::failure(UsbErrorKind::Gone)),
            false => Ok(()),
        }
    }
}

impl Transport for Glue {
    fn write(&mut self, request: u8, value: u16, data: &[u8], _: Duration) -> Result<(), UsbError> {
        self.check()?;
        let request = Self::request(Direction::Out, request, value, data.len());
        match self.device.control_out(request, data) {
            Some(OutResponse::Accepted) => Ok(()),
            _ => Err(Self::failure(UsbErrorKind::Stall)),
        }
    }

    fn read(
        &mut self,
        request: u8,
        value: u16,
        buffer: &mut [u8],
        _: Duration,
    ) -> Result<usize, UsbError> {
        self.check()?;
        let request = Self::request(Direction::In, request, value, buffer.len());
        let mut answer = [0; BLOCK];
        let length = match self.device.control_in(request, &mut answer) {
            Some(InResponse::Accepted(bytes)) => {
                let length = bytes.len().min(buffer.len());
                buffer[..length].copy_from_slice(&bytes[..length]);
                Ok(length)
            }
            _ => Err(Self::failure(UsbErrorKind::Stall)),
        };
        // It restarts before it answers.
        self.check()?;
        length
    }

    fn select_alternate(&mut self, _: u8) -> Result<(), UsbError> {
        self.check()
    }

    fn reset(&mut self) -> Result<(), UsbError> {
        self.device.reset();
        self.check()
    }
}

struct Bench {
    slot: Bytes,
    restarted: Arc<AtomicBool>,
    attributes: DfuAttributes,
}

impl Bench {
    fn new(attributes: DfuAttributes) -> Self {
        Self {
            slot: Arc::new(Mutex::new(vec![0; SLOT])),
            restarted: Arc::default(),
            attributes,
        }
    }

    fn run(&self, task: &Task) -> Report {
        let state = Arc::new(Mutex::new(vec![0xFF; SECTOR]));
        let config = FirmwareUpdaterConfig {
            dfu: Flash(Arc::clone(&self.slot)),
            state: Flash(state),
        };
        let buffer = Box::leak(Box::new(AlignedBuffer([0; 1])));
        let updater = BlockingFirmwareUpdater::new(config, &mut buffer.0);
        let attributes = DfuAttributes::from_bits_truncate(self.attributes.bits());
        let restart = Restart(Arc::clone(&self.restarted));
        let glue = Glue {
            device: new_state(updater, attributes, restart),
            restarted: Arc::clone(&self.restarted),
        };
        let board = self.board();
        let opened = Opened {
            transport: Box::new(glue),
            clock: Arc::new(VirtualClock::default()),
        };
        let size = board.functional.transfer_size;
        let mut session = Session::new(opened, size, Pace::Adaptive, Cancel::default());
        engine::run(task, &board, &mut session, &mut |_| {})
    }

    fn board(&self) -> Board {
        Board {
            place: Place("1-1".to_owned()),
            identity: (0xC0DE, 0xCAFE),
            program: None,
            dialect: Dialect::Plain,
            core: Core::Arm,
            family: None,
            may_hang_at_start: false,
            option_bytes: None,
            was_lost_comparing: false,
            targets: vec![Target {
                alternate: 0,
                name: "target 0".to_owned(),
                layout: None,
                map: parse_layout(""),
            }],
            functional: FunctionalDescriptor {
                attributes: self.attributes.bits(),
                detach_timeout: 2500,
                transfer_size: BLOCK as u16,
                dfu_version: 0x0110,
            },
        }
    }

    fn upgrade(&self, bytes: &[u8], options: UpgradeOptions) -> Report {
        let image = raw(bytes);
        self.run(&Task::Upgrade { image, options })
    }
}

#[test]
fn a_device_that_stays_in_its_manifestation_is_reset_and_starts() {
    let bench = Bench::new(DfuAttributes::CAN_DOWNLOAD);
    let new = program(9_000);
    let report = bench.upgrade(&new, UpgradeOptions::default());
    assert_eq!(report.outcome, Outcome::Done, "{}", report.board_summary);
    assert!(lock(&bench.slot).starts_with(&new));
    assert!(report.started && bench.restarted.load(Ordering::Acquire));
    assert!(
        report.duration < Duration::from_secs(10),
        "{:?}",
        report.duration
    );
}

#[test]
fn a_device_that_restarts_by_itself_is_seen_to_leave() {
    let bench = Bench::new(DfuAttributes::CAN_DOWNLOAD | DfuAttributes::WILL_DETACH);
    let new = program(9_000);
    let report = bench.upgrade(&new, stay());
    assert_eq!(report.outcome, Outcome::Done, "{}", report.board_summary);
    assert!(lock(&bench.slot).starts_with(&new));
    assert!(report.started);
}

#[test]
fn a_tolerant_device_is_idle_afterwards_and_is_not_read() {
    let bench = Bench::new(
        DfuAttributes::CAN_DOWNLOAD
            | DfuAttributes::CAN_UPLOAD
            | DfuAttributes::MANIFESTATION_TOLERANT,
    );
    let new = program(10_240);
    let report = bench.upgrade(&new, stay());
    assert_eq!(report.outcome, Outcome::Done, "{}", report.board_summary);
    assert!(lock(&bench.slot).starts_with(&new));
    assert_eq!(report.bytes_verified, 0);
}

#[test]
fn a_file_longer_than_the_slot_is_the_devices_own_error() {
    let bench = Bench::new(DfuAttributes::CAN_DOWNLOAD);
    let report = bench.upgrade(&program(SLOT as u64 + 1), UpgradeOptions::default());
    let Outcome::Failed(error) = report.outcome else {
        panic!("{:?}", report.outcome);
    };
    assert!(
        error.to_string().contains("no memory at this address"),
        "{error}"
    );
}
