//! Stories about the memory map: it claims no more than the board holds.

use upfuse::address::Address;
use upfuse::gui::state::paint::Paint;
use upfuse::simulator::{Board, RequestKind};

use super::bench::{Bench, Hold, f407, noise};
use crate::formats::uf2::of_three;

const FLASH: u32 = 0x0800_0000;

fn hold_after_blocks(bench: &Bench, wanted: u32) -> Hold {
    let mut blocks = 0;
    bench.hold_where(move |transfer| {
        // Block numbers from 2 on carry data, lower ones commands (AN3156).
        let is_data = transfer.kind == RequestKind::Download && transfer.value >= 2;
        blocks += u32::from(is_data);
        is_data && blocks == wanted
    })
}

fn bytes(bench: &Bench, paint: Paint) -> u64 {
    let picture = bench.app().state.picture().unwrap();
    let found = picture.totals.iter().find(|(other, _)| *other == paint);
    found.map_or(0, |(_, bytes)| *bytes)
}

#[test]
fn a_stopped_upgrade_shows_as_written_what_is_written() {
    let mut bench = Bench::new(vec![f407()]);
    bench.board(0).fill(Address(FLASH), &[0; 512 << 10]);
    let mut new = noise(400_000, 5);
    new[8..].iter_mut().for_each(|byte| *byte |= 1);
    bench.drop_file(&bench.dfu_file("new.dfu", FLASH, &new));
    // In the middle of the sector of 64 KiB.
    let hold = hold_after_blocks(&bench, 50);
    bench.click_starting("Upgrade STM32F2 or F4");
    hold.wait();
    bench.window.run();
    assert!(
        bytes(&bench, Paint::Written) <= 50 * 2048,
        "ahead of the board"
    );
    bench.stop(&hold);
    bench.wait_for_text("Upgrade stopped");

    let flash = bench.board(0).flash();
    let held = flash.iter().zip(&new).take_while(|(a, b)| a == b).count();
    assert_eq!(bytes(&bench, Paint::Written), held as u64);
    assert_eq!(bytes(&bench, Paint::NotWritten), (128 << 10) - held as u64);
    bench.assert_shows("not written");
}

/// The first part is for another bootloader's memory than the second.
#[test]
fn the_map_follows_a_file_in_parts() {
    let mut bench = Bench::new(vec![Board::by_name("edgetx-h7").unwrap()]);
    let tag = [8, 0x35, 0x08, 0xE6, 0, 0, 0, 8];
    let bytes = [
        of_three(0, FLASH, 0, &noise(256, 4), &[]),
        of_three(0x8001, 0x2400_0000, 1, b"BDFU", &tag),
        of_three(0, 0x9000_0000, 2, &[5; 256], &[]),
    ];
    let file = bench.path("staged.uf2");
    std::fs::write(&file, bytes.concat()).unwrap();
    bench.drop_file(&file);
    bench.assert_shows("UF2, 512 bytes in 2 parts");
    bench.assert_shows("Part 2, after a restart of the board: 0x90000000–0x900000FF");
    bench.assert_shows("Memory map of Internal Flash");
    bench.click_starting("Upgrade STM32H7");
    bench.wait_for_text("Upgraded in");
    bench.assert_shows("Memory map of External Flash");
}
