//! Everything about a board: the record that DfuSe showed, its targets, and their sectors. Read
//! only.

use egui::{CollapsingHeader, Label, RichText, ScrollArea, TextStyle, Ui};

use super::modal_end::{page_end, page_height};
use super::parts::{Wishes, facts, icon_button, muted};
use crate::address::ByteSize;
use crate::discovery::Target;
use crate::gui::icons::Icon;
use crate::gui::state::{Intent, State};
use crate::gui::theme::{space, text};
use crate::memory::{Access, MemoryMap};

pub(super) fn show(ui: &mut Ui, state: &State, wishes: &mut Wishes) {
    let Some(entry) = state.boards.focus() else {
        muted(ui, "The board is gone");
        page_end(ui, wishes, |_| {});
        return;
    };
    ui.add(Label::new(RichText::new(entry.title()).text_style(text::title())).truncate());
    ScrollArea::vertical()
        .id_salt("board details")
        .max_height(page_height(ui))
        .auto_shrink([false, true])
        .show(ui, |ui| {
            facts(ui, "board record", &entry.found.properties());
            if entry.is_ready() {
                ui.add_space(space::LINES);
                ui.label(RichText::new("Targets").heading());
                for one in &entry.found.targets {
                    target(ui, one);
                }
            }
        });
    let record = entry.found.report_text();
    let mut copied = false;
    page_end(ui, wishes, |ui| {
        copied = ui
            .add(icon_button(Some(Icon::Copy), "Copy as text"))
            .clicked();
    });
    if copied {
        wishes.push(Intent::CopyText(record));
    }
}

fn target(ui: &mut Ui, target: &Target) {
    let Target {
        alternate,
        name,
        map,
        ..
    } = target;
    match map {
        Ok(map) => {
            let size = ByteSize(map.bytes());
            let sectors = map.sector_count();
            let words = format!("{alternate}  {name}, {size}, {sectors} sectors");
            CollapsingHeader::new(words)
                .id_salt(("target", *alternate))
                .show(ui, |ui| sectors_of(ui, map));
        }
        Err(error) => {
            ui.label(format!("{alternate}  {name}"));
            muted(ui, error.to_string());
        }
    }
}

/// The sectors, drawn as they come into view: there may be thousands.
fn sectors_of(ui: &mut Ui, map: &MemoryMap) {
    let height = ui.text_style_height(&TextStyle::Monospace);
    let count = usize::try_from(map.sector_count()).unwrap_or(usize::MAX);
    ScrollArea::vertical()
        .id_salt("sectors")
        .max_height(180.0)
        .auto_shrink([false, true])
        .show_rows(ui, height, count, |ui, range| {
            for sector in map.sectors().skip(range.start).take(range.len()) {
                let size = ByteSize(sector.range.len()).to_string();
                let access = access_words(sector.access);
                let line = format!("{:>6}  {}  {size:>8}  {access}", sector.index, sector.range);
                ui.add(Label::new(RichText::new(line).monospace()).extend());
            }
        });
}

/// R, W and E as DfuSe showed them.
fn access_words(access: Access) -> String {
    let letter = |yes, letter: &'static str| if yes { letter } else { "-" };
    format!(
        "{}{}{}",
        letter(access.read, "R"),
        letter(access.write, "W"),
        letter(access.erase, "E")
    )
}
