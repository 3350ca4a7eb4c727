//! The tiles of the ports: large enough to be read from two metres.

use egui::{
    Align, Button, Color32, CornerRadius, FontId, Frame, Label, Layout, Margin, RichText, Stroke,
    Ui, UiBuilder, Vec2, vec2,
};

use super::super::parts::{Intents, icon_atom, icon_button, note, progress_bar, strong};
use crate::gui::icons::{self, Icon};
use crate::gui::state::batch::tile::{Face, Tile};
use crate::gui::state::{Intent, State};
use crate::gui::theme::{CARD_RADIUS, Tokens, line, space, text, tokens};

/// The least size of a tile that holds a reason and a button.
const LEAST: Vec2 = vec2(190.0, 138.0);
const MOST: Vec2 = vec2(440.0, 230.0);

pub(super) fn show(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let tiles = state.tiles();
    if tiles.is_empty() {
        return;
    }
    let room = vec2(ui.available_width(), ui.available_height());
    let (columns, size) = grid(tiles.len(), room);
    ui.spacing_mut().item_spacing = vec2(space::S, space::S);
    for row in tiles.chunks(columns) {
        ui.horizontal_top(|ui| {
            for tile in row {
                let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
                let inside = UiBuilder::new()
                    .id_salt(&tile.place.0)
                    .max_rect(rect)
                    .layout(Layout::top_down(Align::Min));
                ui.scope_builder(inside, |ui| draw(ui, tile, size, intents));
            }
        });
    }
}

/// The number of columns, and the size of a tile: as large as fits into `room`, else it scrolls.
fn grid(tiles: usize, room: Vec2) -> (usize, Vec2) {
    let size = |columns: usize| {
        let rows = tiles.div_ceil(columns);
        let share = |room: f32, parts: usize| {
            #[expect(clippy::cast_precision_loss, reason = "a few tiles")]
            let parts = parts as f32;
            ((room + space::S) / parts - space::S).floor()
        };
        vec2(share(room.x, columns), share(room.y, rows))
    };
    let widths = |columns: &usize| size(*columns).x >= LEAST.x;
    let most = (1..=tiles.max(1)).take_while(widths).last().unwrap_or(1);
    let fits = |columns: &usize| {
        let size = size(*columns);
        size.y >= LEAST.y && size.x <= MOST.x
    };
    let columns = (1..=most).find(fits).unwrap_or(most);
    let size = size(columns);
    (
        columns,
        vec2(size.x.min(MOST.x), size.y.clamp(LEAST.y, MOST.y)),
    )
}

/// Icon, the colour that fills the head, and the background below it.
fn look(t: &Tokens, face: Face) -> (Icon, Color32, Color32) {
    match face {
        Face::Empty => (Icon::Plug, t.inset, t.surface),
        Face::Running => (Icon::Reload, t.accent_text, t.accent_soft),
        Face::Pass => (Icon::Check, t.good, t.good_soft),
        Face::Fail => (Icon::Cross, t.bad, t.bad_soft),
        Face::Skipped | Face::NotReady => (Icon::Warning, t.warn, t.warn_soft),
    }
}

fn draw(ui: &mut Ui, tile: &Tile, size: Vec2, intents: &mut Intents) {
    let t = tokens(ui);
    let (icon, colour, back) = look(t, tile.face);
    let edge = match tile.face {
        Face::Empty => t.border,
        _ => colour,
    };
    Frame::new()
        .fill(back)
        .stroke(Stroke::new(line::EDGE, edge))
        .corner_radius(CARD_RADIUS)
        .show(ui, |ui| {
            let inside = size - Vec2::splat(2.0 * line::EDGE);
            ui.set_min_size(inside);
            ui.set_max_size(inside);
            ui.spacing_mut().item_spacing.y = 0.0;
            head(ui, tile, icon, colour, inside);
            Frame::new()
                .inner_margin(Margin::symmetric(12, 8))
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = space::XXS;
                    ui.set_width(ui.available_width());
                    body(ui, tile, intents);
                });
        });
}

/// The word, with its icon, on its colour.
fn head(ui: &mut Ui, tile: &Tile, icon: Icon, colour: Color32, inside: Vec2) {
    let t = tokens(ui);
    let ink = match tile.face {
        Face::Empty => t.muted,
        _ => t.surface,
    };
    let word = match tile.progress {
        Some(progress) => format!("{} {:.0} %", tile.face.word(), (progress * 100.0).floor()),
        None => tile.face.word().to_owned(),
    };
    // NOT READY and RUNNING 100 % fit into the narrowest tile.
    let points = (inside.x / 8.4).min(inside.y * 0.26).clamp(20.0, 46.0);
    let font = FontId::new(points, text::strong().resolve(ui.style()).family);
    let corners = CornerRadius {
        nw: CARD_RADIUS,
        ne: CARD_RADIUS,
        ..CornerRadius::ZERO
    };
    Frame::new()
        .fill(colour)
        .corner_radius(corners)
        .inner_margin(Margin::symmetric(12, 6))
        .show(ui, |ui| {
            ui.take_available_width();
            ui.horizontal(|ui| {
                icons::show(ui, icon, points, ink);
                let word = RichText::new(word).font(font).color(ink);
                ui.add(Label::new(word).selectable(false).extend());
            });
        });
}

fn body(ui: &mut Ui, tile: &Tile, intents: &mut Intents) {
    port(ui, tile, intents);
    if let Some(serial) = &tile.serial {
        ui.add(Label::new(RichText::new(serial).monospace()).truncate());
    } else if let Some(board) = &tile.board {
        ui.add(Label::new(board).truncate());
    }
    if let Some(progress) = tile.progress {
        ui.add_space(space::XS);
        progress_bar(ui, &tile.text, progress);
    }
    if tile.can_retry {
        ui.horizontal(|ui| {
            if ui.add(icon_button(Some(Icon::Reload), "Retry")).clicked() {
                intents.push(Intent::Retry(tile.place.clone()));
            }
            reason(ui, tile);
        });
    } else {
        reason(ui, tile);
    }
}

fn reason(ui: &mut Ui, tile: &Tile) {
    note(ui, &tile.text).on_hover_text(&tile.text);
}

/// The port, by the name that a person gave it.
fn port(ui: &mut Ui, tile: &Tile, intents: &mut Intents) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = Button::new(icon_atom(Icon::Pencil))
                .frame_when_inactive(false)
                .small();
            let text = format!("Name port {}", tile.place);
            let response = ui.add(name).on_hover_text(&text);
            if response.clicked() {
                intents.push(Intent::NamePort(tile.place.clone()));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let port = format!("Port {}", tile.place);
                match &tile.port_name {
                    Some(name) => {
                        ui.add(Label::new(strong(name)).truncate());
                        note(ui, port);
                    }
                    None => {
                        ui.add(Label::new(strong(port)).truncate());
                    }
                }
            });
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_use_the_width_and_are_as_large_as_fits() {
        let wide = vec2(1334.0, 520.0);
        assert_eq!(grid(1, wide), (1, vec2(440.0, 230.0)));
        assert_eq!(grid(4, wide).0, 3);
        let (columns, size) = grid(16, wide);
        assert_eq!(columns, 6);
        assert!(size.x * 6.0 + space::S * 5.0 > 1320.0, "{size:?}");
        // Too many for the height: as narrow as a tile may be, and it scrolls.
        let (columns, size) = grid(16, vec2(690.0, 250.0));
        assert_eq!((columns, size.y), (3, LEAST.y));
    }
}
