//! Exact times, in virtual time.

use super::*;

use upfuse::simulator::{PACKET_TIME, RequestKind, SETUP_TIME, bus_time};

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn a_transfer_takes_its_setup_and_its_packets() {
    let mut host = Host::named("f407");
    host.status();
    assert_eq!(host.now(), SETUP_TIME + PACKET_TIME);
    host.abort();
    assert_eq!(host.now(), 2 * SETUP_TIME + PACKET_TIME);
    let before = host.now();
    host.upload(2, 2048).unwrap();
    assert_eq!(host.now() - before, bus_time(2048));
    assert_eq!(bus_time(2048), SETUP_TIME + 32 * PACKET_TIME);
    assert_eq!(bus_time(65), SETUP_TIME + 2 * PACKET_TIME);
}

#[test]
fn a_block_costs_three_transfers_and_the_programming() {
    let mut host = Host::named("f767");
    host.download(2, &[0; 2048]).unwrap();
    host.status();
    let busy_from = host.now();
    host.status();
    let program = Duration::from_nanos(23_430) * 512;
    assert_eq!(host.now() - busy_from, program);
    assert_eq!(busy_from, bus_time(2048) + bus_time(6));
    assert_eq!(host.board.flash_work(), program);
    assert_eq!(host.board.counters().transfers(), 3);
    assert_eq!(host.board.counters().blocks_written, 1);
    assert_eq!(host.board.counters().of(RequestKind::GetStatus), 2);
}

/// Writes the first 512 KiB, or all of a smaller flash, and returns the flash's own time.
fn work_for_512_kib(name: &str) -> Duration {
    let mut host = Host::of(board(name).holding_old_firmware(5));
    let profile = board(name).bootloader.unwrap();
    let size = profile.functional.transfer_size;
    let end = host.board.flash().len().min(512 * 1024);
    let mut at = 0;
    for run in &profile.alternates[0].areas[0].runs {
        for _ in 0..run.count {
            if at < end {
                assert!(
                    host.erase(0x0800_0000 + at as u32)
                        .is(Status::Ok, State::DownloadIdle)
                );
                at += run.size as usize;
            }
        }
    }
    host.set_address(0x0800_0000);
    for block in 0..end / usize::from(size) {
        let data = vec![0x33; size.into()];
        host.write(2 + block as u16, &data);
    }
    assert_eq!(host.board.defects(), []);
    host.board.flash_work()
}

#[test]
fn half_a_mebibyte_costs_what_the_benchmark_says() {
    // Milliseconds of pure flash work that other tools were measured against.
    for (name, least, most) in [
        ("f072", 1880, 1920),
        ("f407", 6600, 6660),
        ("f411", 6600, 6660),
        ("f767", 6850, 6900),
        ("h743", 6000, 6100),
        ("l475", 3780, 3820),
        ("g474", 10_900, 11_100),
    ] {
        let work = work_for_512_kib(name);
        assert!(ms(least) <= work && work <= ms(most), "{name}: {work:?}");
    }
}

#[test]
fn a_true_poll_time_is_the_time_rounded_up_to_milliseconds() {
    let mut host = Host::named("f407");
    host.download(2, &[0; 2048]).unwrap();
    // 512 words of 16 µs: 8.192 ms
    assert_eq!(host.status().poll, 9);
}

#[test]
fn each_board_lives_by_its_own_clock() {
    let bus = SimulatedBus::new();
    let [a, b] = [board("f407"), board("f407")].map(|one| bus.plug(one, Time::Virtual));
    a.clock().sleep(LONG);
    assert_eq!(b.clock().now(), Duration::ZERO);
}
