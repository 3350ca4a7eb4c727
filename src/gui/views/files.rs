//! The place for looking into firmware files and making them.

use egui::{RichText, Ui};

use super::parts::{Wishes, card, muted, quiet_action};
use crate::gui::action::Action;
use crate::gui::state::State;

pub(super) fn show(ui: &mut Ui, state: &State, wishes: &mut Wishes) {
    card(ui, |ui| {
        ui.label(RichText::new("Files").heading());
        muted(ui, "Open a firmware file to see what is in it");
        quiet_action(ui, state, Action::ChooseFile, wishes);
    });
}
