//! Stories about option bytes: seen in words, changed after a question, and behind a failed upgrade.

use std::time::Duration;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use upfuse::gui::state::Intent;
use upfuse::simulator::Board;

use super::bench::{Bench, f407, noise};

const FLASH: u32 = 0x0800_0000;

/// A window that shows what the option bytes of a board hold.
fn with_option_bytes() -> Bench {
    let mut bench = Bench::new(vec![f407()]);
    choose_backups(&mut bench);
    bench.press(Modifiers::COMMAND, Key::Num3);
    bench.click("1 Option Bytes");
    bench.click("Read the option bytes");
    bench.wait_for_text("BOR_LEV");
    bench
}

fn choose_backups(bench: &mut Bench) {
    let folder = bench.path("backups");
    std::fs::create_dir(&folder).unwrap();
    bench.window.state_mut().state.settings.backup_folder = Some(folder);
}

fn choose_board(bench: &mut Bench, number: usize) {
    let state = &mut bench.window.state_mut().state;
    let place = state.boards.entries[number].place().clone();
    state.act(Duration::ZERO, Intent::ChooseBoard(place));
    bench.window.run();
}

fn choose(bench: &mut Bench, field: &str, value: &str) {
    bench
        .window
        .get_by_role_and_label(Role::ComboBox, field)
        .click();
    bench.window.run();
    bench.click(value);
}

fn retype(bench: &mut Bench, field: &str, text: &str) {
    let node = bench.window.get_by_role_and_label(Role::TextInput, field);
    node.focus();
    bench.window.run();
    bench.press(Modifiers::COMMAND, Key::A);
    bench.type_into(field, text);
}

fn change(bench: &mut Bench) {
    bench.click("Change the option bytes…");
    bench.click("Change");
    bench.wait_until_idle();
}

#[test]
fn a_change_is_shown_asked_for_and_read_back() {
    let mut bench = with_option_bytes();
    assert!(!bench.shows("Change the option bytes…"));
    choose(&mut bench, "BOR_LEV", "2, reset below 2.1 V");
    bench.assert_shows("3, off  →  2, reset below 2.1 V");
    retype(&mut bench, "WRP", "2-3");
    bench.assert_shows("none  →  sectors 2-3");
    bench.click("Change the option bytes…");
    bench.click("Cancel");
    assert!(!bench.shows("Option bytes changed"));
    change(&mut bench);
    bench.assert_shows("Option bytes changed");
    bench.assert_shows("factory: 3, off");
    bench.assert_shows("cannot be written: sectors 2-3");
    let backups = std::fs::read_dir(bench.path("backups")).unwrap();
    assert_eq!(backups.count(), 1);
    // The map of the flash shows it.
    bench.click("0 Internal Flash");
    let picture = bench.app().state.picture().unwrap();
    assert_eq!(picture.protected.len(), 1);
    let sector = picture.sector(2).unwrap().1;
    assert!(picture.describe(sector).contains("write-protected"));
}

#[test]
fn read_protection_needs_its_name_typed_and_nothing_beside_it() {
    let mut bench = with_option_bytes();
    choose(&mut bench, "RDP", "1, level 1: the flash cannot be read");
    choose(&mut bench, "BOR_LEV", "2, reset below 2.1 V");
    bench.assert_shows("RDP=1 is a step of its own");
    assert!(!bench.is_enabled("Change the option bytes…"));
    bench.click("Discard");
    choose(&mut bench, "RDP", "1, level 1: the flash cannot be read");
    bench.click("Change the option bytes…");
    let button = |bench: &Bench| {
        bench
            .window
            .query_all_by_role_and_label(Role::Button, "Change")
            .count()
    };
    assert_eq!(button(&bench), 1);
    bench.click("Change");
    assert!(bench.app().state.running().next().is_none());
    bench.type_into("Type RDP to agree", "RDP");
    bench.click("Change");
    bench.wait_until_idle();
    bench.assert_shows("read-protected");
    assert!(bench.board(0).is_read_protected());
    // What it held before is not shown as what it holds.
    assert!(!bench.shows("level 0"), "{}", bench.text());
}

#[test]
fn write_protection_behind_a_failed_upgrade_is_named_and_removed() {
    let mut bench = Bench::new(vec![Board::by_name("f407-write-protected").unwrap()]);
    choose_backups(&mut bench);
    let file = bench.dfu_file("new.dfu", FLASH, &noise(20_000, 7));
    bench.drop_file(&file);
    bench.click_starting("Upgrade STM32");
    bench.wait_until_idle();
    bench.assert_shows("Upgrade failed");
    bench.click("Remove write protection…");
    bench.wait_for_text("→  none");
    bench.click("Change");
    bench.wait_until_idle();
    bench.assert_shows("no write protection");
    bench.press(Modifiers::COMMAND, Key::Num1);
    bench.click_starting("Upgrade STM32");
    bench.wait_until_idle();
    bench.assert_shows("verified");
}

#[test]
fn what_was_wanted_of_one_board_is_nothing_to_another() {
    let mut bench = Bench::new(vec![f407(), f407()]);
    choose_board(&mut bench, 0);
    bench.press(Modifiers::COMMAND, Key::Num3);
    bench.click("1 Option Bytes");
    bench.click("Read the option bytes");
    bench.wait_for_text("BOR_LEV");
    choose(&mut bench, "BOR_LEV", "0, reset below 2.7 V");
    bench.assert_shows("Discard");
    choose_board(&mut bench, 1);
    bench.click("Read the option bytes");
    bench.wait_for_text("BOR_LEV");
    assert!(!bench.shows("Discard"), "{}", bench.text());
}

#[test]
fn an_upgrade_onto_sectors_known_to_be_protected_does_not_begin() {
    let mut bench = with_option_bytes();
    retype(&mut bench, "WRP", "0-1");
    change(&mut bench);
    let file = bench.dfu_file("new.dfu", FLASH, &noise(20_000, 7));
    bench.press(Modifiers::COMMAND, Key::Num1);
    bench.drop_file(&file);
    assert!(!bench.is_enabled("Upgrade STM32"));
    bench.assert_shows("Sectors that the file needs are write-protected");
}
