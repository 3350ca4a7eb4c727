//! The place where a board is upgraded: file, map, action and result in one column.

use egui::{ScrollArea, Ui, UiBuilder};

use super::parts::{Intents, muted};
use super::{ViewState, diagnosis, firmware, map_card, run};
use crate::gui::state::State;
use crate::gui::state::centre::Centre;
use crate::gui::theme::{COLUMN_WIDTH, space};

/// What stays of the file and the map above a long result.
const MIN_TOP: f32 = 52.0;

pub(super) fn show(ui: &mut Ui, state: &mut State, view: &mut ViewState, intents: &mut Intents) {
    column(ui, |ui| {
        if matches!(state.centre(), Centre::Board) {
            steps(ui, state, view, intents);
            return;
        }
        scrolled(ui, "help", |ui| {
            help(ui, state, intents);
            firmware::show(ui, state, intents);
        });
    });
}

/// A column in the middle, as wide as lines are still read with ease.
pub(super) fn column(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let all = ui.available_rect_before_wrap();
    let width = all.width().min(COLUMN_WIDTH);
    let middle = egui::Rect::from_center_size(all.center(), egui::vec2(width, all.height()));
    ui.scope_builder(UiBuilder::new().max_rect(middle), contents);
}

fn scrolled(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical()
        .id_salt(name)
        .auto_shrink([false, false])
        .show(ui, contents);
}

/// Why nothing can be done with the board in view, and the steps that help.
pub(super) fn help(ui: &mut Ui, state: &State, intents: &mut Intents) {
    match state.centre() {
        Centre::Scanning => {
            muted(ui, "Scanning the USB bus…");
        }
        Centre::Blocked(entry, problem) => diagnosis::problem(ui, entry, problem, intents),
        Centre::NoBoard | Centre::Board => {}
    }
    for other in &state.general {
        diagnosis::general(ui, other, intents);
    }
}

/// The action follows the map; where not everything fits, it stays in view and the rest scrolls.
fn steps(ui: &mut Ui, state: &mut State, view: &mut ViewState, intents: &mut Intents) {
    let room = ui.available_height();
    let top = (room - view.action_height - space::S).max(MIN_TOP);
    ScrollArea::vertical()
        .id_salt("file and map")
        .max_height(top)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            firmware::show(ui, state, intents);
            map_card::show(ui, state, view, room, intents);
        });
    let action = ScrollArea::vertical()
        .id_salt("action")
        .max_height(ui.available_height())
        .auto_shrink([false, true])
        .show(ui, |ui| run::show(ui, state, intents));
    let height = action.content_size.y;
    if (height - view.action_height).abs() > 0.5 {
        view.action_height = height;
        ui.ctx().request_discard("the height of the action");
    }
}
