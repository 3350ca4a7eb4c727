//! The effect of an upgrade on a board, and the sectors that it does not change.

use upfuse::address::{Address, AddressRange};
use upfuse::engine::{Action, JobEvent, SaveTo, Task, UpgradeOptions};
use upfuse::firmware::{self, Existing};
use upfuse::simulator::{Fault, Faults, RequestKind, State};

use super::bench::{Bench, FLASH, image, named, pieces, random, stay};

const KIB: u64 = 1024;

/// Every part whose flash can be written from its first address, and clones of them.
const WRITABLE_BOARDS: [&str; 20] = [
    "f042",
    "f072",
    "f303",
    "f407",
    "f411",
    "f745",
    "f767",
    "g0b1",
    "g474",
    "h743",
    "h743-rev-v",
    "l072",
    "l152",
    "l433",
    "l475",
    "wb55",
    "c5",
    "f407-error",
    "gd32vf103",
    "at32f415",
];

#[test]
fn every_board_gets_the_exact_image_and_nothing_else_changes() {
    for name in WRITABLE_BOARDS {
        let mut bench = Bench::used(name);
        let before = bench.board.flash();
        let data = random(7, 10_001);
        let run = bench.upgrade(&image(FLASH, &data));
        let report = run.done();
        assert_eq!(report.bytes_written, 10_001, "{name}");
        assert_eq!(report.bytes_verified, 10_001, "{name}");
        let after = bench.board.flash();
        assert_eq!(after[..10_001], data, "{name}");
        let end = bench
            .board
            .erasures()
            .iter()
            .map(|e| e.range.end())
            .max()
            .unwrap();
        let end = (end - u64::from(FLASH)) as usize;
        let erased = if ["l072", "l152"].contains(&name) {
            0x00
        } else {
            0xFF
        };
        assert!(after[10_001..end].iter().all(|b| *b == erased), "{name}");
        assert_eq!(
            after[end..],
            before[end..],
            "{name}: outside the touched sectors"
        );
        assert_eq!(bench.board.defects(), [], "{name}");
        assert_eq!(bench.board.state(), State::Idle, "{name}");
    }
}

#[test]
fn an_image_that_ends_on_a_sector_boundary_leaves_the_next_sector_unchanged() {
    let mut bench = Bench::used("f407");
    let before = bench.board.flash();
    let data = random(1, 32 * KIB);
    let run = bench.upgrade(&image(FLASH, &data));
    assert_eq!(run.done().sectors_erased, 2);
    let after = bench.board.flash();
    assert_eq!(after[..32768], data);
    assert_eq!(after[32768..], before[32768..]);
}

#[test]
fn an_image_that_crosses_16k_64k_and_128k_sectors_is_accepted() {
    let mut bench = Bench::used("f407");
    let data = random(2, 300 * KIB);
    let run = bench.upgrade(&image(FLASH, &data));
    assert_eq!(run.done().sectors_erased, 7);
    assert_eq!(bench.board.flash()[..data.len()], data);
}

#[test]
fn an_image_that_fills_the_flash_to_its_last_byte_is_accepted() {
    for name in ["f407", "f072", "h743", "g474", "l475", "f042"] {
        let mut bench = Bench::used(name);
        let data = random(3, bench.board.flash().len() as u64);
        bench.upgrade(&image(FLASH, &data)).done();
        assert_eq!(bench.board.flash(), data, "{name}");
        assert_eq!(bench.board.defects(), [], "{name}");
    }
}

#[test]
fn pieces_with_a_hole_leave_the_sectors_in_the_hole_unchanged() {
    let mut bench = Bench::used("f407");
    let before = bench.board.flash();
    let (low, high) = (random(4, 15_000), random(5, 200_000));
    bench
        .upgrade(&pieces(&[(FLASH, &low), (FLASH + 0x2_0000, &high)]))
        .done();
    let after = bench.board.flash();
    assert_eq!(after[..15_000], low);
    assert_eq!(after[0x2_0000..][..200_000], high);
    assert_eq!(after[0x4000..0x2_0000], before[0x4000..0x2_0000]);
}

