//! Messages over the lower right of the window, where they move nothing.

use egui::{
    Align, Align2, Area, Button, Frame, Id, Label, Layout, Margin, Order, Stroke, Ui, UiBuilder,
    vec2,
};

use super::parts::{Intents, icon_atom, level_style, note};
use crate::gui::icons::{self, Icon};
use crate::gui::state::{Banner, Intent, State};
use crate::gui::theme::{CONTROL_RADIUS, icon_size, line, space, tokens};

/// The log has the others.
const SHOWN: usize = 4;
const WIDTH: f32 = 420.0;

pub(super) fn show(ui: &Ui, state: &State, intents: &mut Intents) {
    let stays = state.banners.iter().any(|banner| banner.until.is_none());
    let hidden = state.banners.len().saturating_sub(SHOWN);
    let width = WIDTH.min(ui.ctx().content_rect().width() - 40.0);
    Area::new(Id::unique("messages"))
        .order(Order::Foreground)
        .anchor(Align2::RIGHT_BOTTOM, vec2(-space::L, -space::L))
        // Clicks pass through messages that leave without one.
        .interactable(stays)
        .show(ui.ctx(), |ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = space::S;
            for (index, banner) in state.banners.iter().enumerate().skip(hidden) {
                // A press on Close holds when a message above it leaves.
                let id = Id::unique("message").with(&banner.text);
                let own = UiBuilder::new().scope_id(id);
                ui.scope_builder(own, |ui| message(ui, index, banner, intents));
            }
            if hidden > 0 {
                note(ui, format!("{hidden} older messages are in the log"));
            }
        });
}

fn message(ui: &mut Ui, index: usize, banner: &Banner, intents: &mut Intents) {
    let t = tokens(ui);
    let (icon, colour, back) = level_style(t, banner.level);
    Frame::new()
        .fill(back)
        .stroke(Stroke::new(line::THIN, colour))
        .corner_radius(CONTROL_RADIUS)
        .inner_margin(Margin::symmetric(12, 10))
        .show(ui, |ui| {
            ui.take_available_width();
            ui.horizontal(|ui| {
                icons::show(ui, icon, icon_size::ENTRY, colour);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    if banner.until.is_none() {
                        let close = Button::new(icon_atom(Icon::Cross)).frame_when_inactive(false);
                        if ui.add(close).on_hover_text("Close this message").clicked() {
                            intents.push(Intent::CloseBanner(index));
                        }
                    }
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        ui.add(Label::new(&banner.text).wrap());
                    });
                });
            });
        });
}
