//! Widgets shared by the panels: cards, buttons with icons, headings and rows of facts.

use std::time::Duration;

use egui::{
    Atom, Button, Color32, Frame, InnerResponse, Label, Margin, Response, RichText, Role, Stroke,
    TextEdit, Ui, Vec2, WidgetInfo, WidgetText, vec2,
};

use crate::gui::icons::{self, Icon};
use crate::gui::shortcuts::shortcut_text;
use crate::gui::state::log::Level;
use crate::gui::state::{Action, Intent, State};
use crate::gui::theme::{
    CARD_RADIUS, CONTROL_RADIUS, Tokens, icon_size, line, space, text, tokens,
};

/// The height of the main button of a screen.
pub(super) const MAIN_BUTTON_HEIGHT: f32 = 46.0;

/// Between two frames of something that moves.
const FRAME: Duration = Duration::from_millis(40);

/// The intents that a frame collects.
pub(super) type Intents = Vec<Intent>;

/// A raised surface that takes the whole width.
pub(super) fn card<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let t = tokens(ui);
    Frame::new()
        .fill(t.surface)
        .stroke(Stroke::new(line::THIN, t.border))
        .corner_radius(CARD_RADIUS)
        .inner_margin(Margin::symmetric(16, 14))
        .show(ui, |ui| {
            ui.take_available_width();
            contents(ui)
        })
}

/// A tinted box inside a card: a note, a warning, a result.
pub(super) fn tinted<R>(
    ui: &mut Ui,
    fill: Color32,
    contents: impl FnOnce(&mut Ui) -> R,
) -> InnerResponse<R> {
    Frame::new()
        .fill(fill)
        .corner_radius(CONTROL_RADIUS)
        .inner_margin(Margin::symmetric(12, 10))
        .show(ui, |ui| {
            ui.take_available_width();
            contents(ui)
        })
}

/// An icon for a button, in the colour of the button's text.
pub(super) fn icon_atom(icon: Icon) -> Atom<'static> {
    Atom::paint(Vec2::splat(icon_size::BODY), move |ui, args| {
        icons::paint(ui.painter(), args.rect, icon, args.fallback_text_color);
    })
}

/// A button with its icon and text.
pub(super) fn icon_button(icon: Option<Icon>, text: &str) -> Button<'static> {
    let text = WidgetText::from(text.to_owned());
    match icon {
        Some(icon) => Button::new((icon_atom(icon), text)).gap(7.0),
        None => Button::new(text),
    }
}

/// A button with the icon and text of an action.
pub(super) fn button_for(action: Action) -> Button<'static> {
    icon_button(action.row().icon, action.row().text)
}

/// A button of the full width, with its text in the middle.
pub(super) fn wide_button(ui: &Ui, icon: Icon, text: &str) -> Button<'static> {
    let text = RichText::new(text).text_style(text::strong());
    Button::new((Atom::grow(), icon_atom(icon), text, Atom::grow()))
        .gap(space::S)
        .min_size(vec2(ui.available_width(), MAIN_BUTTON_HEIGHT))
}

/// A button for an action; an unavailable one is disabled, with the reason as its tooltip.
pub(super) fn action_button(
    ui: &mut Ui,
    state: &State,
    action: Action,
    intents: &mut Intents,
) -> Response {
    add_action(ui, state, action, button_for(action), intents)
}

/// The same without a frame, for secondary actions.
pub(super) fn quiet_action(
    ui: &mut Ui,
    state: &State,
    action: Action,
    intents: &mut Intents,
) -> Response {
    let button = button_for(action).frame_when_inactive(false);
    add_action(ui, state, action, button, intents)
}

/// Any button for an action.
pub(super) fn add_action(
    ui: &mut Ui,
    state: &State,
    action: Action,
    button: Button<'_>,
    intents: &mut Intents,
) -> Response {
    let available = state.available(action);
    let response = ui.add_enabled(available.is_ok(), button);
    let response = match &available {
        Ok(()) => response.on_hover_text(tooltip(ui, action)),
        Err(why) => response.on_disabled_hover_text(why.as_str()),
    };
    if response.clicked() {
        intents.push(Intent::Do(action));
    }
    response
}

/// The action's tooltip with its shortcut.
pub(super) fn tooltip(ui: &Ui, action: Action) -> String {
    let tooltip = action.row().tooltip;
    match shortcut_text(ui.ctx(), action) {
        Some(shortcut) => format!("{tooltip} ({shortcut})"),
        None => tooltip.to_owned(),
    }
}

/// The purpose of a filled button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fill {
    Main,
    Danger,
}

/// Draws buttons filled inside `contents`.
pub(super) fn filled<R>(ui: &mut Ui, fill: Fill, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let t = tokens(ui);
    let (idle, over, down, text) = match fill {
        Fill::Main => (t.accent, t.accent_hover, t.accent_pressed, t.on_accent),
        Fill::Danger => (t.bad_fill, t.bad_fill, t.bad_fill, t.on_bad),
    };
    ui.scope(|ui| {
        let ring = Stroke::new(line::RING, t.text);
        let widgets = &mut ui.visuals_mut().widgets;
        for (widget, colour, stroke) in [
            (&mut widgets.inactive, idle, Stroke::NONE),
            (&mut widgets.hovered, over, Stroke::NONE),
            (&mut widgets.active, down, ring),
            (&mut widgets.noninteractive, idle, Stroke::NONE),
        ] {
            widget.weak_bg_fill = colour;
            widget.bg_fill = colour;
            widget.bg_stroke = stroke;
            widget.fg_stroke.color = text;
        }
        contents(ui)
    })
    .inner
}

