//! The view of the bytes that were read: its search, and its jump to an address.

use crate::address::{Address, AddressRange};
use crate::gui::text::capitalised;

use super::log::Level;
use super::read_erase::{ReadOut, parse_needle};
use super::{Screen, State};

/// The hex view's own state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HexView {
    pub search: String,
    pub go_to: String,
    pub mark: Option<AddressRange>,
    /// The row to scroll to in the next frame.
    pub scroll_to: Option<usize>,
    /// The field to focus in the next frame, with its text selected.
    pub focus: Option<HexField>,
    pub message: Option<String>,
}

/// A field of the hex view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HexField {
    Search,
    GoTo,
}

impl HexView {
    pub(super) fn find(&mut self, read_out: &ReadOut) {
        let needle = parse_needle(&self.search);
        let after = self.mark.map(AddressRange::start);
        match read_out.find(&needle, after) {
            Some(address) => {
                self.mark = AddressRange::new(address, needle.len() as u64);
                self.scroll_to = read_out.row_at(address);
                self.message = Some(format!("Found at {address}"));
            }
            None if needle.is_empty() => self.message = None,
            None => self.message = Some("Not found".to_owned()),
        }
    }

    pub(super) fn go_to(&mut self, read_out: &ReadOut) {
        if self.go_to.trim().is_empty() {
            self.message = None;
            return;
        }
        let typed: Result<Address, _> = self.go_to.trim().parse();
        self.message = match typed {
            Err(error) => Some(capitalised(&error.to_string())),
            Ok(address) => match read_out.row_at(address) {
                Some(row) => {
                    self.scroll_to = Some(row);
                    self.mark = AddressRange::new(address, 1);
                    None
                }
                None => Some(format!("{address} was not read")),
            },
        };
    }
}

impl State {
    /// Leads to a field of the hex view, from any screen.
    pub(super) fn focus_hex(&mut self, field: HexField) {
        self.show(Screen::ReadAndErase);
        if self.read_out.is_some() {
            self.hex.focus = Some(field);
        } else {
            let why = "Read the memory first: then its bytes can be searched";
            self.banner(Level::Info, why);
        }
    }

    pub(super) fn find_next(&mut self) {
        if let Some(read_out) = &self.read_out {
            self.hex.find(read_out);
        }
    }

    pub(super) fn show_address(&mut self) {
        if let Some(read_out) = &self.read_out {
            self.hex.go_to(read_out);
        }
    }
}
