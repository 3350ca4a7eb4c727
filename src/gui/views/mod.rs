//! Draws the state, one file for each panel. Views change only the text fields and check boxes in
//! the state, and return everything else as intents.

mod parts;
mod plain;

mod banners;
mod batch;
mod board_row;
mod boards;
mod comparison;
mod details;
mod diagnosis;
mod drop;
mod file_facts;
mod files;
mod firmware;
mod flow;
mod hex;
mod load_address;
mod log;
mod map_card;
mod map_paint;
mod memory_map;
mod modal_end;
mod modals;
mod option_bytes;
mod options;
mod progress;
mod read_erase;
mod restore;
mod run;
mod top_bar;
mod verdict;

use egui::{CentralPanel, Frame, Margin, Panel, ScrollArea, Ui};

use super::state::{Intent, Screen, State};
use super::theme::{NARROW, space, tokens};
use memory_map::MapView;
use parts::Intents;

/// Data that only views need between frames.
#[derive(Debug, Default)]
pub(super) struct ViewState {
    map: MapView,
    /// Of the last frame.
    action_height: f32,
    /// It has another height than in the frame before.
    reveal_action: bool,
}

/// Draws the whole window.
pub(super) fn show(ui: &mut Ui, state: &mut State, view: &mut ViewState) -> Vec<Intent> {
    let mut intents = Intents::new();
    top_bar::show(ui, state, &mut intents);
    if matches!(state.screen, Screen::Upgrade | Screen::ReadAndErase) {
        board_list(ui, state, &mut intents);
    }
    let margin = Margin {
        left: 12,
        right: 16,
        top: 12,
        bottom: 12,
    };
    let fill = tokens(ui).window;
    CentralPanel::default()
        .frame(Frame::new().fill(fill).inner_margin(margin))
        .show(ui, |ui| centre(ui, state, view, &mut intents));
    drop::show(ui, state.screen, &mut intents);
    banners::show(ui, state, &mut intents);
    modals::show(ui, state, &mut intents);
    intents
}

/// The boards on the left; in a narrow window in a line at the top, which opens.
fn board_list(ui: &mut Ui, state: &State, intents: &mut Intents) {
    let width = ui.available_width();
    if width < NARROW {
        Panel::top("boards in a line")
            .resizable(false)
            .show_separator_line(false)
            .frame(Frame::new().inner_margin(Margin {
                left: 12,
                right: 16,
                top: 10,
                bottom: 0,
            }))
            .show(ui, |ui| boards::in_a_line(ui, state, intents));
        return;
    }
    Panel::left("boards")
        .resizable(false)
        .exact_size((width * 0.27).clamp(240.0, 310.0))
        .show_separator_line(false)
        .frame(Frame::new().inner_margin(Margin {
            left: 12,
            right: 4,
            top: 10,
            bottom: 8,
        }))
        .show(ui, |ui| boards::show(ui, state, intents));
}

fn centre(ui: &mut Ui, state: &mut State, view: &mut ViewState, intents: &mut Intents) {
    ui.spacing_mut().item_spacing.y = space::S;
    match state.screen {
        Screen::Upgrade => flow::show(ui, state, view, intents),
        Screen::ReadAndErase => {
            ScrollArea::vertical()
                .id_salt("read and erase")
                .auto_shrink([false, false])
                .show(ui, |ui| read_erase::show(ui, state, view, intents));
        }
        Screen::Batch => batch::show(ui, state, intents),
        Screen::Files => files::show(ui, state, intents),
        Screen::Log => log::show(ui, state, intents),
    }
}
