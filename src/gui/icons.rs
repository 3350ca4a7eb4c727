//! The window's icons: one set, drawn on a 20-point grid with one line width, in the colour of the
//! text next to them. They are drawn, so that no font needs to have them.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use egui::{Color32, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, Vec2, pos2, vec2};

pub(super) use super::icon::Icon;

/// Draws the icon in a square of `size` points. It has no accessible name: put a text next to it,
/// or name the widget that holds it.
pub(super) fn show(ui: &mut Ui, icon: Icon, size: f32, colour: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    paint(ui.painter(), rect, icon, colour);
    response
}

/// Draws the icon into `rect`.
pub(super) fn paint(painter: &Painter, rect: Rect, icon: Icon, colour: Color32) {
    let pen = Pen::new(painter, rect, colour);
    match icon {
        Icon::Chip => chip(&pen),
        Icon::File => file(&pen),
        Icon::Folder => folder(&pen),
        Icon::Play => pen.fill(&[(6.0, 4.0), (16.0, 10.0), (6.0, 16.0)]),
        Icon::Stop => pen.rect(5.0, 5.0, 15.0, 15.0, true),
        Icon::Check => pen.line(&[(4.0, 10.5), (8.3, 14.8), (16.0, 5.8)]),
        Icon::Cross => {
            pen.line(&[(5.0, 5.0), (15.0, 15.0)]);
            pen.line(&[(15.0, 5.0), (5.0, 15.0)]);
        }
        Icon::Warning => {
            pen.closed(&[(10.0, 2.8), (18.0, 16.8), (2.0, 16.8)]);
            pen.line(&[(10.0, 8.0), (10.0, 12.0)]);
            pen.dot(10.0, 14.4);
        }
        Icon::Info => {
            pen.circle(10.0, 10.0, 7.5);
            pen.line(&[(10.0, 9.4), (10.0, 14.0)]);
            pen.dot(10.0, 6.4);
        }
        Icon::Plug => plug(&pen),
        Icon::Lock => {
            pen.rect(4.5, 9.0, 15.5, 17.0, false);
            pen.arc(10.0, 8.0, 3.5, PI, TAU);
            pen.line(&[(6.5, 8.0), (6.5, 9.0)]);
            pen.line(&[(13.5, 8.0), (13.5, 9.0)]);
        }
        Icon::Reload => {
            pen.arc(10.0, 10.5, 6.5, -0.12 * PI, 1.5 * PI);
            pen.line(&[(10.0, 4.0), (13.0, 4.0)]);
            pen.line(&[(10.6, 1.2), (13.4, 4.0), (10.6, 6.8)]);
        }
        Icon::Menu => {
            for y in [5.0, 10.0, 15.0] {
                pen.line(&[(3.0, y), (17.0, y)]);
            }
        }
        Icon::Sun => sun(&pen),
        Icon::Moon => moon(&pen),
        Icon::Auto => {
            pen.circle(10.0, 10.0, 7.0);
            pen.half_disc();
        }
        Icon::Search => {
            pen.circle(8.5, 8.5, 5.2);
            pen.line(&[(12.4, 12.4), (17.0, 17.0)]);
        }
        Icon::Copy => {
            pen.rect(7.0, 7.0, 17.0, 17.0, false);
            pen.line(&[
                (4.5, 13.0),
                (3.0, 13.0),
                (3.0, 3.0),
                (13.0, 3.0),
                (13.0, 4.5),
            ]);
        }
        Icon::Save => {
            pen.line(&[(10.0, 3.0), (10.0, 12.0)]);
            pen.line(&[(6.0, 8.5), (10.0, 12.5), (14.0, 8.5)]);
            pen.line(&[(3.5, 13.0), (3.5, 16.5), (16.5, 16.5), (16.5, 13.0)]);
        }
        Icon::Read => {
            pen.line(&[(10.0, 12.5), (10.0, 3.5)]);
            pen.line(&[(6.0, 7.0), (10.0, 3.0), (14.0, 7.0)]);
            pen.line(&[(3.5, 13.0), (3.5, 16.5), (16.5, 16.5), (16.5, 13.0)]);
        }
        Icon::Erase => {
            pen.closed(&[
                (8.0, 16.0),
                (3.0, 11.0),
                (11.0, 3.0),
                (17.0, 9.0),
                (10.0, 16.0),
            ]);
            pen.line(&[(7.0, 7.0), (13.0, 13.0)]);
            pen.line(&[(7.0, 16.5), (17.0, 16.5)]);
        }
        Icon::Log => {
            for y in [4.5, 10.0, 15.5] {
                pen.dot(3.8, y);
                pen.line(&[(7.0, y), (17.0, y)]);
            }
        }
        Icon::Batch => {
            for (x, y) in [(3.0, 3.0), (11.5, 3.0), (3.0, 11.5), (11.5, 11.5)] {
                pen.rect(x, y, x + 5.5, y + 5.5, false);
            }
        }
        Icon::Keyboard => keyboard(&pen),
        Icon::Debugger => {
            pen.rect(3.0, 6.0, 12.0, 14.0, false);
            pen.rect(12.0, 8.0, 17.0, 12.0, false);
            pen.line(&[(5.5, 8.5), (7.5, 10.0), (5.5, 11.5)]);
        }
        Icon::Pencil => {
            pen.closed(&[
                (3.5, 16.5),
                (4.5, 12.5),
                (13.5, 3.5),
                (16.5, 6.5),
                (7.5, 15.5),
            ]);
            pen.line(&[(11.5, 5.5), (14.5, 8.5)]);
        }
        Icon::ChevronRight => pen.line(&[(8.0, 5.0), (13.0, 10.0), (8.0, 15.0)]),
        Icon::ChevronDown => pen.line(&[(5.0, 8.0), (10.0, 13.0), (15.0, 8.0)]),
        Icon::Swap => {
            pen.line(&[(3.0, 7.0), (16.5, 7.0)]);
            pen.line(&[(13.0, 3.5), (16.5, 7.0)]);
            pen.line(&[(17.0, 13.0), (3.5, 13.0)]);
            pen.line(&[(7.0, 16.5), (3.5, 13.0)]);
        }
    }
}

