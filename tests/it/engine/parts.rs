//! Files in several parts, with a restart of the board between them (EdgeTX's H7 radios).

use std::sync::Arc;

use upfuse::address::{Address, AddressRange};
use upfuse::engine::{JobError, UpgradeOptions};
use upfuse::firmware::{Image, parse};
use upfuse::memory::Access;
use upfuse::simulator::{Area, AreaKind, Board};

use super::bench::{Bench, FLASH, named, stay};
use crate::formats::uf2::of_three;

const RAM: u32 = 0x2400_0000;

/// The ROM of an STM32H7 also writes RAM, which its layout does not name: rs-dfu writes the mark of
/// EdgeTX's restart block there (dfu/src/connection.rs, `reboot`).
fn radio() -> Board {
    let mut board = named("h743").holding_old_firmware(3);
    let access = Access {
        read: true,
        erase: false,
        write: true,
    };
    let ram = Area::new(AreaKind::Ram, RAM, &[(1, 1024, access)]);
    board.bootloader.as_mut().unwrap().alternates[0]
        .areas
        .push(ram);
    board
}

/// A program, a restart, and data for a later sector of the same flash.
fn file() -> Image {
    let mut program = vec![7; 256];
    program[..8].copy_from_slice(&[0, 0, 2, 0x20, 9, 0, 0, 8]);
    let tag = [8, 0x35, 0x08, 0xE6, 0, 0, 0, 8];
    let bytes = [
        of_three(0, FLASH, 0, &program, &[]),
        of_three(0x8001, RAM, 1, b"BDFU", &tag),
        of_three(0, FLASH + 0x2_0000, 2, &[5; 256], &[]),
    ];
    parse("radio.uf2", &bytes.concat(), None).unwrap()
}

fn part(number: usize) -> Arc<Image> {
    Arc::new(file().part(number).unwrap())
}

#[test]
fn a_file_in_parts_is_not_written_as_a_whole() {
    let mut bench = Bench::new(radio());
    let old = bench.board.flash();
    let run = bench.upgrade(&Arc::new(file()));
    assert!(
        matches!(run.error(), JobError::Stages { parts: 2 }),
        "{:?}",
        run.error()
    );
    assert!(bench.board.flash() == old);
    assert!(file().part(0).is_none() && file().part(3).is_none());
}

#[test]
fn the_first_part_ends_with_the_mark_in_ram_and_the_restart() {
    let mut bench = Bench::new(radio());
    let old = bench.board.flash();
    let run = bench.upgrade_with(&part(1), UpgradeOptions::default());
    let report = run.done();
    assert!(report.started);
    assert!(
        report
            .start_hint
            .is_some_and(|hint| hint.contains("next part")),
        "{:?}",
        report.start_hint
    );
    let mark = AddressRange::new(Address(RAM), 4).unwrap();
    assert_eq!(bench.board.read(mark).unwrap(), b"BDFU");
    let new = bench.board.flash();
    assert_eq!(new[256 - 8..256], [7; 8]);
    assert_eq!(new[0x2_0000..], old[0x2_0000..]);
    assert_eq!(bench.board.defects(), []);
}

#[test]
fn without_a_start_no_mark_is_written() {
    let mut bench = Bench::new(radio());
    let run = bench.upgrade_with(&part(1), stay());
    assert!(!run.done().started);
    let mark = AddressRange::new(Address(RAM), 4).unwrap();
    assert_ne!(bench.board.read(mark).unwrap(), b"BDFU");
}

#[test]
fn the_last_part_is_written_like_any_file() {
    let mut bench = Bench::new(radio());
    let run = bench.upgrade(&part(2));
    run.done();
    assert_eq!(bench.board.flash()[0x2_0000..0x2_0100], [5; 256]);
}

#[test]
fn a_board_that_takes_no_mark_is_not_restarted() {
    let mut bench = Bench::new(named("h743"));
    let run = bench.upgrade_with(&part(1), UpgradeOptions::default());
    assert!(
        matches!(run.error(), JobError::Dfu { .. }),
        "{:?}",
        run.error()
    );
    assert!(!run.report.started);
}
