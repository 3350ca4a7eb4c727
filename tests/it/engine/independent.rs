//! Our host code against an independent device: the `usbd-dfu` crate, emulated by
//! `usbd-class-tester`. Its flash is ours; writing only clears bits, as in real flash.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use upfuse::address::Address;
use upfuse::dfu::{Cancel, Pace, Session};
use upfuse::discovery::{Core, Dialect, Target};
use upfuse::engine::{self, Board, Outcome, Report, Task};
use upfuse::memory::parse_layout;
use upfuse::transport::{
    FunctionalDescriptor, Opened, Place, Transport, UsbError, UsbErrorKind, VirtualClock,
};
use usb_device::bus::UsbBusAllocator;
use usbd_class_tester::prelude::*;
use usbd_dfu::class::{DFUClass, DFUManifestationError, DFUMemError, DFUMemIO};

use super::bench::{image, random, stay};

const BASE: u32 = 0x0800_0000;
const SIZE: usize = 64 * 1024;
const LAYOUT: &str = "@Internal Flash  /0x08000000/16*1Ka,48*1Kg";

type Flash = Arc<Mutex<Vec<u8>>>;

struct Memory {
    flash: Flash,
    buffer: [u8; 128],
}

fn offset(address: u32, length: usize) -> Result<usize, DFUMemError> {
    let from = address.checked_sub(BASE).ok_or(DFUMemError::Address)? as usize;
    if from + length > SIZE {
        Err(DFUMemError::Address)
    } else {
        Ok(from)
    }
}

impl DFUMemIO for Memory {
    const INITIAL_ADDRESS_POINTER: u32 = BASE;
    const MANIFESTATION_TOLERANT: bool = false;
    const PROGRAM_TIME_MS: u32 = 8;
    const ERASE_TIME_MS: u32 = 50;
    const FULL_ERASE_TIME_MS: u32 = 3_200;
    const MEM_INFO_STRING: &'static str = LAYOUT;
    const HAS_DOWNLOAD: bool = true;
    const HAS_UPLOAD: bool = true;
    const DETACH_TIMEOUT: u16 = 255;
    const TRANSFER_SIZE: u16 = 128;

    fn read(&mut self, address: u32, length: usize) -> Result<&[u8], DFUMemError> {
        let from = offset(address, 0)?;
        let length = length.min(SIZE - from);
        let flash = self.flash.lock().unwrap();
        self.buffer[..length].copy_from_slice(&flash[from..from + length]);
        Ok(&self.buffer[..length])
    }

    fn erase(&mut self, address: u32) -> Result<(), DFUMemError> {
        let from = offset(address, 1)? & !0x3FF;
        self.flash.lock().unwrap()[from..from + 1024].fill(0xFF);
        Ok(())
    }

    fn erase_all(&mut self) -> Result<(), DFUMemError> {
        self.flash.lock().unwrap()[16 * 1024..].fill(0xFF);
        Ok(())
    }

    fn store_write_buffer(&mut self, source: &[u8]) -> Result<(), ()> {
        self.buffer[..source.len()].copy_from_slice(source);
        Ok(())
    }

    fn program(&mut self, address: u32, length: usize) -> Result<(), DFUMemError> {
        let from = offset(address, length)?;
        let mut flash = self.flash.lock().unwrap();
        for (cell, byte) in flash[from..from + length].iter_mut().zip(self.buffer) {
            *cell &= byte;
        }
        Ok(())
    }

    fn manifestation(&mut self) -> Result<(), DFUManifestationError> {
        Ok(())
    }
}

struct Context(Flash);

impl UsbDeviceCtx for Context {
    type C<'c> = DFUClass<EmulatedUsbBus, Memory>;
    const EP0_SIZE: u8 = 64;

    fn create_class<'a>(
        &mut self,
        alloc: &'a UsbBusAllocator<EmulatedUsbBus>,
    ) -> AnyResult<Self::C<'a>> {
        let memory = Memory {
            flash: Arc::clone(&self.0),
            buffer: [0; 128],
        };
        Ok(DFUClass::new(alloc, memory))
    }

    fn initialize(&mut self) {}
}

enum Call {
    Write(u8, u16, Vec<u8>),
    Read(u8, u16, u16),
}

type Emulated<'a> = Device<'a, DFUClass<EmulatedUsbBus, Memory>, Context>;
type Answer = Result<Vec<u8>, AnyUsbError>;

thread_local! {
    /// The channels of this thread's device: `with_usb` takes a function without captures.
    static CHANNELS: RefCell<Option<(Receiver<Call>, Sender<Answer>)>> = const { RefCell::new(None) };
}

/// The device has its own thread, because it is not `Send`.
fn device(flash: Flash, calls: Receiver<Call>, answers: Sender<Answer>) {
    CHANNELS.set(Some((calls, answers)));
    Context(flash).with_usb(serve).unwrap();
}

