//! The firmware file: choosing it, its contents, and whether it fits the board.

use std::path::Path;

use egui::{Align, Label, Layout, RichText, ScrollArea, Ui};

use super::drop;
use super::file_facts;
use super::load_address::{self, Likely};
use super::parts::{
    Fill, Intents, action_button, add_action, button_for, card, drop_zone, filled, icon_line,
    muted, note, strong, tinted,
};
use super::restore;
use crate::engine::{Doubt, JobError, PlainRefusal};
use crate::firmware::{Placement, file_on_disk, readable_names};
use crate::gui::icons::Icon;
use crate::gui::state::firmware::{Firmware, Loaded};
use crate::gui::state::{Action, Intent, PathFor, State};
use crate::gui::text::capitalised;
use crate::gui::theme::{icon_size, space, tokens};
use crate::printable::{printable, printable_path};

pub(super) fn show(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::LINES;
        title(ui, state, intents);
        match &state.firmware {
            Firmware::None => empty(ui, state, intents),
            Firmware::Loading { path, .. } => {
                muted(ui, format!("Reading {}…", printable_path(&path)));
            }
            Firmware::Failed { path, error } if !error.members.is_empty() => {
                members(ui, path, &error.members, intents);
            }
            Firmware::Failed { path, error } => {
                let t = tokens(ui);
                tinted(ui, t.bad_soft, |ui| {
                    let name = printable_path(path.file_name().unwrap_or(path.as_os_str()));
                    let title = strong(format!("{name} cannot be used"));
                    icon_line(ui, Icon::Warning, t.bad, title);
                    ui.add(Label::new(capitalised(&error.text)).wrap());
                    note(ui, error.advice);
                    action_button(ui, state, Action::ReloadFile, intents);
                });
            }
            Firmware::Loaded(loaded) => {
                file_facts::show(ui, state, loaded);
                restore::note(ui, state);
                changed(ui, state, loaded, intents);
                let placed = loaded.facts.placement;
                let likely = loaded.facts.likely_address.map(|at| Likely {
                    at,
                    on_board: state.may_hold(at),
                });
                let lacks_address = state.lacks_address();
                let free = state.can_choose_file().is_ok();
                let plain = state.is_about_plain() || matches!(placed, Placement::InFile);
                if !plain || matches!(placed, Placement::Given(_)) {
                    ui.add_enabled_ui(free, |ui| {
                        load_address::show(ui, &mut state.address, placed, likely, intents);
                    });
                }
                if !lacks_address {
                    match misfit_of(state) {
                        // What cannot be written needs no second step.
                        Some(error) => misfit(ui, error),
                        None => doubts(ui, state, intents),
                    }
                }
            }
        }
    });
}

/// The file's name, and the buttons that choose another one.
fn title(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            choose(ui, state, intents);
            if state.firmware.path().is_some() {
                recent(ui, state, intents);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                crate::gui::icons::show(ui, Icon::File, icon_size::ENTRY, t.muted);
                let path = state.firmware.path();
                let name = match (state.firmware.loaded(), path) {
                    (Some(loaded), _) => loaded.facts.name.clone(),
                    (None, Some(path)) => {
                        let name = path.file_name().unwrap_or(path.as_os_str());
                        printable_path(name).to_string()
                    }
                    (None, None) => "Firmware".to_owned(),
                };
                let label = ui.add(Label::new(RichText::new(name).heading()).truncate());
                if let Some(path) = path {
                    label.on_hover_text(printable_path(&path));
                }
            });
        });
    });
}

fn choose(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let action = Action::ChooseFile;
    let button = button_for(action);
    if state.firmware.path().is_some() {
        add_action(ui, state, action, button, intents);
    } else {
        // The next step.
        filled(ui, Fill::Main, |ui| {
            add_action(ui, state, action, button, intents)
        });
    }
}

fn recent(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let others: Vec<_> = state
        .settings
        .recent
        .iter()
        .filter(|path| state.firmware.path() != Some(path))
        .collect();
    if others.is_empty() {
        return;
    }
    let free = state.can_choose_file();
    let response = ui
        .add_enabled_ui(free.is_ok(), |ui| {
            ui.menu_button("Recent", |ui| {
                for path in others {
                    recent_file(ui, path, intents);
                }
            })
            .response
        })
        .inner;
    match free {
        Ok(()) => response.on_hover_text("Recent files"),
        Err(why) => response.on_disabled_hover_text(why),
    };
}

