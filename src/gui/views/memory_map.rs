//! The memory map: the board's sectors to scale, the part that the file covers, and the state of
//! each. The shapes are computed once for each change and each width, not for each frame.

use std::ops::Range;

use egui::{
    CornerRadius, EventFilter, Key, Label, Pos2, Rect, Response, RichText, Sense, Stroke, Ui, pos2,
    vec2,
};

use super::map_paint::fill;
use crate::address::AddressRange;
use crate::gui::state::memory_map::Picture;
use crate::gui::state::memory_map_fit::{Span, fit, offset_at, pixel_at};
use crate::gui::theme::{line, space, text, tokens};
use crate::memory::Sector;

const GUTTER: f32 = 92.0;
const GAP: f32 = 5.0;
const MAX_ROWS: usize = 8;
/// Heights of a row; a map of one row may be higher.
const MIN_ROW_HEIGHT: f32 = 18.0;
const ROW_HEIGHT: f32 = 22.0;
const MAX_ROW_HEIGHT: f32 = 30.0;
const SINGLE_ROW_HEIGHT: f32 = 60.0;
/// Sectors at least this wide are separated by a line.
const SEAM_PIXELS: usize = 5;
/// A sector gets at least this many pixels, if rows allow.
const PREFERRED_SECTOR_PIXELS: u64 = 9;

/// The state of the map between frames.
#[derive(Debug, Default)]
pub(super) struct MapView {
    layout: Option<Fitted>,
    /// The sector the keyboard is on.
    cursor: Option<u32>,
    /// Describes the sector at the pointer or the keyboard cursor.
    pointed_at: Option<String>,
}

#[derive(Debug)]
struct Fitted {
    version: u64,
    columns: usize,
    rows: usize,
    spans: Vec<Span>,
    /// Pixels where a sector begins, where sectors are wide enough to be separated.
    seams: Vec<usize>,
}

impl MapView {
    /// Draws `picture` in at most `height` points. Returns the sector that was clicked, or picked
    /// with the keyboard.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        picture: &Picture,
        version: u64,
        height: f32,
        chosen: Option<AddressRange>,
    ) -> Option<Sector> {
        let width = (ui.available_width() - GUTTER).max(120.0);
        let columns = whole(width);
        let rows = rows_for(picture, columns, height);
        self.fit(picture, version, columns, rows);
        let row_height = row_height(rows, height);
        let total = vec2(GUTTER + width, rows_f32(rows) * (row_height + GAP) - GAP);
        let (rect, response) = ui.allocate_exact_size(total, Sense::click());
        let geometry = Geometry {
            origin: rect.min + vec2(GUTTER, 0.0),
            columns,
            rows,
            row_height,
        };
        if let Some(fitted) = &self.layout
            && ui.is_rect_visible(rect)
        {
            paint(ui, picture, fitted, geometry);
            for range in &picture.protected {
                lock(ui, picture, geometry, *range);
            }
            if let Some(range) = chosen {
                mark(ui, picture, geometry, range);
            }
        }
        self.interact(ui, picture, &response, geometry)
    }

    /// The sector pointed at. The line is always there, so that nothing moves.
    pub(super) fn pointed_at(&self, ui: &mut Ui, otherwise: &str) {
        let text = self.pointed_at.as_deref().unwrap_or(otherwise);
        let text = RichText::new(text).small().color(tokens(ui).muted);
        ui.add(Label::new(text).truncate());
    }

    fn fit(&mut self, picture: &Picture, version: u64, columns: usize, rows: usize) {
        let current = self
            .layout
            .as_ref()
            .is_some_and(|f| f.version == version && f.columns == columns && f.rows == rows);
        if !current {
            self.layout = Some(Fitted {
                version,
                columns,
                rows,
                spans: fit(picture, columns, rows),
                seams: seams(picture, columns * rows),
            });
        }
    }

    fn interact(
        &mut self,
        ui: &mut Ui,
        picture: &Picture,
        response: &Response,
        geometry: Geometry,
    ) -> Option<Sector> {
        let hovered = response
            .hover_pos()
            .and_then(|at| geometry.sector_at(picture, at));
        let clicked = if response.clicked() {
            response
                .interact_pointer_pos()
                .and_then(|at| geometry.sector_at(picture, at))
        } else {
            None
        };
        if let Some(sector) = clicked {
            self.cursor = Some(sector.index);
            response.request_focus();
        }
        let mut picked = clicked;
        if response.has_focus() {
            picked = self.keys(ui, picture, response).or(picked);
        }
        let under_cursor = self.cursor.and_then(|index| picture.sector(index));
        let described = under_cursor
            .filter(|_| response.has_focus())
            .map(|(_, sector)| sector);
        self.name(ui, picture, response, described);
        self.pointed_at = hovered.or(described).map(|sector| picture.describe(sector));
        if let Some(sector) = hovered.or(described) {
            outline(ui, picture, geometry, sector);
        }
        picked
    }

    /// Arrow keys move between sectors; Enter and Space pick one.
    fn keys(&mut self, ui: &Ui, picture: &Picture, response: &Response) -> Option<Sector> {
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let last = picture.sectors.last().map_or(0, |(_, last)| last.index);
        let at = self.cursor.unwrap_or(0).min(last);
        let to = ui.input(|input| {
            let pressed = |key| input.key_pressed(key);
            if pressed(Key::ArrowRight) || pressed(Key::ArrowDown) {
                (at + 1).min(last)
            } else if pressed(Key::ArrowLeft) || pressed(Key::ArrowUp) {
                at.saturating_sub(1)
            } else if pressed(Key::PageDown) {
                (at + 16).min(last)
            } else if pressed(Key::PageUp) {
                at.saturating_sub(16)
            } else if pressed(Key::Home) {
                0
            } else if pressed(Key::End) {
                last
            } else {
                at
            }
        });
        self.cursor = Some(to);
        let pick = ui.input(|i| i.key_pressed(Key::Enter) || i.key_pressed(Key::Space));
        pick.then(|| picture.sector(to).map(|(_, sector)| sector))
            .flatten()
    }

    fn name(&self, ui: &Ui, picture: &Picture, response: &Response, sector: Option<Sector>) {
        let name = match sector {
            Some(sector) => format!(
                "Memory map of {}. {}",
                picture.name,
                picture.describe(sector)
            ),
            None => format!("Memory map of {}", picture.name),
        };
        let index = f64::from(self.cursor.unwrap_or(0));
        response.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(egui::Role::Slider, ui.is_enabled(), &name);
            info.value = Some(index);
            info
        });
    }
}

