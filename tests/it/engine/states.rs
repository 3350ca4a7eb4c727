//! Bootloaders whose state machine differs from the ROM's, each with its source.

use std::time::Duration;

use upfuse::address::{Address, AddressRange};
use upfuse::engine::{EraseScope, Task};
use upfuse::simulator::{Fault, Faults, RequestKind, State, Status};

use super::bench::{Bench, FLASH, image, named, random};

const OPENBL_PROGRAM: u32 = FLASH + 0x4000;
const CUBE_PROGRAM: u32 = FLASH + 0xC000;

fn read(start: u32, length: u64) -> Task {
    Task::Read {
        alternate: 0,
        range: AddressRange::new(Address(start), length),
        save: None,
    }
}

/// STM32CubeG0, usb_interface.c: after errVENDOR GETSTATE returns 11, and only the second CLRSTATUS
/// leads to dfuIDLE.
#[test]
fn openbootloader_under_read_protection_is_called_protected() {
    let protected = || Bench::new(named("openbl").holding_old_firmware(5).read_protected());
    let sector = EraseScope::Range {
        alternate: 0,
        range: AddressRange::new(Address(OPENBL_PROGRAM), 2048).unwrap(),
    };
    let rewrite = upfuse::engine::UpgradeOptions {
        rewrite: true,
        ..super::bench::stay()
    };
    let file = image(OPENBL_PROGRAM, &random(1, 5_000));
    for task in [
        Task::Erase(sector),
        read(OPENBL_PROGRAM, 4_000),
        Task::Upgrade {
            image: file.clone(),
            options: rewrite,
        },
        Task::Upgrade {
            image: file,
            options: super::bench::stay(),
        },
    ] {
        let mut bench = protected();
        let run = bench.run(&task);
        assert_eq!(run.error().code(), "protected", "{task:?}: {}", run.error());
        assert_eq!(bench.board.state(), State::Idle, "{task:?}");
        assert!(bench.board.erasures().is_empty());
    }
}

#[test]
fn openbootloader_is_upgraded() {
    let mut bench = Bench::new(named("openbl").holding_old_firmware(5));
    let data = random(2, 30_000);
    bench.upgrade(&image(OPENBL_PROGRAM, &data)).done();
    assert_eq!(bench.flash(OPENBL_PROGRAM, data.len()), data);
}

/// usbd_dfu.c: a failed upload leaves bState 15 in GETSTATE and GETSTATUS; two CLRSTATUS leave it.
#[test]
fn state_15_is_left_without_a_replug() {
    let mut bench = Bench::new(named("cube").holding_old_firmware(5));
    let mut opened = bench.open();
    let mut byte = [0];
    let second = Duration::from_secs(1);
    opened.transport.read(2, 1, &mut byte, second).unwrap_err();
    let mut status = [0; 6];
    opened.transport.read(3, 0, &mut status, second).unwrap();
    assert_eq!(status[4], 15);
    drop(opened);

    let data = random(3, 3_000);
    bench.upgrade(&image(CUBE_PROGRAM, &data)).done();
    assert_eq!(bench.flash(CUBE_PROGRAM, data.len()), data);
}

/// MicroPython's mboot before 0006c902 leaves a GETSTATE without an answer.
#[test]
fn a_missing_getstate_costs_half_a_second_once() {
    let mut bench = Bench::new(named("mboot").holding_old_firmware(5));
    let before = bench.board.flash_work();
    let data = random(4, 20_000);
    let run = bench.upgrade(&image(FLASH, &data));
    let overhead = run.done().duration - (bench.board.flash_work() - before);
    assert!(overhead < Duration::from_secs(1), "{overhead:?}");
    assert_eq!(bench.board.counters().of(RequestKind::GetState), 1);
    assert_eq!(bench.flash(FLASH, data.len()), data);
}

