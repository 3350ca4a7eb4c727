//! One board in the list: its name, what it is doing, and what can be done with it.

use egui::containers::menu::MenuButton;
use egui::{
    Align, Button, Color32, EventFilter, Frame, Id, Key, Label, Layout, Margin, Rect, Response,
    RichText, Sense, Stroke, TextStyle, TextWrapMode, Ui, UiBuilder, WidgetInfo, WidgetText, pos2,
    vec2,
};

use super::parts::{Intents, icon_button, level_style, strong};
use crate::gui::icons::{self, Icon};
use crate::gui::state::boards::{BoardStatus, Entry};
use crate::gui::state::status::{Status, StatusKind};
use crate::gui::state::{Action, Intent, State};
use crate::gui::theme::{CONTROL_RADIUS, Tokens, icon_size, line, space, tokens};
use crate::transport::Place;

/// The same for every board: 15 fit a small window.
const HEIGHT: f32 = 36.0;

/// The rows that the arrow keys reach.
#[derive(Clone, Copy)]
pub(super) struct Neighbours<'a> {
    pub(super) above: Option<&'a Place>,
    pub(super) below: Option<&'a Place>,
}

pub(super) fn show(
    ui: &mut Ui,
    state: &State,
    entry: &Entry,
    several: bool,
    neighbours: Neighbours<'_>,
    intents: &mut Intents,
) {
    let status = state.status(entry);
    let shown = state.boards.is_focus(entry.place());
    // The whole row is the control; the tick and the button in it lie above it.
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), HEIGHT));
    let response = ui.interact(rect, row_id(entry.place()), Sense::click());
    let name = format!("{}, {}, port {}", entry.title(), status.text, entry.place());
    response.widget_info(|| {
        WidgetInfo::selected(egui::Role::RadioButton, ui.is_enabled(), shown, &name)
    });
    background(ui, rect, shown, &response);
    let inside = rect.shrink2(vec2(space::S, 0.0));
    let builder = UiBuilder::new()
        .max_rect(inside)
        .id_salt(("board", entry.place()))
        .layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        if several && entry.is_ready() {
            tick(ui, state, entry, intents);
        } else {
            let (icon, colour) = status_icon(tokens(ui), status.kind);
            icons::show(ui, icon, icon_size::ENTRY, colour);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            more(ui, state, entry, intents);
            lines(ui, entry, &status);
        });
    });
    progress(ui, state, entry, rect);
    arrows(ui, neighbours, &response);
    let place = entry.place().clone();
    let space = response.has_focus() && ui.input(|input| input.key_pressed(Key::Space));
    if space && several && entry.is_ready() {
        intents.push(Intent::ToggleBoard(place));
    } else if response.clicked() {
        intents.push(Intent::ChooseBoard(place));
    }
    response
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .on_hover_text_at_pointer(about(entry));
}

fn row_id(place: &Place) -> Id {
    Id::unique(("board row", place))
}

fn background(ui: &Ui, rect: Rect, shown: bool, response: &Response) {
    let t = tokens(ui);
    let (fill, edge) = if shown {
        (t.surface, Stroke::new(line::EDGE, t.control_border))
    } else if response.hovered() {
        (t.inset, Stroke::NONE)
    } else {
        (Color32::TRANSPARENT, Stroke::NONE)
    };
    let radius = f32::from(CONTROL_RADIUS);
    let inside = egui::StrokeKind::Inside;
    ui.painter().rect(rect, radius, fill, edge, inside);
    if response.has_focus() {
        let ring = Stroke::new(line::RING, t.accent_text);
        ui.painter().rect_stroke(rect, radius, ring, inside);
    }
}

fn tick(ui: &mut Ui, state: &State, entry: &Entry, intents: &mut Intents) {
    let mut ticked = state.boards.is_chosen(entry.place());
    let response = ui.checkbox(&mut ticked, ());
    let name = format!("Upgrade {} at {}", entry.title(), entry.place());
    response.widget_info(|| WidgetInfo::selected(egui::Role::CheckBox, true, ticked, &name));
    if response.changed() {
        intents.push(Intent::ToggleBoard(entry.place().clone()));
    }
}

/// The name, and below it the status and the port.
fn lines(ui: &mut Ui, entry: &Entry, status: &Status) {
    let t = tokens(ui);
    let rect = ui.available_rect_before_wrap();
    let middle = rect.center().y;
    let line = |top, bottom| {
        let rect = Rect::from_x_y_ranges(rect.x_range(), middle + top..=middle + bottom);
        let left = Layout::left_to_right(Align::Center);
        UiBuilder::new().max_rect(rect).layout(left)
    };
    ui.scope_builder(line(-17.0, 0.0), |ui| title(ui, entry));
    ui.scope_builder(line(0.0, 15.0), |ui| {
        ui.spacing_mut().item_spacing.x = space::ICON;
        let (_, colour) = status_icon(t, status.kind);
        let status = RichText::new(&status.text).small().color(colour);
        let port = RichText::new(format!("· {}", entry.place()));
        let port = port.small().color(t.muted);
        let taken = width(ui, &port) + space::ICON;
        let room = (ui.available_width() - taken).max(0.0);
        let spare = room - width(ui, &status);
        let size = vec2(width(ui, &status).min(room), ui.available_height());
        ui.allocate_ui(size, |ui| {
            ui.add(Label::new(status).selectable(false).truncate());
        });
        ui.add(Label::new(port).selectable(false).extend());
        if entry.place().is_simulated() && spare >= SIMULATED_WIDTH {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| simulated(ui, t));
        }
    });
}

