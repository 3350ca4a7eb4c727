//! The option bytes: each field in words, its new value, and what would change.

use egui::{CollapsingHeader, ComboBox, Grid, Label, RichText, TextEdit, Ui};

use super::modal_end::buttons;
use super::parts::{
    Fill, Intents, action_button, field, filled, icon_button, icon_line, muted, note, quiet_action,
    strong, tinted,
};
use crate::gui::icons::Icon;
use crate::gui::state::option_bytes::{OptionBytesForm, OptionBytesRead, PROTECTION};
use crate::gui::state::{Action, Intent, State};
use crate::gui::text::capitalised;
use crate::gui::theme::{space, text, tokens};
use crate::option_bytes::{Decoded, Field, Part, Proposal, Role, WriteProtection, units_in_words};

/// Points.
const VALUE_WIDTH: f32 = 300.0;
const TYPED_WIDTH: f32 = 120.0;

pub(super) fn show(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let Some(read) = state.option_bytes_in_view() else {
        muted(
            ui,
            "Option bytes are the chip's own settings: its protection, its watchdogs, and where it \
             starts from",
        );
        filled(ui, Fill::Main, |ui| {
            action_button(ui, state, Action::ReadOptionBytes, intents);
        });
        return;
    };
    match (&read.part, &read.decoded) {
        (Some(part), Some(decoded)) => fields(ui, state, part, decoded, intents),
        _ => {
            muted(
                ui,
                "The option bytes of this board are not known: only the bytes are shown",
            );
        }
    }
    CollapsingHeader::new("Bytes")
        .id_salt("option bytes, raw")
        .default_open(read.part.is_none())
        .show(ui, |ui| bytes(ui, read));
    proposal(ui, state);
    if state.available(Action::DiscardOptionEdits).is_ok() {
        ui.horizontal_wrapped(|ui| {
            filled(ui, Fill::Main, |ui| {
                action_button(ui, state, Action::ChangeOptionBytes, intents);
            });
            action_button(ui, state, Action::DiscardOptionEdits, intents);
            if state.settings.backup_folder.is_none() {
                action_button(ui, state, Action::ChooseBackupFolder, intents);
                note(ui, "What the board holds now is saved there first");
            }
        });
    }
    ui.horizontal_wrapped(|ui| {
        quiet_action(ui, state, Action::ReadOptionBytes, intents);
        quiet_action(ui, state, Action::SaveOptionBytes, intents);
        quiet_action(ui, state, Action::RestoreOptionBytes, intents);
    });
}

fn fields(ui: &mut Ui, state: &State, part: &Part, decoded: &Decoded, intents: &mut Intents) {
    let t = tokens(ui);
    note(ui, part.name());
    for at in &decoded.faults {
        let text = format!("Damaged at {at}: the value and its complement do not agree");
        icon_line(ui, Icon::Warning, t.bad, RichText::new(text).color(t.bad));
    }
    if !part.is_settable() {
        icon_line(
            ui,
            Icon::Info,
            t.muted,
            "Upfuse only shows the option bytes of this part",
        );
    }
    let plain = decoded
        .fields
        .iter()
        .filter(|field| !matches!(field.role, Role::WriteProtection(_)));
    let (locked, free): (Vec<&Field>, Vec<&Field>) =
        plain.partition(|field| field.lock().is_some());
    let form = &state.option_bytes;
    Grid::new("option bytes")
        .num_columns(3)
        .spacing([space::M, space::S])
        .show(ui, |ui| {
            for field in free {
                row(ui, form, part, field, intents);
            }
            protection(ui, form, part, decoded, intents);
        });
    if !locked.is_empty() {
        CollapsingHeader::new(format!("Only shown, never changed ({})", locked.len()))
            .id_salt("option bytes, locked")
            .show(ui, |ui| {
                Grid::new("locked option bytes")
                    .num_columns(3)
                    .spacing([space::M, space::XS])
                    .show(ui, |ui| {
                        for field in locked {
                            let why = field.lock().map_or("", |lock| lock.reason());
                            ui.label(RichText::new(field.name).monospace())
                                .on_hover_text(capitalised(why));
                            ui.label(in_words(&field.number(), &field.meaning));
                            factory(ui, field);
                            ui.end_row();
                        }
                    });
            });
    }
    for text in part.notes() {
        note(ui, text);
    }
}

