//! "My board is not there": the problem, its cause and the steps to solve it, in place of the empty
//! list and below a board that is not ready.

use egui::{CollapsingHeader, Label, RichText, Ui};

use super::parts::{
    Intents, button_for, card, icon_button, icon_line, muted, note, strong, tinted,
};
use crate::discovery::{Action as Help, Diagnosis, Step};
use crate::gui::icons::Icon;
use crate::gui::state::boards::BoardStatus;
use crate::gui::state::{Action, Intent};
use crate::gui::text::without_commands;
use crate::gui::theme::{space, text, tokens};

/// Steps visible at first.
const SHOWN: usize = 4;

/// About the bus as a whole: it cannot be read, or there is nothing on it.
pub(super) fn general(ui: &mut Ui, diagnosis: &Diagnosis, intents: &mut Intents) {
    card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        ui.add(Label::new(RichText::new(&diagnosis.what).text_style(text::large())).wrap());
        muted(ui, &diagnosis.why);
        steps(ui, &diagnosis.steps, intents);
    });
}

/// Everything can be tried without hardware.
pub(super) fn try_simulated(ui: &mut Ui, intents: &mut Intents) {
    note(ui, "No board? Try everything with a simulated one");
    button(ui, Action::TrySimulatedBoard, intents);
}

/// The problem of one board.
pub(super) fn problem(
    ui: &mut Ui,
    status: BoardStatus,
    problem: &Diagnosis,
    intents: &mut Intents,
) {
    let t = tokens(ui);
    let (icon, colour, back) = match status {
        // Nothing is wrong with these.
        BoardStatus::Application | BoardStatus::Debugger => (Icon::Info, t.accent_text, t.inset),
        BoardStatus::Ready | BoardStatus::Blocked => (Icon::Warning, t.warn, t.warn_soft),
    };
    tinted(ui, back, |ui| {
        ui.spacing_mut().item_spacing.y = space::LINES;
        icon_line(ui, icon, colour, strong(&problem.what));
        muted(ui, &problem.why);
        steps(ui, &problem.steps, intents);
    });
}

/// The first steps, and the others in a section that opens.
fn steps(ui: &mut Ui, steps: &[Step], intents: &mut Intents) {
    // The panel has its own button for that.
    let shown = |step: &&Step| step.action != Some(Help::TrySimulated);
    let steps: Vec<&Step> = steps.iter().filter(shown).collect();
    let (first, rest) = steps.split_at_checked(SHOWN).unwrap_or((&steps, &[]));
    for (number, step) in (1u32..).zip(first) {
        one_step(ui, number, step, intents);
    }
    if rest.is_empty() {
        return;
    }
    let title = format!("{} more to try", rest.len());
    CollapsingHeader::new(title)
        .id_salt("more steps")
        .show_unindented(ui, |ui| {
            for (number, step) in (1u32..).zip(&steps).skip(SHOWN) {
                one_step(ui, number, step, intents);
            }
        });
}

fn one_step(ui: &mut Ui, number: u32, step: &Step, intents: &mut Intents) {
    let t = tokens(ui);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::LINES;
        ui.label(RichText::new(format!("{number}.")).color(t.muted));
        ui.vertical(|ui| {
            ui.add(Label::new(without_commands(&step.text)).wrap());
            if let Some(help) = &step.action {
                help_button(ui, help, intents);
            }
        });
    });
}

/// The button of a step that the program can do.
fn help_button(ui: &mut Ui, help: &Help, intents: &mut Intents) {
    let (icon, text, intent) = match help {
        Help::InstallUdevRule => (Icon::Lock, "Install the rule…", Intent::InstallUdevRule),
        Help::EnterDfuMode(place) => (
            Icon::Swap,
            "Enter DFU mode",
            Intent::EnterDfuMode(place.clone()),
        ),
        Help::RemoveProtection(place) => (
            Icon::Lock,
            "Remove protection…",
            Intent::RemoveProtection(place.clone()),
        ),
        Help::OpenLink(link) => (Icon::ChevronRight, *link, Intent::OpenLink(link)),
        Help::CopyText(text) => (Icon::Copy, "Copy", Intent::CopyText(text.clone())),
        Help::TrySimulated => return button(ui, Action::TrySimulatedBoard, intents),
        Help::Retry => return button(ui, Action::Rescan, intents),
    };
    if ui.add(icon_button(Some(icon), text).wrap()).clicked() {
        intents.push(intent);
    }
}

/// A button for an action that is always available.
fn button(ui: &mut Ui, action: Action, intents: &mut Intents) {
    let response = ui.add(button_for(action).wrap());
    if response.on_hover_text(action.row().tooltip).clicked() {
        intents.push(Intent::Do(action));
    }
}
