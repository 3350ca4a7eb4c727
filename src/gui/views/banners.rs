//! Messages that stay until they are closed.

use egui::{Align, Button, Label, Layout, Ui};

use super::parts::{Intents, icon_atom, level_style, tinted};
use crate::gui::icons::{self, Icon};
use crate::gui::state::{Intent, State};
use crate::gui::theme::{icon_size, tokens};

pub(super) fn show(ui: &mut Ui, state: &State, intents: &mut Intents) {
    for (index, banner) in state.banners.iter().enumerate() {
        let t = tokens(ui);
        let (icon, colour, back) = level_style(t, banner.level);
        tinted(ui, back, |ui| {
            ui.horizontal(|ui| {
                icons::show(ui, icon, icon_size::ENTRY, colour);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let close = Button::new(icon_atom(Icon::Cross)).frame_when_inactive(false);
                    if ui.add(close).on_hover_text("Close this message").clicked() {
                        intents.push(Intent::CloseBanner(index));
                    }
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        ui.add(Label::new(&banner.text).wrap());
                    });
                });
            });
        });
    }
}