/// A menu item that opens a recent file.
pub(super) fn recent_file(ui: &mut Ui, path: &Path, intents: &mut Intents) {
    let name = printable_path(path.file_name().unwrap_or(path.as_os_str()));
    let response = ui.button(name).on_hover_text(printable_path(&path));
    if response.clicked() {
        intents.push(Intent::PathGiven(PathFor::Firmware, path.to_owned()));
    }
}

/// The firmware files of an archive, to choose one.
fn members(ui: &mut Ui, path: &Path, names: &[String], intents: &mut Intents) {
    let t = tokens(ui);
    let archive = file_on_disk(path);
    tinted(ui, t.accent_soft, |ui| {
        let title = strong("The archive holds several firmware files");
        icon_line(ui, Icon::Info, t.accent_text, title);
        note(ui, "Choose the one for this board");
        ScrollArea::vertical().max_height(180.0).show(ui, |ui| {
            for name in names {
                if ui.button(printable(name)).clicked() {
                    let path = archive.join(name);
                    intents.push(Intent::PathGiven(PathFor::Firmware, path));
                }
            }
        });
    });
}

/// Shown until a file is chosen.
fn empty(ui: &mut Ui, state: &State, intents: &mut Intents) {
    drop_zone(
        ui,
        if drop::works() {
            "Drop a firmware file anywhere on this window"
        } else {
            "Choose a firmware file to begin"
        },
        &format!("{}, also in a .zip or .gz", readable_names()),
    );
    let recent: Vec<_> = state.settings.recent.iter().take(3).collect();
    if recent.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        note_inline(ui, "Recent");
        for path in recent {
            let name = printable_path(path.file_name().unwrap_or(path.as_os_str()));
            let response = ui.link(name).on_hover_text(printable_path(&path));
            if response.clicked() {
                intents.push(Intent::PathGiven(PathFor::Firmware, path.clone()));
            }
        }
    });
}

fn note_inline(ui: &mut Ui, text: &str) {
    let colour = tokens(ui).muted;
    ui.label(RichText::new(text).color(colour));
}

fn changed(ui: &mut Ui, state: &State, loaded: &Loaded, intents: &mut Intents) {
    if !loaded.changed {
        return;
    }
    let t = tokens(ui);
    tinted(ui, t.accent_soft, |ui| {
        ui.horizontal_wrapped(|ui| {
            crate::gui::icons::show(ui, Icon::Reload, icon_size::BODY, t.accent_text);
            ui.label("The file has changed on disk");
            action_button(ui, state, Action::ReloadFile, intents);
        });
    });
}

/// Why the file cannot be written to the board that is shown. Which target it is, is asked where
/// the board is shown.
fn misfit_of(state: &State) -> Option<&JobError> {
    let error = state.preview()?.result.as_ref().err()?;
    let asks = matches!(error, JobError::Plain(PlainRefusal::ChooseTarget(_)));
    (!asks).then_some(error)
}

fn misfit(ui: &mut Ui, error: &JobError) {
    let t = tokens(ui);
    tinted(ui, t.bad_soft, |ui| {
        let text = capitalised(&error.to_string());
        if matches!(error, JobError::TooBig { .. }) {
            icon_line(ui, Icon::Warning, t.bad, strong(&text));
        } else {
            icon_line(ui, Icon::Warning, t.bad, strong("Not for this board"));
            ui.add(Label::new(text).wrap());
        }
        for step in crate::engine::advice(error) {
            note(ui, step);
        }
    });
}

/// Reasons to hesitate, and the second step that serious ones need.
fn doubts(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let t = tokens(ui);
    for doubt in state.doubts().iter().filter(|doubt| !doubt.is_serious()) {
        let text = RichText::new(doubt.to_string()).color(t.muted);
        icon_line(ui, Icon::Info, t.accent_text, text);
    }
    let serious: Vec<&Doubt> = state.doubts().iter().filter(|d| d.is_serious()).collect();
    if serious.is_empty() {
        return;
    }
    tinted(ui, t.warn_soft, |ui| {
        let title = strong("This may be the wrong file");
        icon_line(ui, Icon::Warning, t.warn, title);
        for doubt in serious {
            let response = ui.add(Label::new(doubt.to_string()).wrap());
            let reasons = doubt.reasons();
            if !reasons.is_empty() {
                response.on_hover_text(capitalised(&reasons.join(", ")));
            }
        }
        if state.open_doubts().next().is_none() {
            note(ui, "You chose to write it anyway");
        } else if ui.button("Write it anyway").clicked() {
            intents.push(Intent::WriteAnyway);
        }
    });
}
