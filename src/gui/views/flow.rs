//! The place where a board is upgraded: file, map, action and result in one column.

use egui::style::ScrollAnimation;
use egui::{Align, Rect, ScrollArea, Ui, UiBuilder};

use super::parts::{Intents, muted};
use super::{ViewState, diagnosis, firmware, map_card, run};
use crate::gui::state::State;
use crate::gui::state::centre::Centre;
use crate::gui::theme::{COLUMN_WIDTH, space};

/// The file and the map scroll on their own in at least this height.
const MIN_TOP: f32 = 120.0;

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
    let middle = Rect::from_center_size(all.center(), egui::vec2(width, all.height()));
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

/// The action follows the map and stays in view, and the file and the map scroll above it. Where
/// a long result leaves too little for them, everything scrolls together.
fn steps(ui: &mut Ui, state: &mut State, view: &mut ViewState, intents: &mut Intents) {
    let room = ui.available_height();
    let top = room - view.action_height - space::S;
    let is_tight = top < MIN_TOP;
    let reveal = std::mem::take(&mut view.reveal_action);
    let (least, most) = if is_tight {
        (f32::INFINITY, f32::INFINITY)
    } else {
        (0.0, top)
    };
    scrolled(ui, "place", |ui| {
        ScrollArea::vertical()
            .id_salt("file and map")
            .max_height(most)
            .min_scrolled_height(least)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                firmware::show(ui, state, intents);
                let map = ui.scope(|ui| map_card::show(ui, state, view, room, intents));
                if reveal && !is_tight && state.shown_job().is_some() {
                    bring_into_view(ui, map.response.rect, top);
                }
            });
        let action = ui.scope(|ui| run::show(ui, state, intents)).response.rect;
        if reveal && is_tight {
            bring_into_view(ui, action, room);
        }
        if (action.height() - view.action_height).abs() > 0.5 {
            view.action_height = action.height();
            view.reveal_action = true;
            ui.ctx().request_discard("the height of the action");
        }
    });
}

/// Scrolls to all of `rect`, or to its first `room` points.
fn bring_into_view(ui: &Ui, rect: Rect, room: f32) {
    let end = if rect.height() > room {
        Align::Min
    } else {
        Align::Max
    };
    ui.scroll_to_rect_animation(rect, Some(end), ScrollAnimation::none());
}
