//! Memory of a board in a format without addresses: writing it back writes everything from its first
//! byte to its last, so that each must come from the board.

use upfuse::engine::{SaveTo, Task, UpgradeOptions, advice};
use upfuse::firmware::Existing;

use super::bench::{Bench, FLASH, Run, named, pieces, random, stay};

/// The file that `upgrade --backup` of two far pieces makes, and the run.
fn flat_backup_of_far_pieces(bench: &mut Bench) -> (Run, Option<Vec<u8>>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("before.bin");
    let ends = pieces(&[
        (FLASH, &random(15, 0x1000)),
        (FLASH + 0x2_0000, &random(16, 0x1000)),
    ]);
    let options = UpgradeOptions {
        rewrite: true,
        backup: Some(SaveTo {
            path: path.clone(),
            existing: Existing::Refuse,
        }),
        ..stay()
    };
    let run = bench.upgrade_with(&ends, options);
    (run, std::fs::read(path).ok())
}

/// Restoring it writes the whole span.
#[test]
fn a_flat_backup_holds_the_old_flash_over_its_whole_span() {
    let mut bench = Bench::used("f407");
    let before = bench.board.flash();
    let (run, saved) = flat_backup_of_far_pieces(&mut bench);
    run.done();
    assert!(saved.unwrap() == before[..0x4_0000]);
    let notes = run.notes();
    let noted = notes.iter().any(|note| note.contains("112 KiB between"));
    assert!(noted, "{notes:?}");
}

#[test]
fn a_flat_backup_over_memory_that_cannot_be_read_is_refused_before_the_erase() {
    let whole = Bench::used("f407").board.flash();
    let mut bench = write_only_in_between();
    let (run, saved) = flat_backup_of_far_pieces(&mut bench);
    assert_eq!(
        run.error().to_string(),
        "a .bin backup needs 0x08004000\u{2013}0x0801FFFF as well, which cannot be read"
    );
    let steps = advice(run.error()).join(" ");
    assert!(steps.contains(".dfu"), "{steps}");
    assert_eq!(run.report.board_summary, "Nothing on the board was changed");
    assert!(saved.is_none());
    assert!(bench.board.flash() == whole);
}

fn write_only_in_between() -> Bench {
    let mut board = named("f407").holding_old_firmware(99);
    let layout = "@Internal Flash  /0x08000000/01*016Kg,03*016Kf,01*064Kg,07*128Kg";
    board.bootloader.as_mut().unwrap().alternates[0].layout = Some(layout.to_owned());
    Bench::new(board)
}

#[test]
fn a_flat_file_of_a_target_with_a_gap_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = write_only_in_between();
    let mut read = |name: &str| {
        let path = folder.path().join(name);
        let task = Task::Read {
            alternate: 0,
            range: None,
            save: Some(SaveTo {
                path: path.clone(),
                existing: Existing::Refuse,
            }),
        };
        (bench.run(&task), path)
    };
    let (run, path) = read("out.bin");
    assert_eq!(
        run.error().to_string(),
        "a .bin file needs 0x08004000\u{2013}0x0800FFFF as well, which cannot be read"
    );
    let steps = advice(run.error()).join(" ");
    assert!(steps.contains(".dfu"), "{steps}");
    assert_eq!(run.report.transfers.total, 0);
    assert!(!path.exists());
    // The other formats hold what there is.
    let (run, path) = read("out.hex");
    run.done();
    assert!(path.exists());
}
