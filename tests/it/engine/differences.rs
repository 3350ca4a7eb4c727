//! The list of differences of a verification.

use upfuse::address::{Address, AddressRange};
use upfuse::engine::{Detail, Task};

use super::bench::{Bench, FLASH, image};
use super::write_only::{PAGE, write_only_from};

fn list(image: std::sync::Arc<upfuse::firmware::Image>) -> Task {
    Task::Verify {
        image,
        target: None,
        keep_ranges: Vec::new(),
        detail: Detail::Ranges,
    }
}

fn range(start: u32, length: u64) -> AddressRange {
    AddressRange::new(Address(start), length).unwrap()
}

#[test]
fn every_range_that_differs_is_listed_with_the_bytes_of_both() {
    let mut bench = Bench::used("f407");
    let flash = bench.board.flash();
    let mut other = flash[..90_000].to_vec();
    other[7] ^= 1;
    other[2047] ^= 1;
    other[2048] ^= 1;
    other[70_000] ^= 0xFF;
    let run = bench.run(&list(image(FLASH, &other)));
    assert_eq!(run.error().code(), "mismatch");
    assert!(run.error().to_string().contains("2 sectors differ"));
    let found = &run.report.comparison;
    let ranges: Vec<AddressRange> = found.differences.iter().map(|d| d.range).collect();
    assert_eq!(
        ranges,
        [
            range(FLASH + 7, 1),
            range(FLASH + 2047, 2),
            range(FLASH + 70_000, 1)
        ]
    );
    assert_eq!(found.differing_bytes, 4);
    let last = found.differences.last().unwrap();
    assert_eq!(last.expected(), [other[70_000]]);
    assert_eq!(last.found(), [flash[70_000]]);
    assert_eq!(run.report.board_summary, "Nothing on the board was changed");
    assert_eq!(bench.board.flash(), flash);
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_compared() {
    let mut bench = Bench::new(write_only_from(2));
    let flash = bench.board.flash();
    let mut other = flash[..4 * PAGE as usize].to_vec();
    let unread = |run: &super::bench::Run| run.report.comparison.not_compared.clone();
    let locked = [(0, range(FLASH + 2 * PAGE, 2 * u64::from(PAGE)))];

    // Equal where it can be read is not yet the same.
    let run = bench.run(&list(image(FLASH, &other)));
    assert_eq!(run.error().code(), "not-allowed");
    assert_eq!(unread(&run), locked);
    assert!(run.report.comparison.is_equal());

    other[5] ^= 1;
    let run = bench.run(&list(image(FLASH, &other)));
    assert_eq!(run.error().code(), "mismatch");
    assert_eq!(run.report.comparison.differences.len(), 1);
    assert_eq!(unread(&run), locked);
}

#[test]
fn a_board_that_holds_the_file_has_no_differences() {
    let mut bench = Bench::used("f407");
    let flash = bench.board.flash();
    let run = bench.run(&list(image(FLASH, &flash[..5_000])));
    assert!(run.done().comparison.is_equal());
    assert_eq!(run.report.bytes_verified, 5_000);
}
