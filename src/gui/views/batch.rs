//! Batch mode: a large card for each port, and the counts.

use egui::{Align, Color32, Frame, Label, Layout, Margin, RichText, Stroke, Ui, vec2};

use super::parts::{Intents, action_button, add_action, card, muted, note, strong, wide_button};
use crate::gui::icons::{self, Icon};
use crate::gui::state::batch::{BatchSlot, Mark, PERHAPS_DONE};
use crate::gui::state::batch_record::RecordOutcome;
use crate::gui::state::boards::Entry;
use crate::gui::state::job::Job;
use crate::gui::state::{Action, State};
use crate::gui::text::capitalised;
use crate::gui::theme::{CARD_RADIUS, Tokens, line, space, text, tokens};
use crate::printable::printable_path;

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
        record(ui, state);
    });
    ui.add_space(space::S);
    let blocked: Vec<&Entry> = state.batch.blocked(&state.boards.entries).collect();
    if state.batch.slots.is_empty() && blocked.is_empty() {
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
        for entry in blocked {
            ui.allocate_ui(vec2(SLOT_WIDTH, SLOT_HEIGHT), |ui| {
                blocked_card(ui, entry);
            });
        }
    });
}

fn counts(ui: &mut Ui, state: &State) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XL;
        let running = state.running().count();
        let count = |outcome| state.batch.count(outcome);
        for (number, text, colour) in [
            (count(RecordOutcome::Pass), "passed", t.good),
            (count(RecordOutcome::Fail), "failed", t.bad),
            (count(RecordOutcome::Skipped), "skipped", t.warn),
            (running, "running", t.accent_text),
        ] {
            let colour = if number == 0 { t.muted } else { colour };
            let text = format!("{number} {text}");
            ui.label(RichText::new(text).text_style(text::title()).color(colour));
        }
    });
}

/// Where the record is, and what earlier batches add to it.
fn record(ui: &mut Ui, state: &State) {
    let batch = &state.batch;
    if let Some(path) = &batch.record_file {
        let text = RichText::new(format!("Record: {}", printable_path(path))).small();
        let text = text.color(tokens(ui).muted);
        ui.add(Label::new(text).truncate());
    }
    if batch.passed_before > 0 {
        let all = batch.passed_before + batch.count(RecordOutcome::Pass);
        note(
            ui,
            format!("{all} passed in all batches since the window was opened"),
        );
    }
}

/// The word on a card, with its icon and its colours, and a line of text.
struct Face {
    icon: Icon,
    word: &'static str,
    colour: Color32,
    back: Color32,
    text: RichText,
}

fn face(t: &Tokens, slot: &BatchSlot) -> Face {
    let (icon, word, colour, back, why) = match &slot.mark {
        Mark::Running => (Icon::Reload, "RUNNING", t.accent_text, t.accent_soft, ""),
        Mark::Pass => (Icon::Check, "PASS", t.good, t.good_soft, "Unplug it"),
        Mark::Fail(why) => (Icon::Cross, "FAIL", t.bad, t.bad_soft, why.as_str()),
        Mark::Unsuitable(why) => (Icon::Warning, "SKIPPED", t.warn, t.warn_soft, why.as_str()),
        Mark::PerhapsDone => (Icon::Warning, "SKIPPED", t.warn, t.warn_soft, PERHAPS_DONE),
    };
    if slot.is_empty() {
        let last = format!("Last: {word} {}", slot.marked.time_of_day());
        return Face {
            icon: Icon::Plug,
            word: "EMPTY",
            colour: t.muted,
            back: t.surface,
            text: RichText::new(last).color(colour),
        };
    }
    let text = match slot.mark {
        Mark::PerhapsDone => format!("{why}. To upgrade it, unplug it for 5 seconds"),
        _ => why.to_owned(),
    };
    Face {
        icon,
        word,
        colour,
        back,
        text: RichText::new(text).small().color(t.muted),
    }
}

fn slot_card(ui: &mut Ui, state: &State, port: &str, slot: &BatchSlot) {
    let face = face(tokens(ui), slot);
    let name = (!slot.is_empty()).then_some(slot.name.as_str());
    let job = slot
        .job
        .and_then(|id| state.jobs.values().find(|job| job.id == id))
        .filter(|job| job.is_running());
    one_card(ui, face, name, port, job);
}

/// A board that the batch cannot upgrade before something is done about it.
fn blocked_card(ui: &mut Ui, entry: &Entry) {
    let t = tokens(ui);
    let why = format!(
        "{}. Choose it on the left for help",
        capitalised(entry.status_text())
    );
    let face = Face {
        icon: Icon::Warning,
        word: "NOT READY",
        colour: t.warn,
        back: t.warn_soft,
        text: RichText::new(why).small().color(t.muted),
    };
    one_card(
        ui,
        face,
        Some(entry.title()),
        &entry.place().to_string(),
        None,
    );
}

fn one_card(ui: &mut Ui, face: Face, name: Option<&str>, port: &str, job: Option<&Job>) {
    let t = tokens(ui);
    let Face {
        icon,
        word,
        colour,
        back,
        text: line_of_text,
    } = face;
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
                    let label = RichText::new(word).text_style(text::title()).color(colour);
                    ui.add(Label::new(label));
                });
                if let Some(name) = name {
                    ui.add(Label::new(strong(name)).truncate());
                }
                note(ui, format!("Port {port}"));
                match job {
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
                        ui.label(line_of_text);
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