/// A board that is still erasing for another program does not lack GETSTATE for good.
#[test]
fn a_board_that_is_busy_for_another_program_is_waited_for() {
    let mut bench = Bench::new(named("f767").holding_old_firmware(5));
    let mut opened = bench.open();
    let second = Duration::from_secs(1);
    let erase = [0x41, 0, 0, 4, 8];
    opened.transport.write(1, 0, &erase, second).unwrap();
    opened.transport.read(3, 0, &mut [0; 6], second).unwrap();
    drop(opened);
    bench.upgrade(&image(FLASH, &random(4, 3_000))).done();
}

/// libusb refuses control transfers of more than 4096 bytes; wTransferSize can be 65535.
#[test]
fn a_large_transfer_size_is_used_in_part() {
    let mut board = named("f407").holding_old_firmware(5);
    board.bootloader.as_mut().unwrap().functional.transfer_size = 8192;
    let mut bench = Bench::new(board);
    let data = random(4, 50_000);
    let run = bench.upgrade(&image(FLASH, &data));
    assert_eq!(run.done().bytes_verified, 50_000);
    assert_eq!(bench.flash(FLASH, data.len()), data);
    bench.run(&read(FLASH, 30_000)).done();
}

/// A GETSTATUS after the stall starts the operation: the block must not be sent again.
#[test]
fn a_download_with_a_stalled_status_stage_is_not_repeated() {
    for name in ["f407", "f767", "g474"] {
        for nth in 1..12 {
            let faults = Faults::new().at_request(RequestKind::Download, nth, Fault::StalledAnswer);
            let mut bench = Bench::new(named(name).holding_old_firmware(5).with_faults(faults));
            let data = random(6, 5_000);
            bench.upgrade(&image(FLASH, &data)).done();
            assert_eq!(bench.flash(FLASH, data.len()), data, "{name} {nth}");
            assert_eq!(bench.board.defects(), [], "{name} {nth}");
        }
    }
}

/// dfu-util checks bStatus as well as bState.
#[test]
fn an_error_status_in_dfudnload_idle_is_an_error() {
    let fault = Fault::Status(Status::Write, State::DownloadIdle);
    // Two for Set Address, two for each write.
    let faults = Faults::new().at_request(RequestKind::GetStatus, 4, fault);
    let options = upfuse::engine::UpgradeOptions {
        verify: false,
        ..super::bench::stay()
    };
    let mut bench = Bench::new(named("f767").with_faults(faults));
    let run = bench.upgrade_with(&image(FLASH, &random(7, 2_000)), options);
    assert_eq!(run.error().code(), "device");
    let protocol = run.error().protocol();
    assert_eq!(
        protocol.as_deref(),
        Some("errWRITE in dfuDNLOAD-IDLE after setting the address")
    );
}

/// dfu-util does the same: alternate 0 is selected after the interface was claimed.
#[test]
fn alternate_0_needs_no_set_interface() {
    let stalls = |script: Faults, n| script.at_request(RequestKind::SetInterface, n, Fault::Stall);
    let faults = (1..10).fold(Faults::new(), stalls);
    let mut bench = Bench::new(named("f407").with_faults(faults));
    let data = random(7, 2_000);
    bench.upgrade(&image(FLASH, &data)).done();
    assert_eq!(bench.flash(FLASH, data.len()), data);
    let other = Task::Read {
        alternate: 1,
        range: None,
        save: None,
    };
    let faults = (1..10).fold(Faults::new(), stalls);
    let mut bench = Bench::new(named("f407").with_faults(faults));
    assert_eq!(bench.run(&other).error().code(), "device");
}