#[derive(Clone, Copy)]
struct Geometry {
    origin: Pos2,
    columns: usize,
    rows: usize,
    row_height: f32,
}

impl Geometry {
    fn pixels(&self) -> usize {
        self.columns * self.rows
    }

    fn rect(&self, row: usize, from: usize, to: usize) -> Rect {
        let top = self.origin.y + rows_f32(row) * (self.row_height + GAP);
        Rect::from_min_max(
            pos2(self.origin.x + columns_f32(from), top),
            pos2(self.origin.x + columns_f32(to), top + self.row_height),
        )
    }

    fn sector_at(&self, picture: &Picture, at: Pos2) -> Option<Sector> {
        let column = at.x - self.origin.x;
        let row = (at.y - self.origin.y) / (self.row_height + GAP);
        if column < 0.0 || row < 0.0 {
            return None;
        }
        let (column, row) = (whole(column), whole(row));
        if column >= self.columns || row >= self.rows {
            return None;
        }
        let pixel = row * self.columns + column;
        picture.sector_at_offset(offset_at(pixel, picture.total, self.pixels()))
    }
}

fn paint(ui: &Ui, picture: &Picture, fitted: &Fitted, geometry: Geometry) {
    let t = tokens(ui);
    let painter = ui.painter();
    for span in &fitted.spans {
        let rect = geometry.rect(span.row, span.from, span.to);
        fill(painter, rect, span.paint, &t.map);
    }
    for pixel in &fitted.seams {
        let (row, column) = (pixel / geometry.columns, pixel % geometry.columns);
        if column > 0 {
            let rect = geometry.rect(row, column, column);
            painter.vline(rect.left(), rect.y_range(), Stroke::new(1.5, t.surface));
        }
    }
    for row in 0..geometry.rows {
        let rect = geometry.rect(row, 0, geometry.columns);
        painter.rect_stroke(
            rect,
            CornerRadius::same(3),
            Stroke::new(line::THIN, t.map.outline),
            egui::StrokeKind::Outside,
        );
        let offset = offset_at(row * geometry.columns, picture.total, geometry.pixels());
        let Some(sector) = picture.sector_at_offset(offset) else {
            continue;
        };
        let (start, _) = picture.sector(sector.index).unwrap_or((offset, sector));
        let into = offset - start;
        let address = sector
            .range
            .start()
            .checked_add(into)
            .unwrap_or(sector.range.start());
        painter.text(
            pos2(geometry.origin.x - space::S, rect.center().y),
            egui::Align2::RIGHT_CENTER,
            address,
            text::small_mono().resolve(ui.style()),
            t.muted,
        );
    }
}

