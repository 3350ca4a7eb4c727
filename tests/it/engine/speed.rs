//! Exact speed: transfer counts and virtual time against the minimum, which is the flash's own work
//! plus 3 transfers for each block written, 1 for each verified, 3 for each sector erased.

use std::time::Duration;

use upfuse::simulator::bus_time;

use super::bench::{Bench, FLASH, Run, image, random};

const BOARDS: [&str; 6] = ["f407", "f767", "f072", "g474", "h743", "l475"];
const WORK: u64 = 512 * 1024;

struct Measured {
    flash_work: Duration,
    floor: Duration,
    time: Duration,
    run: Run,
    blocks: u64,
    transfer_size: u64,
}

fn first_upgrade(name: &str) -> (Bench, Vec<u8>, Measured) {
    let mut bench = Bench::used(name);
    let length = WORK.min(bench.board.flash().len() as u64);
    let data = random(21, length);
    let before = bench.board.flash_work();
    let run = bench.upgrade(&image(FLASH, &data));
    let report = run.done().clone();
    let flash_work = bench.board.flash_work() - before;
    let transfer_size = u64::from(bench.described().functional.transfer_size);
    let blocks = length.div_ceil(transfer_size);
    let floor =
        flash_work + floor_bus_time(blocks, u64::from(report.sectors_erased), transfer_size);
    let measured = Measured {
        flash_work,
        floor,
        time: report.duration,
        run,
        blocks,
        transfer_size,
    };
    (bench, data, measured)
}

fn floor_bus_time(blocks: u64, sectors: u64, transfer_size: u64) -> Duration {
    let times = |n: u64, time: Duration| time * u32::try_from(n).unwrap();
    let status = bus_time(6);
    let block = bus_time(usize::try_from(transfer_size).unwrap());
    times(blocks, block + 2 * status)
        + times(blocks, block)
        + times(sectors, bus_time(5) + 2 * status)
}

#[test]
fn a_first_upgrade_takes_little_more_than_the_flash_and_the_bus() {
    for name in BOARDS {
        let (bench, data, measured) = first_upgrade(name);
        assert_eq!(bench.board.flash()[..data.len()], data);
        let ratio = measured.time.as_secs_f64() / measured.floor.as_secs_f64();
        println!(
            "{name}: flash {:.3} s, floor {:.3} s, took {:.3} s = {ratio:.4} ({} transfers)",
            measured.flash_work.as_secs_f64(),
            measured.floor.as_secs_f64(),
            measured.time.as_secs_f64(),
            measured.run.report.transfers.total,
        );
        let limit = if name == "f072" { 1.15 } else { 1.05 };
        assert!(ratio <= limit, "{name}: {ratio:.4} times the floor");
    }
}

#[test]
fn three_transfers_write_a_block_and_one_verifies_it() {
    // This board holds its answers, so nothing is learned and the count is exact.
    let (_, _, measured) = first_upgrade("f767");
    let report = &measured.run.report;
    let sectors = u64::from(report.sectors_erased);
    let connect = 3; // GETSTATE, and the requests from there to dfuIDLE
    let set_addresses = 3 * 3; // compare, write, verify
    let aborts = 4;
    let floor = 4 * measured.blocks + 3 * sectors;
    // One block is read both ways, to learn that its first bytes can be read alone.
    let compare = sectors + 1;
    assert!(report.transfers.total >= floor);
    assert!(
        report.transfers.total <= floor + compare + connect + set_addresses + aborts,
        "{} transfers for {} blocks and {sectors} sectors",
        report.transfers.total,
        measured.blocks
    );
    assert_eq!(report.transfers.uploads, measured.blocks + compare);
    assert_eq!(measured.transfer_size, 2048);
}

#[test]
fn the_same_file_again_takes_a_tenth_of_the_time_at_most() {
    for name in BOARDS {
        let (mut bench, data, first) = first_upgrade(name);
        let run = bench.upgrade(&image(FLASH, &data));
        let report = run.done();
        assert_eq!(
            (report.bytes_written, report.sectors_erased),
            (0, 0),
            "{name}"
        );
        assert!(report.transfers.uploads <= first.blocks, "{name}");
        let ratio = report.duration.as_secs_f64() / first.time.as_secs_f64();
        println!("{name}: the same file again: {ratio:.3} of the first time");
        assert!(ratio <= 0.10, "{name}: {ratio:.3}");
    }
}

#[test]
fn only_the_changed_sector_of_twelve_is_erased() {
    let mut bench = Bench::used("f407");
    let mut data = random(22, 1024 * 1024);
    bench.upgrade(&image(FLASH, &data)).done();
    let before = bench.board.erasures().len();
    data[0x6_0000] ^= 0x10;
    let run = bench.upgrade(&image(FLASH, &data));
    assert_eq!(run.done().sectors_erased, 1);
    let erasures = bench.board.erasures();
    assert_eq!(erasures.len(), before + 1);
    let erased = erasures.last().unwrap().range;
    assert_eq!(erased.to_string(), "0x08060000–0x0807FFFF");
    assert_eq!(bench.board.flash(), data);
}

#[test]
fn blank_blocks_are_not_sent_after_an_erase() {
    let mut data = random(23, 64 * 1024);
    data[8 * 1024..56 * 1024].fill(0xFF);
    let mut bench = Bench::used("f407");
    let run = bench.upgrade(&image(FLASH, &data));
    run.done();
    assert_eq!(bench.board.counters().blocks_written, 8);
    assert_eq!(bench.board.flash()[..data.len()], data);
}

#[test]
fn sixteen_boards_in_parallel_take_as_long_as_one() {
    let one = first_upgrade("f407").2.time;
    let threads: Vec<_> = (0..16)
        .map(|_| std::thread::spawn(|| first_upgrade("f407").2.time))
        .collect();
    let slowest = threads
        .into_iter()
        .map(|t| t.join().unwrap())
        .max()
        .unwrap();
    assert!(
        slowest <= one * 3 / 2,
        "{slowest:?} for sixteen, {one:?} for one"
    );
}

#[test]
fn a_mass_erase_of_35_s_takes_only_virtual_time() {
    let mut bench = Bench::used("f407");
    let options = upfuse::engine::UpgradeOptions {
        mass_erase: true,
        ..super::bench::stay()
    };
    let run = bench.upgrade_with(&image(FLASH, &random(1, 100)), options);
    assert!(run.done().duration > Duration::from_secs(5));
}
