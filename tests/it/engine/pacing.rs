//! Boards with unusual timing, each quirk with its source.

use std::time::Duration;

use upfuse::dfu::Pace;
use upfuse::simulator::{Fault, Faults, Poll, Reported, RequestKind, State, WhileBusy};

use super::bench::{Bench, FLASH, image, named, random};

/// ST community 772965, 844573, openmv#1508: the ROM stalls when polled too early, and ST's own
/// tool reports that as read protection.
#[test]
fn an_f072_that_stalls_when_polled_early_gets_its_time_and_is_not_called_protected() {
    let mut bench = Bench::used("f072");
    let data = random(1, 128 * 1024);
    let run = bench.upgrade(&image(FLASH, &data));
    run.done();
    assert_eq!(bench.board.flash(), data);
    assert!(
        run.notes()
            .iter()
            .any(|note| note.contains("all the time that it asks for")),
        "{:?}",
        run.notes()
    );
    assert!(!format!("{:?}", run.events).contains("Protected"));
}

/// fwupd#2696: an F745 reports 104 ms for 12 ms of work.
#[test]
fn a_reported_104_ms_is_not_waited_in_full() {
    let mut bench = Bench::used("f767");
    let run = bench.upgrade(&image(FLASH, &random(2, 64 * 1024)));
    let flash = bench.board.flash_work();
    assert!(run.done().duration < flash + Duration::from_millis(300));
}

#[test]
fn compatible_timing_waits_the_reported_time() {
    let mut bench = Bench::used("f767");
    bench.pace = Pace::Compatible;
    let run = bench.upgrade(&image(FLASH, &random(2, 64 * 1024)));
    assert!(run.done().duration > 32 * Duration::from_millis(104));
}

/// Cube's example truncates bwPollTimeout to eight bits; L0/L4 report 10 ms where 40 are needed.
#[test]
fn a_reported_time_that_is_too_short_causes_no_error() {
    for while_busy in [WhileBusy::Hold, WhileBusy::AnswerBusy, WhileBusy::Stall] {
        for pace in [Pace::Adaptive, Pace::Compatible] {
            let mut board = named("l475").holding_old_firmware(4);
            let rom = board.bootloader.as_mut().unwrap();
            rom.while_busy = while_busy;
            rom.poll = Poll {
                set_address: Reported::Always(0),
                erase: Reported::Always(1),
                program: Reported::Always(0),
                mass_erase: Reported::Always(0),
            };
            let mut bench = Bench::new(board);
            bench.pace = pace;
            let data = random(3, 20_000);
            bench.upgrade(&image(FLASH, &data)).done();
            assert_eq!(bench.flash(FLASH, 20_000), data, "{while_busy:?} {pace:?}");
        }
    }
}

/// dfu-util quirks.c (QUIRK_POLLTIMEOUT): some devices report nonsense, here 4.6 hours.
#[test]
fn a_bogus_reported_time_is_not_waited() {
    for (name, while_busy) in [
        ("f407", WhileBusy::AnswerBusy),
        ("f407", WhileBusy::Hold),
        ("f407", WhileBusy::Stall),
        ("h743-rev-v", WhileBusy::AnswerBusy),
    ] {
        for pace in [Pace::Adaptive, Pace::Compatible] {
            let mut board = named(name).holding_old_firmware(4);
            let rom = board.bootloader.as_mut().unwrap();
            rom.while_busy = while_busy;
            rom.poll = Poll::always(0xFF_FFFF);
            let mut bench = Bench::new(board);
            bench.pace = pace;
            let start = if name == "f407" {
                FLASH
            } else {
                FLASH + 0x10_0000
            };
            let data = random(3, 20_000);
            let run = bench.upgrade(&image(start, &data));
            let took = run.done().duration;
            assert!(
                took < Duration::from_secs(20),
                "{name} {while_busy:?} {pace:?}: {took:?}"
            );
            assert_eq!(bench.flash(start, data.len()), data);
        }
    }
}

/// betaflight PR#1861, #5348: an erase in bank 2 stays dfuDNBUSY until two CLRSTATUS.
#[test]
fn an_h743_rev_v_whose_bank_2_erase_never_ends_is_cleared_and_verified() {
    let mut bench = Bench::used("h743-rev-v");
    let data = random(4, 2 * 1024 * 1024);
    let run = bench.upgrade(&image(FLASH, &data));
    run.done();
    assert_eq!(bench.board.flash(), data);
    assert!(
        run.notes().iter().any(|note| note.contains("STM32H7")),
        "{:?}",
        run.notes()
    );
}

/// fwupd, dfu-util: ROMs are often found in dfuERROR/errFIRMWARE.
#[test]
fn a_board_that_starts_in_error_is_cleared_first() {
    let mut bench = Bench::new(named("f407").starting_in_error());
    bench.upgrade(&image(FLASH, &random(5, 3_000))).done();
}

#[test]
fn single_stalls_are_retried() {
    for kind in [
        RequestKind::GetStatus,
        RequestKind::Download,
        RequestKind::Upload,
    ] {
        for nth in 1..20 {
            let faults = Faults::new().at_request(kind, nth, Fault::Stall);
            let mut bench = Bench::new(named("f407").holding_old_firmware(6).with_faults(faults));
            let data = random(6, 9_000);
            let run = bench.upgrade(&image(FLASH, &data));
            assert_eq!(run.done().bytes_verified, 9_000, "{kind:?} {nth}");
            assert_eq!(bench.flash(FLASH, 9_000), data);
            assert_eq!(bench.board.state(), State::Idle);
        }
    }
}

/// dfu-util, fwupd: many ROMs are in dfuERROR/errFIRMWARE when they are attached.
#[test]
fn a_cleared_error_is_noted() {
    let mut bench = Bench::new(named("f407").starting_in_error());
    let run = bench.upgrade(&image(FLASH, &random(5, 1000)));
    run.done();
    let note = "the board reported an earlier error, which was cleared";
    assert!(run.notes().iter().any(|n| n == note), "{:?}", run.notes());
}
