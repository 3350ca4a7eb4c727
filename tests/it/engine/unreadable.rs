//! Boards that refuse to be read although nothing protects them.

use upfuse::engine::{EraseScope, Task, UpgradeOptions};
use upfuse::simulator::Board;

use super::bench::{Bench, FLASH, image, named, random, stay};

fn unreadable(name: &str) -> Board {
    let mut board = named(name).holding_old_firmware(99);
    board.bootloader.as_mut().unwrap().unreadable = true;
    board
}

#[test]
fn an_unreadable_board_is_written_without_a_compare_and_not_verified() {
    let data = random(71, 5_000);
    for name in ["cube", "f407"] {
        for (rewrite, mass_erase) in [(false, false), (true, false), (false, true)] {
            let mut bench = Bench::new(unreadable(name));
            let options = UpgradeOptions {
                rewrite,
                mass_erase,
                ..stay()
            };
            let run = bench.upgrade_with(&image(FLASH + 0xC000, &data), options);
            assert_eq!(run.done().bytes_verified, 0, "{name}");
            assert_eq!(
                run.report.board_summary,
                "The board holds the new firmware, not verified"
            );
            let notes = run.notes();
            let found = notes
                .iter()
                .filter(|note| note.contains("nothing is verified"));
            assert_eq!(found.count(), 1, "{name}: {notes:?}");
            assert_eq!(bench.flash(FLASH + 0xC000, 5_000), data, "{name}");
            assert_eq!(bench.board.defects(), [], "{name}");
        }
    }
}

#[test]
fn an_erase_of_an_unreadable_board_is_not_verified() {
    let mut bench = Bench::new(unreadable("cube"));
    let run = bench.run(&Task::Erase(EraseScope::All));
    run.done();
    assert_eq!(
        run.report.board_summary,
        "9 sectors were erased, not verified"
    );
    assert!(bench.board.flash()[0xC000..].iter().all(|b| *b == 0xFF));
}

#[test]
fn preserving_data_of_an_unreadable_board_fails_before_anything_is_erased() {
    let mut bench = Bench::new(unreadable("cube"));
    let options = UpgradeOptions {
        keep: true,
        ..stay()
    };
    let run = bench.upgrade_with(&image(FLASH + 0xC000, &random(72, 100)), options);
    assert_eq!(run.error().code(), "device", "{}", run.error());
    assert!(bench.board.erasures().is_empty());
    assert_eq!(run.report.board_summary, "Nothing on the board was changed");
}
