//! The upgrade's options: the usual ones in sight, the others one step away.

use egui::{CollapsingHeader, Ui};

use super::parts::{Wishes, note};
use crate::gui::state::{Intent, State};
use crate::gui::theme::space;

pub(super) fn show(ui: &mut Ui, state: &mut State, wishes: &mut Wishes) {
    let before = (state.settings.options.clone(), state.once.clone());
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        let options = &mut state.settings.options;
        ui.checkbox(&mut options.verify, "Verify")
            .on_hover_text("Read everything back and compare it with the file");
        ui.checkbox(&mut options.only_what_differs, "Write only what differs")
            .on_hover_text("Compare first; a sector that is right already is left alone");
        ui.checkbox(&mut options.start, "Start the program afterwards")
            .on_hover_text("Leave DFU mode and run the new program");
        let mut backup = state.once.backup.is_some();
        let words = match state.once.backup.as_deref().and_then(|p| p.file_name()) {
            Some(name) => format!("Back up to {}", name.to_string_lossy()),
            None => "Back up first…".to_owned(),
        };
        if ui
            .checkbox(&mut backup, words)
            .on_hover_text("Save what the touched sectors hold, before anything is erased")
            .changed()
        {
            wishes.push(Intent::BackupWanted(backup));
        }
    });
    CollapsingHeader::new("More options")
        .id_salt("more options")
        .show(ui, |ui| more(ui, state));
    if before != (state.settings.options.clone(), state.once.clone()) {
        wishes.push(Intent::OptionsChanged);
    }
}

fn more(ui: &mut Ui, state: &mut State) {
    ui.checkbox(
        &mut state.settings.options.keep,
        "Keep the rest of partly covered sectors",
    )
    .on_hover_text("Read what the file does not cover of a sector, and write it back");
    ui.checkbox(&mut state.once.mass_erase, "Erase the whole chip first")
        .on_hover_text("Everything on the board is lost, not only what the file covers");
    ui.checkbox(
        &mut state.settings.options.compatible_timing,
        "Compatible timing",
    )
    .on_hover_text("Wait as long as the board asks, always: slower, for stubborn boards");
    target(ui, state);
}

/// Which target of a file with several.
fn target(ui: &mut Ui, state: &mut State) {
    let Some(loaded) = state.firmware.loaded() else {
        return;
    };
    let targets = loaded.facts.targets.clone();
    if targets.len() < 2 {
        return;
    }
    ui.horizontal(|ui| {
        let label = ui.label("Targets of the file");
        let words = |chosen: Option<u8>| match chosen {
            None => "all".to_owned(),
            Some(alternate) => format!("only {alternate}"),
        };
        egui::ComboBox::from_id_salt("only target")
            .selected_text(words(state.once.target))
            .show_ui(ui, |ui| {
                ui.selectable_value(&mut state.once.target, None, words(None));
                for target in &targets {
                    let one = Some(target.alternate);
                    ui.selectable_value(&mut state.once.target, one, words(one));
                }
            })
            .response
            .labelled_by(label.id);
    });
    note(
        ui,
        "A file's targets go to the board's targets of the same number",
    );
}