fn serve(mut class: DFUClass<EmulatedUsbBus, Memory>, mut device: Emulated<'_>) {
    let (calls, answers) = CHANNELS.take().unwrap();
    for call in &calls {
        let answer = match call {
            Call::Write(request, value, data) => {
                let kind = CtrRequestType::to_device().class().interface();
                let length = u16::try_from(data.len()).unwrap();
                let data = (!data.is_empty()).then_some(data.as_slice());
                device.ep_io_control(&mut class, kind, request, value, 0, length, data)
            }
            Call::Read(request, value, length) => {
                let kind = CtrRequestType::to_host().class().interface();
                device.control_read(&mut class, kind, request, value, 0, length)
            }
        };
        if answers.send(answer).is_err() {
            break;
        }
    }
}

struct Independent {
    calls: Sender<Call>,
    answers: Receiver<Answer>,
}

impl Independent {
    fn call(&self, call: Call) -> Result<Vec<u8>, UsbError> {
        self.calls.send(call).unwrap();
        self.answers.recv().unwrap().map_err(|error| {
            let kind = match error {
                AnyUsbError::EP0Stalled | AnyUsbError::EPStalled => UsbErrorKind::Stall,
                _ => UsbErrorKind::Io,
            };
            UsbError::new(kind, format!("{error:?}"))
        })
    }
}

impl Transport for Independent {
    fn write(
        &mut self,
        request: u8,
        value: u16,
        data: &[u8],
        _timeout: Duration,
    ) -> Result<(), UsbError> {
        self.call(Call::Write(request, value, data.to_vec()))
            .map(|_| ())
    }

    fn read(
        &mut self,
        request: u8,
        value: u16,
        buffer: &mut [u8],
        _timeout: Duration,
    ) -> Result<usize, UsbError> {
        let bytes = self.call(Call::Read(
            request,
            value,
            u16::try_from(buffer.len()).unwrap(),
        ))?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    fn select_alternate(&mut self, alternate: u8) -> Result<(), UsbError> {
        assert_eq!(alternate, 0);
        Ok(())
    }

    fn reset(&mut self) -> Result<(), UsbError> {
        Ok(())
    }
}

fn run(flash: &Flash, task: &Task) -> Report {
    let (calls, received) = bounded(1);
    let (sent, answers) = bounded(1);
    let thread = {
        let flash = Arc::clone(flash);
        std::thread::spawn(move || device(flash, received, sent))
    };
    let opened = Opened {
        transport: Box::new(Independent { calls, answers }),
        clock: Arc::new(VirtualClock::default()),
    };
    let board = Board {
        identity: (0x0483, 0xDF11),
        place: Place("independent".to_owned()),
        program: None,
        dialect: Dialect::DfuSe,
        core: Core::Arm,
        family: None,
        targets: vec![Target {
            alternate: 0,
            name: "Internal Flash".to_owned(),
            layout: Some(LAYOUT.to_owned()),
            map: parse_layout(LAYOUT),
        }],
        may_hang_at_start: false,
        option_bytes: None,
        was_lost_comparing: false,
        functional: FunctionalDescriptor {
            transfer_size: 128,
            ..FunctionalDescriptor::ST_DEFAULT
        },
    };
    let mut session = Session::new(opened, 128, Pace::Adaptive, Cancel::default());
    let report = engine::run(task, &board, &mut session, &mut |_| {});
    drop(session);
    thread.join().unwrap();
    report
}

fn old_flash() -> Flash {
    Arc::new(Mutex::new(random(77, SIZE as u64)))
}

#[test]
fn usbd_dfu_is_upgraded_and_verified_and_other_sectors_stay() {
    let flash = old_flash();
    let before = flash.lock().unwrap().clone();
    let data = random(78, 10_000);
    let file = image(BASE + 0x5000, &data);
    let task = Task::Upgrade {
        image: file,
        options: stay(),
    };
    let report = run(&flash, &task);
    assert_eq!(report.outcome, Outcome::Done, "{}", report.board_summary);
    assert_eq!((report.bytes_verified, report.sectors_erased), (10_000, 10));
    let after = flash.lock().unwrap().clone();
    assert_eq!(after[0x5000..][..10_000], data);
    assert_eq!(after[..0x5000], before[..0x5000]);
    assert_eq!(after[0x5000 + 10 * 1024..], before[0x5000 + 10 * 1024..]);

    let again = run(&flash, &task);
    assert_eq!((again.bytes_matched, again.sectors_erased), (10_000, 0));
}

#[test]
fn usbd_dfu_is_read_completely() {
    let flash = old_flash();
    let report = run(
        &flash,
        &Task::Read {
            alternate: 0,
            range: None,
            save: None,
        },
    );
    assert_eq!(report.outcome, Outcome::Done);
    assert_eq!(report.read[0].segments[0].data(), *flash.lock().unwrap());
    assert_eq!(report.read[0].segments[0].range().start(), Address(BASE));
}

#[test]
fn usbd_dfu_is_mass_erased() {
    let flash = old_flash();
    let report = run(&flash, &Task::Erase(engine::EraseScope::All));
    assert_eq!(report.outcome, Outcome::Done, "{}", report.board_summary);
    assert!(
        flash.lock().unwrap()[16 * 1024..]
            .iter()
            .all(|byte| *byte == 0xFF)
    );
}
