//! The boards on the left: those plugged in, what each is doing, and which of them are chosen.

use egui::{Align, Button, Label, Layout, RichText, ScrollArea, Ui};

use super::parts::{Intents, icon_atom, icon_button, muted, note, strong, tooltip};
use super::{board_row, top_bar};
use crate::gui::icons::Icon;
use crate::gui::state::{Action, Intent, State};
use crate::gui::theme::space;

pub(super) fn show(ui: &mut Ui, state: &State, intents: &mut Intents) {
    ui.spacing_mut().item_spacing.y = space::XS;
    heading(ui, intents);
    if !state.boards.scanned {
        muted(ui, "Scanning the USB bus…");
        return;
    }
    select_all(ui, state, intents);
    ScrollArea::vertical()
        .id_salt("boards")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            // The bar beside the rows, not over their buttons.
            ui.set_width((ui.available_width() - space::S).max(0.0));
            rows(ui, state, intents);
        });
}

fn heading(ui: &mut Ui, intents: &mut Intents) {
    ui.horizontal(|ui| {
        ui.add_space(space::XS);
        ui.add(Label::new(RichText::new("Boards").heading()).selectable(false));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(space::S);
            let button = Button::new(icon_atom(Icon::Reload))
                .frame_when_inactive(false)
                .min_size(egui::vec2(28.0, 28.0));
            let response = ui.add(button).on_hover_text(tooltip(ui, Action::Rescan));
            if response.clicked() {
                intents.push(Intent::Do(Action::Rescan));
            }
        });
    });
}

/// "Select all (16)", where there is a choice.
fn select_all(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let ready = state.boards.ready().count();
    if ready < 2 {
        return;
    }
    let chosen = state.boards.chosen().count();
    let mut all = chosen == ready;
    ui.horizontal(|ui| {
        ui.add_space(space::S);
        let some = chosen > 0 && !all;
        let text = format!("Select all ({ready})");
        let tick = egui::Checkbox::new(&mut all, text).indeterminate(some);
        if ui.add(tick).changed() {
            intents.push(Intent::ChooseAllBoards(all));
        }
    });
}

/// Every board; used by the column and by the list that opens in a narrow window.
fn rows(ui: &mut Ui, state: &State, intents: &mut Intents) {
    ui.spacing_mut().item_spacing.y = 0.0;
    if state.boards.entries.is_empty() {
        ui.horizontal(|ui| {
            ui.add_space(space::XS);
            muted(ui, "No board is connected");
        });
    }
    let several = state.boards.ready().count() > 1;
    let places: Vec<_> = state.boards.entries.iter().map(|e| e.place()).collect();
    for (index, entry) in state.boards.entries.iter().enumerate() {
        let neighbours = board_row::Neighbours {
            above: index.checked_sub(1).and_then(|at| places.get(at).copied()),
            below: places.get(index + 1).copied(),
        };
        board_row::show(ui, state, entry, several, neighbours, intents);
    }
    if state
        .boards
        .entries
        .iter()
        .any(|e| e.place().is_simulated())
    {
        plug_another(ui, intents);
    }
    // With a board in view that is ready, nothing else explains what is wrong with the bus.
    if state.boards.ready_focus().is_some() {
        for other in &state.general {
            note(ui, &other.what).on_hover_text(&other.why);
        }
    }
}

fn plug_another(ui: &mut Ui, intents: &mut Intents) {
    let button = icon_button(Some(Icon::Plug), "Plug in another…").frame_when_inactive(false);
    egui::containers::menu::MenuButton::from_button(button)
        .ui(ui, |ui| top_bar::simulated_boards(ui, intents));
}

/// The board in view, in one line that opens the list.
pub(super) fn in_a_line(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let text = line(state);
    let button = Button::new((
        icon_atom(Icon::Chip),
        strong(text.clone()),
        egui::Atom::grow(),
        icon_atom(Icon::ChevronDown),
    ))
    .min_size(egui::vec2(ui.available_width(), 34.0));
    let stays = egui::containers::menu::MenuConfig::new()
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    let (response, _) = egui::containers::menu::MenuButton::from_button(button)
        .config(stays)
        .ui(ui, |ui| {
            let room = ui.ctx().content_rect();
            ui.set_min_width(360.0);
            // A popup begins with Spacing::default_area_size, 400 points high.
            ui.set_max_height(room.height() - 120.0);
            ui.reset_style();
            heading(ui, intents);
            select_all(ui, state, intents);
            ScrollArea::vertical()
                .max_height(room.height() - 200.0)
                .show(ui, |ui| rows(ui, state, intents));
        });
    let name = format!("Boards: {text}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
}

/// "STM32F4, 1 MiB, ready, port 1-4", "2 of 16 boards chosen"
fn line(state: &State) -> String {
    let boards = &state.boards;
    let chosen = boards.chosen().count();
    match boards.focus() {
        _ if !boards.scanned => "Scanning the USB bus…".to_owned(),
        _ if boards.entries.is_empty() => "No board is connected".to_owned(),
        Some(entry) if chosen < 2 => {
            let status = state.status(entry).text;
            format!("{}, {status}, port {}", entry.title(), entry.place())
        }
        _ => format!("{chosen} of {} boards chosen", boards.ready().count()),
    }
}
