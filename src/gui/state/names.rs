//! The names that a person gives to boards and ports.

use super::boards::name_keys;
use super::{Modal, State};
use crate::transport::Place;

impl State {
    pub(super) fn ask_name(&mut self) {
        let Some(entry) = self.boards.focus() else {
            return;
        };
        let text = entry.own_name.clone().unwrap_or_default();
        let place = entry.place().clone();
        self.modal = Some(Modal::NameBoard { place, text });
    }

    pub(super) fn name_port(&mut self, place: &Place, name: &str) {
        let names = &mut self.settings.port_names;
        if name.is_empty() {
            names.remove(&place.0);
        } else {
            names.insert(place.0.clone(), name.to_owned());
        }
    }

    pub(super) fn name_board(&mut self, place: &Place, name: &str) {
        let Some(entry) = self
            .boards
            .entries
            .iter_mut()
            .find(|entry| entry.place() == place)
        else {
            return;
        };
        let keys = name_keys(&entry.found);
        for key in &keys {
            self.settings.board_names.remove(key);
        }
        entry.own_name = (!name.is_empty()).then(|| name.to_owned());
        if let (Some(key), false) = (keys.first(), name.is_empty()) {
            self.settings
                .board_names
                .insert(key.clone(), name.to_owned());
        }
    }
}