/// Of a text in one line.
fn width(ui: &Ui, text: &RichText) -> f32 {
    let text = WidgetText::from(text.clone());
    let unbound = f32::INFINITY;
    let galley = text.into_galley(ui, Some(TextWrapMode::Extend), unbound, TextStyle::Small);
    // A label of exactly this width must not be cut.
    galley.size().x.ceil() + 1.0
}

fn title(ui: &mut Ui, entry: &Entry) {
    let title = strong(entry.title());
    ui.add(Label::new(title).selectable(false).truncate());
}

/// Of the tag below, with the space before it.
const SIMULATED_WIDTH: f32 = 62.0;

fn simulated(ui: &mut Ui, t: &Tokens) {
    Frame::new()
        .stroke(Stroke::new(line::THIN, t.border))
        .corner_radius(4.0)
        .inner_margin(Margin::symmetric(4, 0))
        .show(ui, |ui| {
            let text = RichText::new("simulated").size(10.5).color(t.muted);
            ui.add(Label::new(text).selectable(false).extend());
        });
}

/// What the row has no room for.
fn about(entry: &Entry) -> String {
    let mut text = entry.title().to_owned();
    if entry.own_name.is_some() {
        text.push_str(&format!("\n{}", entry.found.label));
    }
    if let Some(serial) = &entry.found.record.serial {
        text.push_str(&format!("\nSerial number {serial}"));
    }
    text
}

/// What can be done with this board.
fn more(ui: &mut Ui, state: &State, entry: &Entry, intents: &mut Intents) {
    let place = entry.place();
    let button = Button::new(RichText::new("…").strong())
        .frame_when_inactive(false)
        .min_size(vec2(28.0, 28.0));
    let (response, _) = MenuButton::from_button(button).ui(ui, |ui| {
        ui.set_min_width(210.0);
        let mut item = |ui: &mut Ui, action: Action| {
            let row = action.row();
            let response = ui.add(icon_button(row.icon, row.text));
            if response.on_hover_text(row.tooltip).clicked() {
                intents.push(Intent::DoAt(place.clone(), action));
                ui.close();
            }
        };
        item(ui, Action::BoardDetails);
        item(ui, Action::NameBoard);
        let idle = !state.is_busy(place);
        if entry.is_ready() && idle {
            item(ui, Action::StartProgram);
        }
        if entry.offers_dfu_mode() && idle {
            item(ui, Action::EnterDfuMode);
        }
        if place.is_simulated() {
            ui.separator();
            let unplug = icon_button(Some(Icon::Cross), "Unplug");
            let response = ui.add(unplug);
            if response
                .on_hover_text("Unplug the simulated board")
                .clicked()
            {
                intents.push(Intent::UnplugSimulated(place.clone()));
                ui.close();
            }
        }
    });
    let name = format!("More about {} at {place}", entry.title());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &name));
}

/// Progress of a job, along the lower edge of its row.
fn progress(ui: &Ui, state: &State, entry: &Entry, row: Rect) {
    let Some(job) = state.jobs.get(entry.place()).filter(|job| job.is_running()) else {
        return;
    };
    let t = tokens(ui);
    let left = row.left() + space::S;
    let width = (row.width() - 2.0 * space::S).max(0.0);
    let bar = |width| {
        let top = row.bottom() - 3.0;
        Rect::from_min_max(pos2(left, top), pos2(left + width, top + 2.0))
    };
    ui.painter().rect_filled(bar(width), 1.0, t.border);
    let done = width * job.fraction().unwrap_or(0.0);
    ui.painter().rect_filled(bar(done), 1.0, t.accent_text);
}

/// Up and Down go to the next board.
fn arrows(ui: &Ui, neighbours: Neighbours<'_>, response: &Response) {
    if !response.has_focus() {
        return;
    }
    let filter = EventFilter {
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |key| ui.input(|input| input.key_pressed(key));
    let next = if pressed(Key::ArrowDown) {
        neighbours.below
    } else if pressed(Key::ArrowUp) {
        neighbours.above
    } else {
        None
    };
    if let Some(next) = next {
        ui.memory_mut(|memory| memory.request_focus(row_id(next)));
    }
}

fn status_icon(t: &Tokens, status: StatusKind) -> (Icon, Color32) {
    match status {
        StatusKind::Working => (Icon::Chip, t.accent_text),
        StatusKind::Ended(level) => {
            let (icon, colour, _) = level_style(t, level);
            (icon, colour)
        }
        StatusKind::Idle(BoardStatus::Ready) => (Icon::Chip, t.muted),
        StatusKind::Idle(BoardStatus::Blocked) => (Icon::Warning, t.warn),
        StatusKind::Idle(BoardStatus::Application) => (Icon::Play, t.muted),
        StatusKind::Idle(BoardStatus::Debugger) => (Icon::Debugger, t.muted),
    }
}
