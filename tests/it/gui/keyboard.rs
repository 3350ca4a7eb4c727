//! Stories without a mouse.

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use upfuse::gui::state::batch_record::RecordOutcome;
use upfuse::simulator::{RequestKind, Time};

use super::bench::{Bench, f407, noise};

const FLASH: u32 = 0x0800_0000;

/// The focused widget's name.
fn focused(bench: &Bench) -> Option<String> {
    let nodes = bench.window.root().children_recursive();
    let node = nodes
        .map(|node| node.accesskit_node())
        .find(|node| node.is_focused());
    node.and_then(|node| node.label())
}

/// Presses Tab until a widget has the focus.
#[track_caller]
fn tab_to(bench: &mut Bench, name: &str) {
    for _ in 0..60 {
        if focused(bench).as_deref() == Some(name) {
            return;
        }
        bench.press(Modifiers::NONE, Key::Tab);
    }
    panic!("Tab never reaches '{name}' in:\n{}", bench.text());
}

#[test]
fn an_upgrade_by_keyboard_alone_stopped_and_then_finished() {
    let mut bench = Bench::new(vec![f407(), f407()]);
    let bytes = noise(300_000, 5);
    let file = bench.dfu_file("blinky.dfu", FLASH, &bytes);

    // The second board.
    tab_to(&mut bench, "STM32F2 or F4, 1 MiB, ready, port sim-1");
    bench.press(Modifiers::NONE, Key::ArrowDown);
    bench.press(Modifiers::NONE, Key::Enter);
    let chosen = bench.app().state.boards.chosen();
    let chosen: Vec<String> = chosen.map(|entry| entry.place().to_string()).collect();
    assert_eq!(chosen, ["sim-2"]);

    // The path has the focus.
    bench.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::O);
    assert_eq!(focused(&bench).as_deref(), Some("Path"));
    let path = egui::Event::Text(file.display().to_string());
    bench.window.event(path);
    bench.press(Modifiers::NONE, Key::Enter);
    bench.wait("the file has been read", |app| {
        app.state.firmware.loaded().is_some()
    });

    // Escape stops.
    let mut blocks = 0;
    let hold = bench.hold_on(1, move |transfer| {
        let is_data = transfer.kind == RequestKind::Download && transfer.value >= 2;
        blocks += u32::from(is_data);
        is_data && blocks == 40
    });
    tab_to(&mut bench, "Upgrade STM32F2 or F4, 1 MiB with blinky.dfu");
    bench.press(Modifiers::NONE, Key::Enter);
    hold.wait();
    bench.press(Modifiers::NONE, Key::Escape);
    bench.assert_shows("Stopping…");
    bench.wait_for_worker();
    hold.release();
    bench.wait_for_text("Upgrade stopped");
    bench.assert_shows("Run the upgrade again: it continues where it stopped");

    // The same button, again.
    tab_to(
        &mut bench,
        "Upgrade again: STM32F2 or F4, 1 MiB with blinky.dfu",
    );
    bench.press(Modifiers::NONE, Key::Space);
    bench.wait_for_text("Upgraded in");
    assert_eq!(bench.board(1).flash()[..bytes.len()], bytes);
    assert!(bench.board(0).flash().iter().all(|byte| *byte == 0xFF));

    // Escape closes the result.
    bench.press(Modifiers::NONE, Key::Escape);
    assert!(!bench.shows("Upgraded in"));
}

#[test]
fn a_batch_by_keyboard_alone() {
    let mut bench = Bench::new(Vec::new());
    bench.drop_file(&bench.dfu_file("product.dfu", FLASH, &noise(30_000, 4)));
    bench.press(Modifiers::COMMAND, Key::Num2);
    tab_to(&mut bench, "Number of boards");
    let field = bench.window.get_by_label("Number of boards");
    field.type_text("2");
    bench.window.run();
    tab_to(&mut bench, "Start batch…");
    bench.press(Modifiers::NONE, Key::Enter);
    // The question's safe button has the focus.
    assert_eq!(focused(&bench).as_deref(), Some("Not now"));
    tab_to(&mut bench, "Start batch");
    bench.press(Modifiers::NONE, Key::Enter);
    bench.assert_shows("0 of 2 passed");
    bench.assert_shows("Plug in the first board");

    for number in 0..2 {
        bench.bus.plug(
            f407().with_serial(&format!("{:012X}", 0x3065_346A_3433 + number)),
            Time::Virtual,
        );
        bench.wait("it passes", |app| {
            app.state.batch.count(RecordOutcome::Pass) as u64 == number + 1
        });
    }
    bench.assert_shows("2 of 2 passed");
    bench.assert_shows("All 2 boards are done");
    tab_to(&mut bench, "End batch");
    bench.press(Modifiers::NONE, Key::Enter);
    assert!(bench.app().state.batch.armed.is_none());
    bench.assert_shows("The batch has ended");
}