#[test]
fn odd_addresses_and_lengths_are_written_in_whole_flash_words() {
    for name in ["f407", "g474", "h743", "l475", "f042"] {
        let mut bench = Bench::used(name);
        let (a, b) = (random(6, 33), random(7, 2_051));
        bench
            .upgrade(&pieces(&[(FLASH + 3, &a), (FLASH + 0x1001, &b)]))
            .done();
        assert_eq!(bench.flash(FLASH + 3, 33), a, "{name}");
        assert_eq!(bench.flash(FLASH + 0x1001, 2_051), b, "{name}");
        assert_eq!(bench.board.defects(), [], "{name}");
    }
}

#[test]
fn the_rest_of_a_partly_covered_sector_is_lost_as_planned() {
    let mut bench = Bench::used("f407");
    let run = bench.upgrade(&image(FLASH, &random(8, 1000)));
    let Some(JobEvent::Planned(plan)) = planned(&run.events) else {
        panic!("no plan")
    };
    assert_eq!(plan.totals().lost_bytes, 16 * KIB - 1000);
    assert!(bench.flash(FLASH + 1000, 15_384).iter().all(|b| *b == 0xFF));
}

#[test]
fn keep_restores_the_rest_of_a_partly_covered_sector() {
    for name in ["f407", "g474", "f042"] {
        let mut bench = Bench::used(name);
        let mut wanted = bench.board.flash();
        let data = random(9, 3_333);
        wanted[100..3_433].copy_from_slice(&data);
        let options = UpgradeOptions {
            keep: true,
            ..stay()
        };
        bench
            .upgrade_with(&image(FLASH + 100, &data), options)
            .done();
        assert_eq!(bench.board.flash(), wanted, "{name}");
        assert_eq!(bench.board.defects(), [], "{name}");
    }
}

/// Kept bytes are erased and written too, so they need verification as much as the image.
#[test]
fn kept_bytes_are_verified_too() {
    let data = random(9, 1_000);
    let mut found_outside_the_image = 0;
    for number in 1..=14 {
        let corrupt =
            Faults::new().at_request(RequestKind::Download, number, Fault::CorruptByte(1_500));
        let board = named("f407").holding_old_firmware(99).with_faults(corrupt);
        let mut bench = Bench::new(board);
        let mut wanted = bench.board.flash();
        wanted[..1_000].copy_from_slice(&data);
        let options = UpgradeOptions {
            keep: true,
            ..stay()
        };
        let run = bench.upgrade_with(&image(FLASH, &data), options);
        if bench.board.flash() == wanted {
            run.done();
        } else {
            assert_eq!(run.error().code(), "mismatch", "download {number}");
            found_outside_the_image += 1;
        }
    }
    assert_eq!(found_outside_the_image, 8, "16 KiB in blocks of 2 KiB");
}

#[test]
fn a_blank_board_is_written_without_an_erase() {
    let mut bench = Bench::blank("f407");
    let run = bench.upgrade(&image(FLASH, &random(10, 100_000)));
    assert_eq!(run.done().sectors_erased, 0);
    assert!(bench.board.erasures().is_empty());
    assert_eq!(bench.board.defects(), []);
}

#[test]
fn the_same_file_again_neither_erases_nor_writes() {
    let mut bench = Bench::used("f407");
    let file = image(FLASH, &random(11, 100_000));
    bench.upgrade(&file).done();
    let (erased, written) = (bench.board.erasures().len(), bench.board.writes().len());
    let run = bench.upgrade(&file);
    let report = run.done();
    assert_eq!((report.bytes_matched, report.bytes_written), (100_000, 0));
    assert_eq!(report.bytes_verified, 100_000);
    assert_eq!(bench.board.erasures().len(), erased);
    assert_eq!(bench.board.writes().len(), written);
}

