//! Restoring a backup: the list to choose from, and the line about the one that was chosen.

use egui::{Label, RichText, ScrollArea, Ui};

use super::modal_end::{page_end, page_height};
use super::parts::{Intents, icon_line, muted, strong, tinted};
use crate::address::ByteSize;
use crate::gui::icons::Icon;
use crate::gui::state::restore::{Backup, Listed, Whose};
use crate::gui::state::{Intent, State};
use crate::gui::theme::{text, tokens};
use crate::printable::{printable, printable_path};

/// Names the backup that the next upgrade writes back.
pub(super) fn note(ui: &mut Ui, state: &State) {
    let Some((backup, whose)) = state.restores() else {
        return;
    };
    let t = tokens(ui);
    let (icon, colour, of) = match whose {
        Whose::ThisBoard => (Icon::Info, t.accent_text, "this board".to_owned()),
        Whose::AnotherBoard => (
            Icon::Warning,
            t.warn,
            format!("another board, {}", printable(&backup.board)),
        ),
    };
    let text = format!("Restore: a backup of {of}, made {}", backup.made);
    icon_line(ui, icon, colour, text);
}

/// The newest backups in the folder.
pub(super) fn page(ui: &mut Ui, state: &State, list: &Listed, intents: &mut Intents) {
    ui.label(RichText::new("Restore a backup").text_style(text::title()));
    if let Some(folder) = &state.settings.backup_folder {
        muted(ui, format!("From {}", printable_path(folder)));
    }
    match list {
        Listed::Reading => _ = muted(ui, "Reading the folder…"),
        Listed::Failed(why) => icon_line(ui, Icon::Warning, tokens(ui).bad, why.as_str()),
        Listed::Found(backups) if backups.is_empty() => {
            _ = muted(ui, "There is no backup in this folder yet");
        }
        Listed::Found(backups) => {
            ScrollArea::vertical()
                .max_height(page_height(ui))
                .auto_shrink([false, true])
                .show(ui, |ui| {
                    for backup in backups {
                        row(ui, state, backup, intents);
                    }
                });
        }
    }
    page_end(ui, intents, |_| {});
}

fn row(ui: &mut Ui, state: &State, backup: &Backup, intents: &mut Intents) {
    let t = tokens(ui);
    tinted(ui, t.window, |ui| {
        ui.horizontal(|ui| {
            let name = printable(&backup.name.file);
            let made = &backup.name.made;
            let button = ui
                .button("Restore")
                .on_hover_text(printable_path(&backup.path));
            let label = format!("Restore {name} of {made}");
            button.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Button, true, label.as_str())
            });
            if button.clicked() {
                intents.push(Intent::Restore(backup.path.clone()));
            }
            let whose = match state.whose(&backup.name) {
                Some(Whose::ThisBoard) => "this board".to_owned(),
                _ => format!("board {}", printable(&backup.name.board)),
            };
            ui.label(strong(made.as_str()));
            let size = ByteSize(backup.bytes);
            ui.add(Label::new(format!("{whose}, before {name}, {size}")).truncate());
        });
    });
}
