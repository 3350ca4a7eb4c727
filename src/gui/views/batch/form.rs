//! Before a batch: the file, the options, and what the record names.

use egui::{
    Align, Checkbox, Frame, Label, Layout, Margin, Panel, RichText, ScrollArea, TextEdit, Ui,
};

use super::status;
use crate::gui::icons::Icon;
use crate::gui::state::{Action, Intent, State};
use crate::gui::theme::{COLUMN_WIDTH, space, tokens};
use crate::gui::views::parts::{
    Fill, Intents, add_action, card, field, filled, icon_line, note, quiet_action, wide_button,
};
use crate::gui::views::{firmware, options};
use crate::printable::printable_path;

pub(super) fn show(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    Panel::bottom("start batch")
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().inner_margin(Margin {
            top: 10,
            ..Margin::ZERO
        }))
        .show(ui, |ui| {
            column(ui, ui.available_width(), |ui| start(ui, state, intents))
        });
    // A scroll bar must not move the column.
    let room = ui.available_width();
    ScrollArea::vertical()
        .id_salt("batch form")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            column(ui, room, |ui| {
                ui.spacing_mut().item_spacing.y = space::S;
                if !state.batch.records.is_empty() {
                    status::last_batch(ui, state, intents);
                }
                job(ui, state, intents);
                firmware::show(ui, state, intents);
                options_card(ui, state, intents);
                record_card(ui, state, intents);
            })
        });
}

/// As wide as the upgrade screen's.
fn column(ui: &mut Ui, room: f32, contents: impl FnOnce(&mut Ui)) {
    let side = ((room - COLUMN_WIDTH) / 2.0).max(0.0);
    ui.horizontal_top(|ui| {
        ui.add_space(side);
        ui.vertical(|ui| {
            ui.set_max_width(ui.available_width().min(COLUMN_WIDTH));
            contents(ui);
        });
    });
}

/// The job profile, and its buttons.
fn job(ui: &mut Ui, state: &State, intents: &mut Intents) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            quiet_action(ui, state, Action::SaveJob, intents);
            quiet_action(ui, state, Action::OpenJob, intents);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = match &state.open_job {
                    Some(job) => format!("Job: {}", job.name),
                    None => "Many boards, several at a time".to_owned(),
                };
                ui.add(Label::new(RichText::new(text).heading()).truncate());
            });
        });
    });
}

fn start(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let action = Action::ArmBatch;
    let button = wide_button(ui, Icon::Batch, action.row().text);
    filled(ui, Fill::Main, |ui| {
        add_action(ui, state, action, button, intents);
    });
    let text = match state.available(action) {
        Ok(()) => "Then every matching board is upgraded as it is plugged in".to_owned(),
        Err(why) => why,
    };
    note(ui, text);
}

fn heading(ui: &mut Ui, text: &str) {
    ui.add(Label::new(RichText::new(text).heading()).selectable(false));
}

fn options_card(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    card(ui, |ui| {
        let changing = state.batch_form.changing_options;
        ui.horizontal(|ui| {
            heading(ui, "Every board");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let text = if changing { "Done" } else { "Change…" };
                if ui.button(text).clicked() {
                    state.batch_form.changing_options = !changing;
                }
            });
        });
        if changing {
            options::show(ui, state, intents);
        } else {
            summary(ui, state);
        }
    });
}

/// The options as they are set now; a mass erase comes first.
pub(super) fn summary(ui: &mut Ui, state: &State) {
    let t = tokens(ui);
    let options = state.batch_options();
    if options.upgrade.mass_erase {
        let text = RichText::new("The whole chip of every board is erased first").color(t.bad);
        icon_line(ui, Icon::Erase, t.bad, text);
    }
    ui.add(Label::new(options.lines().join(". ")).wrap());
}

fn record_card(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    card(ui, |ui| {
        heading(ui, "Record");
        ui.horizontal_wrapped(|ui| {
            let name = &mut state.batch_form.name;
            field(ui, "Batch name", line(name, 150.0));
            field(ui, "Operator", line(&mut state.settings.operator, 110.0));
            let count = &mut state.batch_form.count;
            field(ui, "Number of boards", line(count, 60.0));
        });
        note(ui, "All three may stay empty");
        sounds(ui, state, intents);
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                quiet_action(ui, state, Action::ChooseRecordFolder, intents);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let text = match state.records_folder() {
                        Some(folder) => {
                            let folder = printable_path(&folder);
                            format!("Each batch has a record of its own, a CSV file in {folder}")
                        }
                        None => {
                            "Choose a folder: without one, there is no record on disk".to_owned()
                        }
                    };
                    let colour = tokens(ui).muted;
                    let text = RichText::new(text).small().color(colour);
                    ui.add(Label::new(text).truncate());
                });
            });
        });
    });
}

fn sounds(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let can_play = state.sound_problem.is_none();
    let mut wanted = state.settings.sounds && can_play;
    ui.horizontal_wrapped(|ui| {
        let response = ui
            .add_enabled(can_play, Checkbox::new(&mut wanted, "Sounds"))
            .on_hover_text("A high sound for a board that passed, a low one for any other");
        if response.changed() {
            intents.push(Intent::SetSounds(wanted));
        }
        if let Some(why) = &state.sound_problem {
            note(ui, why);
        }
    });
}

fn line(text: &mut String, width: f32) -> TextEdit<'_> {
    TextEdit::singleline(text)
        .desired_width(width)
        .char_limit(60)
}
