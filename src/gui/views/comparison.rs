//! Where bytes differ: the line above the hex view, and the list of ranges.

use egui::{Label, RichText, ScrollArea, TextStyle, Ui};

use super::parts::{
    Intents, action_button, add_action, icon_button, icon_line, muted, quiet_action,
};
use crate::address::ByteSize;
use crate::firmware::{Comparison, Difference};
use crate::gui::icons::Icon;
use crate::gui::state::beside::Beside;
use crate::gui::state::{Action, Intent, State};
use crate::gui::theme::{space, tokens};

/// Bytes of each side in the list.
const SHOWN: usize = 8;
const LIST_HEIGHT: f32 = 150.0;

/// The button that chooses the other side.
pub(super) fn choose(ui: &mut Ui, state: &State, intents: &mut Intents) {
    ui.menu_button("Compare…", |ui| {
        ui.set_min_width(220.0);
        for action in [
            Action::CompareWithFirmware,
            Action::CompareWithFile,
            Action::CompareWithBefore,
        ] {
            if quiet_action(ui, state, action, intents).clicked() {
                ui.close();
            }
        }
    });
}

/// The result, and the steps through it.
pub(super) fn bar(ui: &mut Ui, state: &State, beside: &Beside, intents: &mut Intents) {
    let t = tokens(ui);
    let comparison = &beside.comparison;
    let (icon, colour) = match (comparison.is_equal(), comparison.not_compared.is_empty()) {
        (false, _) => (Icon::Warning, t.warn),
        (true, true) => (Icon::Check, t.good),
        (true, false) => (Icon::Info, t.accent_text),
    };
    let text = format!("Compared with {}: {}", beside.name, result(comparison));
    icon_line(ui, icon, colour, text);
    ui.horizontal_wrapped(|ui| {
        for (action, text) in [
            (Action::PreviousDifference, "Previous difference"),
            (Action::NextDifference, "Next difference"),
        ] {
            add_action(ui, state, action, icon_button(None, text), intents);
        }
        if let Some(at) = beside.at {
            let count = comparison.differences.len();
            muted(ui, format!("{} of {count}", at + 1));
        }
        action_button(ui, state, Action::EndComparison, intents);
    });
    if !comparison.differences.is_empty() {
        egui::CollapsingHeader::new("All differences")
            .id_salt("all differences")
            .show(ui, |ui| {
                list(ui, comparison, "in view", |number| {
                    intents.push(Intent::ShowDifference(number));
                });
            });
    }
}

/// "3 bytes differ, in 2 ranges"
pub(super) fn result(comparison: &Comparison) -> String {
    let skipped: u64 = comparison.not_compared.iter().map(|(_, r)| r.len()).sum();
    let compared = match comparison.differing_bytes {
        0 => "no difference".to_owned(),
        bytes => {
            let ranges = comparison.differences.len() as u64 + comparison.omitted;
            let s = if ranges == 1 { "" } else { "s" };
            let verb = if bytes == 1 { "differs" } else { "differ" };
            format!("{} {verb}, in {ranges} range{s}", ByteSize(bytes))
        }
    };
    match skipped {
        0 => compared,
        1 => format!("{compared}; 1 byte is not in both"),
        bytes => format!("{compared}; {} are not in both", ByteSize(bytes)),
    }
}

/// The ranges with their first bytes: of the file, and `found`. A click on one calls `chosen`.
pub(super) fn list(
    ui: &mut Ui,
    comparison: &Comparison,
    found: &str,
    mut chosen: impl FnMut(usize),
) {
    let height = ui.text_style_height(&TextStyle::Monospace) + space::XS;
    let differences = &comparison.differences;
    ui.label(mono(format!(
        "{:<22} {:>10}  {:<24}  {found}",
        "Addresses", "Size", "File"
    )));
    ScrollArea::vertical()
        .id_salt("differences")
        .max_height(LIST_HEIGHT)
        .min_scrolled_height(LIST_HEIGHT)
        .auto_shrink([false, true])
        .show_rows(ui, height, differences.len(), |ui, rows| {
            for (number, difference) in differences.iter().enumerate().take(rows.end) {
                if rows.contains(&number)
                    && ui.selectable_label(false, mono(line(difference))).clicked()
                {
                    chosen(number);
                }
            }
        });
    if comparison.omitted > 0 {
        muted(ui, format!("{} more are not listed", comparison.omitted));
    }
}

fn mono(text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(TextStyle::Monospace)
}

fn line(difference: &Difference) -> String {
    let Difference { range, .. } = difference;
    format!(
        "{:<22} {:>10}  {:<24}  {}",
        range.to_string(),
        ByteSize(range.len()).to_string(),
        hex(difference.expected()),
        hex(difference.found()),
    )
}

fn hex(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes
        .iter()
        .take(SHOWN)
        .map(|byte| format!("{byte:02X}"))
        .collect();
    shown.join(" ")
}

/// The ranges in which a board did not hold the file.
pub(super) fn of_verification(ui: &mut Ui, comparison: &Comparison) {
    list(ui, comparison, "Board", |_| {});
    for (_, range) in &comparison.not_compared {
        let text = format!("{range} cannot be read");
        ui.add(Label::new(text).wrap());
    }
}
