//! An impossible job is refused before anything is erased, with the facts.

use upfuse::address::Address;
use upfuse::engine::{EraseScope, JobError, Task, UpgradeOptions, advice};
use upfuse::firmware::{EncodeOptions, Format, ImageTarget, Segment};

use super::bench::{Bench, FLASH, Run, image, named, pieces, random, stay};

fn refused(bench: &mut Bench, run: &Run, code: &str) {
    assert_eq!(run.error().code(), code);
    assert!(!advice(run.error()).is_empty());
    assert_eq!(run.report.board_summary, "Nothing on the board was changed");
    assert!(bench.board.erasures().is_empty());
    assert!(bench.board.writes().is_empty());
}

#[test]
fn an_image_that_ends_beyond_the_flash_is_too_big() {
    let mut bench = Bench::used("f411");
    let mut refusal = |pieces_of: &[(u32, &[u8])]| {
        let run = bench.upgrade(&pieces(pieces_of));
        refused(&mut bench, &run, "does-not-fit");
        run.error().to_string()
    };
    assert_eq!(
        refusal(&[(FLASH + 0x7_0000, &random(1, 0x1_8000))]),
        "too big for this board: the file needs 544 KiB, the board has 512 KiB"
    );
    assert_eq!(
        refusal(&[(FLASH + 0x7_0000, &random(1, 0x1_0001))]),
        "too big for this board: the file needs 524289 bytes, the board has 524288 bytes"
    );
    assert_eq!(
        refusal(&[(FLASH, &random(1, 64)), (FLASH + 0xF_0000, &random(1, 64))]),
        "too big for this board: the file needs 960.1 KiB, the board has 512 KiB"
    );
}

#[test]
fn an_image_for_another_memory_is_refused_with_its_range_and_the_map() {
    let mut bench = Bench::used("f411");
    let run = bench.upgrade(&image(0x9000_0000, &random(1, 16)));
    refused(&mut bench, &run, "does-not-fit");
    assert_eq!(
        run.error().to_string(),
        "outside this board's memory: 0x90000000–0x9000000F; Internal Flash has \
         0x08000000–0x0807FFFF"
    );
}

#[test]
fn an_image_below_the_flash_is_refused() {
    let mut bench = Bench::used("f411");
    let run = bench.upgrade(&image(0, &random(1, 100)));
    refused(&mut bench, &run, "does-not-fit");
}

#[test]
fn the_bootloader_in_an_f103s_flash_is_not_written() {
    let mut bench = Bench::blank("f103");
    let run = bench.upgrade(&image(FLASH, &random(1, 30_000)));
    refused(&mut bench, &run, "not-allowed");
    let after = random(2, 30_000);
    let run = bench.upgrade(&image(FLASH + 20 * 1024, &after));
    run.done();
    assert_eq!(bench.flash(FLASH + 20 * 1024, 30_000), after);
}

fn dfu_file(targets: &[(u8, u32, Vec<u8>)]) -> std::sync::Arc<upfuse::firmware::Image> {
    let targets: Vec<ImageTarget> = targets
        .iter()
        .map(|(alternate, start, data)| ImageTarget {
            alternate: *alternate,
            name: Some("ST...".to_owned()),
            segments: vec![Segment::new(Address(*start), data.as_slice()).unwrap()],
        })
        .collect();
    let bytes = upfuse::firmware::encode(Format::DfuSe, &targets, EncodeOptions::default());
    std::sync::Arc::new(upfuse::firmware::parse("test.dfu", &bytes.unwrap(), None).unwrap())
}

#[test]
fn option_bytes_are_never_written_by_an_upgrade() {
    let mut bench = Bench::used("f407");
    let data = random(3, 1_000);
    let file = dfu_file(&[(0, FLASH, data.clone()), (1, 0x1FFF_C000, vec![0xAA; 16])]);
    let run = bench.upgrade(&file);
    refused(&mut bench, &run, "not-flash");
    // The flash target of the same file is written when only that one is selected.
    let run = bench.upgrade_with(
        &file,
        UpgradeOptions {
            target: Some(0),
            ..stay()
        },
    );
    run.done();
    assert_eq!(bench.flash(FLASH, 1_000), data);
}

/// Older ROMs and clones mark their option bytes as erasable; erased ones mean read protection on
/// an STM32F1.
#[test]
fn option_bytes_are_never_erased() {
    let mut bench = Bench::used("gd32vf103");
    let range = upfuse::address::AddressRange::new(Address(0x1FFF_F800), 16).unwrap();
    let scope = EraseScope::Range {
        alternate: 1,
        range,
    };
    let run = bench.run(&Task::Erase(scope));
    refused(&mut bench, &run, "not-flash");
    assert_eq!(run.report.transfers.total, 0);
}

#[test]
fn the_refusal_of_a_target_that_the_board_lacks_names_it() {
    let mut bench = Bench::used("f072");
    let run = bench.upgrade(&dfu_file(&[(7, FLASH, vec![1; 64])]));
    refused(&mut bench, &run, "no-target");
    assert!(matches!(
        run.error(),
        JobError::NoTarget { alternate: 7, .. }
    ));
}

#[test]
fn a_target_that_the_file_lacks_is_refused() {
    let mut bench = Bench::used("f407");
    let options = UpgradeOptions {
        target: Some(1),
        ..stay()
    };
    let run = bench.upgrade_with(&dfu_file(&[(0, FLASH, vec![1; 64])]), options);
    refused(&mut bench, &run, "no-target");
}

#[test]
fn an_image_with_one_piece_that_does_not_fit_is_refused() {
    let mut bench = Bench::used("f407");
    let run = bench.upgrade(&pieces(&[
        (FLASH, &random(1, 64)),
        (0x2000_0000, &random(2, 64)),
    ]));
    refused(&mut bench, &run, "does-not-fit");
}

/// ST's device library reports errVENDOR for every erase or write that fails (usbd_dfu.c).
#[test]
fn a_sector_that_cannot_be_changed_is_not_read_protection() {
    let sector = upfuse::address::AddressRange::new(Address(FLASH + 0x6000), 0x800).unwrap();
    let file = image(FLASH + 0x5000, &random(4, 8_000));
    for rewrite in [false, true] {
        let mut board = named("f103").holding_old_firmware(7);
        board.bootloader.as_mut().unwrap().failing.push(sector);
        let mut bench = Bench::new(board);
        let options = UpgradeOptions { rewrite, ..stay() };
        let run = bench.upgrade_with(&file, options);
        assert_eq!(run.error().code(), "device", "{}", run.error());
        assert_eq!(
            run.error().to_string(),
            "erasing failed at 0x08006000–0x080067FF: the board reports that it cannot \
             do this"
        );
        let protocol = run.error().protocol();
        assert_eq!(
            protocol.as_deref(),
            Some("errVENDOR in dfuERROR after erasing")
        );
        let steps = advice(run.error());
        assert!(
            steps.iter().any(|s| s.contains("write-protected")),
            "{steps:?}"
        );
        let text = &run.report.board_summary;
        assert!(text.contains("1 sector may be erased"), "{text}");
    }
}

#[test]
fn read_protection_is_recognised_without_a_compare() {
    let file = image(FLASH, &random(4, 8_000));
    let mut bench = Bench::new(named("f407").read_protected());
    let options = UpgradeOptions {
        rewrite: true,
        ..stay()
    };
    let run = bench.upgrade_with(&file, options);
    refused(&mut bench, &run, "protected");
    let run = bench.run(&Task::Erase(EraseScope::All));
    refused(&mut bench, &run, "protected");
}
