//! How a job ended.

use egui::{Align, Button, CollapsingHeader, Label, Layout, RichText, Ui};

use super::comparison;
use super::parts::{
    Intents, action_button, facts, icon_atom, icon_button, level_style, muted, quiet_action, steps,
    tinted,
};
use crate::engine::{JobError, Outcome, Task};
use crate::gui::icons::{self, Icon};
use crate::gui::state::job::{Job, Verdict};
use crate::gui::state::{Action, Intent, State};
use crate::gui::theme::{icon_size, text, tokens};
use crate::printable::printable_path;

/// Room for the buttons beside the headline.
const BUTTONS_WIDTH: f32 = 200.0;

/// In letters: a longer headline is set smaller, so that the text below it stays in view.
const LONG_HEADLINE: usize = 80;

pub(super) fn show(
    ui: &mut Ui,
    state: &State,
    job: &Job,
    verdict: &Verdict,
    intents: &mut Intents,
) {
    let t = tokens(ui);
    let (icon, colour, back) = level_style(t, verdict.level);
    tinted(ui, back, |ui| {
        ui.horizontal_top(|ui| {
            icons::show(ui, icon, icon_size::TITLE, colour);
            let is_long = verdict.headline.chars().count() > LONG_HEADLINE;
            let style = if is_long {
                text::strong()
            } else {
                text::title()
            };
            let title = RichText::new(&verdict.headline)
                .text_style(style)
                .color(colour);
            // A long headline wraps beside the buttons.
            let width = (ui.available_width() - BUTTONS_WIDTH).max(120.0);
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.add(Label::new(title).wrap());
            });
            ui.with_layout(Layout::right_to_left(Align::TOP), |ui| {
                let close = Button::new(icon_atom(Icon::Cross)).frame_when_inactive(false);
                if ui
                    .add(close)
                    .on_hover_text("Close this result (Escape)")
                    .clicked()
                {
                    intents.push(Intent::DismissResult(job.place.clone()));
                }
                quiet_action(ui, state, Action::CopyReport, intents);
            });
        });
        if let Some(about) = &verdict.about {
            muted(ui, about);
        }
        ui.add(Label::new(&verdict.text).wrap());
        restore(ui, verdict, intents);
        steps(ui, &verdict.steps);
        if is_ready_to_start(state, job) {
            action_button(ui, state, Action::StartProgram, intents);
        }
        if is_write_protected(job) {
            action_button(ui, state, Action::RemoveWriteProtection, intents);
        }
        if is_protected(job) {
            action_button(ui, state, Action::RemoveProtection, intents);
        }
        let differences = job.report().map(|report| &report.comparison);
        if let Some(found) = differences.filter(|found| !found.is_equal()) {
            let title = format!("Differences: {}", comparison::result(found));
            CollapsingHeader::new(title)
                .id_salt(("differences", job.id.0))
                .show(ui, |ui| comparison::of_verification(ui, found));
        }
        CollapsingHeader::new("Details")
            .id_salt(("details", job.id.0))
            .show(ui, |ui| facts(ui, "result details", &verdict.details));
    });
}

/// Offers the backup of before.
pub(super) fn restore(ui: &mut Ui, verdict: &Verdict, intents: &mut Intents) {
    let Some(backup) = &verdict.restore else {
        return;
    };
    let response = ui
        .add(icon_button(Some(Icon::Reload), "Restore the old contents"))
        .on_hover_text(format!("Open {} for an upgrade", printable_path(backup)));
    if response.clicked() {
        intents.push(Intent::Restore(backup.clone()));
    }
}

/// The program is complete, and the board is still in DFU mode.
fn is_ready_to_start(state: &State, job: &Job) -> bool {
    let done = job
        .report()
        .is_some_and(|report| report.outcome == Outcome::Done && !report.started);
    done && matches!(job.task, Task::Upgrade { .. })
        && state.available(Action::StartProgram).is_ok()
}

/// The write protection made the job fail: offers to remove it.
fn is_write_protected(job: &Job) -> bool {
    let outcome = job.report().map(|report| &report.outcome);
    matches!(
        outcome,
        Some(Outcome::Failed(JobError::WriteProtected { .. }))
    )
}

/// The read protection made the job fail: offers to remove it.
fn is_protected(job: &Job) -> bool {
    let outcome = job.report().map(|report| &report.outcome);
    matches!(outcome, Some(Outcome::Failed(error)) if error.code() == "protected")
}
