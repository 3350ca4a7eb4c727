//! The worker over its channels, with simulated boards in virtual time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};

use super::{Command, Event, Handle, JobId, Setup, spawn};
use crate::address::Address;
use crate::dfu::Pace;
use crate::discovery::Found;
use crate::engine::{JobEvent, Outcome, Report, Task, UpgradeOptions};
use crate::firmware::{self, Image};
use crate::simulator::{Board, SimulatedBus, Time, pseudo_random};
use crate::transport::{
    Bus, Changes, Clock as _, DeviceRecord, Opened, Place, RealClock, Transport, UsbError,
    UsbErrorKind, VirtualClock,
};

mod buses;
mod enter_dfu;
mod parts;
mod programs;

/// Long enough for a loaded machine; a test that passes never waits for it.
const TIMEOUT: Duration = Duration::from_secs(60);

fn start(simulated: &SimulatedBus) -> Handle {
    let setup = Setup {
        usb: None,
        simulated: simulated.clone(),
        time: Time::Virtual,
    };
    spawn(setup, || {})
}

fn boards(handle: &Handle, wanted: impl Fn(&[Found]) -> bool) -> Vec<Found> {
    loop {
        match handle.events.recv_timeout(TIMEOUT).unwrap() {
            Event::Boards(inventory) if wanted(&inventory.found) => return inventory.found,
            _ => {}
        }
    }
}

fn finished(handle: &Handle, count: usize) -> HashMap<JobId, Report> {
    let mut reports = HashMap::new();
    while reports.len() < count {
        if let Event::Job {
            job,
            event: JobEvent::Finished(report),
            ..
        } = handle.events.recv_timeout(TIMEOUT).unwrap()
        {
            assert!(
                reports.insert(job, *report).is_none(),
                "job {job:?} finished twice"
            );
        }
    }
    reports
}

fn image(length: u64) -> Arc<Image> {
    let mut bytes = pseudo_random(5, length);
    // A program: its stack, and its reset handler in the file.
    bytes[..8].copy_from_slice(&[0, 0x10, 0, 0x20, 9, 0, 0, 8]);
    Arc::new(firmware::parse("test.bin", &bytes, Some(Address::FLASH)).unwrap())
}

fn upgrade(image: &Arc<Image>) -> Task {
    Task::Upgrade {
        image: Arc::clone(image),
        options: UpgradeOptions::default(),
    }
}

fn run(handle: &Handle, job: u64, place: &Place, task: Task) {
    let place = place.clone();
    let command = Command::Run {
        job: JobId(job),
        place,
        task,
        pace: Pace::Adaptive,
    };
    handle.commands.send(command).unwrap();
}

fn f407() -> Board {
    Board::by_name("f407").unwrap().holding_old_firmware(3)
}

/// Reading flash that a power cut left half written hangs the ROM of a part with ECC, every time.
#[test]
fn a_board_lost_while_it_was_compared_is_erased_without_comparing_when_it_is_back() {
    use crate::simulator::{Fault, Faults, RequestKind};
    let bus = SimulatedBus::new();
    let faults = Faults::new().at_request(RequestKind::Upload, 1, Fault::Unplug);
    let board = bus.plug(f407().with_faults(faults), Time::Virtual);
    let handle = start(&bus);
    boards(&handle, |found| !found.is_empty());
    let file = image(10_000);
    run(&handle, 1, &board.place(), upgrade(&file));
    let lost = finished(&handle, 1);
    assert!(matches!(lost[&JobId(1)].outcome, Outcome::Failed(_)));
    board.plug();
    boards(&handle, |found| found.iter().any(Found::is_ready));
    let (writes, uploads) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (seen, read) = (Arc::clone(&writes), Arc::clone(&uploads));
    board.listen(move |record| match (record.kind, record.length) {
        (RequestKind::Download, 64..) => drop(seen.fetch_add(1, Ordering::Relaxed)),
        (RequestKind::Upload, _) if seen.load(Ordering::Relaxed) == 0 => {
            read.fetch_add(1, Ordering::Relaxed);
        }
        _ => {}
    });
    run(&handle, 2, &board.place(), upgrade(&file));
    assert_eq!(finished(&handle, 1)[&JobId(2)].outcome, Outcome::Done);
    assert_eq!(uploads.load(Ordering::Relaxed), 0);
    assert!(writes.load(Ordering::Relaxed) > 0);
}

