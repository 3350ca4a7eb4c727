//! The tiles of the ports: large enough to be read from two metres.

use egui::text::LayoutJob;
use egui::{
    Align, Button, Color32, CornerRadius, FontId, Label, Layout, Rect, RichText, Role, Sense,
    Stroke, StrokeKind, TextStyle, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::super::parts::{Intents, icon_atom, icon_button, muted, note, progress_bar, strong};
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
        empty(ui, state);
        return;
    }
    let room = vec2(ui.available_width(), ui.available_height());
    let (columns, size) = grid(tiles.len(), room);
    let rows = tiles.len().div_ceil(columns);
    let step = size + Vec2::splat(space::S);
    let (all, _) = ui.allocate_exact_size(
        step * count(columns, rows) - Vec2::splat(space::S),
        Sense::hover(),
    );
    let mut inside = ui.new_child(UiBuilder::new().max_rect(all));
    for (at, tile) in tiles.iter().enumerate() {
        let corner = all.min + step * count(at % columns, at / columns);
        let rect = Rect::from_min_size(corner, size);
        if ui.is_rect_visible(rect) {
            inside.push_id(&tile.place.0, |ui| draw(ui, tile, rect, intents));
        }
    }
}

/// Nothing was plugged in yet.
fn empty(ui: &mut Ui, state: &State) {
    let t = tokens(ui);
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.25).max(space::S));
        icons::show(ui, Icon::Plug, 72.0, t.muted);
        let strong = text::strong().resolve(ui.style()).family;
        let prompt = RichText::new(state.batch_prompt()).font(FontId::new(32.0, strong));
        ui.add(Label::new(prompt).wrap());
        muted(
            ui,
            "Every matching board in DFU mode is upgraded automatically, several at a time",
        );
    });
}

#[expect(clippy::cast_precision_loss, reason = "a few tiles")]
fn count(columns: usize, rows: usize) -> Vec2 {
    vec2(columns as f32, rows as f32)
}

