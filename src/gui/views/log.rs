//! The log: what happened, newest last.

use egui::text::{LayoutJob, TextFormat};
use egui::{Align, Label, Layout, RichText, ScrollArea, TextStyle, Ui};

use super::parts::{Intents, action_button, card, level_style, muted, note, quiet_action};
use crate::gui::icons;
use crate::gui::state::log::Line;
use crate::gui::state::{Action, State};
use crate::gui::theme::{icon_size, space, tokens};
use crate::wall_clock::Moment;

pub(super) fn show(ui: &mut Ui, state: &State, intents: &mut Intents) {
    card(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new("Log").heading());
            note(ui, format!("local time, {}", Moment::now().zone()));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                quiet_action(ui, state, Action::ClearLog, intents);
                action_button(ui, state, Action::SaveLog, intents);
                action_button(ui, state, Action::CopyReport, intents);
            });
        });
        if state.log.is_empty() {
            muted(ui, "Nothing has happened yet");
            ui.add_space(ui.available_height().max(0.0));
            return;
        }
        lines(ui, state);
    });
}

fn lines(ui: &mut Ui, state: &State) {
    let height = ui.text_style_height(&TextStyle::Body).max(20.0);
    ui.spacing_mut().item_spacing.y = space::XXS;
    ScrollArea::both()
        .id_salt("log")
        .auto_shrink([false, false])
        .stick_to_bottom(true)
        .show_rows(ui, height, state.log.len(), |ui, range| {
            for line in state.log.lines(range) {
                ui.horizontal(|ui| {
                    ui.set_min_height(height);
                    row(ui, line);
                });
            }
        });
}

fn row(ui: &mut Ui, line: &Line) {
    let t = tokens(ui);
    let (icon, colour, _) = level_style(t, line.level);
    icons::show(ui, icon, icon_size::SMALL, colour);
    let mono = TextStyle::Monospace.resolve(ui.style());
    let body = TextStyle::Body.resolve(ui.style());
    let mut job = LayoutJob::default();
    let part = |font: &egui::FontId, colour| TextFormat {
        font_id: font.clone(),
        color: colour,
        ..TextFormat::default()
    };
    job.append(
        &format!("{}  ", line.at.date_and_time()),
        0.0,
        part(&mono, t.muted),
    );
    if let Some(board) = &line.board {
        job.append(&format!("{board}  "), 0.0, part(&body, t.muted));
    }
    job.append(&line.text, 0.0, part(&body, t.text));
    ui.add(Label::new(job).extend());
}
