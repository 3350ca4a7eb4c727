//! The question before batch mode: what will be done to every board.

use egui::{Label, RichText, TextEdit, Ui};

use super::modal_end::buttons;
use super::parts::{Fill, Intents, field, filled, icon_button, icon_line, note};
use crate::gui::icons::Icon;
use crate::gui::state::{Intent, State};
use crate::gui::theme::{text, tokens};
use crate::printable::printable_path;

pub(super) fn show(
    ui: &mut Ui,
    state: &State,
    batch: &mut String,
    operator: &mut String,
    intents: &mut Intents,
) {
    ui.label(RichText::new("Batch mode").text_style(text::title()));
    let loaded = state.firmware.loaded();
    let file = loaded.map_or("", |loaded| loaded.facts.name.as_str());
    let text = format!(
        "Until you end batch mode, every matching board that you plug in is upgraded \
         automatically with {file}."
    );
    ui.add(Label::new(text).wrap());
    let t = tokens(ui);
    if state.one_time.mass_erase {
        let text = RichText::new("The whole chip of every board is erased first").color(t.bad);
        icon_line(ui, Icon::Erase, t.bad, text);
    }
    for line in options(state) {
        icon_line(ui, Icon::ChevronRight, t.muted, line);
    }
    for doubt in state.doubts().iter().filter(|doubt| doubt.is_serious()) {
        let text = format!("Written to every board all the same: {doubt}");
        icon_line(ui, Icon::Warning, t.warn, text);
    }
    ui.horizontal(|ui| {
        field(
            ui,
            "Batch name",
            TextEdit::singleline(batch).desired_width(150.0),
        );
        field(
            ui,
            "Operator",
            TextEdit::singleline(operator).desired_width(110.0),
        );
    });
    note(ui, "Both may stay empty; they are written into the record");
    let now = state.boards.ready().count();
    if now > 0 {
        let text = match now {
            1 => "1 board is plugged in now and will be upgraded immediately".to_owned(),
            n => format!("{n} boards are plugged in now and will be upgraded immediately"),
        };
        icon_line(ui, Icon::Warning, t.warn, text);
    }
    let cancelled = buttons(ui, "Not now", |ui| {
        filled(ui, Fill::Main, |ui| {
            let start = icon_button(Some(Icon::Batch), "Start batch mode");
            if ui.add(start).clicked() {
                intents.push(Intent::Confirm);
            }
        });
    });
    if cancelled {
        intents.push(Intent::CloseModal);
    }
}

/// The options, as a line each; a mass erase has its own.
fn options(state: &State) -> Vec<String> {
    let chosen = &state.settings.options;
    let mut lines = vec![
        if chosen.verify {
            "Everything is read back and verified"
        } else {
            "Nothing is verified"
        }
        .to_owned(),
    ];
    if !chosen.only_what_differs {
        lines.push("Sectors that are already up to date are written again".to_owned());
    }
    if chosen.keep {
        lines.push("The rest of partly covered sectors is kept".to_owned());
    }
    if let Some(only) = state.one_time.target {
        lines.push(format!("Only target {only} of the file is written"));
    }
    if chosen.compatible_timing {
        lines.push("Slow but safe timing".to_owned());
    }
    let start = match chosen.start {
        true => "The program is started",
        false => "The program is not started",
    };
    lines.push(start.to_owned());
    let folder = state.settings.backup_folder.as_deref();
    lines.push(match folder.filter(|_| chosen.backup) {
        Some(folder) => format!(
            "Each board gets a backup of its own in {}",
            printable_path(folder)
        ),
        None => "No backups are made".to_owned(),
    });
    lines
}
