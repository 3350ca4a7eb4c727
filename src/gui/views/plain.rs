//! A board without addresses, in place of its memory map.

use egui::{RichText, Ui};

use super::parts::{Intents, muted};
use crate::discovery::Found;
use crate::gui::state::{Intent, State};
use crate::gui::theme::space;

/// What such a board does by itself; and its targets, if there are several.
pub(super) fn show(ui: &mut Ui, state: &State, board: &Found, intents: &mut Intents) {
    targets(ui, state, board, intents);
    muted(
        ui,
        "This board speaks plain DFU: it has no addresses and no map. It decides itself where a \
         file goes and what it erases for it, and always gets the whole file",
    );
}

fn targets(ui: &mut Ui, state: &State, board: &Found, intents: &mut Intents) {
    if board.targets.len() < 2 {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Write to"));
        ui.add_space(space::S);
        for target in &board.targets {
            let here = state.target_to_write() == Some(target.alternate);
            let text = format!("{} {}", target.alternate, target.name);
            if ui.radio(here, text).clicked() {
                intents.push(Intent::WriteTarget(target.alternate));
            }
        }
    });
}
