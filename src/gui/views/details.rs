//! The details of a board: its USB record, its targets and their sectors. Read-only.

use egui::{CollapsingHeader, Label, RichText, ScrollArea, TextStyle, Ui};

use super::modal_end::{page_end, page_height};
use super::parts::{Intents, facts, icon_button, muted};
use crate::address::ByteSize;
use crate::discovery::Target;
use crate::gui::icons::Icon;
use crate::gui::state::{Intent, State};
use crate::gui::theme::{space, text};
use crate::memory::{Access, MemoryMap};

pub(super) fn show(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let Some(entry) = state.boards.focus() else {
        muted(ui, "The board was unplugged");
        page_end(ui, intents, |_| {});
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
    page_end(ui, intents, |ui| {
        copied = ui
            .add(icon_button(Some(Icon::Copy), "Copy as text"))
            .clicked();
    });
    if copied {
        intents.push(Intent::CopyText(record));
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
            let sectors = match map.sector_count() {
                1 => "1 sector".to_owned(),
                n => format!("{n} sectors"),
            };
            let text = format!("{alternate}  {name}, {size}, {sectors}");
            CollapsingHeader::new(text)
                .id_salt(("target", *alternate))
                .show(ui, |ui| sector_list(ui, map));
        }
        Err(error) => {
            ui.label(format!("{alternate}  {name}"));
            muted(ui, error.to_string());
        }
    }
}

/// The sectors. Only visible rows are drawn: there may be thousands.
fn sector_list(ui: &mut Ui, map: &MemoryMap) {
    let height = ui.text_style_height(&TextStyle::Monospace);
    let count = usize::try_from(map.sector_count()).unwrap_or(usize::MAX);
    ScrollArea::vertical()
        .id_salt("sectors")
        .max_height(180.0)
        .auto_shrink([false, true])
        .show_rows(ui, height, count, |ui, range| {
            for sector in map.sectors().skip(range.start).take(range.len()) {
                let size = ByteSize(sector.range.len()).to_string();
                let access = access_text(sector.access);
                let line = format!("{:>6}  {}  {size:>8}  {access}", sector.index, sector.range);
                ui.add(Label::new(RichText::new(line).monospace()).extend());
            }
        });
}

/// R, W and E, as ST's DfuSe showed them.
fn access_text(access: Access) -> String {
    let letter = |yes, letter: &'static str| if yes { letter } else { "-" };
    format!(
        "{}{}{}",
        letter(access.read, "R"),
        letter(access.write, "W"),
        letter(access.erase, "E")
    )
}
