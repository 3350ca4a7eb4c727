//! Verify, read, erase, start and detach.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use upfuse::address::{Address, AddressRange};
use upfuse::dfu::{Cancel, Pace, Session};
use upfuse::engine::{self, Detail, EraseScope, Outcome, SaveTo, Task};
use upfuse::firmware::{self, Existing};
use upfuse::simulator::{Fault, Faults, RequestKind, State};
use upfuse::transport::{Opened, Transport, UsbError};

use super::bench::{Bench, FLASH, image, named, random};

fn range(start: u32, length: u64) -> AddressRange {
    AddressRange::new(Address(start), length).unwrap()
}

#[test]
fn verify_distinguishes_equal_from_different_and_changes_nothing() {
    let mut bench = Bench::used("f407");
    let flash = bench.board.flash();
    let same = Task::Verify {
        image: image(FLASH + 5, &flash[5..40_000]),
        target: None,
        keep_ranges: Vec::new(),
        detail: Detail::Verdict,
    };
    assert_eq!(bench.run(&same).done().bytes_verified, 39_995);

    let mut other = flash[..40_000].to_vec();
    other[33_000] ^= 4;
    let run = bench.run(&Task::Verify {
        image: image(FLASH, &other),
        target: None,
        keep_ranges: Vec::new(),
        detail: Detail::Verdict,
    });
    assert_eq!(run.error().code(), "mismatch");
    assert!(
        run.error().to_string().contains("0x080080E8"),
        "{}",
        run.error()
    );
    assert_eq!(bench.board.flash(), flash);
    assert_eq!(bench.board.state(), State::Idle);
}

#[test]
fn a_range_is_read_into_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::used("f407");
    let flash = bench.board.flash();
    for name in ["out.dfu", "out.hex", "out.s19", "out.bin"] {
        let path = folder.path().join(name);
        let save = Some(SaveTo {
            path: path.clone(),
            existing: Existing::Refuse,
        });
        let task = Task::Read {
            alternate: 0,
            range: Some(range(FLASH + 0x3FF0, 0x123)),
            save,
        };
        assert_eq!(bench.run(&task).done().bytes_read, 0x123, "{name}");
        let read = firmware::load(&path, Some(Address(FLASH + 0x3FF0))).unwrap();
        let segment = &read.targets[0].segments[0];
        assert_eq!(segment.range(), range(FLASH + 0x3FF0, 0x123), "{name}");
        assert_eq!(segment.data(), &flash[0x3FF0..][..0x123], "{name}");
    }
}

#[test]
fn a_target_is_read_completely() {
    for name in ["f407", "h743", "f042"] {
        let mut bench = Bench::used(name);
        let run = bench.run(&Task::Read {
            alternate: 0,
            range: None,
            save: None,
        });
        assert_eq!(
            run.done().read[0].segments[0].data(),
            bench.board.flash(),
            "{name}"
        );
    }
}

/// AN2662: exactly 16 option bytes are read.
#[test]
fn option_bytes_can_be_read() {
    let mut bench = Bench::used("f407");
    let run = bench.run(&Task::Read {
        alternate: 1,
        range: None,
        save: None,
    });
    assert_eq!(run.done().bytes_read, 16);
}

#[test]
fn reading_outside_the_memory_is_refused() {
    let mut bench = Bench::used("f407");
    let wanted = Some(range(FLASH + 0xF_FFF0, 0x20));
    let run = bench.run(&Task::Read {
        alternate: 0,
        range: wanted,
        save: None,
    });
    assert_eq!(run.error().code(), "does-not-fit");
}

#[test]
fn erasing_a_range_erases_only_the_sectors_it_touches() {
    let mut bench = Bench::used("f407");
    let before = bench.board.flash();
    let scope = EraseScope::Range {
        alternate: 0,
        range: range(FLASH + 0x7FFF, 2),
    };
    assert_eq!(bench.run(&Task::Erase(scope)).done().sectors_erased, 2);
    let after = bench.board.flash();
    assert!(after[0x4000..0xC000].iter().all(|b| *b == 0xFF));
    assert_eq!(after[..0x4000], before[..0x4000]);
    assert_eq!(after[0xC000..], before[0xC000..]);
}

