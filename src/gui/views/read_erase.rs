//! The read-and-erase screen: the range, its actions, and the bytes that were read.

use egui::{Label, RichText, TextEdit, Ui};

use super::ViewState;
use super::parts::{Intents, action_button, card, icon_line, muted, note, strong, tinted};
use super::{flow, hex, option_bytes, parts, progress, run, verdict};
use crate::address::AddressRange;
use crate::discovery::Found;
use crate::gui::icons::Icon;
use crate::gui::state::centre::Centre;
use crate::gui::state::{Action, Intent, State};
use crate::gui::theme::{ADDRESS_WIDTH, space, tokens};

pub(super) fn show(ui: &mut Ui, state: &mut State, view: &mut ViewState, intents: &mut Intents) {
    if state.boards.ready_focus().is_none() {
        flow::help(ui, state, intents);
        if matches!(state.centre(), Centre::Board) {
            card(ui, |ui| {
                ui.label(RichText::new("Read & erase").heading());
                muted(ui, "Choose a board to read or erase its memory");
            });
        }
    } else {
        card(ui, |ui| range(ui, state, view, intents));
    }
    ui.add_space(space::S);
    outcome(ui, state, intents);
    if state.option_target().is_none() {
        hex::show(ui, state, intents);
    }
}

fn range(ui: &mut Ui, state: &mut State, view: &mut ViewState, intents: &mut Intents) {
    targets(ui, state, intents);
    if state.option_target().is_some() {
        return option_bytes::show(ui, state, intents);
    }
    let is_plain = state.boards.ready_focus().is_some_and(Found::is_plain);
    if let Some(picture) = state.picture() {
        let version = state.picture_version;
        let chosen = state.chosen_range().ok().flatten();
        if let Some(sector) = view.map.show(ui, picture, version, 64.0, chosen) {
            let extend = ui.input(|input| input.modifiers.shift);
            let from = chosen.filter(|_| extend).unwrap_or(sector.range);
            intents.push(Intent::SelectRange(span(from, sector.range)));
        }
        let hint = "Click a sector to choose it; Shift+click extends the choice";
        view.map.pointed_at(ui, hint);
    } else if !is_plain {
        layout_error(ui, state);
    }
    if is_plain {
        muted(
            ui,
            "This board speaks plain DFU: it has no addresses, is read as a whole, and erases by \
             itself what it writes",
        );
    } else {
        addresses(ui, state, intents);
    }
    ui.horizontal_wrapped(|ui| {
        parts::filled(ui, parts::Fill::Main, |ui| {
            action_button(ui, state, Action::ReadMemory, intents);
        });
        action_button(ui, state, Action::BlankCheck, intents);
        ui.add_space(space::L);
        action_button(ui, state, Action::EraseRange, intents);
        action_button(ui, state, Action::EraseAll, intents);
    });
}

/// The range in two fields.
fn addresses(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    ui.horizontal_wrapped(|ui| {
        field(ui, "From", "first address", &mut state.range.start);
        field(ui, "Length", "all", &mut state.range.length);
        if !state.range.is_whole() && ui.button("Whole target").clicked() {
            intents.push(Intent::SelectWholeTarget);
        } else if state.range.is_whole() {
            note(ui, "Empty: the whole target");
        }
    });
    if let Err(why) = state.chosen_range() {
        let t = tokens(ui);
        icon_line(ui, Icon::Warning, t.bad, RichText::new(why).color(t.bad));
    }
}

/// The range from the first byte of both to the last.
fn span(a: AddressRange, b: AddressRange) -> AddressRange {
    let end = a.end().max(b.end());
    AddressRange::between(a.start().min(b.start()), end).unwrap_or(b)
}

fn field(ui: &mut Ui, name: &str, hint: &str, typed: &mut String) {
    let edit = TextEdit::singleline(typed)
        .hint_text(hint)
        .font(egui::TextStyle::Monospace)
        .desired_width(ADDRESS_WIDTH);
    parts::field(ui, name, edit);
}

/// One tab for each target of the board.
fn targets(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let Some(board) = state.boards.ready_focus() else {
        return;
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Memory of the board").heading());
        ui.add_space(space::S);
        if board.targets.len() < 2 {
            return;
        }
        for target in &board.targets {
            let here = target.alternate == state.range.alternate;
            let text = format!("{} {}", target.alternate, target.name);
            if ui.selectable_label(here, text).clicked() && !here {
                intents.push(Intent::ReadTarget(target.alternate));
            }
        }
    });
}

pub(super) fn layout_error(ui: &mut Ui, state: &State) {
    let t = tokens(ui);
    let error = state
        .boards
        .ready_focus()
        .and_then(|board| board.target(state.range.alternate)?.map.as_ref().err());
    if let Some(error) = error {
        tinted(ui, t.warn_soft, |ui| {
            icon_line(ui, Icon::Warning, t.warn, strong("This target has no map"));
            ui.add(Label::new(error.to_string()).wrap());
        });
    }
}

/// The job of this screen, running or ended.
fn outcome(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let shown = state.shown_job();
    let Some(job) = shown.filter(|job| job.is_running() || job.screen() == state.screen) else {
        return;
    };
    if job.is_running() {
        card(ui, |ui| {
            progress::show(ui, job);
            run::stop(ui, state, intents);
        });
    } else if let Some(verdict) = job.verdict().filter(|verdict| !verdict.is_plain_read(job)) {
        verdict::show(ui, state, job, verdict, intents);
    }
    ui.add_space(space::S);
}
