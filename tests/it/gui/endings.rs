//! Stories about the end of a job: its result, and what may follow it.

use egui::accesskit::Role;
use egui::{Key, Modifiers, Rect, Vec2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use upfuse::simulator::RequestKind;

use super::bench::{Bench, Hold, f407, no_program, noise};

const FLASH: u32 = 0x0800_0000;
const LONG_NAME: &str = "2026-11-21 19.45.10 STM32F2 or F4, 1 MiB 3178346F3434 before \
                         micropython-f407-firmware-1.24.1.dfu";

/// An upgrade that waits at a transfer.
fn held_upgrade(bench: &mut Bench) -> Hold {
    let file = bench.dfu_file("blinky.dfu", FLASH, &noise(900_000, 8));
    bench.drop_file(&file);
    let hold = bench.hold_at_transfer(50);
    bench.click_starting("Upgrade STM32F2 or F4");
    hold.wait();
    hold
}

/// No program: the board that starts it stays in DFU mode.
fn stopped_upgrade(bench: &mut Bench) {
    let file = bench.dfu_file("blinky.dfu", FLASH + 0x4000, &no_program(900_000, 8));
    bench.drop_file(&file);
    // Block numbers from 2 on carry data, lower ones commands (AN3156).
    let hold =
        bench.hold_where(|transfer| transfer.kind == RequestKind::Download && transfer.value == 40);
    bench.click_starting("Upgrade STM32F2 or F4");
    hold.wait();
    bench.stop(&hold);
    bench.wait_for_text("Upgrade stopped");
    bench.board(0).listen(|_| ());
}

/// The widgets whose left or right edge is outside of the window.
fn outside(bench: &Bench, size: Vec2) -> Vec<String> {
    let nodes = bench.window.root().children_recursive();
    let named = nodes.filter_map(|node| {
        let inner = node.accesskit_node();
        let name = inner.label().or_else(|| inner.value())?;
        let rect = node.rect();
        let is_out = rect.left() < -0.5 || rect.right() > size.x + 0.5;
        is_out.then(|| format!("{name}: {rect:?}"))
    });
    named.collect()
}

#[track_caller]
fn rect_of(bench: &Bench, role: Role, name: &str) -> Rect {
    bench.window.get_by_role_and_label(role, name).rect()
}

#[test]
fn in_a_small_window_a_result_does_not_cover_the_map() {
    let mut bench = Bench::sized(vec![f407()], vec2(720.0, 480.0));
    stopped_upgrade(&mut bench);
    let map = rect_of(&bench, Role::Slider, "Memory map of Internal Flash");
    let result = rect_of(&bench, Role::Label, "Upgrade stopped");
    assert!(map.bottom() < result.top(), "{map:?} {result:?}");
    assert!((0.0..480.0).contains(&result.top()), "{result:?}");
}

#[test]
fn a_result_with_a_long_name_stays_inside_of_the_window() {
    for size in [vec2(1100.0, 760.0), vec2(1100.0, 680.0), vec2(720.0, 480.0)] {
        let mut bench = Bench::sized(vec![f407()], size);
        let file = bench.dfu_file(LONG_NAME, FLASH, &noise(9_000, 8));
        bench.drop_file(&file);
        bench.press(Modifiers::COMMAND, Key::Enter);
        bench.wait_for_text("Upgraded in");
        assert_eq!(outside(&bench, size), Vec::<String>::new(), "{size:?}");

        let headline = format!("{LONG_NAME} is on STM32F2 or F4, 1 MiB (port sim-1), verified");
        let headline = rect_of(&bench, Role::Label, &headline);
        let copy = rect_of(&bench, Role::Button, "Copy report");
        let close = rect_of(&bench, Role::Button, "Close this result (Escape)");
        for button in [copy, close] {
            assert!(
                !headline.intersects(button),
                "{size:?}: {headline:?} {button:?}"
            );
            assert!(button.bottom() < size.y, "{size:?}: {button:?}");
        }
        bench.press(Modifiers::NONE, Key::Escape);
        assert!(!bench.shows("Upgraded in"), "Escape closes a result");
    }
}

#[test]
fn the_question_about_closing_follows_the_end_of_the_job() {
    let mut bench = Bench::new(vec![f407()]);
    let hold = held_upgrade(&mut bench);
    bench.press(Modifiers::COMMAND, Key::Q);
    bench.assert_shows("Stop and close");
    hold.release();
    bench.wait_until_idle();
    assert!(!bench.shows("Stop and close"));
    bench.assert_shows("Finished");
    bench.assert_shows("blinky.dfu is on STM32F2 or F4, 1 MiB (port sim-1), verified");
    bench.press(Modifiers::NONE, Key::Escape);
    assert!(bench.app().state.modal.is_none());
    bench.assert_shows("Upgraded in");
}

/// The window was told to close.
fn closes(bench: &Bench) -> bool {
    let viewports = &bench.window.output().viewport_output;
    viewports
        .values()
        .flat_map(|viewport| &viewport.commands)
        .any(|command| *command == egui::ViewportCommand::Close)
}

#[test]
fn the_window_closes_when_the_job_has_ended_well() {
    let mut bench = Bench::new(vec![f407()]);
    let hold = held_upgrade(&mut bench);
    bench.press(Modifiers::COMMAND, Key::Q);
    bench.click("Close when finished");
    assert!(bench.app().state.modal.is_none());
    assert_eq!(bench.app().state.running().count(), 1);
    hold.release();
    while bench.app().state.running().next().is_some() {
        bench.step();
    }
    assert!(closes(&bench));
}

#[test]
fn a_failed_job_keeps_the_window_open() {
    let mut bench = Bench::new(vec![f407()]);
    let hold = held_upgrade(&mut bench);
    bench.press(Modifiers::COMMAND, Key::Q);
    bench.click("Close when finished");
    bench.board(0).unplug();
    hold.release();
    while bench.app().state.running().next().is_some() {
        bench.step();
    }
    assert!(!closes(&bench));
    bench.window.run();
    bench.assert_shows("Upgrade failed");
    // The next question does not know of the last one's answer.
    bench.press(Modifiers::COMMAND, Key::Q);
    assert!(closes(&bench) || bench.app().state.modal.is_none());
}

#[test]
fn recent_files_cannot_be_chosen_during_a_job() {
    let mut bench = Bench::new(vec![f407()]);
    let other = bench.dfu_file("other.dfu", FLASH, &noise(9_000, 2));
    bench.drop_file(&other);
    let hold = held_upgrade(&mut bench);
    assert!(!bench.is_enabled("Recent"));
    hold.release();
    bench.wait_until_idle();
    assert!(bench.is_enabled("Recent"));
}

#[test]
fn an_incomplete_program_is_started_only_after_a_question() {
    let mut bench = Bench::new(vec![f407()]);
    stopped_upgrade(&mut bench);
    bench.click_more("Start the program");
    bench.assert_shows("The board's program is incomplete");
    bench.press(Modifiers::NONE, Key::Enter);
    assert!(bench.app().state.modal.is_none(), "the focus is on Cancel");
    assert!(bench.app().state.running().next().is_none());

    // A complete upgrade ends the question.
    bench.click_starting("Upgrade again: STM32F2 or F4");
    bench.wait_for_text("Upgraded in");
    bench.wait("it is back", |app| app.state.boards.ready().count() == 1);
    bench.click_more("Start the program");
    assert!(!bench.shows("The board's program is incomplete"));
}

#[test]
fn the_map_of_a_start_claims_nothing() {
    let mut bench = Bench::new(vec![f407()]);
    bench.click_more("Start the program");
    bench.wait_until_idle();
    bench.assert_shows("Memory map of Internal Flash");
    assert!(!bench.shows("not changed"), "{}", bench.text());
}

#[test]
fn a_protected_board_offers_to_remove_its_protection_once() {
    let mut board = f407();
    board.read_protected = true;
    let mut bench = Bench::new(vec![board]);
    let file = bench.dfu_file("blinky.dfu", FLASH, &noise(9_000, 8));
    bench.drop_file(&file);
    bench.click_starting("Upgrade STM32F2 or F4");
    bench.wait_for_text("STM32F2 or F4, 1 MiB, protected, port sim-1");
    let buttons = bench
        .window
        .query_all_by_role_and_label(Role::Button, "Remove protection…");
    assert_eq!(buttons.count(), 1);
    for word in ["errVENDOR", "setting the address", "upfuse unprotect"] {
        assert!(!bench.shows(word), "'{word}' in:\n{}", bench.text());
    }
    bench.unfold("Details");
    bench.assert_shows("errVENDOR");
}

#[test]
fn the_menu_is_as_high_as_the_window_allows() {
    let mut bench = Bench::sized(Vec::new(), vec2(1100.0, 1000.0));
    bench.click("Menu");
    // A click where the list would have to be scrolled hits nothing.
    bench.click("About Upfuse");
    bench.assert_shows("MIT or Apache-2.0");
}

#[test]
fn the_end_of_a_job_is_announced_where_the_window_is_in_the_background() {
    use egui::{UserAttentionType, ViewportCommand, ViewportId};

    for in_front in [true, false] {
        let mut bench = Bench::new(vec![f407()]);
        let hold = held_upgrade(&mut bench);
        let viewports = &mut bench.window.input_mut().viewports;
        viewports.entry(ViewportId::ROOT).or_default().focused = Some(in_front);
        hold.release();
        let mut commands = Vec::new();
        while bench.app().state.running().next().is_some() {
            bench.step();
            let outputs = bench.window.output().viewport_output.values();
            commands.extend(outputs.flat_map(|output| output.commands.clone()));
        }
        let is_progress = |command: &ViewportCommand| match command {
            ViewportCommand::Title(title) => title.ends_with(" % – Upfuse"),
            _ => false,
        };
        assert!(commands.iter().any(is_progress), "{commands:?}");
        let attention = ViewportCommand::RequestUserAttention(UserAttentionType::Informational);
        assert_eq!(commands.contains(&attention), !in_front, "{commands:?}");
        let title = if in_front {
            "Upfuse"
        } else {
            "Done – Upfuse"
        };
        let last = commands
            .iter()
            .rfind(|c| matches!(c, ViewportCommand::Title(_)));
        assert_eq!(last, Some(&ViewportCommand::Title(title.to_owned())));
    }
}