/// AN2662: the device reports no error for a write-protected sector.
#[test]
fn an_erase_without_effect_is_found() {
    let locked = range(FLASH + 0x4000, 0x4000);
    let mut bench = Bench::new(
        named("f407")
            .holding_old_firmware(3)
            .write_protected(locked),
    );
    let scope = EraseScope::Range {
        alternate: 0,
        range: range(FLASH, 0x8000),
    };
    let run = bench.run(&Task::Erase(scope));
    assert_eq!(run.error().code(), "mismatch");
    assert!(
        run.error().to_string().contains("0x08004"),
        "{}",
        run.error()
    );
}

#[test]
fn start_leaves_dfu_mode() {
    let mut bench = Bench::new(named("f407").holding(Address(FLASH), program()));
    let run = bench.run(&Task::Start { at: None });
    assert!(run.done().started);
    assert_ne!(bench.board.state(), State::Idle);
}

/// dfu-util quirks.c: a GD32VF103 leaves while the empty download is still on the bus.
/// The start of flash is the bootloader's own place.
#[test]
fn a_start_names_no_bootloader_in_flash_as_the_program() {
    for name in ["openbl", "cube", "f103"] {
        let mut bench = Bench::used(name);
        let run = bench.run(&Task::Start { at: None });
        assert_eq!(
            run.done().board_summary,
            "The board left DFU mode; its bootloader, which lives in flash, chooses the program",
            "{name}"
        );
    }
}

#[test]
fn a_board_that_leaves_in_mid_transfer_was_started() {
    let mut bench = Bench::new(named("gd32vf103").holding(Address(FLASH), program()));
    assert!(bench.run(&Task::Start { at: None }).done().started);
}

#[test]
fn a_board_that_stops_answering_at_the_empty_download_was_started() {
    let board = named("f407").holding(Address(FLASH), program());
    let bench = &mut Bench::new(board.clone());
    let count = Arc::new(AtomicU64::new(0));
    let (leaving, transfers) = (Arc::new(AtomicU64::new(0)), Arc::clone(&count));
    let at = Arc::clone(&leaving);
    bench.board.listen(move |record| {
        let number = transfers.fetch_add(1, Ordering::Relaxed) + 1;
        if (record.kind, record.length) == (RequestKind::Download, 0) {
            at.store(number, Ordering::Relaxed);
        }
    });
    bench.run(&Task::Start { at: None }).done();
    let leaving = leaving.load(Ordering::Relaxed);
    assert!(leaving > 0);

    let silent = Faults::new().from_transfer(leaving, Fault::Timeout);
    let mut bench = Bench::new(board.clone().with_faults(silent));
    assert!(bench.run(&Task::Start { at: None }).done().started);

    // One that answers was not started.
    let deaf = Faults::new().at_transfer(leaving, Fault::Timeout);
    let mut bench = Bench::new(board.with_faults(deaf));
    let run = bench.run(&Task::Start { at: None });
    assert_eq!(run.error().code(), "device");
}

/// F072: a stall can mean "too fast".
#[test]
fn a_stalled_empty_download_is_repeated() {
    let faults = Faults::new().at_request(RequestKind::Download, 2, Fault::Stall);
    let board = named("f407").holding(Address(FLASH), program());
    let mut bench = Bench::new(board.with_faults(faults));
    assert!(bench.run(&Task::Start { at: None }).done().started);
}

#[test]
fn a_device_that_leaves_in_the_middle_of_detach_has_left() {
    for board in ["runtime", "runtime-reset"] {
        let faults = Faults::new().at_request(RequestKind::Detach, 1, Fault::BrokenAnswer);
        let mut bench = Bench::new(named(board).with_faults(faults));
        bench.run(&Task::EnterDfu).done();
    }
}

