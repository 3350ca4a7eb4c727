//! The action under the map: the main button, the progress of its job, and the result.

use egui::{
    Align, Atom, Button, Frame, Label, Layout, Margin, RichText, ScrollArea, Stroke, Ui, vec2,
};

use super::parts::{
    Fill, Intents, MAIN_BUTTON_HEIGHT, add_action, filled, icon_atom, level_style, note,
    quiet_action, steps, wide_button,
};
use super::{options, progress, verdict};
use crate::address::ByteSize;
use crate::engine::Task;
use crate::gui::icons::{self, Icon};
use crate::gui::state::group;
use crate::gui::state::job::Job;
use crate::gui::state::log::Level;
use crate::gui::state::{Action, Intent, State};
use crate::gui::theme::{CARD_RADIUS, icon_size, line, space, text, tokens};

/// Of the rows of several boards, at most: no row is cut through.
const JOBS_HEIGHT: f32 = 200.0;

const FOLLOWS: &str = "The upgrade follows as soon as the board is in DFU mode";

pub(super) fn show(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    let t = tokens(ui);
    Frame::new()
        .fill(t.surface)
        .stroke(Stroke::new(line::THIN, t.border))
        .corner_radius(CARD_RADIUS)
        .inner_margin(Margin::symmetric(16, 12))
        .show(ui, |ui| {
            ui.take_available_width();
            ui.spacing_mut().item_spacing.y = space::LINES;
            contents(ui, state, intents);
        });
}

fn contents(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    let several = !state.grouped_jobs().is_empty();
    let running = state.shown_job().is_some_and(Job::is_running);
    if several {
        all_jobs(ui, state, intents);
    } else if running {
        if let Some(job) = state.shown_job() {
            progress::show(ui, job);
            if state.upgrade_follows(&job.place) {
                note(ui, FOLLOWS);
            }
        }
        stop(ui, state, intents);
        return;
    } else if let Some(job) = state.shown_job()
        && job.screen() == state.screen
        && let Some(verdict) = job.verdict()
    {
        verdict::show(ui, state, job, verdict, intents);
        if state.upgrade_follows(&job.place) {
            note(ui, FOLLOWS);
        }
    }
    if state.running().next().is_some() && several {
        stop(ui, state, intents);
    } else {
        options::show(ui, state, intents);
        upgrade(ui, state, intents);
    }
}

fn upgrade(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let available = state.available(Action::Upgrade);
    let text = match state.upgrade_count() {
        _ if state.enters_first().is_some() => "Enter DFU mode and upgrade".to_owned(),
        0 | 1 if state.upgrades_again() => format!("{} again", state.upgrade_verb()),
        0 | 1 => state.upgrade_verb().to_owned(),
        several => format!("{} {several} boards", state.upgrade_verb()),
    };
    let name = button_name(state, &text);
    let button = Button::new((
        Atom::grow(),
        icon_atom(Icon::Chip),
        RichText::new(text).text_style(text::large()),
        Atom::grow(),
    ))
    .gap(10.0)
    .min_size(vec2(ui.available_width(), MAIN_BUTTON_HEIGHT));
    let response = filled(ui, Fill::Main, |ui| {
        add_action(ui, state, Action::Upgrade, button, intents)
    });
    let enabled = available.is_ok();
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, enabled, &name));
    let refused = state
        .preview()
        .is_some_and(|preview| preview.result.is_err());
    ui.horizontal(|ui| {
        let t = tokens(ui);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            quiet_action(ui, state, Action::Verify, intents);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| match available {
                Err(why) => {
                    let colour = if refused { t.warn } else { t.accent_text };
                    icons::show(ui, Icon::Info, icon_size::BODY, colour);
                    ui.add(Label::new(RichText::new(why).color(colour)).truncate());
                }
                Ok(()) => {
                    ui.add(
                        Label::new(RichText::new(plan_summary(state)).color(t.muted)).truncate(),
                    );
                }
            });
        });
    });
}

/// The accessible name: the button's text, with the board and the file that the screen shows.
fn button_name(state: &State, text: &str) -> String {
    let first = state.enters_first();
    let board = state.boards.chosen().next().or(first);
    match (state.upgrade_count(), board, state.firmware.loaded()) {
        (0 | 1, Some(entry), Some(loaded)) => {
            let colon = if state.upgrades_again() { ":" } else { "" };
            format!("{text}{colon} {} with {}", entry.title(), loaded.facts.name)
        }
        (2.., _, Some(loaded)) => format!("{text} with {}", loaded.facts.name),
        _ => format!("{text} the board"),
    }
}

/// One line about what the upgrade will do.
fn plan_summary(state: &State) -> String {
    let Some(Ok(plan)) = state.preview().map(|preview| preview.result.as_ref()) else {
        return String::new();
    };
    if let Some(stream) = &plan.stream {
        let size = ByteSize(stream.length());
        return format!("Sends all of the file, {size}, to {}", stream.name);
    }
    let totals = plan.totals();
    let bytes = totals.undecided_bytes + totals.write_bytes;
    let mut text = if plan.options.mass_erase {
        format!("Erases the whole chip, then writes {}", ByteSize(bytes))
    } else if plan.options.rewrite {
        format!(
            "Erases {} sectors and writes {}",
            totals.sectors,
            ByteSize(bytes)
        )
    } else {
        format!("Compares {} and writes what differs", ByteSize(bytes))
    };
    if totals.kept_bytes > 0 {
        text.push_str(&format!(
            "; leaves {} as they are",
            ByteSize(totals.kept_bytes)
        ));
    }
    if totals.lost_bytes > 0 {
        text.push_str(&format!(
            "; also erases up to {} outside the file",
            ByteSize(totals.lost_bytes)
        ));
    }
    if totals.unverified_bytes > 0 {
        text.push_str(&format!(
            "; {} cannot be read back to verify",
            ByteSize(totals.unverified_bytes)
        ));
    }
    text
}

