//! Colours and patterns of the memory map, and the legend that explains them.

use egui::{Color32, Label, Painter, Rect, RichText, Sense, Stroke, Ui, pos2, vec2};

use crate::address::ByteSize;
use crate::gui::state::memory_map::Picture;
use crate::gui::state::paint::Paint;
use crate::gui::theme::{MapColours, line, space, tokens};

/// Fills with the colour of the paint, and with a pattern where colour alone is not enough.
pub(super) fn fill(painter: &Painter, rect: Rect, paint: Paint, colours: &MapColours) {
    painter.rect_filled(rect, 0.0, colour(paint, colours));
    match paint {
        Paint::Lost | Paint::Uncertain => hatch(painter, rect, colours.outline),
        Paint::NotWritten => hatch(painter, rect, colours.written),
        Paint::Mismatch => cross(painter, rect, colours.erased),
        Paint::Erased => {
            let middle = rect.center().y;
            painter.hline(
                rect.x_range(),
                middle,
                Stroke::new(line::THIN, colours.outline),
            );
        }
        _ => {}
    }
}

fn hatch(painter: &Painter, rect: Rect, colour: Color32) {
    let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    let mut x = rect.left() - rect.height();
    while x < rect.right() {
        painter.line_segment(
            [pos2(x, rect.bottom()), pos2(x + rect.height(), rect.top())],
            Stroke::new(line::THIN, colour),
        );
        x += 7.0;
    }
}

fn cross(painter: &Painter, rect: Rect, colour: Color32) {
    let size = rect.height().min(rect.width()).min(12.0);
    let square = Rect::from_center_size(rect.center(), vec2(size, size)).shrink(2.0);
    let stroke = Stroke::new(1.5, colour);
    painter.line_segment([square.left_top(), square.right_bottom()], stroke);
    painter.line_segment([square.right_top(), square.left_bottom()], stroke);
}

fn colour(paint: Paint, colours: &MapColours) -> Color32 {
    match paint {
        Paint::Untouched => colours.untouched,
        Paint::Lost => colours.lost,
        Paint::Matches => colours.matches,
        Paint::Read | Paint::Written => colours.written,
        Paint::NotWritten => colours.erased,
        Paint::Verified => colours.verified,
        Paint::ToWrite => colours.to_write,
        Paint::Erased => colours.erased,
        Paint::Uncertain => colours.uncertain,
        Paint::Mismatch => colours.mismatch,
    }
}

/// Explains the colours and patterns, with the bytes of each.
pub(super) fn legend(ui: &mut Ui, picture: &Picture) {
    if !picture.has_claims() && picture.protected.is_empty() {
        return;
    }
    let t = tokens(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::ICON, 3.0);
        if !picture.protected.is_empty() {
            let (rect, _) = ui.allocate_exact_size(vec2(18.0, 5.0), Sense::hover());
            ui.painter().rect_filled(rect, 0.0, t.warn);
            ui.add(Label::new(RichText::new("write-protected").small()).extend());
            ui.add_space(space::S);
        }
        let totals = picture.totals.iter().filter(|_| picture.has_claims());
        for (paint, bytes) in totals {
            let (rect, _) = ui.allocate_exact_size(vec2(18.0, 13.0), Sense::hover());
            fill(ui.painter(), rect, *paint, &t.map);
            ui.painter().rect_stroke(
                rect,
                2.0,
                Stroke::new(line::THIN, t.map.outline),
                egui::StrokeKind::Inside,
            );
            ui.add(Label::new(RichText::new(paint.label(picture.moment())).small()).extend());
            let size = RichText::new(ByteSize(*bytes).to_string())
                .small()
                .color(t.muted);
            ui.add(Label::new(size).extend());
            ui.add_space(space::S);
        }
    });
}
