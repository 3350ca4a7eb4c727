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

#[test]
fn bytes_are_compared_with_the_firmware_file_difference_by_difference() {
    let mut bench = with_read_out();
    let mut bytes = vec![0xFF; 0x4000];
    bytes[0x2000..0x200C].copy_from_slice(b"Hello, shore");
    bytes[0x3000] = 0x55;
    let file = bench.dfu_file("other.dfu", FLASH, &bytes);
    bench.press(Modifiers::COMMAND, Key::Num1);
    bench.drop_file(&file);
    bench.press(Modifiers::COMMAND, Key::Num3);
    bench.click("Compare…");
    bench.click("With the firmware file");
    bench.assert_shows("Compared with other.dfu: 5 bytes differ, in 2 ranges");
    bench.assert_shows("1 of 2");
    // Both rows, one above the other.
    bench.assert_shows("48 65 6C 6C 6F 2C 20 62  6F 61 72 64");
    bench.assert_shows("48 65 6C 6C 6F 2C 20 73  68 6F 72 65");
    bench.press(Modifiers::NONE, Key::F8);
    bench.assert_shows("2 of 2");
    bench.assert_shows("55 FF FF FF");
    bench.press(Modifiers::NONE, Key::F8);
    bench.assert_shows("1 of 2");
    bench.unfold("All differences");
    bench.click_starting("0x08003000 ");
    bench.assert_shows("2 of 2");
    bench.click("End comparison");
    assert!(!bench.shows("Compared with"));

    // The same memory again, with what was in view before.
    bench.board(0).fill(Address(FLASH + 0x10), b"new");
    bench.click("Read");
    bench.wait_until_idle();
    bench.click("Compare…");
    bench.click("With the bytes before");
    bench.assert_shows("3 bytes differ, in 1 range");
}

#[test]
fn two_files_are_compared_without_a_board() {
    let mut bench = Bench::new(Vec::new());
    let one = bench.dfu_file("one.dfu", FLASH, &[1, 2, 3, 4]);
    let two = bench.dfu_file("two.dfu", FLASH, &[1, 2, 9, 4, 5]);
    for file in [one, two] {
        bench.press(Modifiers::COMMAND, Key::Num4);
        bench.drop_onto_window(&file);
        bench.wait_for_text("View bytes");
        bench.click("View bytes");
        bench.wait("its bytes are shown", |app| app.state.read_out.is_some());
        let name = file.file_name().unwrap().to_str().unwrap();
        bench.wait_for_text(&format!("from {name}"));
        bench.press(Modifiers::COMMAND, Key::Num4);
        bench.click_starting("Remove ");
    }
    bench.press(Modifiers::COMMAND, Key::Num3);
    bench.click("Compare…");
    bench.click("With the bytes before");
    bench.assert_shows("1 byte differs, in 1 range; 1 byte is not in both");
}

#[test]
fn bytes_read_before_an_erase_are_marked_as_old() {
    let mut bench = with_read_out();
    assert!(!bench.shows("Old bytes"));
    bench.click("Erase everything…");
    bench.click("Erase everything");
    bench.wait_until_idle();
    bench.assert_shows("Old bytes: the board was changed after they were read");
    bench.click("Read");
    bench.wait_until_idle();
    assert!(!bench.shows("Old bytes"));
}

#[test]
fn a_verification_lists_what_differs() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.dfu_file("other.dfu", FLASH, &[0xFF, 1, 0xFF, 2]);
    bench.drop_file(&file);
    bench.click("Verify only");
    bench.wait_for_text("Verification failed");
    bench.unfold("Differences: 2 bytes differ, in 1 range");
    bench.assert_shows("01 FF 02");
    bench.assert_shows("FF FF FF");
    bench.assert_shows("Nothing on the board was changed");
}
