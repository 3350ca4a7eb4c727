//! Draws the state, one file for each panel. Views change only the text fields and check boxes in
//! the state, and return everything else as intents.

mod parts;

mod banners;
mod batch;
mod batch_question;
mod boards;
mod details;
mod diagnosis;
mod drop;
mod files;
mod firmware;
mod hex;
mod load_address;
mod log;
mod map_paint;
mod memory_map;
mod modal_end;
mod modals;
mod options;
mod read_erase;
mod run;
mod top_bar;
mod verdict;

use egui::{CentralPanel, Frame, Margin, Panel, ScrollArea, Ui};

use super::state::{Intent, Screen, State};
use super::theme::{space, tokens};
use memory_map::MapView;
use parts::Intents;

/// Data that only views need between frames.
#[derive(Debug, Default)]
pub(super) struct ViewState {
    map: MapView,
}

/// Draws the whole window.
pub(super) fn show(ui: &mut Ui, state: &mut State, view: &mut ViewState) -> Vec<Intent> {
    let mut intents = Intents::new();
    top_bar::show(ui, state, &mut intents);
    if matches!(state.screen, Screen::Upgrade | Screen::ReadAndErase) {
        let width = (ui.available_width() * 0.3).clamp(230.0, 320.0);
        Panel::left("boards")
            .resizable(false)
            .exact_size(width)
            .show_separator_line(false)
            .frame(Frame::new().inner_margin(Margin {
                left: 16,
                right: 4,
                top: 14,
                bottom: 12,
            }))
            .show(ui, |ui| boards::show(ui, state, &mut intents));
    }
    let margin = Margin {
        left: 12,
        right: 16,
        top: 14,
        bottom: 14,
    };
    if state.screen == Screen::Upgrade {
        let margin = Margin { top: 0, ..margin };
        Panel::bottom("run")
            .resizable(false)
            .show_separator_line(false)
            .frame(Frame::new().inner_margin(margin))
            .show(ui, |ui| run::show(ui, state, &mut intents));
    }
    let fill = tokens(ui).window;
    CentralPanel::default()
        .frame(Frame::new().fill(fill).inner_margin(margin))
        .show(ui, |ui| centre(ui, state, view, &mut intents));
    drop::show(ui, state.screen, &mut intents);
    banners::show(ui, state, &mut intents);
    modals::show(ui, state, &mut intents);
    intents
}

fn centre(ui: &mut Ui, state: &mut State, view: &mut ViewState, intents: &mut Intents) {
    ui.spacing_mut().item_spacing.y = space::S;
    match state.screen {
        Screen::Upgrade => {
            ScrollArea::vertical()
                .id_salt("upgrade")
                .auto_shrink([false, false])
                .show(ui, |ui| {
                    if state.batch.armed.is_some() {
                        batch::show(ui, state);
                    } else {
                        firmware::show(ui, state, intents);
                        read_erase::map_card(ui, state, view, intents);
                    }
                });
        }
        Screen::ReadAndErase => {
            ScrollArea::vertical()
                .id_salt("read and erase")
                .auto_shrink([false, false])
                .show(ui, |ui| read_erase::show(ui, state, view, intents));
        }
        Screen::Files => files::show(ui, state, intents),
        Screen::Log => log::show(ui, state, intents),
    }
}