#[test]
fn sixteen_jobs_at_once_each_end_in_one_report_while_no_one_reads_events() {
    let bus = SimulatedBus::new();
    let plugged: Vec<_> = (0..16).map(|_| bus.plug(f407(), Time::Virtual)).collect();
    let handle = start(&bus);
    let file = image(100_000);
    for (number, board) in (0..).zip(&plugged) {
        run(&handle, number, &board.place(), upgrade(&file));
    }
    for (_, report) in finished(&handle, 16) {
        assert_eq!(report.outcome, Outcome::Done);
        assert_eq!(report.bytes_verified, 100_000);
    }
}

#[test]
fn one_board_that_fails_does_not_disturb_the_others() {
    use crate::simulator::{Fault, Faults};
    let bus = SimulatedBus::new();
    let faults = Faults::new().at_transfer(40, Fault::Unplug);
    let places = [
        bus.plug(f407(), Time::Virtual).place(),
        bus.plug(f407().with_faults(faults), Time::Virtual).place(),
        bus.plug(f407(), Time::Virtual).place(),
    ];
    let handle = start(&bus);
    let file = image(50_000);
    for (number, place) in (0..).zip(&places) {
        run(&handle, number, place, upgrade(&file));
    }
    let reports = finished(&handle, 3);
    assert_eq!(reports[&JobId(0)].outcome, Outcome::Done);
    assert!(matches!(reports[&JobId(1)].outcome, Outcome::Failed(_)));
    assert_eq!(reports[&JobId(2)].outcome, Outcome::Done);
}

#[test]
fn a_job_that_cannot_begin_ends_with_the_reason() {
    let bus = SimulatedBus::new();
    let blocked = bus.plug(f407(), Time::Virtual);
    blocked.set_blocked(UsbErrorKind::Access);
    let handle = start(&bus);
    let file = image(100);
    run(&handle, 1, &Place("9-9".to_owned()), upgrade(&file));
    run(&handle, 2, &blocked.place(), upgrade(&file));
    let reports = finished(&handle, 2);
    let code = |job| match &reports[&JobId(job)].outcome {
        Outcome::Failed(error) => error.code(),
        other => panic!("{other:?}"),
    };
    assert_eq!(code(1), "no-device");
    assert_eq!(code(2), "not-ready");
}

#[test]
fn dropping_the_handle_cancels_a_running_job_and_waits_for_it() {
    let bus = SimulatedBus::new();
    let board = bus.plug(f407(), Time::Real);
    let handle = start(&bus);
    run(&handle, 1, &board.place(), upgrade(&image(900_000)));
    loop {
        if let Event::Job {
            event: JobEvent::Phase(_),
            ..
        } = handle.events.recv_timeout(TIMEOUT).unwrap()
        {
            break;
        }
    }
    drop(handle);
    assert_eq!(board.state(), crate::simulator::State::Idle);
    assert!(board.flash()[..900_000] != pseudo_random(5, 900_000)[..]);
}

#[test]
fn a_panic_in_a_job_is_reported_and_the_worker_goes_on() {
    let bus = SimulatedBus::new();
    let good = bus.plug(f407(), Time::Virtual);
    let usb: Option<Box<dyn Bus>> = Some(Box::new(PanickingBus(good_record(&bus))));
    let handle = spawn(
        Setup {
            usb,
            simulated: bus,
            time: Time::Virtual,
        },
        || {},
    );
    let file = image(1_000);
    run(&handle, 1, &Place("1-1".to_owned()), upgrade(&file));
    let report = &finished(&handle, 1)[&JobId(1)];
    assert!(matches!(&report.outcome, Outcome::Failed(error) if error.code() == "internal"));
    run(&handle, 2, &good.place(), upgrade(&file));
    assert_eq!(finished(&handle, 1)[&JobId(2)].outcome, Outcome::Done);
}

#[test]
fn a_job_does_not_begin_on_another_board_than_the_listed_one() {
    /// A bus where the second board was plugged in after the last scan.
    struct Swapped(DeviceRecord, DeviceRecord);
    impl Bus for Swapped {
        fn scan(&mut self) -> Result<Vec<DeviceRecord>, UsbError> {
            Ok(vec![self.0.clone()])
        }
        fn open(&mut self, _: &Place, _: u8) -> Result<(Opened, DeviceRecord), UsbError> {
            Ok((panicking(), self.1.clone()))
        }
    }
    let elsewhere = SimulatedBus::new();
    elsewhere.plug(f407(), Time::Virtual);
    let listed = good_record(&elsewhere);
    let mut replugged = listed.clone();
    replugged.address += 1;
    let mut other_product = listed.clone();
    other_product.product = 0x0189;
    let mut other_layout = listed.clone();
    other_layout.interfaces[0].name = Some("@Internal Flash  /0x08000000/64*002Kg".to_owned());
    for swapped in [replugged, other_product, other_layout] {
        let handle = spawn(
            Setup {
                usb: Some(Box::new(Swapped(listed.clone(), swapped))),
                simulated: SimulatedBus::new(),
                time: Time::Virtual,
            },
            || {},
        );
        run(&handle, 1, &listed.place, upgrade(&image(1_000)));
        let report = &finished(&handle, 1)[&JobId(1)];
        assert!(
            matches!(&report.outcome, Outcome::Failed(error) if error.code() == "board-changed"),
            "{:?}",
            report.outcome
        );
    }
}

