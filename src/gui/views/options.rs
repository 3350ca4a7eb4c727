//! The options of an upgrade: the common ones on the screen, the others in a menu.

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Align, Label, Layout, PopupCloseBehavior, RichText, TextEdit, Ui};

use super::parts::{Intents, icon_button, note, quiet_action};
use crate::gui::icons::Icon;
use crate::gui::state::{Action, Intent, State};
use crate::gui::text::capitalised;
use crate::gui::theme::{space, tokens};
use crate::printable::printable_path;

pub(super) fn show(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    let before = (state.settings.options.clone(), state.one_time.clone());
    let free = state.is_no_batch_armed();
    ui.add_enabled_ui(free.is_ok(), |ui| {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                more_button(ui, state);
                let rest = Layout::left_to_right(Align::Center).with_main_wrap(true);
                ui.with_layout(rest, |ui| common(ui, state, intents));
            });
        });
        backup_folder(ui, state, intents);
    });
    if let Err(why) = free {
        note(ui, why);
    }
    hidden_options(ui, state);
    if before != (state.settings.options.clone(), state.one_time.clone()) {
        intents.push(Intent::OptionsChanged);
    }
}

fn common(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    // Short labels keep the options on one line in a small window.
    let wide = ui.available_width() > 520.0;
    let label = |long: &'static str, short: &'static str| if wide { long } else { short };
    ui.spacing_mut().item_spacing.x = if wide { space::L } else { space::M };
    let plain = state.sends_plain();
    let options = &mut state.settings.options;
    ui.checkbox(&mut options.verify, "Verify")
        .on_hover_text("Read everything back and compare it with the file");
    let everything = state.one_time.mass_erase;
    let why_all = if plain {
        Some("This board always gets the whole file")
    } else {
        everything.then_some("The whole chip is erased first, so everything is written")
    };
    ui.add_enabled_ui(why_all.is_none(), |ui| {
        let differs = label("Write only what differs", "Only changes");
        let mut wanted = options.only_what_differs && why_all.is_none();
        let response = ui
            .checkbox(&mut wanted, differs)
            .on_hover_text(
                "Compare first, and do not erase or write a sector that is already up to date",
            )
            .on_disabled_hover_text(why_all.unwrap_or_default());
        if response.changed() {
            options.only_what_differs = wanted;
        }
    });
    ui.checkbox(&mut options.start, label("Start the program", "Start"))
        .on_hover_text("Afterwards, leave DFU mode and run the new program");
    backup(ui, state, label("Back up first", "Back up"), intents);
}

fn backup(ui: &mut Ui, state: &State, text: &str, intents: &mut Intents) {
    let mut wanted = state.settings.options.backup;
    let response = ui.checkbox(&mut wanted, text).on_hover_text(
        "Before anything is erased, save the sectors that will change; each job and each board \
         gets a new file",
    );
    if response.changed() {
        intents.push(Intent::SetBackup(wanted));
    }
}

/// Where backups go.
fn backup_folder(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let folder = state.settings.backup_folder.as_deref();
    if let Some(folder) = folder.filter(|_| state.settings.options.backup) {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                quiet_action(ui, state, Action::ChooseBackupFolder, intents);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let text = format!("Each backup is a new file in {}", printable_path(&folder));
                    let text = RichText::new(text).small().color(tokens(ui).muted);
                    ui.add(Label::new(text).truncate());
                });
            });
        });
    }
}

/// Opens the menu of the less common options.
fn more_button(ui: &mut Ui, state: &mut State) {
    let button = icon_button(Some(Icon::ChevronDown), "More").frame_when_inactive(false);
    let stays = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    MenuButton::from_button(button).config(stays).ui(ui, |ui| {
        ui.set_min_width(310.0);
        more(ui, state);
    });
}

fn more(ui: &mut Ui, state: &mut State) {
    // A menu's style draws no frames, and a check box is one.
    ui.reset_style();
    ui.checkbox(
        &mut state.settings.options.keep,
        "Keep the rest of partly covered sectors",
    )
    .on_hover_text("Read the part of each sector that the file does not cover, and write it back");
    keep_ranges(ui, state);
    ui.checkbox(&mut state.one_time.mass_erase, "Erase the whole chip first")
        .on_hover_text("Everything on the board is lost, not only what the file covers");
    ui.checkbox(
        &mut state.settings.options.compatible_timing,
        "Slow but safe timing",
    )
    .on_hover_text("Try this if an upgrade keeps failing: always waits as long as the board asks");
    target(ui, state);
}

/// Ranges that stay although the file covers them.
fn keep_ranges(ui: &mut Ui, state: &mut State) {
    ui.horizontal(|ui| {
        let label = ui.label("Keep a range");
        let field = TextEdit::singleline(&mut state.one_time.keep_ranges)
            .hint_text("0x08004000+16K")
            .desired_width(230.0);
        ui.add(field).labelled_by(label.id).on_hover_text(
            "A range of the board's memory that does not change although the file covers it, such \
             as settings: START+LENGTH or START..END (not included); several with blanks between",
        );
    });
    if let Err(error) = state.one_time.ranges() {
        let text = RichText::new(capitalised(&error.to_string())).color(tokens(ui).bad);
        ui.add(Label::new(text).wrap());
    }
}

/// Lists the options that are set in the closed menu.
fn hidden_options(ui: &mut Ui, state: &State) {
    let mut set: Vec<String> = Vec::new();
    let options = &state.settings.options;
    set.extend(
        options
            .keep
            .then(|| "the rest of partly covered sectors is kept".to_owned()),
    );
    set.extend(
        options
            .compatible_timing
            .then(|| "slow but safe timing".to_owned()),
    );
    let ranges = state.one_time.ranges().unwrap_or_default();
    set.extend(ranges.iter().map(|range| format!("{range} stays as it is")));
    set.extend(
        state
            .one_time
            .target
            .map(|only| format!("only target {only}")),
    );
    if state.one_time.mass_erase {
        let t = tokens(ui);
        let text = RichText::new("The whole chip is erased first").color(t.warn);
        super::parts::icon_line(ui, Icon::Warning, t.warn, text);
    }
    if !set.is_empty() {
        note(ui, format!("Also: {}", set.join(", ")));
    }
}

/// Chooses one target of a file that has several.
fn target(ui: &mut Ui, state: &mut State) {
    let Some(loaded) = state.firmware.loaded() else {
        return;
    };
    let targets = loaded.facts.targets.clone();
    if targets.len() < 2 {
        return;
    }
    ui.separator();
    ui.label("Targets in the file");
    ui.radio_value(&mut state.one_time.target, None, "All");
    for target in &targets {
        let name = target.name.as_deref().unwrap_or("unnamed");
        let text = format!("Only {}, {name}", target.alternate);
        ui.radio_value(&mut state.one_time.target, Some(target.alternate), text);
    }
    note(
        ui,
        "Each target is written to the board's target with the same number",
    );
}
