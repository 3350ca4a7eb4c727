//! The map on the upgrade screen: the board in view, its memory, and what happens to it.

use egui::{RichText, Ui};

use super::parts::{Intents, card, muted, note};
use super::{ViewState, map_paint, plain, read_erase};
use crate::discovery::Found;
use crate::engine::{self, Plan};
use crate::gui::state::memory_map::Picture;
use crate::gui::state::paint::Moment;
use crate::gui::state::{Intent, State};
use crate::gui::theme::{space, tokens};
use crate::memory::MemoryMap;

/// The map on the upgrade screen. `room` is the height that the file, the map and the action share.
pub(super) fn show(
    ui: &mut Ui,
    state: &State,
    view: &mut ViewState,
    room: f32,
    intents: &mut Intents,
) {
    let height = (room * 0.16).clamp(26.0, 150.0);
    card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::LINES;
        map_title(ui, state, intents);
        match state.picture() {
            Some(picture) => {
                let version = state.picture_version;
                view.map.show(ui, picture, version, height, None);
                map_paint::legend(ui, picture);
                view.map.pointed_at(ui, &fits(state, picture));
                later_parts(ui, state);
            }
            None => match state.boards.ready_focus() {
                Some(board) if board.is_plain() => plain::show(ui, state, board, intents),
                Some(_) => read_erase::layout_error(ui, state),
                None => {
                    muted(ui, no_map(state));
                }
            },
        }
    });
}

/// Room for the names of all targets in the line of the title; in less they are in a menu.
const TARGETS_WIDTH: f32 = 430.0;

/// The board in view, and its targets.
fn map_title(ui: &mut Ui, state: &State, intents: &mut Intents) {
    ui.horizontal_wrapped(|ui| {
        let Some(entry) = state.boards.focus() else {
            ui.label(RichText::new("Memory").heading());
            return;
        };
        ui.label(RichText::new(entry.title()).heading());
        let port = format!("port {}", entry.place());
        ui.label(RichText::new(port).color(tokens(ui).muted));
        let several = |board: &&Found| board.targets.len() > 1 && !board.is_plain();
        let Some(board) = state.boards.ready_focus().filter(several) else {
            return;
        };
        ui.add_space(space::S);
        if ui.available_size_before_wrap().x > TARGETS_WIDTH {
            targets(ui, state, board, intents);
        } else if let Some(target) = board.target(state.shown_target) {
            ui.menu_button(&target.name, |ui| targets(ui, state, board, intents));
        }
    });
}

fn targets(ui: &mut Ui, state: &State, board: &Found, intents: &mut Intents) {
    for target in &board.targets {
        let here = target.alternate == state.shown_target;
        if ui.selectable_label(here, &target.name).clicked() {
            intents.push(Intent::ShowTarget(target.alternate));
        }
    }
}

fn no_map(state: &State) -> &'static str {
    if state.boards.focus().is_some() {
        "The memory is shown once the board is in DFU mode"
    } else if state.boards.entries.is_empty() {
        "The memory is shown once a board is connected"
    } else {
        "Choose a board to see its memory"
    }
}

/// The map is of the memory behind the bootloader that is running.
fn later_parts(ui: &mut Ui, state: &State) {
    let image = state.firmware.image().filter(|_| state.preview().is_some());
    for part in image.iter().flat_map(|image| engine::later_parts(image)) {
        note(ui, part);
    }
}

/// The line below the map, while no sector is pointed at.
fn fits(state: &State, picture: &Picture) -> String {
    let plan = state
        .preview()
        .and_then(|preview| preview.result.as_ref().ok());
    match plan.filter(|plan| picture.moment() == Moment::Before && plan.stream.is_none()) {
        Some(plan) => format!("Fits this board: {}", changed_sectors(state, plan)),
        None => "Point at a sector to see its address, size and contents".to_owned(),
    }
}

/// "changes at most 3 of 12 sectors"; "at most" until the board has been compared.
fn changed_sectors(state: &State, plan: &Plan) -> String {
    let totals = plan.totals();
    let at_most = if totals.undecided_bytes > 0 {
        "at most "
    } else {
        ""
    };
    let maps = plan.targets.iter().filter_map(|target| {
        let board = state.boards.ready_focus()?;
        board.target(target.alternate)?.map.as_ref().ok()
    });
    let all: u32 = maps.map(MemoryMap::sector_count).sum();
    format!("changes {at_most}{} of {all} sectors", totals.sectors)
}