#[test]
fn a_board_takes_its_next_job_as_soon_as_one_has_finished() {
    /// A device that takes a while to close. Nothing is ever sent.
    struct Slow(DeviceRecord, Receiver<()>);
    struct SlowToClose(Receiver<()>);
    impl Bus for Slow {
        fn scan(&mut self) -> Result<Vec<DeviceRecord>, UsbError> {
            Ok(vec![self.0.clone()])
        }
        fn open(&mut self, _: &Place, _: u8) -> Result<(Opened, DeviceRecord), UsbError> {
            let opened = Opened {
                transport: Box::new(SlowToClose(self.1.clone())),
                clock: Arc::new(VirtualClock::default()),
            };
            Ok((opened, self.0.clone()))
        }
    }
    impl Drop for SlowToClose {
        fn drop(&mut self) {
            self.0.recv_timeout(Duration::from_millis(300)).ok();
        }
    }
    impl Transport for SlowToClose {
        fn write(&mut self, _: u8, _: u16, _: &[u8], _: Duration) -> Result<(), UsbError> {
            Err(UsbError::new(UsbErrorKind::Gone, "gone"))
        }
        fn read(&mut self, _: u8, _: u16, _: &mut [u8], _: Duration) -> Result<usize, UsbError> {
            Err(UsbError::new(UsbErrorKind::Gone, "gone"))
        }
        fn select_alternate(&mut self, _: u8) -> Result<(), UsbError> {
            Ok(())
        }
        fn reset(&mut self) -> Result<(), UsbError> {
            Ok(())
        }
    }
    let elsewhere = SimulatedBus::new();
    elsewhere.plug(f407(), Time::Virtual);
    let record = good_record(&elsewhere);
    let place = record.place.clone();
    let (_never, receiver) = crossbeam_channel::bounded(1);
    let setup = Setup {
        usb: Some(Box::new(Slow(record, receiver))),
        simulated: SimulatedBus::new(),
        time: Time::Virtual,
    };
    let handle = spawn(setup, || {});
    let file = image(100);
    for job in 0..2 {
        run(&handle, job, &place, upgrade(&file));
        match &finished(&handle, 1)[&JobId(job)].outcome {
            Outcome::Failed(error) => assert_eq!(error.code(), "unplugged", "job {job}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_panic_keeps_its_text() {
    let text = |panic: Box<dyn std::any::Any + Send>| super::job::panic_text(&*panic);
    assert_eq!(text(Box::new("no configuration")), "no configuration");
    assert_eq!(text(Box::new("no driver".to_owned())), "no driver");
    assert_eq!(text(Box::new(7)), "an error without a message");
}

fn good_record(bus: &SimulatedBus) -> DeviceRecord {
    let mut record = bus.clone().scan().unwrap().remove(0);
    record.place = Place("1-1".to_owned());
    record
}

/// A bus with one device whose driver panics.
struct PanickingBus(DeviceRecord);

impl Bus for PanickingBus {
    fn scan(&mut self) -> Result<Vec<DeviceRecord>, UsbError> {
        Ok(vec![self.0.clone()])
    }

    fn open(&mut self, _: &Place, _: u8) -> Result<(Opened, DeviceRecord), UsbError> {
        Ok((panicking(), self.0.clone()))
    }
}

fn panicking() -> Opened {
    Opened {
        transport: Box::new(Panics),
        clock: Arc::new(VirtualClock::default()),
    }
}

struct Panics;

impl Transport for Panics {
    fn write(&mut self, _: u8, _: u16, _: &[u8], _: Duration) -> Result<(), UsbError> {
        panic!("a defect in the driver")
    }

    fn read(&mut self, _: u8, _: u16, _: &mut [u8], _: Duration) -> Result<usize, UsbError> {
        panic!("a defect in the driver")
    }

    fn select_alternate(&mut self, _: u8) -> Result<(), UsbError> {
        Ok(())
    }

    fn reset(&mut self) -> Result<(), UsbError> {
        Ok(())
    }
}