#[test]
fn rewrite_writes_even_matching_sectors() {
    let mut bench = Bench::used("f407");
    let file = image(FLASH, &random(11, 20_000));
    bench.upgrade(&file).done();
    let run = bench.upgrade_with(
        &file,
        UpgradeOptions {
            rewrite: true,
            ..stay()
        },
    );
    assert_eq!(run.done().sectors_erased, 2);
    assert_eq!(run.report.bytes_written, 20_000);
}

#[test]
fn a_mass_erase_clears_sectors_that_the_image_does_not_cover() {
    let mut bench = Bench::used("f407");
    let data = random(12, 5_000);
    let options = UpgradeOptions {
        mass_erase: true,
        ..stay()
    };
    let run = bench.upgrade_with(&image(FLASH, &data), options);
    assert_eq!(run.done().sectors_erased, 12);
    let after = bench.board.flash();
    assert_eq!(after[..5_000], data);
    assert!(after[5_000..].iter().all(|b| *b == 0xFF));
}

#[test]
fn the_program_is_started_at_the_images_vector_table() {
    let mut data = random(13, 4_000);
    data[..8].copy_from_slice(&[0x00, 0x00, 0x02, 0x20, 0x05, 0x80, 0x00, 0x08]);
    let mut bench = Bench::used("f407");
    let options = UpgradeOptions::default();
    let run = bench.upgrade_with(&image(FLASH + 0x8000, &data), options.clone());
    let Some(JobEvent::Planned(plan)) = planned(&run.events) else {
        panic!("no plan")
    };
    assert_eq!(plan.start, Some(Address(FLASH + 0x8000)));
    assert!(run.done().started);

    let mut bench = Bench::used("f407");
    let run = bench.upgrade_with(&image(FLASH + 0x8000, &random(14, 500)), options);
    let Some(JobEvent::Planned(plan)) = planned(&run.events) else {
        panic!("no plan")
    };
    assert_eq!(
        plan.start,
        Some(Address(FLASH)),
        "no vector table in this image"
    );
}

/// `info` and the window accept the same programs.
#[test]
fn a_program_is_started_at_its_vector_table_wherever_its_stack_is() {
    let stacks: [(&str, u32); 5] = [
        ("SRAM", 0x2002_0000),
        (
            "the last byte of SRAM, as in ST's STM32F417IG_FLASH.ld",
            0x2001_FFFF,
        ),
        ("core-coupled RAM", 0x1001_0000),
        ("external SRAM", 0x6010_0000),
        ("SDRAM", 0xD080_0000),
    ];
    for (ram, stack) in stacks {
        let mut data = random(13, 4_000);
        data[..4].copy_from_slice(&stack.to_le_bytes());
        // The reset handler, and those of NMI and HardFault.
        for vector in data[4..16].as_chunks_mut().0 {
            *vector = (FLASH + 0x8005).to_le_bytes();
        }
        let mut bench = Bench::used("f407");
        let run = bench.upgrade_with(&image(FLASH + 0x8000, &data), UpgradeOptions::default());
        let Some(JobEvent::Planned(plan)) = planned(&run.events) else {
            panic!("no plan")
        };
        assert_eq!(plan.start, Some(Address(FLASH + 0x8000)), "{ram}");
    }
}

#[test]
fn a_program_is_started_at_its_vector_table_though_its_reset_handler_was_there_before() {
    let mut data = random(13, 4_000);
    data[..4].copy_from_slice(&0x2002_0000_u32.to_le_bytes());
    data[4..8].copy_from_slice(&(FLASH + 0x4_0001).to_le_bytes());
    let mut bench = Bench::used("f407");
    let run = bench.upgrade_with(&image(FLASH + 0x8000, &data), UpgradeOptions::default());
    let Some(JobEvent::Planned(plan)) = planned(&run.events) else {
        panic!("no plan")
    };
    assert_eq!(plan.start, Some(Address(FLASH + 0x8000)));
}

fn with_backup(path: std::path::PathBuf) -> UpgradeOptions {
    let existing = Existing::Refuse;
    UpgradeOptions {
        backup: Some(SaveTo { path, existing }),
        ..stay()
    }
}

