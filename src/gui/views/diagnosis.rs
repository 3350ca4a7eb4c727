//! "My board is not there": what is wrong, why, and what to do, where the empty list would be and
//! on each board that is not ready.

use egui::{CollapsingHeader, Label, RichText, Ui};

use super::parts::{Wishes, button_for, card, icon_button, icon_line, muted, note, strong, tinted};
use crate::discovery::{Action as Help, Diagnosis, Step};
use crate::gui::icons::Icon;
use crate::gui::state::boards::BoardStatus;
use crate::gui::state::{Action, Intent};
use crate::gui::theme::{space, text, tokens};

/// Steps in sight at first.
const SHOWN: usize = 4;

/// About the bus as a whole: it cannot be read, or there is nothing on it.
pub(super) fn general(ui: &mut Ui, diagnosis: &Diagnosis, wishes: &mut Wishes) {
    card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        ui.add(Label::new(RichText::new(&diagnosis.what).text_style(text::large())).wrap());
        muted(ui, &diagnosis.why);
        steps(ui, &diagnosis.steps, wishes);
    });
}

/// Everything can be tried without hardware.
pub(super) fn try_simulated(ui: &mut Ui, wishes: &mut Wishes) {
    note(ui, "No board? Try everything with a simulated one");
    button(ui, Action::TrySimulatedBoard, wishes);
}

/// What is the matter with one board.
pub(super) fn problem(ui: &mut Ui, status: BoardStatus, problem: &Diagnosis, wishes: &mut Wishes) {
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
        steps(ui, &problem.steps, wishes);
    });
}

/// The first steps in sight, the others one click away.
fn steps(ui: &mut Ui, steps: &[Step], wishes: &mut Wishes) {
    // The window has a button for that below.
    let shown = |step: &&Step| step.action != Some(Help::TrySimulated);
    let steps: Vec<&Step> = steps.iter().filter(shown).collect();
    let (first, rest) = steps.split_at_checked(SHOWN).unwrap_or((&steps, &[]));
    for (number, step) in (1u32..).zip(first) {
        one_step(ui, number, step, wishes);
    }
    if rest.is_empty() {
        return;
    }
    let title = format!("{} more to try", rest.len());
    CollapsingHeader::new(title)
        .id_salt("more steps")
        .show_unindented(ui, |ui| {
            for (number, step) in (1u32..).zip(&steps).skip(SHOWN) {
                one_step(ui, number, step, wishes);
            }
        });
}

fn one_step(ui: &mut Ui, number: u32, step: &Step, wishes: &mut Wishes) {
    let t = tokens(ui);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::LINES;
        ui.label(RichText::new(format!("{number}.")).color(t.muted));
        ui.vertical(|ui| {
            ui.add(Label::new(&step.text).wrap());
            if let Some(help) = &step.action {
                help_button(ui, help, wishes);
            }
        });
    });
}

/// What the program can do of a step.
fn help_button(ui: &mut Ui, help: &Help, wishes: &mut Wishes) {
    let (icon, words, intent) = match help {
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
        Help::TrySimulated => return button(ui, Action::TrySimulatedBoard, wishes),
        Help::Retry => return button(ui, Action::Rescan, wishes),
    };
    if ui.add(icon_button(Some(icon), words).wrap()).clicked() {
        wishes.push(intent);
    }
}

/// A button for an action that is always available.
fn button(ui: &mut Ui, action: Action, wishes: &mut Wishes) {
    let response = ui.add(button_for(action).wrap());
    if response.on_hover_text(action.row().tooltip).clicked() {
        wishes.push(Intent::Do(action));
    }
}