fn row(ui: &mut Ui, form: &OptionBytesForm, part: &Part, field: &Field, intents: &mut Intents) {
    let label = ui.label(RichText::new(field.name).monospace());
    let now = in_words(&field.number(), &field.meaning);
    if !part.is_settable() {
        ui.label(now);
    } else if field.choices.is_empty() {
        typed(ui, form, field.name, &field.number(), "", &label, intents);
    } else {
        choice(ui, form, field, &now, &label, intents);
    }
    factory(ui, field);
    ui.end_row();
}

fn choice(
    ui: &mut Ui,
    form: &OptionBytesForm,
    field: &Field,
    now: &str,
    label: &egui::Response,
    intents: &mut Intents,
) {
    let wanted = form.wanted.get(field.name);
    let of_wanted = |(value, words): &(String, &str)| {
        wanted
            .is_some_and(|wanted| wanted == value)
            .then(|| in_words(value, words))
    };
    let shown = field.choices.iter().find_map(of_wanted);
    let text = RichText::new(shown.as_deref().unwrap_or(now));
    let text = if shown.is_some() { text.strong() } else { text };
    ComboBox::from_id_salt(field.name)
        .selected_text(text)
        .width(VALUE_WIDTH)
        .show_ui(ui, |ui| {
            let is_as_it_is = wanted.is_none();
            if ui.selectable_label(is_as_it_is, now).clicked() {
                intents.push(Intent::WantOption(field.name.to_owned(), None));
            }
            let others = field.choices.iter();
            for (value, words) in others.filter(|(value, _)| *value != field.number()) {
                let is_wanted = wanted == Some(value);
                if ui
                    .selectable_label(is_wanted, in_words(value, words))
                    .clicked()
                {
                    let value = Some(value.clone());
                    intents.push(Intent::WantOption(field.name.to_owned(), value));
                }
            }
        })
        .response
        .labelled_by(label.id);
}

/// A field whose value is typed; empty or as before is no change.
fn typed(
    ui: &mut Ui,
    form: &OptionBytesForm,
    name: &str,
    now: &str,
    hint: &str,
    label: &egui::Response,
    intents: &mut Intents,
) {
    let mut text = form
        .wanted
        .get(name)
        .cloned()
        .unwrap_or_else(|| now.to_owned());
    let edit = TextEdit::singleline(&mut text)
        .hint_text(hint)
        .font(egui::TextStyle::Monospace)
        .desired_width(TYPED_WIDTH);
    if ui.add(edit).labelled_by(label.id).changed() {
        let is_new = text.trim() != now && !text.trim().is_empty();
        intents.push(Intent::WantOption(name.to_owned(), is_new.then_some(text)));
    }
}

fn protection(
    ui: &mut Ui,
    form: &OptionBytesForm,
    part: &Part,
    decoded: &Decoded,
    intents: &mut Intents,
) {
    let label = ui.label(RichText::new(PROTECTION).monospace());
    let words = units_in_words(part, &decoded.write_protection);
    let WriteProtection::Units(units) = &decoded.write_protection else {
        ui.label(words);
        ui.end_row();
        return;
    };
    if !part.is_settable() {
        ui.label(words);
        ui.end_row();
        return;
    }
    ui.horizontal(|ui| {
        let now = numbers(units.iter().map(|unit| unit.number));
        typed(
            ui,
            form,
            PROTECTION,
            &now,
            "none, or 0-3,7",
            &label,
            intents,
        );
        let is_removed = form.wanted.get(PROTECTION).is_some_and(|w| w == "none");
        if !units.is_empty() && !is_removed && ui.button("Remove").clicked() {
            let none = Some("none".to_owned());
            intents.push(Intent::WantOption(PROTECTION.to_owned(), none));
        }
    });
    if units.is_empty() {
        note(ui, "no write protection");
    } else {
        let colour = tokens(ui).warn;
        ui.label(RichText::new(format!("cannot be written: {words}")).color(colour));
    }
    ui.end_row();
}

