//! The questions before a batch and at its end.

use egui::{Label, RichText, Ui};

use super::form;
use crate::gui::icons::Icon;
use crate::gui::state::{Intent, State};
use crate::gui::theme::{text, tokens};
use crate::gui::views::modal_end::buttons;
use crate::gui::views::parts::{Fill, Intents, filled, icon_button, icon_line, muted};
use crate::transport::Place;

/// What will be done to every board.
pub(in crate::gui::views) fn start(ui: &mut Ui, state: &State, intents: &mut Intents) {
    ui.label(RichText::new("Start the batch?").text_style(text::title()));
    let loaded = state.firmware.loaded();
    let file = loaded.map_or("", |loaded| loaded.facts.name.as_str());
    let text = format!(
        "Until you end the batch, every matching board that you plug in is upgraded automatically \
         with {file}."
    );
    ui.add(Label::new(text).wrap());
    let t = tokens(ui);
    form::summary(ui, state);
    for doubt in state.doubts().iter().filter(|doubt| doubt.is_serious()) {
        let text = format!("Written to every board all the same: {doubt}");
        icon_line(ui, Icon::Warning, t.warn, text);
    }
    let now = match state.boards_for_batch() {
        0 => None,
        1 => Some("1 board is plugged in now and will be upgraded immediately".to_owned()),
        n => Some(format!(
            "{n} boards are plugged in now and will be upgraded immediately"
        )),
    };
    if let Some(text) = now {
        icon_line(ui, Icon::Warning, t.warn, text);
    }
    if let Some(text) = state.different_boards() {
        icon_line(ui, Icon::Warning, t.warn, text);
    }
    let cancelled = buttons(ui, "Not now", |ui| {
        filled(ui, Fill::Main, |ui| {
            let start = icon_button(Some(Icon::Batch), "Start batch");
            if ui.add(start).clicked() {
                intents.push(Intent::Confirm);
            }
        });
    });
    if cancelled {
        intents.push(Intent::CloseModal);
    }
}

/// Boards are being upgraded.
pub(in crate::gui::views) fn end(ui: &mut Ui, state: &State, intents: &mut Intents) {
    ui.label(RichText::new("End the batch?").text_style(text::title()));
    let (running, finish) = match state.batch.running() {
        0 => ("No board is being upgraded.".to_owned(), "End batch"),
        1 => (
            "1 board is being upgraded.".to_owned(),
            "Finish it, then end",
        ),
        n => (
            format!("{n} boards are being upgraded."),
            "Finish them, then end",
        ),
    };
    let stopped = "A board that is stopped stays in DFU mode, and is recorded as failed; its \
                   program may not run until it is upgraded again.";
    let text = match state.batch.running() {
        0 => running,
        _ => format!("{running} {stopped}"),
    };
    ui.add(Label::new(text).wrap());
    let stays = buttons(ui, "Go on", |ui| {
        if ui.button(finish).clicked() {
            intents.push(Intent::Confirm);
        }
        if state.batch.running() > 0 {
            filled(ui, Fill::Danger, |ui| {
                let stop = icon_button(Some(Icon::Stop), "Stop and end");
                if ui.add(stop).clicked() {
                    intents.push(Intent::StopBatch);
                }
            });
        }
    });
    if stays {
        intents.push(Intent::CloseModal);
    }
}

/// Asked once in a batch.
pub(in crate::gui::views) fn unprotect(ui: &mut Ui, place: &Place, intents: &mut Intents) {
    let title = RichText::new("Remove the write protection?").text_style(text::title());
    ui.add(Label::new(title).wrap());
    let text = format!(
        "The write protection of the board at port {place} is removed from its option bytes, and it \
         is upgraded once more. If the board's maker protects its bootloader this way, it may be \
         overwritten."
    );
    ui.add(Label::new(text).wrap());
    muted(
        ui,
        "The board restarts meanwhile; do not unplug it. If it has a boot button, hold it until the \
         board is back. The old option bytes are saved first. You are asked once: other boards of \
         this batch follow at the press of their button.",
    );
    let cancelled = buttons(ui, "Cancel", |ui| {
        filled(ui, Fill::Danger, |ui| {
            let button = icon_button(Some(Icon::Pencil), "Remove write protection");
            if ui.add(button).clicked() {
                intents.push(Intent::Confirm);
            }
        });
    });
    if cancelled {
        intents.push(Intent::CloseModal);
    }
}