#[test]
fn a_backup_holds_the_complete_planned_sectors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("before.dfu");
    let mut bench = Bench::used("f407");
    let before = bench.board.flash();
    let options = with_backup(path.clone());
    bench
        .upgrade_with(&image(FLASH + 0x3000, &random(15, 0x2000)), options)
        .done();
    let saved = firmware::load(&path, None).unwrap();
    let segment = &saved.targets[0].segments[0];
    assert_eq!(
        segment.range(),
        AddressRange::new(Address(FLASH), 0x8000).unwrap()
    );
    assert_eq!(segment.data(), &before[..0x8000]);
}

#[test]
fn a_requested_backup_is_saved_even_if_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("before.dfu");
    let mut bench = Bench::used("f407");
    let same = bench.board.flash()[..0x2000].to_vec();
    let before = bench.board.flash();
    let options = with_backup(path.clone());
    let run = bench.upgrade_with(&image(FLASH, &same), options);
    assert_eq!(run.done().bytes_written, 0);
    assert_eq!(bench.board.flash(), before);
    let saved = firmware::load(&path, None).unwrap();
    assert_eq!(saved.targets[0].segments[0].data(), &before[..0x4000]);
}

#[test]
fn nothing_is_erased_if_the_backup_cannot_be_saved() {
    let folder = tempfile::tempdir().unwrap();
    let existing = folder.path().join("old.bin");
    std::fs::write(&existing, "an earlier backup").unwrap();
    for path in [
        existing.clone(),
        folder.path().join("no/such/folder/x.bin"),
        folder.path().join("x.unknown"),
    ] {
        let mut bench = Bench::used("f407");
        let before = bench.board.flash();
        let options = with_backup(path);
        let run = bench.upgrade_with(&image(FLASH, &random(16, 5_000)), options);
        assert_eq!(run.error().code(), "file");
        assert_eq!(bench.board.flash(), before);
        assert_eq!(run.report.board_summary, "Nothing on the board was changed");
        assert_eq!(bench.board.state(), State::Idle);
    }
    assert_eq!(std::fs::read(existing).unwrap(), b"an earlier backup");
}

#[test]
fn a_comparison_decides_every_sector_and_changes_nothing() {
    let mut bench = Bench::used("f407");
    let mut data = bench.board.flash()[..0xC000].to_vec();
    data[0x5000] ^= 1;
    let before = bench.board.flash();
    let task = Task::Compare {
        image: image(FLASH, &data),
        options: stay(),
    };
    let run = bench.run(&task);
    run.done();
    let last = run
        .events
        .iter()
        .rev()
        .find(|e| matches!(e, JobEvent::Planned(_)));
    let Some(JobEvent::Planned(plan)) = last else {
        panic!("no plan")
    };
    let actions: Vec<Action> = plan.targets[0].sectors.iter().map(|s| s.action).collect();
    assert_eq!(
        actions,
        [Action::Leave, Action::EraseAndWrite, Action::Leave]
    );
    assert_eq!(bench.board.flash(), before);
    assert!(bench.board.erasures().is_empty() && bench.board.writes().is_empty());
}

#[test]
fn both_readings_of_the_address_formula_write_the_same_flash() {
    use upfuse::simulator::BlockAddress;
    for reading in [BlockAddress::TransferSize, BlockAddress::RequestLength] {
        let mut board = named("f407").holding_old_firmware(5);
        board.bootloader.as_mut().unwrap().block_address = reading;
        let mut bench = Bench::new(board);
        let (a, b) = (random(17, 70_001), random(18, 5_000));
        bench
            .upgrade(&pieces(&[(FLASH, &a), (FLASH + 0x4_0000, &b)]))
            .done();
        assert_eq!(bench.flash(FLASH, 70_001), a, "{reading:?}");
        assert_eq!(bench.flash(FLASH + 0x4_0000, 5_000), b, "{reading:?}");
    }
}

fn planned(events: &[JobEvent]) -> Option<&JobEvent> {
    events
        .iter()
        .rev()
        .find(|event| matches!(event, JobEvent::Planned(_)))
}
