//! Batch mode: a large card for each port, and the counts.

use egui::{Align, Frame, Label, Layout, Margin, RichText, Stroke, Ui, vec2};

use super::modal_end::buttons;
use super::parts::{
    Fill, Intents, action_button, add_action, card, filled, icon_button, icon_line, muted, note,
    strong, wide_button,
};
use crate::gui::icons::{self, Icon};
use crate::gui::state::batch::{BatchSlot, Mark};
use crate::gui::state::{Action, Intent, State};
use crate::gui::theme::{CARD_RADIUS, line, space, text, tokens};

/// The size of one port's card.
const SLOT_WIDTH: f32 = 206.0;
const SLOT_HEIGHT: f32 = 150.0;

pub(super) fn show(ui: &mut Ui, state: &State) {
    card(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Batch mode").heading());
            if let Some(armed) = &state.batch.armed {
                muted(ui, &armed.file.name);
            }
        });
        counts(ui, state);
    });
    ui.add_space(space::S);
    if state.batch.slots.is_empty() {
        card(ui, |ui| {
            ui.label(RichText::new("Plug in a board").text_style(text::title()));
            muted(
                ui,
                "Every matching board in DFU mode is upgraded automatically, several at a time",
            );
        });
        return;
    }
    let rows = Layout::left_to_right(Align::TOP).with_main_wrap(true);
    ui.with_layout(rows, |ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        for (place, slot) in &state.batch.slots {
            ui.allocate_ui(vec2(SLOT_WIDTH, SLOT_HEIGHT), |ui| {
                slot_card(ui, state, &place.to_string(), slot);
            });
        }
    });
}

fn counts(ui: &mut Ui, state: &State) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XL;
        let running = state.running().count();
        for (number, text, colour) in [
            (state.batch.passed(), "passed", t.good),
            (state.batch.failed(), "failed", t.bad),
            (running, "running", t.accent_text),
        ] {
            let text = format!("{number} {text}");
            ui.label(RichText::new(text).text_style(text::title()).color(colour));
        }
    });
}

fn slot_card(ui: &mut Ui, state: &State, port: &str, slot: &BatchSlot) {
    let t = tokens(ui);
    let (icon, label, colour, back, why) = match &slot.mark {
        Mark::Running => (Icon::Reload, "RUNNING", t.accent_text, t.accent_soft, ""),
        Mark::Pass => (Icon::Check, "PASS", t.good, t.good_soft, "Unplug it"),
        Mark::Fail(why) => (Icon::Cross, "FAIL", t.bad, t.bad_soft, why.as_str()),
        Mark::Unsuitable(why) => (Icon::Warning, "SKIPPED", t.warn, t.warn_soft, why.as_str()),
    };
    Frame::new()
        .fill(back)
        .stroke(Stroke::new(line::EDGE, colour))
        .corner_radius(CARD_RADIUS)
        .inner_margin(Margin::same(14))
        .show(ui, |ui| {
            // The size inside the margins and the stroke of the frame.
            let inside = vec2(SLOT_WIDTH - 31.0, SLOT_HEIGHT - 31.0);
            ui.set_min_size(inside);
            ui.set_max_width(inside.x);
            ui.vertical(|ui| {
                ui.horizontal(|ui| {
                    icons::show(ui, icon, 40.0, colour);
                    let label = RichText::new(label).text_style(text::title()).color(colour);
                    ui.add(Label::new(label));
                });
                ui.add(Label::new(strong(&slot.name)).truncate());
                note(ui, format!("Port {port}"));
                let job = slot
                    .job
                    .and_then(|id| state.jobs.values().find(|job| job.id == id));
                match job.filter(|job| job.is_running()) {
                    Some(job) => {
                        note(ui, job.phase_label());
                        let fraction = job.fraction().unwrap_or(0.0);
                        let bar = egui::ProgressBar::new(fraction)
                            .desired_height(8.0)
                            .fill(t.accent_text)
                            .corner_radius(4);
                        ui.add(bar);
                    }
                    None => {
                        note(ui, why);
                    }
                }
            });
        });
}

/// The bottom of the upgrade screen while the batch is armed.
pub(super) fn footer(ui: &mut Ui, state: &State, intents: &mut Intents) {
    ui.horizontal_wrapped(|ui| {
        action_button(ui, state, Action::SaveBatchRecord, intents);
        if state.running().next().is_some() {
            action_button(ui, state, Action::Stop, intents);
        }
    });
    let button = wide_button(ui, Icon::Cross, Action::DisarmBatch.row().text);
    add_action(ui, state, Action::DisarmBatch, button, intents);
}

/// Asks before arming.
pub(super) fn question(ui: &mut Ui, state: &State, intents: &mut Intents) {
    ui.label(RichText::new("Batch mode").text_style(text::title()));
    let file = state
        .firmware
        .loaded()
        .map_or("", |loaded| loaded.facts.name.as_str());
    ui.add(
        Label::new(format!(
            "Until you end batch mode, every matching board that you plug in is upgraded \
             automatically with {file} and the current options."
        ))
        .wrap(),
    );
    let t = tokens(ui);
    for doubt in state.doubts().iter().filter(|doubt| doubt.is_serious()) {
        let text = format!("Written to every board all the same: {doubt}");
        icon_line(ui, Icon::Warning, t.warn, text);
    }
    let now = state.boards.ready().count();
    if now > 0 {
        let text = match now {
            1 => "1 board is plugged in now and will be upgraded immediately".to_owned(),
            n => format!("{n} boards are plugged in now and will be upgraded immediately"),
        };
        icon_line(ui, Icon::Warning, t.warn, text);
    }
    buttons(ui, "Not now", |ui| {
        filled(ui, Fill::Main, |ui| {
            if ui
                .add(icon_button(Some(Icon::Batch), "Start batch mode"))
                .clicked()
            {
                intents.push(Intent::Confirm);
            }
        });
    })
    .then(|| intents.push(Intent::CloseModal));
}
