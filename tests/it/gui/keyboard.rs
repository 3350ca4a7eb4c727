//! Stories without a mouse.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::NodeT as _;
use upfuse::simulator::RequestKind;

use super::bench::{Bench, f407, noise};

const FLASH: u32 = 0x0800_0000;

/// The role and the name of the widget with the focus.
fn focused(bench: &Bench) -> Option<(Role, String)> {
    let nodes = bench.window.root().children_recursive();
    let mut nodes = nodes.map(|node| node.accesskit_node());
    let node = nodes.find(|node| node.is_focused())?;
    Some((node.role(), node.label().unwrap_or_default()))
}

/// Presses Tab until a widget of this role, whose name begins so, has the focus.
#[track_caller]
fn tab_to(bench: &mut Bench, role: Role, start: &str) {
    for _ in 0..80 {
        let is_there = |(found, name): (Role, String)| found == role && name.starts_with(start);
        if focused(bench).is_some_and(is_there) {
            return;
        }
        bench.press(Modifiers::NONE, Key::Tab);
    }
    panic!("Tab never reaches '{start}' in:\n{}", bench.text());
}

#[test]
fn an_upgrade_by_keyboard_alone_stopped_and_then_finished() {
    let mut bench = Bench::new(vec![f407(), f407()]);
    let bytes = noise(300_000, 5);
    let file = bench.dfu_file("blinky.dfu", FLASH, &bytes);

    // The second board.
    tab_to(&mut bench, Role::RadioButton, "STM32F2 or F4");
    bench.press(Modifiers::NONE, Key::ArrowDown);
    bench.press(Modifiers::NONE, Key::Enter);
    let chosen = bench.app().state.boards.chosen();
    let chosen: Vec<String> = chosen.map(|entry| entry.place().to_string()).collect();
    assert_eq!(chosen, ["sim-2"]);

    // The path has the focus.
    bench.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::O);
    assert_eq!(focused(&bench), Some((Role::TextInput, "Path".to_owned())));
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
    tab_to(&mut bench, Role::Button, "Upgrade STM32F2 or F4");
    bench.press(Modifiers::NONE, Key::Enter);
    hold.wait();
    bench.press(Modifiers::NONE, Key::Escape);
    bench.assert_shows("Stopping…");
    bench.wait_for_worker();
    hold.release();
    bench.wait_for_text("Upgrade stopped");
    bench.assert_shows("Run the upgrade again: it continues where it stopped");

    // The same button, again.
    tab_to(&mut bench, Role::Button, "Upgrade again: STM32F2 or F4");
    bench.press(Modifiers::NONE, Key::Enter);
    bench.wait_for_text("Upgraded in");
    assert_eq!(bench.board(1).flash()[..bytes.len()], bytes);
    assert!(bench.board(0).flash().iter().all(|byte| *byte == 0xFF));

    // Escape closes the result.
    bench.press(Modifiers::NONE, Key::Escape);
    assert!(!bench.shows("Upgraded in"));
}
