//! What is in the firmware file: a line for everybody, addresses and digest on demand.

use egui::collapsing_header::CollapsingState;
use egui::{Align, Button, Label, Layout, Response, RichText, Role, Ui, WidgetInfo};

use super::parts::{facts, icon_atom, icon_line};
use crate::address::ByteSize;
use crate::firmware::MadeFor;
use crate::gui::icons::Icon;
use crate::gui::state::State;
use crate::gui::state::firmware::{Facts, Loaded, TargetFacts};
use crate::gui::theme::{space, tokens};
use crate::printable::{printable, printable_path};

pub(super) fn show(ui: &mut Ui, state: &State, loaded: &Loaded) {
    let t = tokens(ui);
    let id = ui.make_persistent_id("file details");
    let mut open = CollapsingState::load_with_default_open(ui.ctx(), id, false);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if details_button(ui, open.is_open()).clicked() {
                open.toggle(ui);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = RichText::new(summary(&loaded.facts)).color(t.muted);
                ui.add(Label::new(text).truncate());
            });
        });
    });
    open.show_body_unindented(ui, |ui| {
        facts(ui, "file facts", &details(state, loaded));
    });
    for text in &loaded.facts.notes {
        let text = RichText::new(text).color(t.muted);
        icon_line(ui, Icon::Info, t.muted, text);
    }
}

fn details_button(ui: &mut Ui, open: bool) -> Response {
    let button = Button::new((icon_atom(Icon::ChevronDown), "Details"))
        .gap(space::ICON)
        .selected(open)
        .frame_when_inactive(false);
    let response = ui.add(button);
    response.widget_info(|| WidgetInfo::labeled(Role::DisclosureTriangle, true, "File details"));
    response
}

/// "DfuSe, 315 KiB, for STM32 bootloaders"
fn summary(file: &Facts) -> String {
    let mut parts = vec![file.kind.clone()];
    parts.extend(file.made_for.map(|device| {
        let st = MadeFor::ST_BOOTLOADER;
        if (device.vendor, device.product) == (st.vendor, st.product) {
            "for STM32 bootloaders".to_owned()
        } else {
            format!("made for {device}")
        }
    }));
    if file.targets.len() > 1 {
        parts.push(format!("{} targets", file.targets.len()));
    }
    parts.join(", ")
}

fn details(state: &State, loaded: &Loaded) -> Vec<(String, String)> {
    let file = &loaded.facts;
    let mut rows = vec![("Path".to_owned(), printable_path(&loaded.path).to_string())];
    if !file.lacks_address() && !state.sends_plain() {
        rows.extend(file.targets.iter().map(|target| row(state, file, target)));
    }
    if !state.sends_plain() {
        for target in &file.targets {
            rows.push(("Goes to".to_owned(), target.memory.clone()));
            let program = target.program.iter();
            rows.extend(program.map(|program| ("Program".to_owned(), program.clone())));
        }
    }
    let about = file.about.iter();
    rows.extend(about.map(|(label, text)| ((*label).to_owned(), printable(text))));
    rows.extend(
        file.made_for
            .map(|device| ("Made for".to_owned(), device.to_string())),
    );
    rows.push(("SHA-256".to_owned(), file.sha256.clone()));
    rows
}

/// A target of the file, with the board's target that it is written to.
fn row(state: &State, file: &Facts, target: &TargetFacts) -> (String, String) {
    let addresses = ranges(target);
    if file.targets.len() == 1 && target.alternate == 0 {
        return ("Addresses".to_owned(), addresses);
    }
    let name = target.name.as_deref().unwrap_or("unnamed");
    let board = state.boards.ready_focus();
    let there = board.map(|board| match board.target(target.alternate) {
        Some(there) => format!(" for {}", there.name),
        None => ", not on this board".to_owned(),
    });
    let there = there.unwrap_or_default();
    let title = format!("Target {}, {name}{there}", target.alternate);
    (title, addresses)
}

/// The first address ranges of one target, and the number of the others.
fn ranges(target: &TargetFacts) -> String {
    const SHOWN: usize = 8;
    let shown = target.ranges.iter().take(SHOWN);
    let mut lines: Vec<String> = shown
        .map(|range| format!("{range}, {}", ByteSize(range.len())))
        .collect();
    let rest = target.ranges.len().saturating_sub(SHOWN);
    if rest > 0 {
        lines.push(format!("and {rest} more"));
    }
    lines.join("\n")
}
