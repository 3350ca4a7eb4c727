//! Stories about the one column: what stands where, for every state of the boards and every size of
//! the window.

use egui::accesskit::Role;
use egui::{Key, Modifiers, Rect, vec2};
use egui_kittest::kittest::Queryable as _;
use upfuse::simulator::{Board, RequestKind};

use super::bench::{Bench, f407, noise};

const FLASH: u32 = 0x0800_0000;

fn board(name: &str) -> Board {
    Board::by_name(name).unwrap()
}

#[track_caller]
fn rect_starting(bench: &Bench, role: Role, start: &str) -> Rect {
    let found = bench.window.query_all_by_role(role);
    let is_named = |node: &egui_kittest::Node<'_>| {
        use egui_kittest::kittest::NodeT as _;
        let node = node.accesskit_node();
        let label = node.label().or_else(|| node.value());
        label.is_some_and(|label| label.starts_with(start))
    };
    match found.into_iter().find(is_named) {
        Some(node) => node.rect(),
        None => panic!("no '{start}…' in:\n{}", bench.text()),
    }
}

#[test]
fn a_blocked_board_alone_is_in_view_with_its_steps_and_nothing_else() {
    for (name, help) in [
        ("f407-no-access", "No permission to open"),
        ("f407-in-use", "in use"),
        ("f407-wrong-driver", "driver"),
        ("vcp", "runs its program"),
        ("micropython", "machine.bootloader()"),
        ("st-link", "debugger"),
        ("mp1", "STM32MP"),
    ] {
        let bench = Bench::new(vec![board(name)]);
        bench.assert_shows(help);
        assert!(!bench.shows("Button: Upgrade the board"), "{name}");
        assert!(!bench.shows("Memory map"), "{name}");
        bench.assert_shows("Choose file…");
    }
}

#[test]
fn of_several_boards_without_a_ready_one_the_first_in_dfu_mode_is_explained() {
    let bench = Bench::new(vec![board("st-link"), board("f407-no-access")]);
    bench.assert_shows("No permission to open");
}

#[test]
fn a_board_that_becomes_ready_takes_the_place_of_a_debuggers_port() {
    let mut bench = Bench::new(vec![board("st-link")]);
    bench.bus.plug(f407(), upfuse::simulator::Time::Virtual);
    bench.wait_for_text("Memory map of Internal Flash");
    assert!(bench.app().state.boards.chosen().count() == 1);
}

#[test]
fn without_a_choice_of_several_boards_the_map_says_that_one_is_to_be_chosen() {
    let bench = Bench::new(vec![f407(), f407()]);
    bench.assert_shows("Choose a board to see its memory");
}

#[test]
fn fifteen_of_sixteen_boards_are_in_view_in_a_small_window_and_all_are_chosen_at_once() {
    let mut boards: Vec<Board> = (0..15).map(|_| f407()).collect();
    boards.push(board("f407-no-access"));
    let mut bench = Bench::sized(boards, vec2(1100.0, 680.0));
    let rows = |bench: &Bench| -> Vec<Rect> {
        let rows = bench.window.query_all_by_role(Role::RadioButton);
        rows.into_iter().map(|row| row.rect()).collect()
    };
    // The list ends 8 points above the window's edge.
    let is_visible = |row: &&Rect| row.bottom() <= 672.0;
    let visible = rows(&bench).iter().filter(is_visible).count();
    assert!(visible >= 15, "{visible}: {:?}", rows(&bench));
    assert!(rows(&bench).iter().all(|row| row.height() == 36.0));

    bench.drop_file(&bench.dfu_file("blinky.dfu", FLASH, &noise(2_000, 3)));
    bench.tick("Select all (15)");
    bench.assert_shows("Upgrade 15 boards");
    bench.tick("Select all (15)");
    bench.assert_shows("Choose a board");
}

#[test]
fn a_long_status_leaves_the_port_in_view() {
    let bench = Bench::sized(vec![f407(), board("runtime")], vec2(1100.0, 680.0));
    let ports: Vec<Rect> = ["· sim-1", "· sim-2"]
        .map(|port| rect_starting(&bench, Role::Label, port))
        .into();
    assert!(
        (ports[0].width() - ports[1].width()).abs() < 3.0,
        "{ports:?}"
    );
    bench.assert_shows("Label: runs its program, has DFU");
    let status = rect_starting(&bench, Role::Label, "runs its program, has DFU");
    assert!(status.right() <= ports[1].left(), "{status:?} {ports:?}");
    // Only the other row has room for it.
    assert_eq!(bench.text().matches("Label: simulated").count(), 1);
}

