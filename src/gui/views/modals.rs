//! Questions and pages over everything else. In every question the safe button comes first, has
//! the focus, and is triggered by Escape.

use std::path::Path;

use egui::{Button, Id, Label, Modal as Window, RichText, ScrollArea, TextEdit, Ui};

use super::modal_end::{buttons, page_end, page_height, was_open};
use super::parts::{
    Fill, Intents, facts, field, filled, icon_button, icon_line, level_style, muted, strong,
};
use super::{batch, details, option_bytes, restore};
use crate::address::ByteSize;
use crate::gui::icons::Icon;
use crate::gui::shortcuts::shortcut_text;
use crate::gui::state::job::Job;
use crate::gui::state::path::Dialog;
use crate::gui::state::{Action, AfterEntering, FileThere, Intent, Modal, PathFor, State};
use crate::gui::theme::{icon_size, text, tokens};
use crate::printable::printable_path;
use crate::transport::Place;

pub(super) fn show(ui: &Ui, state: &mut State, intents: &mut Intents) {
    let Some(mut modal) = state.modal.take() else {
        return;
    };
    let room = ui.ctx().content_rect();
    let response = Window::new(Id::unique("modal"))
        .frame(egui::Frame::window(ui.style()).inner_margin(20))
        .show(ui.ctx(), |ui| {
            let width: f32 = if is_page(&modal) { 620.0 } else { 440.0 };
            ui.set_width(width.min(room.width() - 80.0));
            ui.spacing_mut().item_spacing.y = 10.0;
            page(ui, state, &mut modal, intents);
        });
    if response.should_close() {
        intents.push(Intent::CloseModal);
    }
    state.modal = Some(modal);
}

fn is_page(modal: &Modal) -> bool {
    matches!(
        modal,
        Modal::BoardDetails | Modal::Shortcuts | Modal::About | Modal::Backups(_)
    )
}

fn page(ui: &mut Ui, state: &State, modal: &mut Modal, intents: &mut Intents) {
    match modal {
        Modal::ConfirmMassErase => danger(
            ui,
            "Erase the whole chip first?",
            &format!(
                "Everything on {} is erased, not only what the file covers.{}",
                board_text(state),
                bootloader_warning(state)
            ),
            "Erase and upgrade",
            intents,
        ),
        Modal::ConfirmEraseAll => danger(
            ui,
            "Erase everything?",
            &format!(
                "All flash of {} is erased.{}",
                board_text(state),
                bootloader_warning(state)
            ),
            "Erase everything",
            intents,
        ),
        Modal::ConfirmEraseRange => danger(
            ui,
            "Erase these sectors?",
            &erase_text(state),
            "Erase",
            intents,
        ),
        Modal::ConfirmUnprotect => danger(
            ui,
            "Remove the read protection?",
            &format!(
                "Removing it makes the board erase its whole flash. The program on {} is lost. \
                 Protection level 2 cannot be removed.{}",
                board_text(state),
                bootloader_warning(state)
            ),
            "Erase everything and remove protection",
            intents,
        ),
        Modal::ConfirmOptionBytes { typed } => {
            option_bytes::question(ui, state, &board_text(state), typed, intents);
        }
        Modal::ConfirmStart => start_incomplete(ui, state, intents),
        Modal::ConfirmStop { place, then } => stop_program(ui, state, place, *then, intents),
        Modal::ConfirmClose => close(ui, state, intents),
        Modal::ArmBatch => batch::question::start(ui, state, intents),
        Modal::EndBatch => batch::question::end(ui, state, intents),
        Modal::ConfirmBatchUnprotect(place) => batch::question::unprotect(ui, place, intents),
        Modal::NamePort { place, text } => name_port(ui, place, text, intents),
        Modal::NameBoard { text, .. } => name_board(ui, text, intents),
        Modal::TypePath { purpose, text, why } => type_path(ui, *purpose, text, why, intents),
        Modal::ConfirmReplace { path, there, .. } => replace(ui, path, there, intents),
        Modal::Backups(list) => restore::page(ui, state, list, intents),
        Modal::BoardDetails => details::show(ui, state, intents),
        Modal::Shortcuts => shortcuts(ui, intents),
        Modal::About => about(ui, intents),
    }
}

fn board_text(state: &State) -> String {
    match state.boards.chosen().count() {
        0 | 1 => state.boards.focus().map_or_else(
            || "the board".to_owned(),
            |entry| format!("{} at port {}", entry.title(), entry.place()),
        ),
        several => format!("all {several} chosen boards"),
    }
}

/// Sentences about each board whose bootloader an erase of everything may erase.
fn bootloader_warning(state: &State) -> String {
    let chosen = state.boards.chosen().map(|entry| &entry.found);
    let focus = state.boards.focus().map(|entry| &entry.found);
    let mut warnings: Vec<String> = chosen
        .chain(focus)
        .filter_map(|found| found.erase_warning())
        .map(|warning| format!(" {warning}."))
        .collect();
    warnings.dedup();
    warnings.concat()
}

