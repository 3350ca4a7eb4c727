//! The bar at the top: the screens, the theme, and the menu.

use egui::{Button, Frame, Margin, Panel, RichText, ScrollArea, Ui};

use super::firmware::recent_file;
use super::parts::{Intents, button_for, icon_atom, tooltip};
use crate::gui::icons::{self, Icon};
use crate::gui::settings::ThemeChoice;
use crate::gui::shortcuts::shortcut_text;
use crate::gui::state::{Action, Intent, Screen, State};
use crate::gui::theme::{space, text, tokens};
use crate::simulator::Profile;

pub(super) fn show(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    let t = tokens(ui);
    let frame = Frame::new()
        .fill(t.surface)
        .inner_margin(Margin::symmetric(16, 8));
    Panel::top("top bar")
        .frame(frame)
        .resizable(false)
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                logo(ui);
                ui.add_space(space::M);
                for (screen, action) in [
                    (Screen::Upgrade, Action::ShowUpgrade),
                    (Screen::Batch, Action::ShowBatch),
                    (Screen::ReadAndErase, Action::ShowReadAndErase),
                    (Screen::Files, Action::ShowFiles),
                    (Screen::Log, Action::ShowLog),
                ] {
                    screen_tab(ui, state.screen == screen, action, intents);
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    menu(ui, state, intents);
                    theme(ui, state);
                });
            });
        });
}

/// The logo and name of the program.
fn logo(ui: &mut Ui) {
    let t = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(26.0), egui::Sense::hover());
    ui.painter().rect_filled(rect, 7.0, t.accent);
    icons::paint(ui.painter(), rect.shrink(4.0), Icon::Chip, t.on_accent);
    if ui.ctx().content_rect().width() > 640.0 {
        ui.add(
            egui::Label::new(RichText::new("Upfuse").text_style(text::large())).selectable(false),
        );
    }
}

fn screen_tab(ui: &mut Ui, here: bool, action: Action, intents: &mut Intents) {
    let t = tokens(ui);
    let colour = if here { t.accent_text } else { t.text };
    let style = if here {
        text::strong()
    } else {
        egui::TextStyle::Button
    };
    let text = RichText::new(action.row().text)
        .text_style(style)
        .color(colour);
    let button = Button::selectable(here, text).min_size(egui::vec2(0.0, 32.0));
    if ui.add(button).on_hover_text(tooltip(ui, action)).clicked() {
        intents.push(Intent::Do(action));
    }
}

fn theme(ui: &mut Ui, state: &mut State) {
    let (icon, name, next) = match state.settings.theme {
        ThemeChoice::System => (Icon::Auto, "follow the system", ThemeChoice::Light),
        ThemeChoice::Light => (Icon::Sun, "light", ThemeChoice::Dark),
        ThemeChoice::Dark => (Icon::Moon, "dark", ThemeChoice::System),
    };
    let response = ui
        .add(Button::new(icon_atom(icon)).frame_when_inactive(false))
        .on_hover_text(format!("Theme: {name}"));
    if response.clicked() {
        state.settings.theme = next;
    }
}

fn menu(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    let button = Button::new(icon_atom(Icon::Menu)).frame_when_inactive(false);
    let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
        ui.set_min_width(270.0);
        let room = ui.ctx().content_rect().height() - 70.0;
        // A popup begins with Spacing::default_area_size, 400 points high, and a scroll area takes
        // no more than what is there.
        ui.set_max_height(room);
        ScrollArea::vertical()
            .max_height(room)
            .show(ui, |ui| menu_items(ui, state, intents));
    });
    response.on_hover_text("Menu");
}

fn menu_items(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    // All of it is in view in a window of the first size.
    let spacing = ui.spacing_mut();
    spacing.item_spacing.y = 0.0;
    spacing.button_padding.y = 3.0;
    spacing.interact_size.y = 24.0;
    item(ui, state, Action::ChooseFile, intents);
    recent(ui, state, intents);
    item(ui, state, Action::TypePath, intents);
    item(ui, state, Action::ReloadFile, intents);
    item(ui, state, Action::RestoreBackup, intents);
    ui.separator();
    item(ui, state, Action::Rescan, intents);
    ui.menu_button("Simulated boards", |ui| simulated_boards(ui, intents));
    item(ui, state, Action::BoardDetails, intents);
    item(ui, state, Action::NameBoard, intents);
    item(ui, state, Action::EnterDfuMode, intents);
    item(ui, state, Action::StartProgram, intents);
    item(ui, state, Action::RemoveProtection, intents);
    ui.separator();
    if state.available(Action::SaveBatchRecord).is_ok() {
        item(ui, state, Action::SaveBatchRecord, intents);
    }
    item(ui, state, Action::CopyReport, intents);
    item(ui, state, Action::SaveLog, intents);
    if state.traffic.is_some() {
        item(ui, state, Action::EndRecord, intents);
    } else {
        item(ui, state, Action::RecordTraffic, intents);
    }
    ui.separator();
    ui.scope(|ui| {
        // A menu's style draws no frames, and a check box is one.
        ui.reset_style();
        let reload = &mut state.settings.reload_automatically;
        ui.checkbox(reload, "Reload a rebuilt file automatically")
            .on_hover_text("Reads the file again when it changes; never writes to a board");
    });
    ui.separator();
    item(ui, state, Action::FullScreen, intents);
    item(ui, state, Action::ShowShortcuts, intents);
    item(ui, state, Action::ShowAbout, intents);
    item(ui, state, Action::Quit, intents);
}

/// An item for each board that the simulator offers.
pub(super) fn simulated_boards(ui: &mut Ui, intents: &mut Intents) {
    for profile in Profile::menu() {
        if ui.button(profile.about).clicked() {
            intents.push(Intent::PlugSimulated(profile.name.to_owned()));
        }
    }
}

fn item(ui: &mut Ui, state: &State, action: Action, intents: &mut Intents) {
    let available = state.available(action);
    let mut button = button_for(action);
    if let Some(shortcut) = shortcut_text(ui.ctx(), action) {
        button = button.shortcut_text(shortcut);
    }
    let response = ui.add_enabled(available.is_ok(), button);
    let response = match available {
        Ok(()) => response.on_hover_text(action.row().tooltip),
        Err(why) => response.on_disabled_hover_text(why),
    };
    if response.clicked() {
        intents.push(Intent::Do(action));
        ui.close();
    }
}

fn recent(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let available = match state.can_choose_file() {
        Ok(()) if state.settings.recent.is_empty() => Err("No file was opened yet".to_owned()),
        other => other,
    };
    let response = ui
        .add_enabled_ui(available.is_ok(), |ui| {
            ui.menu_button("Recent files", |ui| {
                for path in &state.settings.recent {
                    recent_file(ui, path, intents);
                }
            })
            .response
        })
        .inner;
    if let Err(why) = available {
        response.on_disabled_hover_text(why);
    }
}