fn chip(pen: &Pen<'_>) {
    pen.rect(5.0, 5.0, 15.0, 15.0, false);
    for at in [7.5, 12.5] {
        pen.line(&[(at, 5.0), (at, 2.0)]);
        pen.line(&[(at, 15.0), (at, 18.0)]);
        pen.line(&[(5.0, at), (2.0, at)]);
        pen.line(&[(15.0, at), (18.0, at)]);
    }
}

fn file(pen: &Pen<'_>) {
    pen.closed(&[
        (4.5, 2.5),
        (11.5, 2.5),
        (15.5, 6.5),
        (15.5, 17.5),
        (4.5, 17.5),
    ]);
    pen.line(&[(11.5, 2.5), (11.5, 6.5), (15.5, 6.5)]);
}

fn folder(pen: &Pen<'_>) {
    pen.closed(&[
        (2.5, 4.5),
        (8.0, 4.5),
        (10.0, 6.8),
        (17.5, 6.8),
        (17.5, 16.0),
        (2.5, 16.0),
    ]);
}

fn plug(pen: &Pen<'_>) {
    pen.rect(5.0, 7.0, 15.0, 13.0, false);
    pen.line(&[(7.5, 7.0), (7.5, 3.0)]);
    pen.line(&[(12.5, 7.0), (12.5, 3.0)]);
    pen.line(&[(10.0, 13.0), (10.0, 17.5)]);
}

