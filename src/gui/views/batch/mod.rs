//! The batch screen: what every board gets, or, while a batch is armed, a tile for each port.

mod form;
pub(super) mod question;
mod status;
mod tiles;

use egui::{ScrollArea, Ui};

use super::parts::Intents;
use crate::gui::state::State;
use crate::gui::theme::space;

pub(super) fn show(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    if state.batch.armed.is_none() {
        form::show(ui, state, intents);
        return;
    }
    status::show(ui, state, intents);
    ui.add_space(space::XS);
    ScrollArea::vertical()
        .id_salt("batch")
        .auto_shrink([false, false])
        .show(ui, |ui| tiles::show(ui, state, intents));
}
