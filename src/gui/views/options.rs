//! The upgrade's options: the usual ones in sight, the others one step away.

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{PopupCloseBehavior, RichText, Ui};

use super::parts::{Wishes, icon_button, note};
use crate::gui::icons::Icon;
use crate::gui::state::{Intent, State};
use crate::gui::theme::{space, tokens};

pub(super) fn show(ui: &mut Ui, state: &mut State, wishes: &mut Wishes) {
    let before = (state.settings.options.clone(), state.one_time.clone());
    // In a small window the words are shorter, so that the options stay on one line.
    let wide = ui.available_width() > 560.0;
    let words = |long: &'static str, short: &'static str| if wide { long } else { short };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = if wide { space::L } else { space::M };
        let options = &mut state.settings.options;
        ui.checkbox(&mut options.verify, "Verify")
            .on_hover_text("Read everything back and compare it with the file");
        let differs = words("Write only what differs", "Only what differs");
        ui.checkbox(&mut options.only_what_differs, differs)
            .on_hover_text(
                "Compare first, and do not erase or write a sector that is already up to date",
            );
        ui.checkbox(&mut options.start, words("Start the program", "Start"))
            .on_hover_text("Afterwards, leave DFU mode and run the new program");
        backup(ui, state, words("Back up first…", "Back up…"), wishes);
    });
    said(ui, state);
    if before != (state.settings.options.clone(), state.one_time.clone()) {
        wishes.push(Intent::OptionsChanged);
    }
}

fn backup(ui: &mut Ui, state: &State, none: &str, wishes: &mut Wishes) {
    let mut wanted = state.one_time.backup.is_some();
    let words = match state.one_time.backup.as_deref().and_then(|p| p.file_name()) {
        Some(name) => format!("Back up to {}", name.to_string_lossy()),
        None => none.to_owned(),
    };
    let response = ui
        .checkbox(&mut wanted, words)
        .on_hover_text("Save the sectors that will change, before anything is erased");
    if response.changed() {
        wishes.push(Intent::SetBackup(wanted));
    }
}

/// The button of the options that are one step away.
pub(super) fn more_button(ui: &mut Ui, state: &mut State, wishes: &mut Wishes) {
    let before = (state.settings.options.clone(), state.one_time.clone());
    let button = icon_button(Some(Icon::ChevronDown), "More options").frame_when_inactive(false);
    let stays = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    MenuButton::from_button(button).config(stays).ui(ui, |ui| {
        ui.set_min_width(310.0);
        more(ui, state);
    });
    if before != (state.settings.options.clone(), state.one_time.clone()) {
        wishes.push(Intent::OptionsChanged);
    }
}

fn more(ui: &mut Ui, state: &mut State) {
    // A menu's style leaves out the frames that check boxes are made of.
    ui.reset_style();
    ui.checkbox(
        &mut state.settings.options.keep,
        "Keep the rest of partly covered sectors",
    )
    .on_hover_text("Read what the file does not cover of a sector, and write it back");
    ui.checkbox(&mut state.one_time.mass_erase, "Erase the whole chip first")
        .on_hover_text("Everything on the board is lost, not only what the file covers");
    ui.checkbox(
        &mut state.settings.options.compatible_timing,
        "Slow but safe timing",
    )
    .on_hover_text("Try this if an upgrade keeps failing: always waits as long as the board asks");
    target(ui, state);
}

/// What of the hidden options is set: nothing that matters is out of sight.
fn said(ui: &mut Ui, state: &State) {
    let mut words: Vec<String> = Vec::new();
    let options = &state.settings.options;
    words.extend(
        options
            .keep
            .then(|| "the rest of sectors is kept".to_owned()),
    );
    words.extend(
        options
            .compatible_timing
            .then(|| "compatible timing".to_owned()),
    );
    words.extend(
        state
            .one_time
            .target
            .map(|only| format!("only target {only}")),
    );
    if state.one_time.mass_erase {
        let t = tokens(ui);
        let words = RichText::new("The whole chip is erased first").color(t.warn);
        super::parts::icon_line(ui, Icon::Warning, t.warn, words);
    }
    if !words.is_empty() {
        note(ui, format!("Also: {}", words.join(", ")));
    }
}

/// Which target of a file with several.
fn target(ui: &mut Ui, state: &mut State) {
    let Some(loaded) = state.firmware.loaded() else {
        return;
    };
    let targets = loaded.facts.targets.clone();
    if targets.len() < 2 {
        return;
    }
    ui.separator();
    ui.label("Targets of the file");
    ui.radio_value(&mut state.one_time.target, None, "All of them");
    for target in &targets {
        let name = target.name.as_deref().unwrap_or("without a name");
        let words = format!("Only {}, {name}", target.alternate);
        ui.radio_value(&mut state.one_time.target, Some(target.alternate), words);
    }
    note(
        ui,
        "A file's targets go to the board's targets of the same number",
    );
}