fn sun(pen: &Pen<'_>) {
    pen.circle(10.0, 10.0, 3.4);
    for step in 0..8u8 {
        let direction = Vec2::angled(f32::from(step) * TAU / 8.0);
        let (from, to) = (direction * 6.3, direction * 8.6);
        pen.line(&[(10.0 + from.x, 10.0 + from.y), (10.0 + to.x, 10.0 + to.y)]);
    }
}

fn moon(pen: &Pen<'_>) {
    // Two arcs of different radius that meet.
    pen.arc(10.0, 10.0, 7.0, 0.05 * PI, 1.45 * PI);
    pen.arc(13.6, 6.6, 5.9, 0.27 * PI, 1.22 * PI);
}

fn keyboard(pen: &Pen<'_>) {
    pen.rect(2.0, 5.0, 18.0, 15.0, false);
    for x in [5.5, 8.5, 11.5, 14.5] {
        pen.dot(x, 8.5);
    }
    pen.line(&[(6.0, 12.0), (14.0, 12.0)]);
}

struct Pen<'a> {
    painter: &'a Painter,
    origin: Pos2,
    scale: f32,
    stroke: Stroke,
}

impl<'a> Pen<'a> {
    fn new(painter: &'a Painter, rect: Rect, colour: Color32) -> Self {
        let scale = rect.width().min(rect.height()) / 20.0;
        Self {
            painter,
            origin: rect.center() - Vec2::splat(10.0 * scale),
            scale,
            stroke: Stroke::new(1.6 * scale.max(0.8), colour),
        }
    }

    fn at(&self, (x, y): (f32, f32)) -> Pos2 {
        self.origin + vec2(x, y) * self.scale
    }

    fn points(&self, points: &[(f32, f32)]) -> Vec<Pos2> {
        points.iter().map(|p| self.at(*p)).collect()
    }

    fn line(&self, points: &[(f32, f32)]) {
        self.painter.line(self.points(points), self.stroke);
    }

    fn closed(&self, points: &[(f32, f32)]) {
        self.painter
            .add(Shape::closed_line(self.points(points), self.stroke));
    }

    fn fill(&self, points: &[(f32, f32)]) {
        self.painter.add(Shape::convex_polygon(
            self.points(points),
            self.stroke.color,
            Stroke::NONE,
        ));
    }

    fn rect(&self, x0: f32, y0: f32, x1: f32, y1: f32, filled: bool) {
        let rect = Rect::from_min_max(self.at((x0, y0)), self.at((x1, y1)));
        let radius = 1.5 * self.scale;
        if filled {
            self.painter.rect_filled(rect, radius, self.stroke.color);
        } else {
            self.painter
                .rect_stroke(rect, radius, self.stroke, egui::StrokeKind::Middle);
        }
    }

    fn circle(&self, x: f32, y: f32, radius: f32) {
        self.painter
            .circle_stroke(self.at((x, y)), radius * self.scale, self.stroke);
    }

    fn dot(&self, x: f32, y: f32) {
        self.painter
            .circle_filled(self.at((x, y)), 1.1 * self.scale, self.stroke.color);
    }

    fn arc(&self, x: f32, y: f32, radius: f32, from: f32, to: f32) {
        let points = arc_points(from, to)
            .map(|direction| self.at((x + radius * direction.x, y + radius * direction.y)))
            .collect();
        self.painter.line(points, self.stroke);
    }

    fn half_disc(&self) {
        let points = arc_points(-FRAC_PI_2, FRAC_PI_2)
            .map(|direction| {
                let at = pos2(10.0 + 7.0 * direction.x, 10.0 + 7.0 * direction.y);
                self.at((at.x, at.y))
            })
            .collect();
        self.painter.add(Shape::convex_polygon(
            points,
            self.stroke.color,
            Stroke::NONE,
        ));
    }
}

fn arc_points(from: f32, to: f32) -> impl Iterator<Item = Vec2> {
    (0..=20u8).map(move |step| Vec2::angled(egui::lerp(from..=to, f32::from(step) / 20.0)))
}