fn erase_text(state: &State) -> String {
    let board = board_text(state);
    match state.chosen_range() {
        Ok(Some(range)) => format!(
            "Every sector that overlaps {range} ({}) is erased on {board}.",
            ByteSize(range.len())
        ),
        _ => format!("Every sector of this target is erased on {board}."),
    }
}

/// A question about something that cannot be undone.
fn danger(ui: &mut Ui, title: &str, text: &str, button: &str, intents: &mut Intents) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        crate::gui::icons::show(ui, Icon::Warning, icon_size::TITLE, t.bad);
        ui.add(Label::new(RichText::new(title).text_style(text::title())).wrap());
    });
    ui.add(Label::new(text).wrap());
    muted(ui, "This cannot be undone.");
    let cancelled = buttons(ui, "Cancel", |ui| {
        filled(ui, Fill::Danger, |ui| {
            if ui.add(icon_button(Some(Icon::Erase), button)).clicked() {
                intents.push(Intent::Confirm);
            }
        });
    });
    if cancelled {
        intents.push(Intent::CloseModal);
    }
}

fn stop_program(
    ui: &mut Ui,
    state: &State,
    place: &Place,
    then: AfterEntering,
    intents: &mut Intents,
) {
    let entry = state.boards.entry(place);
    let board = entry.map_or("The board", |entry| entry.title());
    ui.add(Label::new(RichText::new("Stop the running program?").text_style(text::title())).wrap());
    let text = format!(
        "{board} at port {place} is asked over its serial port to enter DFU mode, and its program \
         stops. Disconnect heaters, propellers and other loads first."
    );
    ui.add(Label::new(text).wrap());
    muted(
        ui,
        "Its program is recognised by its answers before it is asked. One that Upfuse does not know \
         gets a few harmless questions, and runs on.",
    );
    let button = match then {
        AfterEntering::Nothing => "Enter DFU mode",
        AfterEntering::Upgrade => "Enter DFU mode and upgrade",
    };
    let cancelled = buttons(ui, "Cancel", |ui| {
        filled(ui, Fill::Main, |ui| {
            if ui.add(icon_button(Some(Icon::Swap), button)).clicked() {
                intents.push(Intent::Confirm);
            }
        });
    });
    if cancelled {
        intents.push(Intent::CloseModal);
    }
}

fn replace(ui: &mut Ui, path: &Path, there: &FileThere, intents: &mut Intents) {
    let size = ByteSize(there.bytes);
    let text = match there.changed {
        Some(changed) => format!(
            "The file exists already: {size}, changed {}.",
            changed.date_and_time()
        ),
        None => format!("The file exists already: {size}."),
    };
    let name = printable_path(path.file_name().unwrap_or(path.as_os_str()));
    danger(ui, &format!("Replace {name}?"), &text, "Replace", intents);
}

fn start_incomplete(ui: &mut Ui, state: &State, intents: &mut Intents) {
    warning(
        ui,
        "The board's program is incomplete",
        &format!(
            "The upgrade of {} did not end. Started now, its program may do anything, or nothing. \
             To complete it, run the upgrade again.",
            board_text(state)
        ),
    );
    let cancelled = buttons(ui, "Cancel", |ui| {
        filled(ui, Fill::Danger, |ui| {
            if ui
                .add(icon_button(Some(Icon::Play), "Start it anyway"))
                .clicked()
            {
                intents.push(Intent::Confirm);
            }
        });
    });
    if cancelled {
        intents.push(Intent::CloseModal);
    }
}

fn warning(ui: &mut Ui, title: &str, text: &str) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        crate::gui::icons::show(ui, Icon::Warning, icon_size::TITLE, t.warn);
        ui.add(Label::new(RichText::new(title).text_style(text::title())).wrap());
    });
    ui.add(Label::new(text).wrap());
}

fn close(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let running = state.running().next().is_some();
    let (title, text, safe, button) = match (running, state.batch.armed.is_some()) {
        (true, _) => (
            "A job is running",
            "Closing now stops it. The board stays in DFU mode and can be upgraded again, but \
             until then its program may not run.",
            "Keep running",
            "Stop and close",
        ),
        (false, true) => (
            "A batch is running",
            "Closing ends it: boards plugged in from then on are not upgraded.",
            "Go on with the batch",
            "End batch and close",
        ),
        (false, false) => return finished(ui, state, intents),
    };
    warning(ui, title, text);
    if let (Some(path), true) = (&state.batch.record_file, state.batch.armed.is_some()) {
        ui.add(
            Label::new(format!(
                "The record of the batch is in {}",
                printable_path(path)
            ))
            .wrap(),
        );
    }
    let stays = buttons(ui, safe, |ui| {
        if state.batch.armed.is_none() && ui.button("Close when finished").clicked() {
            intents.push(Intent::CloseWhenFinished);
        }
        filled(ui, Fill::Danger, |ui| {
            if ui.add(icon_button(Some(Icon::Stop), button)).clicked() {
                intents.push(Intent::Confirm);
            }
        });
    });
    if stays {
        intents.push(Intent::CloseModal);
    }
}

