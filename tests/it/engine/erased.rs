//! STM32L0 and L1, whose erased flash holds 0x00.

use upfuse::address::{Address, AddressRange};
use upfuse::engine::{EraseScope, Task};

use super::bench::{Bench, FLASH, image, random, stay};

const BOARDS: [&str; 2] = ["l072", "l152"];

#[test]
fn stretches_of_0xff_are_written_and_stretches_of_0x00_are_not() {
    for name in BOARDS {
        let mut data = random(61, 20_000);
        data[4096..12_288].fill(0xFF);
        let mut bench = Bench::used(name);
        bench.upgrade(&image(FLASH, &data)).done();
        assert_eq!(bench.flash(FLASH, data.len()), data, "{name}");
        assert_eq!(bench.board.defects(), [], "{name}");

        let mut bench = Bench::used(name);
        data[4096..12_288].fill(0x00);
        bench.upgrade(&image(FLASH, &data)).done();
        assert_eq!(bench.flash(FLASH, data.len()), data, "{name}");
        assert_eq!(bench.board.counters().blocks_written, 6, "{name}");
    }
}

#[test]
fn pages_that_hold_0xff_are_erased_before_they_are_written() {
    for name in BOARDS {
        let mut bench = Bench::used(name);
        bench.upgrade(&image(FLASH, &[0xFF; 4096])).done();
        let data = random(62, 4096);
        let run = bench.upgrade(&image(FLASH, &data));
        assert_eq!(
            run.done().sectors_erased as usize,
            4096 / if name == "l072" { 128 } else { 256 }
        );
        assert_eq!(bench.flash(FLASH, data.len()), data, "{name}");
        assert_eq!(bench.board.defects(), [], "{name}");
    }
}

#[test]
fn blank_pages_are_written_without_an_erase() {
    for name in BOARDS {
        let mut bench = Bench::blank(name);
        let run = bench.upgrade(&image(FLASH + 7, &random(63, 5_000)));
        assert_eq!(run.done().sectors_erased, 0, "{name}");
        assert_eq!(bench.board.defects(), [], "{name}");
    }
}

#[test]
fn erased_pages_are_blank() {
    for name in BOARDS {
        let mut bench = Bench::used(name);
        let range = AddressRange::new(Address(FLASH), 1024).unwrap();
        let scope = EraseScope::Range {
            alternate: 0,
            range,
        };
        bench.run(&Task::Erase(scope)).done();
        assert_eq!(bench.flash(FLASH, 1024), [0; 1024], "{name}");
        bench.run(&Task::Erase(EraseScope::All)).done();
        assert!(bench.board.flash().iter().all(|byte| *byte == 0), "{name}");
    }
}

#[test]
fn preserved_bytes_are_restored() {
    for name in BOARDS {
        let mut bench = Bench::used(name);
        let before = bench.board.flash();
        let options = upfuse::engine::UpgradeOptions {
            keep: true,
            ..stay()
        };
        let data = random(64, 3_001);
        bench.upgrade_with(&image(FLASH, &data), options).done();
        let after = bench.board.flash();
        assert_eq!(after[..3_001], data, "{name}");
        assert_eq!(after[3_001..], before[3_001..], "{name}");
    }
}
