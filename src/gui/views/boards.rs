//! The boards on the left: those plugged in, which of them are chosen, and the steps for a board
//! that is not ready.

use egui::containers::menu::MenuButton;
use egui::{
    Align, Frame, Label, Layout, Margin, RichText, ScrollArea, Sense, Stroke, Ui, UiBuilder,
};

use super::parts::{
    Intents, action_button, icon_button, level_style, muted, note, quiet_action, step_heading,
    strong,
};
use super::{diagnosis, top_bar};
use crate::gui::icons::{self, Icon};
use crate::gui::state::boards::{BoardStatus, Entry};
use crate::gui::state::status::{Status, StatusKind};
use crate::gui::state::{Action, Intent, State};
use crate::gui::theme::{CONTROL_RADIUS, Tokens, icon_size, line, space, tokens};

pub(super) fn show(ui: &mut Ui, state: &State, intents: &mut Intents) {
    ui.horizontal(|ui| {
        step_heading(ui, 1, state.boards.chosen().next().is_some(), "Board");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = egui::Button::new(super::parts::icon_atom(Icon::Reload))
                .frame_when_inactive(false)
                .min_size(egui::vec2(28.0, 28.0));
            let response = ui
                .add(button)
                .on_hover_text(super::parts::tooltip(ui, Action::Rescan));
            if response.clicked() {
                intents.push(Intent::Do(Action::Rescan));
            }
        });
    });
    ui.add_space(space::XS);
    if state.boards.scanned && state.boards.ready().next().is_none() {
        // Always visible, below the scrolling diagnosis.
        egui::Panel::bottom("try a simulated board")
            .resizable(false)
            .show_separator_line(false)
            .frame(Frame::new().inner_margin(Margin {
                right: 12,
                top: 8,
                ..Margin::ZERO
            }))
            .show(ui, |ui| diagnosis::try_simulated(ui, intents));
    }
    ScrollArea::vertical()
        .id_salt("boards")
        .auto_shrink([false, false])
        .show(ui, |ui| contents(ui, state, intents));
}

fn contents(ui: &mut Ui, state: &State, intents: &mut Intents) {
    if !state.boards.scanned {
        muted(ui, "Scanning the USB bus…");
        return;
    }
    let several = state.boards.ready().count() > 1;
    for entry in &state.boards.entries {
        board(ui, state, entry, several, intents);
    }
    if several {
        note(ui, "Tick several boards to upgrade them at the same time");
    }
    if let Some(entry) = state.boards.focus() {
        actions(ui, state, entry, intents);
    }
    for diagnosis in &state.general {
        diagnosis::general(ui, diagnosis, intents);
    }
}

fn board(ui: &mut Ui, state: &State, entry: &Entry, several: bool, intents: &mut Intents) {
    let t = tokens(ui);
    let status = state.status(entry);
    let shown = state.boards.is_focus(entry.place());
    // The whole card is the control: one name, one click, one stop for the keyboard. Its sense
    // lies below its contents, so that the tick in it keeps its own clicks.
    let builder = UiBuilder::new()
        .id_salt(("board", entry.place()))
        .sense(Sense::click());
    let response = ui
        .scope_builder(builder, |ui| {
            let (fill, edge) = if shown {
                (t.accent_soft, Stroke::new(line::EDGE, t.accent_text))
            } else if ui.response().hovered() {
                (t.inset, Stroke::new(line::EDGE, t.control_border))
            } else {
                (t.surface, Stroke::new(line::EDGE, t.border))
            };
            Frame::new()
                .fill(fill)
                .stroke(edge)
                .corner_radius(CONTROL_RADIUS + 2)
                .inner_margin(Margin::symmetric(12, 10))
                .show(ui, |ui| {
                    ui.take_available_width();
                    ui.horizontal_top(|ui| {
                        if several && entry.is_ready() {
                            tick(ui, state, entry, intents);
                        }
                        ui.vertical(|ui| entry_lines(ui, state, entry, &status));
                    });
                });
        })
        .response;
    let name = format!("{}, {}, port {}", entry.title(), status.text, entry.place());
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::RadioButton, ui.is_enabled(), shown, &name)
    });
    if response.has_focus() {
        ui.painter().rect_stroke(
            response.rect.expand(2.0),
            f32::from(CONTROL_RADIUS + 4),
            Stroke::new(line::RING, t.accent_text),
            egui::StrokeKind::Middle,
        );
    }
    if response.clicked() {
        intents.push(Intent::ChooseBoard(entry.place().clone()));
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand);
}

