//! Devices that no bootloader is: memory at the end of the address space, states that never end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use upfuse::address::Address;
use upfuse::dfu::{Cancel, Pace, Session};
use upfuse::memory::{Access, SectorRun};
use upfuse::simulator::Board;
use upfuse::transport::{Clock as _, Opened, Transport, UsbError, VirtualClock};

use super::bench::{Bench, FLASH, image, named, random, stay};

const LAST_PAGES: u32 = 0xFFFF_F000;

/// Its last sector ends where the 32-bit address space does.
fn at_the_end(transfer_size: u16) -> Board {
    let mut board = named("f042");
    let bootloader = board.bootloader.as_mut().unwrap();
    bootloader.functional.transfer_size = transfer_size;
    let flash = bootloader.alternates.first_mut().unwrap();
    flash.layout = Some("@Internal Flash  /0xFFFFF000/4*001Kg".to_owned());
    let access = Access {
        read: true,
        erase: true,
        write: true,
    };
    flash.areas.truncate(1);
    flash.areas.first_mut().unwrap().runs = vec![SectorRun {
        start: Address(LAST_PAGES),
        size: 1024,
        count: 4,
        access,
    }];
    board
}

#[test]
fn the_end_of_the_address_space_is_written() {
    for transfer_size in [1024, 1316, 2048] {
        for (start, length) in [(0xFFFF_FE00, 512), (LAST_PAGES, 4096), (0xFFFF_FFF1, 15)] {
            for verify in [true, false] {
                let mut bench = Bench::new(at_the_end(transfer_size));
                let data = random(9, length);
                let options = upfuse::engine::UpgradeOptions { verify, ..stay() };
                bench.upgrade_with(&image(start, &data), options).done();
                assert_eq!(
                    bench.flash(start, data.len()),
                    data,
                    "{start:#x}, blocks of {transfer_size}"
                );
            }
        }
    }
}

/// dfuIDLE until the first download; from then on one answer to every GETSTATUS.
struct Constant {
    answer: [u8; 6],
    clock: Arc<VirtualClock>,
    downloaded: bool,
    polls: Arc<AtomicU64>,
}

impl Transport for Constant {
    fn write(&mut self, request: u8, _: u16, _: &[u8], _: Duration) -> Result<(), UsbError> {
        self.clock.sleep(Duration::from_micros(300));
        self.downloaded |= request == 1;
        Ok(())
    }

    fn read(&mut self, _: u8, _: u16, buffer: &mut [u8], _: Duration) -> Result<usize, UsbError> {
        self.clock.sleep(Duration::from_micros(300));
        self.polls.fetch_add(1, Ordering::Relaxed);
        let idle = [0, 0, 0, 0, 2, 0];
        match buffer {
            [state] if !self.downloaded => *state = 2,
            [state] => *state = self.answer[4],
            _ if self.downloaded => buffer.copy_from_slice(&self.answer),
            _ => buffer.copy_from_slice(&idle),
        }
        Ok(buffer.len())
    }

    fn select_alternate(&mut self, _: u8) -> Result<(), UsbError> {
        Ok(())
    }

    fn reset(&mut self) -> Result<(), UsbError> {
        Ok(())
    }
}

#[test]
fn a_device_that_stays_in_one_state_is_polled_with_pauses_and_not_for_ever() {
    for state in 0..=16 {
        for poll in [[0, 0, 0], [0xFF, 0, 0], [0xFF, 0xFF, 0xFF]] {
            let clock = Arc::new(VirtualClock::default());
            let polls = Arc::new(AtomicU64::new(0));
            let transport = Constant {
                answer: [0, poll[0], poll[1], poll[2], state, 0],
                clock: Arc::clone(&clock),
                downloaded: false,
                polls: Arc::clone(&polls),
            };
            let opened = Opened {
                transport: Box::new(transport),
                clock: clock.clone(),
            };
            let mut session = Session::new(opened, 1024, Pace::Adaptive, Cancel::default());
            session.select(0).unwrap();
            let written = session.download(Address(FLASH), &[1; 64]);
            // dfuIDLE and dfuDNLOAD-IDLE are the end of an operation.
            assert_eq!(written.is_ok(), matches!(state, 2 | 5), "state {state}");
            session.return_to_idle().ok();
            let took = clock.now();
            assert!(took < Duration::from_secs(120), "state {state}: {took:?}");
            let polls = polls.load(Ordering::Relaxed);
            assert!(
                polls < 1_000,
                "state {state}, {poll:?}: {polls} in {took:?}"
            );
        }
    }
}

/// AN2606, table 136: the erase goes on, and the next command can hang an H743.
#[test]
fn an_erase_in_bank_2_that_ends_too_early_is_waited_for() {
    for (at, size, waits) in [
        (0x0810_0000, 128 << 10, true),
        (0x0800_0000, 128 << 10, false),
        (0x0810_0000, 2 << 10, false),
    ] {
        let clock = Arc::new(VirtualClock::default());
        let transport = Constant {
            answer: [0, 0, 0, 0, 5, 0],
            clock: Arc::clone(&clock),
            downloaded: false,
            polls: Arc::default(),
        };
        let opened = Opened {
            transport: Box::new(transport),
            clock: clock.clone(),
        };
        let mut session = Session::new(opened, 1024, Pace::Adaptive, Cancel::default());
        session.select(0).unwrap();
        session.erase_sector(Address(at), size).unwrap();
        let waited = clock.now() > Duration::from_secs(3);
        assert_eq!(waited, waits, "{at:#x}, {size} bytes");
    }
}