/// The number of columns, and the size of a tile: as large as fits into `room`, else it scrolls.
fn grid(tiles: usize, room: Vec2) -> (usize, Vec2) {
    let size = |columns: usize| {
        let parts = count(columns, tiles.div_ceil(columns));
        ((room + Vec2::splat(space::S)) / parts - Vec2::splat(space::S)).floor()
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

fn draw(ui: &mut Ui, tile: &Tile, rect: Rect, intents: &mut Intents) {
    let t = tokens(ui);
    let (icon, colour, back) = look(t, tile.face);
    let edge = match tile.face {
        Face::Empty => t.border,
        _ => colour,
    };
    let (upper, lower) = rect.split_top_bottom_at_y(rect.top() + head_height(rect.size()));
    let radius = CornerRadius::same(CARD_RADIUS);
    let corners = CornerRadius {
        sw: 0,
        se: 0,
        ..radius
    };
    let painter = ui.painter();
    painter.rect_filled(rect, radius, back);
    painter.rect_filled(upper, corners, colour);
    let stroke = Stroke::new(line::EDGE, edge);
    painter.rect_stroke(rect, radius, stroke, StrokeKind::Inside);
    head(ui, tile, icon, upper.shrink2(vec2(10.0, 4.0)), intents);
    let body = lower.shrink2(vec2(10.0, 6.0));
    within(ui, body, |ui| contents(ui, tile, intents));
}

/// The word can be read from two metres, and the reason still has two lines.
fn head_height(size: Vec2) -> f32 {
    (size.y * 0.34).clamp(44.0, 72.0)
}

/// Draws into `rect`, and nothing outside of it.
fn within(ui: &mut Ui, rect: Rect, contents: impl FnOnce(&mut Ui)) {
    let inside = UiBuilder::new()
        .max_rect(rect)
        .layout(Layout::top_down(Align::Min));
    ui.scope_builder(inside, |ui| {
        ui.shrink_clip_rect(rect.expand(2.0));
        ui.spacing_mut().item_spacing.y = space::XXS;
        contents(ui);
    });
}

/// The word with its icon, as large as fits.
fn head(ui: &mut Ui, tile: &Tile, icon: Icon, mut rect: Rect, intents: &mut Intents) {
    let t = tokens(ui);
    let ink = match tile.face {
        Face::Empty => t.muted,
        _ => t.surface,
    };
    let word = match tile.progress {
        Some(progress) => {
            let percent = (progress * 100.0).floor().min(99.0);
            format!("{} {percent:.0} %", tile.face.word())
        }
        None => tile.face.word().to_owned(),
    };
    if tile.can_retry {
        rect.max.x = retry(ui, tile, rect, intents) - space::S;
    }
    let family = text::strong().resolve(ui.style()).family;
    let font = |points| FontId::new(points, family.clone());
    let most = rect.height() * 0.72;
    let gap = space::S;
    let needed = |text: &str| {
        let galley = ui
            .painter()
            .layout_no_wrap(text.to_owned(), font(most), ink);
        galley.size().x + most + gap
    };
    // One size for the whole of an upgrade.
    let widest = match tile.face {
        Face::Running => needed("RUNNING 88 %"),
        _ => needed(&word),
    };
    let points = (most * (rect.width() / widest).min(1.0)).floor();
    let square = Rect::from_center_size(
        pos2(rect.left() + points / 2.0, rect.center().y),
        Vec2::splat(points),
    );
    icons::paint(ui.painter(), square, icon, ink);
    let beside = Rect::from_min_max(pos2(square.right() + gap, rect.top()), rect.max);
    let inside = UiBuilder::new()
        .max_rect(beside)
        .layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(inside, |ui| {
        let word = RichText::new(word).font(font(points)).color(ink);
        ui.add(Label::new(word).selectable(false).extend());
    });
}

fn contents(ui: &mut Ui, tile: &Tile, intents: &mut Intents) {
    let bottom = ui.max_rect().bottom();
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
    let room = bottom - ui.cursor().top();
    if tile.can_unprotect {
        let height = ui.spacing().interact_size.y + space::XS;
        let button = Button::new("Remove write protection");
        if room < 2.0 * height {
            reason(ui, tile, room - height);
            unprotect(ui, tile, button.small(), intents);
        } else {
            reason(ui, tile, room - height - space::S);
            ui.add_space(space::S);
            unprotect(ui, tile, button, intents);
        }
    } else {
        reason(ui, tile, room);
    }
}

fn unprotect(ui: &mut Ui, tile: &Tile, button: Button<'_>, intents: &mut Intents) {
    let name = format!("Remove write protection of port {}", tile.place);
    let response = ui.add(button).on_hover_text(&name);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if response.clicked() {
        intents.push(Intent::Unprotect(tile.place.clone()));
    }
}

/// The button in the head of a tile; returns where it begins.
fn retry(ui: &mut Ui, tile: &Tile, rect: Rect, intents: &mut Intents) -> f32 {
    let right = UiBuilder::new()
        .max_rect(rect)
        .layout(Layout::right_to_left(Align::Center));
    ui.scope_builder(right, |ui| {
        let name = format!("Retry port {}", tile.place);
        let button = icon_button(Some(Icon::Reload), "Retry");
        let response = ui.add(button).on_hover_text(&name);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        if response.clicked() {
            intents.push(Intent::Retry(tile.place.clone()));
        }
        response.rect.left()
    })
    .inner
}

/// As many lines as there is room for; all of it on hover.
fn reason(ui: &mut Ui, tile: &Tile, height: f32) {
    let text = &tile.text;
    let font = TextStyle::Small.resolve(ui.style());
    let line_height = ui.fonts_mut(|fonts| fonts.row_height(&font));
    let mut job = LayoutJob::simple(
        text.to_owned(),
        font,
        tokens(ui).muted,
        ui.available_width(),
    );
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few lines"
    )]
    let lines = (height / line_height).floor().max(1.0) as usize;
    job.wrap.max_rows = lines;
    let whole = tile.details.as_ref().unwrap_or(text);
    ui.add(Label::new(job)).on_hover_text(whole);
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