#[test]
fn arrows_and_space_choose_boards() {
    let mut bench = Bench::new(vec![f407(), f407(), f407()]);
    let first = "STM32F2 or F4, 1 MiB, ready, port sim-1";
    let row = bench.window.get_by_role_and_label(Role::RadioButton, first);
    row.focus();
    bench.window.run();
    bench.press(Modifiers::NONE, Key::Space);
    bench.press(Modifiers::NONE, Key::ArrowDown);
    bench.press(Modifiers::NONE, Key::ArrowDown);
    bench.press(Modifiers::NONE, Key::Space);
    let chosen = bench.app().state.boards.chosen();
    let chosen: Vec<String> = chosen.map(|e| e.place().to_string()).collect();
    assert_eq!(chosen, ["sim-1", "sim-3"]);
}

#[test]
fn the_action_follows_the_map_and_is_in_view_at_every_size() {
    for size in [
        vec2(1366.0, 700.0),
        vec2(1100.0, 680.0),
        vec2(720.0, 480.0),
        vec2(1600.0, 1150.0),
    ] {
        let mut bench = Bench::sized(vec![f407()], size);
        let file = bench.dfu_file("blinky.dfu", FLASH, &noise(9_000, 8));
        bench.drop_file(&file);
        let map = rect_starting(&bench, Role::Slider, "Memory map");
        let button = rect_starting(&bench, Role::Button, "Upgrade STM32");
        assert!(button.bottom() <= size.y, "{size:?}: {button:?}");
        assert!(button.width() <= 960.0, "{size:?}: {button:?}");
        let between = button.top() - map.bottom();
        assert!((0.0..140.0).contains(&between), "{size:?}: {between}");
    }
}

#[test]
fn a_narrow_window_has_its_boards_in_a_list_that_opens() {
    let mut bench = Bench::sized(vec![f407(), f407()], vec2(720.0, 480.0));
    assert!(!bench.shows("RadioButton"));
    bench.click_starting("Boards: ");
    bench.tick("Select all (2)");
    bench.press(Modifiers::NONE, Key::Escape);
    bench.assert_shows("Boards: 2 of 2 boards chosen");
}

#[test]
fn a_job_has_one_time_for_all_of_it_and_says_what_is_not_needed() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.dfu_file("blinky.dfu", FLASH, &noise(300_000, 8));
    bench.drop_file(&file);
    let mut blocks = 0;
    let hold = bench.hold_where(move |transfer| {
        let is_data = transfer.kind == RequestKind::Download && transfer.value >= 2;
        blocks += u32::from(is_data);
        is_data && blocks >= 80
    });
    bench.click_starting("Upgrade STM32F2 or F4");
    let far = |bench: &Bench| {
        let progress = bench.app().state.shown_job().unwrap().progress;
        progress.is_some_and(|progress| progress.done > 150_000)
    };
    // Progress is reported every 33 ms.
    while !far(&bench) {
        hold.wait();
        bench.window.run();
        hold.release();
    }
    hold.wait();
    bench.board(0).listen(|_| ());
    bench.assert_shows("Writing: ");
    bench.assert_shows("Erasing: not needed");
    bench.assert_shows(" left");
    // How far it is depends on the machine's speed; verifying is still to come.
    let fraction = bench.app().state.shown_job().unwrap().fraction().unwrap();
    assert!(fraction > 0.0 && fraction < 1.0, "{fraction}");
    hold.release();
    bench.wait_for_text("Upgraded in");
}

#[test]
fn a_mass_erase_says_that_it_cannot_be_stopped_and_how_long_it_takes() {
    let mut bench = Bench::new(vec![f407()]);
    bench.press(Modifiers::COMMAND, Key::Num3);
    let mut commands = 0;
    let hold = bench.hold_where(move |transfer| {
        let is_command = transfer.kind == RequestKind::Download && transfer.value == 0;
        commands += u32::from(is_command);
        is_command && commands == 1
    });
    bench.click("Erase everything…");
    bench.click("Erase everything");
    hold.wait();
    bench.wait_for_text("Erasing: 0 s so far, usually less than 20 s");
    bench.assert_shows("This cannot be stopped now");
    assert!(!bench.shows("Button: Stop"));
    bench.press(Modifiers::NONE, Key::Escape);
    assert!(!bench.app().state.shown_job().unwrap().stopping);
    hold.release();
    bench.wait_for_text("Erased");
}
