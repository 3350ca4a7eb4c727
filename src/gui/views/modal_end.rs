//! The last row of a question or a page, and its focus.

use egui::{Id, Ui};

use super::parts::Intents;
use crate::gui::state::Intent;
use crate::gui::theme::space;

/// The safe button, focused when the question appears, and the other one. Returns whether the
/// safe one was pressed.
pub(super) fn buttons(ui: &mut Ui, safe: &str, other: impl FnOnce(&mut Ui)) -> bool {
    ui.add_space(space::S);
    ui.horizontal_wrapped(|ui| {
        let response = ui.button(safe);
        if !was_open(ui) {
            response.request_focus();
        }
        other(ui);
        response.clicked()
    })
    .inner
}

/// Whether a modal was shown in the frame before: its first frame takes the focus from the
/// widgets below.
pub(super) fn was_open(ui: &Ui) -> bool {
    let id = Id::unique("modal was open at");
    let frame = ui.ctx().cumulative_pass_nr();
    let before: Option<u64> = ui.data(|data| data.get_temp(id));
    ui.data_mut(|data| data.insert_temp(id, frame));
    before.is_some_and(|before| before + 1 >= frame)
}

/// The height left for a list in a page.
pub(super) fn page_height(ui: &Ui) -> f32 {
    (ui.ctx().content_rect().height() - 190.0).max(120.0)
}

/// The last row of a page: Close, and other buttons.
pub(super) fn page_end(ui: &mut Ui, intents: &mut Intents, other: impl FnOnce(&mut Ui)) {
    if buttons(ui, "Close", other) {
        intents.push(Intent::CloseModal);
    }
}