/// `0-3,7`, as it is typed.
fn numbers(units: impl Iterator<Item = u32>) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for unit in units {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(unit) => *last = unit,
            _ => runs.push((unit, unit)),
        }
    }
    if runs.is_empty() {
        return "none".to_owned();
    }
    let runs = runs.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    runs.collect::<Vec<String>>().join(",")
}

/// The factory's value, where it is another.
fn factory(ui: &mut Ui, field: &Field) {
    let other = field.default_in_words().filter(|_| field.differs());
    note(
        ui,
        other.map_or(String::new(), |text| format!("factory: {text}")),
    );
}

fn in_words(number: &str, words: &str) -> String {
    match words {
        "" => number.to_owned(),
        words => format!("{number}, {words}"),
    }
}

fn bytes(ui: &mut Ui, read: &OptionBytesRead) {
    for block in &read.blocks {
        for (offset, row) in (0u64..).step_by(16).zip(block.bytes.chunks(16)) {
            let at = block.start.checked_add(offset).unwrap_or(block.start);
            let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02X}")).collect();
            ui.label(RichText::new(format!("{at}  {}", hex.join(" "))).monospace());
        }
    }
}

/// What the wanted values come to.
fn proposal(ui: &mut Ui, state: &State) {
    let t = tokens(ui);
    match state.option_bytes.proposal() {
        None => {}
        Some(Err(refusal)) => {
            let text = capitalised(&refusal.to_string());
            tinted(ui, t.warn_soft, |ui| {
                icon_line(ui, Icon::Warning, t.warn, text)
            });
        }
        Some(Ok(proposal)) => {
            tinted(ui, t.accent_soft, |ui| {
                if let Some(file) = state.option_bytes.file() {
                    muted(ui, format!("As in {file}"));
                }
                changes(ui, proposal);
            });
        }
    }
}

/// Each field before and after, and what to know.
fn changes(ui: &mut Ui, proposal: &Proposal) {
    let t = tokens(ui);
    if proposal.rewrites().is_empty() {
        ui.label("The option bytes already have these values");
    }
    for change in proposal.changes() {
        ui.add(Label::new(strong(change.name)).wrap());
        let text = format!("{}  →  {}", change.before, change.after);
        ui.add(Label::new(text).wrap());
    }
    for question in &proposal.questions {
        let text = capitalised(&question.to_string());
        icon_line(ui, Icon::Warning, t.bad, RichText::new(text).color(t.bad));
    }
    for warning in &proposal.warnings {
        icon_line(ui, Icon::Warning, t.warn, warning.as_str());
    }
}

/// The last question before a change.
pub(super) fn question(
    ui: &mut Ui,
    state: &State,
    board: &str,
    words: &mut [String],
    intents: &mut Intents,
) {
    let title = RichText::new("Change the option bytes?").text_style(text::title());
    ui.add(Label::new(title).wrap());
    muted(ui, board);
    let Some(Ok(proposal)) = state.option_bytes.proposal() else {
        intents.push(Intent::CloseModal);
        return;
    };
    changes(ui, proposal);
    for (question, word) in proposal.questions.iter().zip(words.iter_mut()) {
        let name = format!("Type {} to agree", question.word());
        field(
            ui,
            &name,
            TextEdit::singleline(word).desired_width(TYPED_WIDTH),
        );
    }
    muted(
        ui,
        "The board restarts with the new values; do not unplug it meanwhile. What it holds now is \
         saved first. If the board has a boot button, hold it until the board is back.",
    );
    let agrees = state.answers_option_questions(words);
    let cancelled = buttons(ui, "Cancel", |ui| {
        filled(ui, Fill::Danger, |ui| {
            let button = icon_button(Some(Icon::Pencil), "Change");
            if ui.add_enabled(agrees, button).clicked() {
                intents.push(Intent::Confirm);
            }
        });
    });
    if cancelled {
        intents.push(Intent::CloseModal);
    }
}