/// A program that starts: a stack pointer into RAM and an odd reset vector.
fn program() -> Vec<u8> {
    let mut program = random(1, 256);
    program[..8].copy_from_slice(&[0x00, 0x00, 0x02, 0x20, 0x05, 0x01, 0x00, 0x08]);
    program
}

/// DFU 1.1 §A.1: a manifestation-tolerant device accepts the end of a download and stays.
#[test]
fn a_board_that_stays_in_dfu_mode_was_not_started() {
    let mut board = named("f407").holding(Address(FLASH), program());
    board.bootloader.as_mut().unwrap().functional.attributes |= 4;
    let mut bench = Bench::new(board.clone());
    let run = bench.run(&Task::Start { at: None });
    assert_eq!(run.error().code(), "device");
    assert!(!run.report.started);
    assert_eq!(bench.board.state(), State::Idle);
    let text = run.error().to_string();
    assert!(text.contains("stayed on the bus"), "{text}");

    let mut bench = Bench::new(board);
    let run = bench.upgrade_with(
        &image(FLASH, &program()),
        upfuse::engine::UpgradeOptions::default(),
    );
    assert!(!run.done().started);
    assert!(run.report.start_hint.unwrap().contains("press reset"));
    assert!(run.notes().iter().any(|note| note.contains("press reset")));
}

/// The ROMs of H563 and H743 V9.0 leave the bus and stop; an H5's descriptors are those of a C5.
#[test]
fn a_start_on_h5_and_h7_comes_with_a_hint() {
    for (name, hangs) in [("c5", true), ("h743", true), ("f407", false)] {
        let mut bench = Bench::new(named(name).holding(Address(FLASH), program()));
        let run = bench.run(&Task::Start { at: None });
        assert!(run.done().started, "{name}");
        assert_eq!(run.report.start_hint.is_some(), hangs, "{name}");
    }
}

/// libusb on WinUSB: the reset of the port only resets the pipes, and reports success
/// (windows_winusb.c, winusbx_reset_device).
struct PipeReset(Opened);

impl Transport for PipeReset {
    fn write(&mut self, r: u8, v: u16, data: &[u8], timeout: Duration) -> Result<(), UsbError> {
        self.0.transport.write(r, v, data, timeout)
    }
    fn read(&mut self, r: u8, v: u16, to: &mut [u8], timeout: Duration) -> Result<usize, UsbError> {
        self.0.transport.read(r, v, to, timeout)
    }
    fn select_alternate(&mut self, alternate: u8) -> Result<(), UsbError> {
        self.0.transport.select_alternate(alternate)
    }
    fn reset(&mut self) -> Result<(), UsbError> {
        Ok(())
    }
    fn resets_port(&self) -> bool {
        false
    }
}

#[test]
fn a_board_that_waits_for_a_reset_of_its_port_is_not_said_to_enter_dfu_mode_without_one() {
    let mut bench = Bench::new(named("runtime-reset"));
    let described = bench.described();
    let opened = bench.open();
    let opened = Opened {
        clock: Arc::clone(&opened.clock),
        transport: Box::new(PipeReset(opened)),
    };
    let size = described.functional.transfer_size;
    let mut session = Session::new(opened, size, Pace::Adaptive, Cancel::default());
    let report = engine::run(&Task::EnterDfu, &described, &mut session, &mut |_| {});
    let Outcome::Failed(error) = &report.outcome else {
        panic!("{:?}: {}", report.outcome, report.board_summary);
    };
    assert!(error.to_string().contains("a reset of its USB port"));
    let advice = engine::advice(error);
    assert!(advice[0].contains("boot button"), "{advice:?}");
    let timeout = described.functional.detach_timeout;
    assert!(advice[1].contains(&format!("within {timeout} ms")));
}
