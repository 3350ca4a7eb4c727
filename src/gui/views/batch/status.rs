//! How a batch goes: its file, the counts, the speed, and what to do next.

use egui::{Align, Color32, Label, Layout, RichText, Ui};

use crate::engine::summary::exact_duration;
use crate::gui::state::batch::Batch;
use crate::gui::state::batch_record::RecordOutcome;
use crate::gui::state::{Action, State};
use crate::gui::theme::{space, text, tokens};
use crate::gui::views::parts::{Intents, action_button, card, note, quiet_action};
use crate::printable::printable_path;

pub(super) fn show(ui: &mut Ui, state: &State, intents: &mut Intents) {
    card(ui, |ui| {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                action_button(ui, state, Action::DisarmBatch, intents);
                quiet_action(ui, state, Action::FullScreen, intents);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| locked(ui, state));
            });
        });
        counts(ui, state);
        if !state.batch.slots.is_empty() {
            ui.label(RichText::new(state.batch_prompt()).text_style(text::title()));
        }
        record(ui, state);
    });
}

/// The file and the options of the batch.
fn locked(ui: &mut Ui, state: &State) {
    let Some(armed) = &state.batch.armed else {
        return;
    };
    ui.label(RichText::new(&armed.file.name).heading());
    let lines = armed.options.lines();
    let t = tokens(ui);
    if armed.options.upgrade.mass_erase {
        let text = RichText::new("The whole chip is erased first").color(t.bad);
        ui.add(Label::new(text.small()).extend());
    }
    let text = RichText::new(lines.join(" · ")).small();
    let text = text.color(t.muted);
    ui.add(Label::new(text).truncate());
}

fn counts(ui: &mut Ui, state: &State) {
    let t = tokens(ui);
    let batch = &state.batch;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XL;
        let count = |outcome| batch.count(outcome);
        let passed = count(RecordOutcome::Pass);
        let of = batch.armed.as_ref().and_then(|armed| armed.count);
        let passed_text = match of {
            Some(of) => format!("{passed} of {of} passed"),
            None => format!("{passed} passed"),
        };
        number(ui, passed, passed_text, t.good);
        for (number_of, word, colour) in [
            (count(RecordOutcome::Fail), "failed", t.bad),
            (count(RecordOutcome::Skipped), "skipped", t.warn),
        ] {
            number(ui, number_of, format!("{number_of} {word}"), colour);
        }
        let running = batch.running();
        if running > 0 || batch.armed.is_some() {
            number(ui, running, format!("{running} running"), t.accent_text);
        }
        match batch.failed_before() {
            0 => {}
            1 => aside(ui, "1 earlier attempt failed".to_owned()),
            n => aside(ui, format!("{n} earlier attempts failed")),
        }
        speed(ui, batch);
    });
}

fn number(ui: &mut Ui, number: usize, text: String, colour: Color32) {
    let colour = if number == 0 {
        tokens(ui).muted
    } else {
        colour
    };
    ui.label(RichText::new(text).text_style(text::title()).color(colour));
}

fn speed(ui: &mut Ui, batch: &Batch) {
    if let Some(per_hour) = batch.throughput.boards_per_hour() {
        aside(ui, format!("{per_hour:.0} boards per hour"));
    }
    if let Some(time) = batch.throughput.time_per_board() {
        aside(ui, format!("{} per board", exact_duration(time)));
    }
}

fn aside(ui: &mut Ui, text: String) {
    let text = RichText::new(text).color(tokens(ui).muted);
    ui.add(Label::new(text).extend());
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

/// The batch that has ended.
pub(super) fn last_batch(ui: &mut Ui, state: &State, intents: &mut Intents) {
    card(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new("The batch has ended").heading());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                quiet_action(ui, state, Action::SaveBatchRecord, intents);
            });
        });
        counts(ui, state);
        record(ui, state);
    });
}