/// An icon, then text that wraps next to it.
pub(super) fn icon_line(ui: &mut Ui, icon: Icon, colour: Color32, text: impl Into<WidgetText>) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.vertical(|ui| {
            ui.add_space(1.0);
            icons::show(ui, icon, icon_size::BODY, colour);
        });
        ui.add(Label::new(text).wrap());
    });
}

/// A field with its label.
pub(super) fn field(ui: &mut Ui, name: &str, edit: TextEdit<'_>) -> Response {
    let label = ui.label(name);
    ui.add(edit).labelled_by(label.id)
}

/// A bar, `fraction` of it done. A screen reader reads `name` before the percentage.
pub(super) fn progress_bar(ui: &mut Ui, name: &str, fraction: f32) {
    let t = tokens(ui);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 100"
    )]
    let percent = (fraction * 100.0).floor() as u8;
    let (rect, response) = bar_background(ui);
    let done = rect.with_max_x(egui::lerp(rect.x_range(), fraction.clamp(0.0, 1.0)));
    // Cut off instead of rounded: an empty bar shows nothing.
    let painter = ui.painter().with_clip_rect(done);
    painter.rect_filled(rect, CONTROL_RADIUS, t.accent_text);
    response.widget_info(|| {
        let name = format!("{name}, {percent} %");
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = Some(f64::from(percent));
        info
    });
}

/// A bar for work whose end cannot be foreseen.
pub(super) fn busy_bar(ui: &mut Ui, name: &str, now: Duration) {
    const ROUND: f32 = 2.0;
    const PART: f32 = 0.3;
    let t = tokens(ui);
    let (rect, response) = bar_background(ui);
    let at = (now.as_secs_f32() % ROUND) / ROUND * (1.0 + PART) - PART;
    let left = rect.left() + rect.width() * at;
    let part = egui::Rangef::new(left, left + rect.width() * PART);
    let part = egui::Rect::from_x_y_ranges(part, rect.y_range()).intersect(rect);
    let painter = ui.painter().with_clip_rect(part);
    painter.rect_filled(rect, CONTROL_RADIUS, t.accent_text);
    ui.ctx().request_repaint_after(FRAME);
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, format!("{name}…")));
}

fn bar_background(ui: &mut Ui) -> (egui::Rect, Response) {
    let size = vec2(ui.available_width(), 12.0);
    let (rect, response) = ui.allocate_exact_size(size, egui::Sense::hover());
    ui.painter()
        .rect_filled(rect, CONTROL_RADIUS, tokens(ui).inset);
    (rect, response)
}

/// Muted text that wraps.
pub(super) fn muted(ui: &mut Ui, text: impl Into<String>) -> Response {
    let colour = tokens(ui).muted;
    ui.add(Label::new(RichText::new(text).color(colour)).wrap())
}

/// Small muted text that wraps.
pub(super) fn note(ui: &mut Ui, text: impl Into<String>) -> Response {
    let colour = tokens(ui).muted;
    ui.add(Label::new(RichText::new(text).small().color(colour)).wrap())
}

/// Semi-bold text.
pub(super) fn strong(text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(text::strong())
}

/// One row for each name and value.
pub(super) fn facts(ui: &mut Ui, id: &str, rows: &[(impl AsRef<str>, String)]) {
    let t = tokens(ui);
    egui::Grid::new(id)
        .num_columns(2)
        .min_row_height(20.0)
        .spacing([space::L, space::XS])
        .show(ui, |ui| {
            for (name, value) in rows {
                ui.label(RichText::new(name.as_ref()).color(t.muted));
                ui.add(Label::new(value).wrap());
                ui.end_row();
            }
        });
}

/// Numbered steps.
pub(super) fn steps(ui: &mut Ui, steps: &[String]) {
    let t = tokens(ui);
    for (number, step) in (1u32..).zip(steps) {
        ui.horizontal_top(|ui| {
            ui.label(RichText::new(format!("{number}.")).color(t.muted));
            ui.add(Label::new(step).wrap());
        });
    }
}

/// Icon and colours of a level of importance.
pub(super) fn level_style(t: &Tokens, level: Level) -> (Icon, Color32, Color32) {
    match level {
        Level::Info => (Icon::Info, t.accent_text, t.accent_soft),
        Level::Good => (Icon::Check, t.good, t.good_soft),
        Level::Warning => (Icon::Warning, t.warn, t.warn_soft),
        Level::Error => (Icon::Warning, t.bad, t.bad_soft),
    }
}

/// Shows that files can be dropped; the whole window accepts them.
pub(super) fn drop_zone(ui: &mut Ui, text: &str, formats: &str) {
    let t = tokens(ui);
    let inner = Frame::new()
        .fill(t.window)
        .corner_radius(CONTROL_RADIUS + 2)
        .inner_margin(Margin::symmetric(16, 18))
        .show(ui, |ui| {
            ui.vertical_centered(|ui| {
                icons::show(ui, Icon::File, 30.0, t.muted);
                ui.add(Label::new(strong(text)).wrap());
                note(ui, formats);
            });
        });
    dashed(ui, inner.response.rect, t.control_border);
}

fn dashed(ui: &Ui, rect: egui::Rect, colour: egui::Color32) {
    let corners = [
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
        rect.left_top(),
    ];
    let stroke = egui::Stroke::new(1.2, colour);
    ui.painter()
        .extend(egui::Shape::dashed_line(&corners, stroke, 6.0, 5.0));
}
