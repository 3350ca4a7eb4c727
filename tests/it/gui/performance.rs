//! The cost of the window: with a board of 16,384 sectors and a file of 16 MiB a frame takes less
//! than 16 ms of our own time, and an idle window draws nothing.

use std::time::Duration;

use upfuse::transport::{Clock as _, RealClock};

use super::bench::{Bench, noise};

/// Processor time of this thread, so that it does not matter what else the machine does
/// (/proc/PID/schedstat, Linux Documentation/scheduler/sched-stats.rst); wall time where the
/// system has no such file.
fn own_time(clock: &RealClock) -> Duration {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .map_or_else(|| clock.now(), Duration::from_nanos)
}

/// On average, because the kernel counts processor time in steps of some milliseconds.
fn time_of(rounds: u32, mut round: impl FnMut()) -> Duration {
    let clock = RealClock::default();
    let begin = own_time(&clock);
    (0..rounds).for_each(|_| round());
    (own_time(&clock) - begin) / rounds
}

#[test]
fn a_frame_with_16384_sectors_and_16_mib_takes_less_than_16_ms() {
    let mut bench = Bench::new(vec![huge_board()]);
    let file = bench.dfu_file("huge.dfu", 0x0800_0000, &noise(16 << 20, 1));
    bench.drop_file(&file);
    bench.assert_shows("Fits this board: changes at most 16384 of 16384 sectors");
    let time = time_of(50, || {
        bench.window.step();
        // Includes the meshes for the graphics card.
        let shapes = bench.window.output().shapes.clone();
        let meshes = bench.window.ctx.tessellate(shapes, 1.0);
        assert!(!meshes.is_empty());
    });
    println!("a frame takes {time:?}");
    assert!(time < Duration::from_millis(16), "{time:?}");
}

#[test]
fn nothing_is_drawn_while_nothing_changes() {
    let mut bench = Bench::new(vec![super::bench::f407()]);
    bench.window.run();
    let repaint = bench.window.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay;
    assert!(repaint > Duration::from_secs(3600), "{repaint:?}");
}

/// A board like no STM32: 16,384 sectors of 1 KiB.
fn huge_board() -> upfuse::simulator::Board {
    use upfuse::address::Address;
    use upfuse::memory::{Access, SectorRun};
    let mut board = super::bench::f407();
    let access = Access {
        read: true,
        erase: true,
        write: true,
    };
    let bootloader = board.bootloader.as_mut().unwrap();
    let internal = &mut bootloader.alternates[0];
    internal.layout = Some("@Internal Flash  /0x08000000/16384*001Kg".to_owned());
    internal.areas[0].runs = vec![SectorRun {
        start: Address::FLASH,
        count: 16_384,
        size: 1024,
        access,
    }];
    board
}

/// The worker reports at most every 33 ms, so at 60 Hz two frames are drawn for each report. The
/// board waits for them; otherwise a busy machine would draw fewer frames with more news in each.
#[test]
fn frames_stay_below_16_ms_while_a_board_of_16384_sectors_is_upgraded() {
    let mut bench = Bench::new(vec![huge_board()]);
    let file = bench.dfu_file("huge.dfu", 0x0800_0000, &noise(16 << 20, 1));
    bench.drop_file(&file);
    let mut next_report = Duration::ZERO;
    let hold = bench.hold_where(move |transfer| {
        // The job is long: half of every fifth second.
        let is_due = transfer.at >= next_report
            && transfer.at.as_secs().is_multiple_of(5)
            && transfer.at.subsec_millis() < 500;
        if is_due {
            next_report = transfer.at + Duration::from_millis(33);
        }
        is_due
    });
    bench.click_starting("Upgrade STM32");
    let time = time_of(100, || {
        hold.wait();
        bench.window.step();
        bench.window.step();
        hold.release();
    }) / 2;
    println!("a frame takes {time:?}");
    assert!(time < Duration::from_millis(16), "{time:?}");
}
