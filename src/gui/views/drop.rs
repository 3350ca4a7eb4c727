//! Files dropped on the window: the whole window accepts them and shows the effect.

use std::path::PathBuf;
use std::sync::LazyLock;

use egui::{Align2, LayerId, Order, Stroke, Ui};

use super::parts::Intents;
use crate::gui::icons::{self, Icon};
use crate::gui::state::{Intent, Screen};
use crate::gui::theme::{CARD_RADIUS, text, tokens};

/// Whether files can be dropped here: on Wayland they cannot (winit#1881).
pub(super) fn works() -> bool {
    static WAYLAND: LazyLock<bool> = LazyLock::new(|| {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        cfg!(target_os = "linux") && (set("WAYLAND_DISPLAY") || set("WAYLAND_SOCKET"))
    });
    !*WAYLAND
}

pub(super) fn show(ui: &Ui, screen: Screen, intents: &mut Intents) {
    let (hovering, dropped) = ui.input(|input| {
        let dropped = input.raw.dropped_files.iter();
        let dropped: Vec<PathBuf> = dropped.map(|file| file.path().to_owned()).collect();
        (input.raw.hovered_files.len(), dropped)
    });
    if !dropped.is_empty() {
        intents.push(Intent::Open(dropped));
    }
    if hovering > 0 {
        overlay(ui, screen, hovering);
    }
}

fn overlay(ui: &Ui, screen: Screen, files: usize) {
    let t = tokens(ui);
    let painter = ui
        .ctx()
        .layer_painter(LayerId::new(Order::Foreground, egui::Id::unique("drop")));
    let room = ui.ctx().content_rect();
    painter.rect_filled(room, 0.0, t.window.gamma_multiply(0.92));
    painter.rect_stroke(
        room.shrink(16.0),
        f32::from(CARD_RADIUS),
        Stroke::new(3.0, t.accent_text),
        egui::StrokeKind::Inside,
    );
    let middle = room.center();
    let icon =
        egui::Rect::from_center_size(middle - egui::vec2(0.0, 40.0), egui::Vec2::splat(48.0));
    icons::paint(&painter, icon, Icon::File, t.accent_text);
    let text = match (screen, files) {
        (Screen::Files, 1) => "Drop to add this file",
        (_, 1) => "Drop to open this firmware file",
        _ => "Drop to add these files to Files",
    };
    painter.text(
        middle + egui::vec2(0.0, 14.0),
        Align2::CENTER_CENTER,
        text,
        text::title().resolve(ui.style()),
        t.text,
    );
    painter.text(
        middle + egui::vec2(0.0, 42.0),
        Align2::CENTER_CENTER,
        "Nothing is written to a board yet",
        egui::TextStyle::Body.resolve(ui.style()),
        t.muted,
    );
}
