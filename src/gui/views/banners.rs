//! Messages over the lower right of the window, where they move nothing.

use egui::{
    Align, Align2, Area, Button, Frame, Id, Label, Layout, Margin, Order, Rect, Stroke, Ui, vec2,
};

use super::parts::{Intents, icon_atom, level_style, note};
use crate::gui::icons::{self, Icon};
use crate::gui::state::{Banner, Intent, State};
use crate::gui::theme::{CONTROL_RADIUS, icon_size, line, space, tokens};

/// The log has the others.
const SHOWN: usize = 4;
const WIDTH: f32 = 420.0;

/// Those that stay lie lowest, so that nothing moves them when another one leaves.
pub(super) fn show(ui: &Ui, state: &State, intents: &mut Intents) {
    let all = || state.banners.iter().enumerate();
    let staying = all().filter(|(_, banner)| banner.until.is_none());
    let leaving = all().filter(|(_, banner)| banner.until.is_some());
    let mut bottom = space::L;
    for (index, banner) in staying.chain(leaving).take(SHOWN) {
        let rect = one(ui, bottom, |ui| message(ui, index, banner, intents), banner);
        bottom += rect.height() + space::S;
    }
    let hidden = state.banners.len().saturating_sub(SHOWN);
    if hidden > 0 {
        let text = format!("{hidden} more messages are in the log");
        area(ui, "more messages", bottom)
            .interactable(false)
            .show(ui.ctx(), |ui| note(ui, text));
    }
}

fn one(ui: &Ui, bottom: f32, contents: impl FnOnce(&mut Ui), banner: &Banner) -> Rect {
    let width = WIDTH.min(ui.ctx().content_rect().width() - 40.0);
    let shown = area(ui, &banner.text, bottom)
        // Clicks pass through messages that leave without one.
        .interactable(banner.until.is_none())
        .show(ui.ctx(), |ui| {
            ui.set_width(width);
            contents(ui);
        });
    shown.response.rect
}

/// Its lower edge is `bottom` above that of the window.
fn area(ui: &Ui, name: &str, bottom: f32) -> Area {
    Area::new(Id::unique("message").with(name))
        .order(Order::Foreground)
        .constrain_to(ui.ctx().content_rect())
        .anchor(Align2::RIGHT_BOTTOM, vec2(-space::L, -bottom))
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
