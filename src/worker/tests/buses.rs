//! What the worker reports of the buses.

use super::*;

#[test]
fn boards_that_are_plugged_and_unplugged_are_reported() {
    let bus = SimulatedBus::new();
    let handle = start(&bus);
    assert!(boards(&handle, |_| true).is_empty());
    let board = bus.plug(f407(), Time::Virtual);
    assert_eq!(boards(&handle, |found| !found.is_empty()).len(), 1);
    board.unplug();
    assert!(boards(&handle, <[Found]>::is_empty).is_empty());
}

#[test]
fn without_usb_the_error_is_reported_and_simulated_boards_still_work() {
    struct NoUsb;
    impl Bus for NoUsb {
        fn scan(&mut self) -> Result<Vec<DeviceRecord>, UsbError> {
            Err(UsbError::new(UsbErrorKind::NoUsb, "Other error"))
        }
        fn open(&mut self, _: &Place, _: u8) -> Result<(Opened, DeviceRecord), UsbError> {
            Err(UsbError::new(UsbErrorKind::NoUsb, "Other error"))
        }
    }
    let setup = Setup {
        usb: Some(Box::new(NoUsb)),
        simulated: SimulatedBus::new(),
        time: Time::Virtual,
    };
    let handle = spawn(setup, || {});
    let Event::Boards(inventory) = handle.events.recv_timeout(TIMEOUT).unwrap() else {
        panic!("the bus was not reported")
    };
    assert_eq!(inventory.bus_error.unwrap().kind, UsbErrorKind::NoUsb);
    assert_eq!(inventory.diagnoses[0].about, None);
    handle
        .commands
        .send(Command::PlugSimulated("f072".to_owned()))
        .unwrap();
    assert_eq!(boards(&handle, |found| !found.is_empty()).len(), 1);
    handle
        .commands
        .send(Command::PlugSimulated("z80".to_owned()))
        .unwrap();
    loop {
        if let Event::UnknownBoard(error) = handle.events.recv_timeout(TIMEOUT).unwrap() {
            assert_eq!(error.0, "z80");
            break;
        }
    }
}

/// Without the report, the board would be seen at the next slow scan: after 3 s.
#[test]
fn a_change_that_the_bus_reports_is_seen_at_once() {
    struct Reporting {
        board: Arc<Mutex<Option<DeviceRecord>>>,
        changes: Sender<Changes>,
    }
    impl Bus for Reporting {
        fn scan(&mut self) -> Result<Vec<DeviceRecord>, UsbError> {
            Ok(self.board.lock().unwrap().iter().cloned().collect())
        }
        fn watch(&mut self, changes: Changes) {
            self.changes.send(changes).unwrap();
        }
        fn open(&mut self, _: &Place, _: u8) -> Result<(Opened, DeviceRecord), UsbError> {
            Err(UsbError::new(UsbErrorKind::Gone, "not here"))
        }
    }
    let elsewhere = SimulatedBus::new();
    elsewhere.plug(f407(), Time::Virtual);
    let record = good_record(&elsewhere);
    let board = Arc::new(Mutex::new(None));
    let (sender, watching) = crossbeam_channel::bounded(1);
    let bus = Reporting {
        board: Arc::clone(&board),
        changes: sender,
    };
    let setup = Setup {
        usb: Some(Box::new(bus)),
        simulated: SimulatedBus::new(),
        time: Time::Virtual,
    };
    let handle = spawn(setup, || {});
    let changes = watching.recv_timeout(TIMEOUT).unwrap();
    assert!(boards(&handle, |_| true).is_empty());
    *board.lock().unwrap() = Some(record);
    let clock = RealClock::default();
    assert!(changes.report());
    assert_eq!(boards(&handle, |found| !found.is_empty()).len(), 1);
    assert!(clock.now() < Duration::from_secs(2));
}

#[test]
fn the_listener_is_woken_for_its_events() {
    let woken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&woken);
    let setup = Setup {
        usb: None,
        simulated: SimulatedBus::new(),
        time: Time::Virtual,
    };
    let handle = spawn(setup, move || {
        count.fetch_add(1, Ordering::SeqCst);
    });
    boards(&handle, |_| true);
    drop(handle);
    assert!(woken.load(Ordering::SeqCst) >= 1);
}