/// A bar along the top of the sectors that cannot be written.
fn lock(ui: &Ui, picture: &Picture, geometry: Geometry, range: AddressRange) {
    const BAR: f32 = 5.0;
    let Some(bytes) = touched(picture, range) else {
        return;
    };
    for mut rect in rows_of(picture, geometry, bytes) {
        rect.set_height(BAR);
        ui.painter().rect_filled(rect, 0.0, tokens(ui).warn);
    }
}

/// Frames the sectors that a range touches.
fn mark(ui: &Ui, picture: &Picture, geometry: Geometry, range: AddressRange) {
    if let Some(bytes) = touched(picture, range) {
        let stroke = Stroke::new(3.0, tokens(ui).accent_text);
        frame(ui, picture, geometry, bytes, stroke);
    }
}

/// The offsets of the sectors that a range touches.
fn touched(picture: &Picture, range: AddressRange) -> Option<Range<u64>> {
    let mut touched = picture.map.sectors_touching(range);
    let first = touched.next()?;
    let last = touched.last().unwrap_or(first);
    let (start, _) = picture.sector(first.index)?;
    let (end, last) = picture.sector(last.index)?;
    Some(start..end + last.range.len())
}

fn outline(ui: &Ui, picture: &Picture, geometry: Geometry, sector: Sector) {
    if let Some((start, _)) = picture.sector(sector.index) {
        let end = start + sector.range.len();
        let stroke = Stroke::new(line::RING, tokens(ui).text);
        frame(ui, picture, geometry, start..end, stroke);
    }
}

/// Frames the bytes at these offsets, row by row.
fn frame(ui: &Ui, picture: &Picture, geometry: Geometry, bytes: Range<u64>, stroke: Stroke) {
    for rect in rows_of(picture, geometry, bytes) {
        ui.painter()
            .rect_stroke(rect, 2.0, stroke, egui::StrokeKind::Outside);
    }
}

/// The part of each row that shows the bytes at these offsets.
fn rows_of(picture: &Picture, geometry: Geometry, bytes: Range<u64>) -> impl Iterator<Item = Rect> {
    let pixels = geometry.pixels();
    let from = pixel_at(bytes.start, picture.total, pixels);
    let end = pixel_at(bytes.end, picture.total, pixels).max(from + 2);
    (0..geometry.rows).filter_map(move |row| {
        let first = row * geometry.columns;
        let left = from.max(first) - first;
        let right = end.saturating_sub(first).min(geometry.columns);
        (left < right).then(|| geometry.rect(row, left, right))
    })
}

/// Enough rows to distinguish the smallest sectors, if the height allows.
fn rows_for(picture: &Picture, columns: usize, height: f32) -> usize {
    let smallest = picture
        .map
        .runs()
        .iter()
        .map(|run| u64::from(run.size))
        .min()
        .unwrap_or(1)
        .max(1);
    let preferred = picture
        .total
        .checked_div(smallest)
        .unwrap_or(1)
        .saturating_mul(PREFERRED_SECTOR_PIXELS)
        .div_ceil(u64::try_from(columns).unwrap_or(1).max(1));
    let fitting = whole((height + GAP) / (ROW_HEIGHT + GAP)).clamp(1, MAX_ROWS);
    usize::try_from(preferred)
        .unwrap_or(MAX_ROWS)
        .clamp(1, fitting)
}

fn row_height(rows: usize, height: f32) -> f32 {
    let each = (height + GAP) / rows_f32(rows) - GAP;
    let most = match rows {
        1 => SINGLE_ROW_HEIGHT,
        _ => MAX_ROW_HEIGHT,
    };
    each.clamp(MIN_ROW_HEIGHT, most)
}

fn seams(picture: &Picture, pixels: usize) -> Vec<usize> {
    let pixel = |offset| pixel_at(offset, picture.total, pixels);
    picture
        .sectors
        .iter()
        .filter(|(start, sector)| {
            let end = start + sector.range.len();
            pixel(end) - pixel(*start) >= SEAM_PIXELS
        })
        .map(|(start, _)| pixel(*start))
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "points on a screen"
)]
fn whole(points: f32) -> usize {
    points.max(0.0) as usize
}

#[expect(clippy::cast_precision_loss, reason = "points on a screen")]
fn columns_f32(columns: usize) -> f32 {
    columns as f32
}

#[expect(clippy::cast_precision_loss, reason = "a few rows")]
fn rows_f32(rows: usize) -> f32 {
    rows as f32
}