/// The job has ended while its question was open.
fn finished(ui: &mut Ui, state: &State, intents: &mut Intents) {
    ui.label(RichText::new("Finished").text_style(text::title()));
    for verdict in state.jobs.values().filter_map(Job::verdict) {
        let (icon, colour, _) = level_style(tokens(ui), verdict.level);
        icon_line(ui, icon, colour, verdict.headline.as_str());
    }
    let stays = buttons(ui, "Stay", |ui| {
        if ui.button("Close").clicked() {
            intents.push(Intent::Confirm);
        }
    });
    if stays {
        intents.push(Intent::CloseModal);
    }
}

fn name_board(ui: &mut Ui, name: &mut String, intents: &mut Intents) {
    ui.label(RichText::new("Name this board").text_style(text::title()));
    muted(
        ui,
        "The name is stored for its serial number, or for its port if it has none",
    );
    let edit = TextEdit::singleline(name).char_limit(60);
    ask_for_text(ui, "Name", edit, Button::new("Save name"), true, intents);
}

fn name_port(ui: &mut Ui, place: &Place, name: &mut String, intents: &mut Intents) {
    let title = format!("Name port {place}");
    ui.label(RichText::new(title).text_style(text::title()));
    muted(ui, "Its tile shows the name, in every batch");
    let edit = TextEdit::singleline(name).char_limit(30);
    ask_for_text(ui, "Name", edit, Button::new("Save name"), true, intents);
}

fn type_path(ui: &mut Ui, purpose: PathFor, path: &mut String, why: &str, intents: &mut Intents) {
    let row = purpose.row();
    let button = match row.dialog {
        Dialog::Open => "Open",
        Dialog::Folder if purpose == PathFor::ExtractFolder => "Extract",
        Dialog::Folder => "Choose",
        Dialog::Save => "Save",
    };
    ui.label(RichText::new(row.title).text_style(text::title()));
    if !why.is_empty() {
        muted(ui, why);
    }
    let is_given = !path.trim().is_empty();
    let edit = TextEdit::singleline(path);
    ask_for_text(ui, "Path", edit, Button::new(button), is_given, intents);
}

/// A focused field with its label, and the buttons below it; Enter presses the main one.
fn ask_for_text(
    ui: &mut Ui,
    name: &str,
    edit: TextEdit<'_>,
    main: Button<'_>,
    enabled: bool,
    intents: &mut Intents,
) {
    let response = field(ui, name, edit.desired_width(f32::INFINITY));
    if !was_open(ui) {
        response.request_focus();
    }
    let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
    ui.horizontal(|ui| {
        if ui.button("Cancel").clicked() {
            intents.push(Intent::CloseModal);
        }
        let pressed = filled(ui, Fill::Main, |ui| ui.add_enabled(enabled, main).clicked());
        if pressed || entered {
            intents.push(Intent::Confirm);
        }
    });
}

fn shortcuts(ui: &mut Ui, intents: &mut Intents) {
    ui.label(RichText::new("Keyboard shortcuts").text_style(text::title()));
    ScrollArea::vertical()
        .max_height(page_height(ui))
        .auto_shrink([false, true])
        .show(ui, |ui| {
            let mut rows: Vec<(String, String)> = Action::ALL
                .iter()
                .filter_map(|action| {
                    let keys = shortcut_text(ui.ctx(), *action)?;
                    Some((keys, action.row().tooltip.to_owned()))
                })
                .collect();
            for (keys, text) in [
                ("Tab, Shift+Tab", "Move between controls"),
                ("Arrow keys", "Move between sectors of the memory map"),
                (
                    "Ctrl++, Ctrl+-, Ctrl+0",
                    "Zoom in, zoom out, reset the zoom",
                ),
            ] {
                rows.push((keys.to_owned(), text.to_owned()));
            }
            facts(ui, "shortcuts", &rows);
        });
    page_end(ui, intents, |_| {});
}

fn about(ui: &mut Ui, intents: &mut Intents) {
    ui.label(
        RichText::new(format!("Upfuse {}", env!("CARGO_PKG_VERSION"))).text_style(text::title()),
    );
    ui.add(Label::new("Upgrades the firmware of STM32 boards over USB DFU and DfuSe.").wrap());
    icon_line(
        ui,
        Icon::Info,
        tokens(ui).accent_text,
        strong("MIT or Apache-2.0, at your option"),
    );
    muted(
        ui,
        "Contains libusb (LGPL-2.1 or later), built from unmodified source, and the typeface Inter \
         (SIL Open Font License 1.1).",
    );
    page_end(ui, intents, |_| {});
}