fn tick(ui: &mut Ui, state: &State, entry: &Entry, intents: &mut Intents) {
    let mut ticked = state.boards.is_chosen(entry.place());
    let response = ui.checkbox(&mut ticked, ());
    let name = format!("Upgrade {} at {}", entry.title(), entry.place());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, true, ticked, &name));
    if response.changed() {
        intents.push(Intent::ToggleBoard(entry.place().clone()));
    }
}

fn entry_lines(ui: &mut Ui, state: &State, entry: &Entry, status: &Status) {
    let t = tokens(ui);
    ui.spacing_mut().item_spacing.y = 3.0;
    ui.add(
        Label::new(strong(entry.title()))
            .selectable(false)
            .truncate(),
    );
    if entry.own_name.is_some() {
        small(ui, t, &entry.found.label);
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::ICON;
        let (icon, colour) = status_icon(t, status.kind);
        icons::show(ui, icon, icon_size::SMALL, colour);
        let status = RichText::new(&status.text).small().color(colour);
        ui.add(Label::new(status).selectable(false).truncate());
    });
    small(ui, t, &format!("Port {}", entry.place()));
    if let Some(serial) = &entry.found.record.serial {
        small(ui, t, &format!("Serial {serial}"));
    }
    progress(ui, state, entry);
}

fn small(ui: &mut Ui, t: &Tokens, text: &str) {
    let text = RichText::new(text).small().color(t.muted);
    ui.add(Label::new(text).selectable(false).truncate());
}

/// Progress of a job on a board that the other panels may not show.
fn progress(ui: &mut Ui, state: &State, entry: &Entry) {
    let Some(job) = state.jobs.get(entry.place()).filter(|job| job.is_running()) else {
        return;
    };
    let t = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), 4.0), Sense::hover());
    ui.painter().rect_filled(rect, 2.0, t.inset);
    let mut done = rect;
    done.set_width(rect.width() * job.fraction().unwrap_or(0.0));
    ui.painter().rect_filled(done, 2.0, t.accent_text);
}

fn status_icon(t: &Tokens, status: StatusKind) -> (Icon, egui::Color32) {
    match status {
        StatusKind::Working => (Icon::Chip, t.accent_text),
        StatusKind::Ended(level) => {
            let (icon, colour, _) = level_style(t, level);
            (icon, colour)
        }
        StatusKind::Idle(BoardStatus::Ready) => (Icon::Check, t.good),
        StatusKind::Idle(BoardStatus::Blocked) => (Icon::Warning, t.warn),
        StatusKind::Idle(BoardStatus::Application) => (Icon::Play, t.accent_text),
        StatusKind::Idle(BoardStatus::Debugger) => (Icon::Debugger, t.muted),
    }
}

/// Actions for the board that the panels show.
fn actions(ui: &mut Ui, state: &State, entry: &Entry, intents: &mut Intents) {
    ui.add_space(space::XS);
    let just_started = state
        .jobs
        .get(entry.place())
        .is_some_and(|job| job.report().is_some_and(|report| report.started));
    match &entry.problem {
        // The job started its program: this is no problem to explain.
        Some(_) if just_started && entry.status() == BoardStatus::Application => {
            note(
                ui,
                "Running its program. To upgrade it again, put it into DFU mode",
            );
            if entry.found.offers_detach() {
                action_button(ui, state, Action::EnterDfuMode, intents);
            }
        }
        Some(problem) => diagnosis::problem(ui, entry.status(), problem, intents),
        None => {}
    }
    ui.spacing_mut().item_spacing.y = space::XXS;
    quiet_action(ui, state, Action::BoardDetails, intents);
    if entry.is_ready() {
        quiet_action(ui, state, Action::StartProgram, intents);
    }
    if entry.place().is_simulated() {
        let remove = icon_button(Some(Icon::Cross), "Unplug").frame_when_inactive(false);
        if ui
            .add(remove)
            .on_hover_text("Unplug the simulated board")
            .clicked()
        {
            intents.push(Intent::UnplugSimulated(entry.place().clone()));
        }
        plug_another(ui, intents);
    }
}

fn plug_another(ui: &mut Ui, intents: &mut Intents) {
    let button = icon_button(Some(Icon::Plug), "Plug in another…").frame_when_inactive(false);
    MenuButton::from_button(button).ui(ui, |ui| top_bar::simulated_boards(ui, intents));
}
