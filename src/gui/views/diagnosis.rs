//! "My board is not there": the problem, its cause and the steps to solve it, in the place of the
//! upgrade that is not possible yet.

use egui::{CollapsingHeader, Frame, Label, Layout, RichText, Ui, Vec2};

use super::parts::{Intents, button_for, card, icon_button, muted, strong};
use crate::discovery::{Action as Help, Diagnosis, Step};
use crate::gui::icons::{self, Icon};
use crate::gui::state::boards::{BoardStatus, Entry};
use crate::gui::state::{Action, Intent};
use crate::gui::text::without_commands;
use crate::gui::theme::{CONTROL_RADIUS, icon_size, space, text, tokens};

/// Steps visible at first.
const SHOWN: usize = 5;

/// About the bus as a whole: it cannot be read, or there is nothing on it.
pub(super) fn general(ui: &mut Ui, diagnosis: &Diagnosis, intents: &mut Intents) {
    card(ui, |ui| {
        let colour = tokens(ui).accent_text;
        contents(ui, Icon::Plug, colour, diagnosis, intents);
        ui.add_space(space::S);
        try_simulated(ui, intents);
    });
}

/// Everything can be tried without hardware.
fn try_simulated(ui: &mut Ui, intents: &mut Intents) {
    ui.horizontal_wrapped(|ui| {
        button(ui, Action::TrySimulatedBoard, intents);
        muted(ui, "Everything can be tried without a board");
    });
}

/// The problem of one board.
pub(super) fn problem(ui: &mut Ui, entry: &Entry, problem: &Diagnosis, intents: &mut Intents) {
    let t = tokens(ui);
    let (icon, colour) = match entry.status() {
        // Nothing is wrong with these.
        BoardStatus::Application | BoardStatus::Debugger => (Icon::Info, t.accent_text),
        BoardStatus::Ready | BoardStatus::Blocked => (Icon::Warning, t.warn),
    };
    card(ui, |ui| {
        contents(ui, icon, colour, problem, intents);
        if entry.status() == BoardStatus::Debugger {
            ui.add_space(space::S);
            try_simulated(ui, intents);
        }
    });
}

fn contents(
    ui: &mut Ui,
    icon: Icon,
    colour: egui::Color32,
    diagnosis: &Diagnosis,
    intents: &mut Intents,
) {
    ui.spacing_mut().item_spacing.y = space::S;
    ui.horizontal_top(|ui| {
        icons::show(ui, icon, icon_size::TITLE, colour);
        let title = RichText::new(&diagnosis.what).text_style(text::title());
        ui.add(Label::new(title).wrap());
    });
    muted(ui, &diagnosis.why);
    ui.add_space(space::XS);
    steps(ui, &diagnosis.steps, intents);
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
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        step_number(ui, number);
        ui.vertical(|ui| {
            // On the line of the number.
            ui.add_space(space::XXS);
            ui.add(Label::new(without_commands(&step.text)).wrap());
            if let Some(help) = &step.action {
                help_button(ui, help, intents);
            }
        });
    });
}

fn step_number(ui: &mut Ui, number: u32) {
    let t = tokens(ui);
    Frame::new()
        .fill(t.inset)
        .corner_radius(CONTROL_RADIUS)
        .show(ui, |ui| {
            let middle = Layout::centered_and_justified(egui::Direction::TopDown);
            ui.allocate_ui_with_layout(Vec2::splat(22.0), middle, |ui| {
                ui.label(strong(number.to_string()).color(t.muted));
            });
        });
}

/// The button of a step that the program can do.
fn help_button(ui: &mut Ui, help: &Help, intents: &mut Intents) {
    let (icon, text, intent) = match help {
        Help::InstallUdevRule => (Icon::Lock, "Install the rule…", Intent::InstallUdevRule),
        Help::InstallDriver(place) => (
            Icon::Lock,
            Action::InstallDriver.row().text,
            Intent::DoAt(place.clone(), Action::InstallDriver),
        ),
        Help::EnterDfuMode(place) => (
            Icon::Swap,
            "Enter DFU mode",
            Intent::DoAt(place.clone(), Action::EnterDfuMode),
        ),
        Help::RemoveProtection(place) => (
            Icon::Lock,
            "Remove protection…",
            Intent::DoAt(place.clone(), Action::RemoveProtection),
        ),
        Help::OpenLink(link) => (Icon::ChevronRight, *link, Intent::OpenLink(link)),
        Help::CopyText(text) => (Icon::Copy, "Copy", Intent::CopyText(text.clone())),
        Help::TrySimulated => return button(ui, Action::TrySimulatedBoard, intents),
        Help::Retry => return button(ui, Action::Rescan, intents),
    };
    let mut response = ui.add(icon_button(Some(icon), text).wrap());
    if let Help::CopyText(text) = help {
        // Commands for root are shown before they are pasted.
        response = response.on_hover_text(text.as_str());
    }
    if response.clicked() {
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
