//! Stories about Read & erase: finding bytes, and comparing them.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use upfuse::address::Address;

use super::bench::{Bench, f407};

const FLASH: u32 = 0x0800_0000;

/// A window that shows the first 16 KiB of a board, with a text at 0x08002000.
fn with_read_out() -> Bench {
    let mut bench = Bench::new(vec![f407()]);
    bench
        .board(0)
        .fill(Address(FLASH + 0x2000), b"Hello, board");
    bench.press(Modifiers::COMMAND, Key::Num3);
    bench.type_into("Length", "16K");
    bench.click("Read");
    bench.wait_for_text("16 KiB of Internal Flash");
    bench
}

fn is_focused(bench: &Bench, field: &str) -> bool {
    let field = bench.window.get_by_role_and_label(Role::TextInput, field);
    field.is_focused()
}

/// Types into the field that has the focus.
fn type_text(bench: &mut Bench, text: &str) {
    bench
        .window
        .input_mut()
        .events
        .push(egui::Event::Text(text.to_owned()));
    bench.window.run();
}

#[test]
fn the_shortcuts_of_find_and_go_to_choose_their_fields() {
    let mut bench = with_read_out();
    // From another place they lead to the bytes.
    bench.press(Modifiers::COMMAND, Key::Num4);
    bench.press(Modifiers::COMMAND, Key::F);
    assert!(is_focused(&bench, "Find"), "{}", bench.text());
    type_text(&mut bench, "Hello");
    bench.press(Modifiers::NONE, Key::Enter);
    bench.assert_shows("Found at 0x08002000");

    // What is there is selected: typing replaces it.
    bench.press(Modifiers::COMMAND, Key::F);
    type_text(&mut bench, "board");
    bench.press(Modifiers::NONE, Key::Enter);
    bench.assert_shows("Found at 0x08002007");

    bench.press(Modifiers::COMMAND, Key::G);
    assert!(is_focused(&bench, "Address"));
    assert!(!bench.shows("is not a number"), "{}", bench.text());
    type_text(&mut bench, "0x08004000");
    bench.press(Modifiers::NONE, Key::Enter);
    bench.assert_shows("0x08004000 was not read");
}

#[test]
fn find_without_bytes_says_that_they_must_be_read_first() {
    let mut bench = Bench::new(vec![f407()]);
    bench.press(Modifiers::COMMAND, Key::F);
    bench.assert_shows("Read the memory first");
    assert!(bench.shows("Whole target") || bench.shows("Blank check"));
}