/// usbd_dfu.c: an erase that fails leaves dfuDNBUSY, as one does that hangs at its end on an H7.
#[test]
fn an_erase_that_fails_in_dfudnbusy_is_no_success() {
    let locked = AddressRange::new(Address(CUBE_PROGRAM), 16 * 1024).unwrap();
    let data = random(5, 40_000);
    let options = upfuse::engine::UpgradeOptions {
        rewrite: true,
        verify: false,
        ..super::bench::stay()
    };
    let mut bench = Bench::new(
        named("cube")
            .holding_old_firmware(5)
            .write_protected(locked),
    );
    let run = bench.upgrade_with(&image(CUBE_PROGRAM, &data), options);
    assert_eq!(run.error().code(), "mismatch", "{}", run.error());
    assert_eq!(run.report.sectors_erased, 0);
    assert!(run.report.duration < Duration::from_secs(15));
    assert_eq!(bench.board.state(), State::Idle);
}

/// Betaflight PR#1861: two CLRSTATUS lead out of a dfuDNBUSY that never ends.
#[test]
fn a_write_that_never_ends_leaves_the_board_usable() {
    let faults = Faults::new().at_request(RequestKind::Download, 6, Fault::StuckBusy);
    let board = named("f407").holding_old_firmware(5).with_faults(faults);
    let mut bench = Bench::new(board);
    let data = random(8, 30_000);
    let file = image(FLASH, &data);
    let run = bench.upgrade(&file);
    let text = run.error().to_string();
    assert!(text.contains("did not end within 5 s"), "{text}");
    assert!(run.report.duration < Duration::from_secs(8));
    assert_eq!(bench.board.state(), State::Idle);
    let text = &run.report.board_summary;
    assert!(!text.contains("unplug"), "{text}");
    bench.upgrade(&file).done();
    assert_eq!(bench.flash(FLASH, data.len()), data);
}

#[test]
fn a_board_that_another_program_left_in_dfudnbusy_needs_no_replug() {
    let faults = Faults::new().at_request(RequestKind::Download, 2, Fault::StuckBusy);
    let board = named("f407").holding_old_firmware(5).with_faults(faults);
    let mut bench = Bench::new(board);
    let mut opened = bench.open();
    let second = Duration::from_secs(1);
    let set_address = [0x21, 0, 0, 0, 8];
    opened.transport.write(1, 0, &set_address, second).unwrap();
    for _ in 0..2 {
        opened.transport.read(3, 0, &mut [0; 6], second).unwrap();
    }
    opened.transport.write(1, 2, &[1; 64], second).unwrap();
    opened.transport.read(3, 0, &mut [0; 6], second).unwrap();
    drop(opened);
    let run = bench.upgrade(&image(FLASH, &random(4, 3_000)));
    assert!(run.done().duration < Duration::from_secs(45));
}

/// Blank flash is written without an erase; mboot refuses its own sectors (mboot/main.c).
#[test]
fn a_refused_first_block_leaves_its_sector_as_it_was() {
    let padded = [vec![0xFF; 4096], random(8, 4096)].concat();
    let mut bench = Bench::new(named("mboot-guarded"));
    let run = bench.upgrade(&image(FLASH, &padded));
    assert!(run.error().to_string().starts_with("writing failed"));
    assert_eq!(run.report.board_summary, "Nothing on the board was changed");
}

/// MicroPython's mboot (mboot/dfu.h): iString of GETSTATUS is the index of its reason.
#[test]
fn the_devices_own_reason_is_shown() {
    let mut bench = Bench::new(named("mboot-guarded").holding_old_firmware(5));
    let run = bench.upgrade(&image(FLASH, &random(8, 20_000)));
    assert_eq!(
        run.error().to_string(),
        "erasing failed at 0x08000000\u{2013}0x08003FFF: the board reports that it has no memory at \
         this address: \"Can't overwrite mboot\""
    );
    assert_eq!(run.report.board_summary, "Nothing on the board was changed");
    let data = random(8, 20_000);
    bench.upgrade(&image(FLASH + 0x8000, &data)).done();
    let run = bench.run(&Task::Erase(EraseScope::All));
    assert_eq!(run.report.sectors_erased, 10);
}