pub(super) fn stop(ui: &mut Ui, state: &State, intents: &mut Intents) {
    if state.running().all(Job::is_unstoppable) {
        note(
            ui,
            "This cannot be stopped now. Do not unplug the board until it has ended",
        );
        return;
    }
    let stopping = state.running().all(|job| job.stopping);
    let text = if stopping { "Stopping…" } else { "Stop" };
    let button = wide_button(ui, Icon::Stop, text);
    add_action(ui, state, Action::Stop, button, intents);
    let tasks: Vec<&Task> = state.running().map(|job| &job.task).collect();
    note(ui, while_running(&tasks));
}

/// What a stop does.
fn while_running(tasks: &[&Task]) -> &'static str {
    let writes_nothing = |task: &&Task| {
        matches!(
            task,
            Task::Read { .. } | Task::Verify { .. } | Task::EnterDfu | Task::ReadOptionBytes { .. }
        )
    };
    if tasks.iter().all(writes_nothing) {
        return "Stopping changes nothing on the board";
    }
    let restarts = |task: &&Task| matches!(task, Task::WriteOptionBytes(_));
    if tasks.iter().any(restarts) {
        return "Do not unplug the board";
    }
    "Do not unplug the board. Stopping leaves it in DFU mode, and it can be upgraded again"
}

/// One row for each board, when several are upgraded at once.
fn all_jobs(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let jobs = state.grouped_jobs();
    ui.horizontal(|ui| {
        ui.label(RichText::new(group::summary(&jobs)).heading());
        if state.running().next().is_none() {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Close results").clicked() {
                    intents.extend(
                        jobs.iter()
                            .map(|job| Intent::DismissResult(job.place.clone())),
                    );
                }
            });
        }
    });
    let id = egui::Id::unique("the height of whole rows");
    let height = ui.data(|data| data.get_temp(id)).unwrap_or(JOBS_HEIGHT);
    let whole = ScrollArea::vertical()
        .id_salt("all jobs")
        .max_height(height)
        .min_scrolled_height(height)
        .show(ui, |ui| {
            let top = ui.cursor().top();
            let mut whole = 0.0;
            for job in jobs {
                row(ui, job, intents);
                let bottom = ui.min_rect().bottom() - top;
                if bottom <= JOBS_HEIGHT || whole == 0.0 {
                    whole = bottom;
                }
            }
            whole
        });
    ui.data_mut(|data| data.insert_temp(id, whole.inner));
}

fn row(ui: &mut Ui, job: &Job, intents: &mut Intents) {
    let t = tokens(ui);
    let row = ui.horizontal(|ui| {
        let verdict = job.verdict();
        let (icon, colour) = match verdict {
            None => (Icon::ChevronRight, t.accent_text),
            Some(verdict) => {
                let (icon, colour, _) = level_style(t, verdict.level);
                (icon, colour)
            }
        };
        icons::show(ui, icon, icon_size::BODY, colour);
        if verdict.is_none_or(|verdict| verdict.about.is_some()) {
            ui.label(RichText::new(&job.board).text_style(text::strong()));
            ui.label(RichText::new(format!("port {}", job.place)).color(t.muted));
        }
        match verdict {
            Some(verdict) => {
                ui.add(Label::new(RichText::new(&verdict.headline).color(colour)).truncate())
                    .on_hover_text(&verdict.text);
            }
            None => {
                ui.add(Label::new(progress::numbers(job)).truncate());
            }
        }
        verdict
    });
    match row.inner {
        None => progress::bar(ui, job),
        // A success needs no further text.
        Some(verdict) if verdict.level == Level::Good => {}
        Some(verdict) => {
            note(ui, &verdict.text);
            steps(ui, &verdict.steps);
            verdict::restore(ui, verdict, intents);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::while_running;
    use crate::engine::{EraseScope, OptionBytesChange, SaveTo, Task};
    use crate::firmware::Existing;
    use crate::option_bytes::{Consent, Wanted};

    /// Once they are sent, the board restarts: it may start its program.
    #[test]
    fn a_stop_is_not_said_to_leave_a_board_in_dfu_mode_that_gets_new_option_bytes() {
        let change = Task::WriteOptionBytes(Arc::new(OptionBytesChange {
            wanted: Wanted::Fields(Vec::new()),
            consent: Consent::default(),
            seen: None,
            backup: SaveTo {
                path: "before.dfu".into(),
                existing: Existing::Refuse,
            },
        }));
        let erase = Task::Erase(EraseScope::All);
        assert_eq!(while_running(&[&change]), "Do not unplug the board");
        assert_eq!(while_running(&[&erase, &change]), "Do not unplug the board");
        assert!(while_running(&[&erase]).contains("leaves it in DFU mode"));
        let read = Task::ReadOptionBytes { save: None };
        let text = "Stopping changes nothing on the board";
        assert_eq!(while_running(&[&read]), text);
    }
}
