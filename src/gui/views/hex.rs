//! The bytes that were read: the visible rows, a search, and a jump to an address.

use egui::text::{CCursor, CCursorRange, LayoutJob, TextFormat};
use egui::{FontId, Id, Label, RichText, ScrollArea, TextEdit, TextStyle, Ui};

use super::parts::{Intents, action_button, add_action, card, field, icon_button, muted};
use crate::address::{Address, AddressRange};
use crate::gui::state::hex::HexField;
use crate::gui::state::read_erase::{ROW, ReadOut};
use crate::gui::state::{Action, HexView, Intent, State};
use crate::gui::theme::{ADDRESS_WIDTH, space, tokens};

pub(super) fn show(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    if state.read_out.is_none() {
        return;
    }
    card(ui, |ui| {
        bar(ui, state, intents);
        let State { read_out, hex, .. } = state;
        if let Some(read_out) = read_out {
            rows(ui, read_out, hex);
        }
    });
}

fn bar(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    ui.horizontal_wrapped(|ui| {
        if let Some(read_out) = &state.read_out {
            ui.label(RichText::new(read_out.title()).heading());
            let colour = tokens(ui).muted;
            ui.label(RichText::new(format!("from {}", read_out.board)).color(colour));
        }
        action_button(ui, state, Action::SaveReadOut, intents);
    });
    ui.horizontal_wrapped(|ui| {
        let State { hex, .. } = state;
        let focus = hex.focus.take();
        let search = Entry {
            name: "Find",
            hint: "DE AD or \"text\"",
            width: 150.0,
            field: HexField::Search,
            enter: Action::FindNext,
        };
        search.show(ui, &mut hex.search, focus, intents);
        add_action(
            ui,
            state,
            Action::FindNext,
            icon_button(None, "Next"),
            intents,
        );
        ui.add_space(space::S);
        let first = state.read_out.as_ref().and_then(ReadOut::first_address);
        let go_to = Entry {
            name: "Address",
            hint: &first.unwrap_or(Address::FLASH).to_string(),
            width: ADDRESS_WIDTH,
            field: HexField::GoTo,
            enter: Action::ShowAddress,
        };
        go_to.show(ui, &mut state.hex.go_to, focus, intents);
        add_action(
            ui,
            state,
            Action::ShowAddress,
            icon_button(None, "Go"),
            intents,
        );
        if let Some(message) = &state.hex.message {
            muted(ui, message);
        }
    });
}

/// A field of the bar; Enter takes its action.
struct Entry<'a> {
    name: &'a str,
    hint: &'a str,
    width: f32,
    field: HexField,
    enter: Action,
}

impl Entry<'_> {
    fn show(
        &self,
        ui: &mut Ui,
        typed: &mut String,
        focus: Option<HexField>,
        intents: &mut Intents,
    ) {
        let edit = TextEdit::singleline(typed)
            .id_salt(("hex entry", self.field))
            .hint_text(self.hint)
            .font(TextStyle::Monospace)
            .desired_width(self.width);
        let response = field(ui, self.name, edit);
        if response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
            intents.push(Intent::Do(self.enter));
            response.request_focus();
        }
        if focus == Some(self.field) {
            response.request_focus();
            response.scroll_to_me(None);
            select_all(ui, response.id, typed.chars().count());
        }
    }
}

/// Selects the whole text of a field.
fn select_all(ui: &Ui, field: Id, letters: usize) {
    let mut state = TextEdit::load_state(ui.ctx(), field).unwrap_or_default();
    let all = CCursorRange::two(CCursor::new(0), CCursor::new(letters));
    state.cursor.set_char_range(Some(all));
    TextEdit::store_state(ui.ctx(), field, state);
}

fn rows(ui: &mut Ui, read_out: &ReadOut, hex: &mut HexView) {
    let height = ui.text_style_height(&TextStyle::Monospace);
    let mut area = ScrollArea::both()
        .id_salt("hex")
        .auto_shrink([false, false])
        .max_height(ui.available_height().max(160.0));
    if let Some(row) = hex.scroll_to.take() {
        #[expect(clippy::cast_precision_loss, reason = "rows of 16 bytes in points")]
        let offset = row as f32 * height;
        area = area.vertical_scroll_offset((offset - 3.0 * height).max(0.0));
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    area.show_rows(ui, height, read_out.row_count, |ui, range| {
        for row in range {
            if let Some((address, bytes)) = read_out.row(row) {
                line(ui, address, bytes, hex.mark);
            }
        }
    });
}

fn line(ui: &mut Ui, address: Address, bytes: &[u8], mark: Option<AddressRange>) {
    let t = tokens(ui);
    let font = TextStyle::Monospace.resolve(ui.style());
    let mut job = LayoutJob::default();
    let plain = format(&font, t.text);
    let faint = format(&font, t.muted);
    let found = TextFormat {
        background: t.accent,
        ..format(&font, t.on_accent)
    };
    // Blank bytes are muted; found bytes are highlighted.
    let style = |column: usize, byte: u8| {
        let at = address.checked_add(column as u64);
        let is_found = mark.zip(at).is_some_and(|(mark, at)| mark.contains(at));
        match (is_found, byte) {
            (true, _) => found.clone(),
            (false, 0xFF) => faint.clone(),
            (false, _) => plain.clone(),
        }
    };
    job.append(&format!("{address}  "), 0.0, faint.clone());
    for column in 0..ROW {
        match bytes.get(column) {
            Some(byte) => job.append(&format!("{byte:02X}"), 0.0, style(column, *byte)),
            None => job.append("  ", 0.0, plain.clone()),
        }
        job.append(if column == 7 { "  " } else { " " }, 0.0, plain.clone());
    }
    job.append(" ", 0.0, plain.clone());
    for (column, byte) in bytes.iter().enumerate() {
        let letter = if byte.is_ascii_graphic() || *byte == b' ' {
            char::from(*byte)
        } else {
            '·'
        };
        job.append(letter.encode_utf8(&mut [0; 4]), 0.0, style(column, *byte));
    }
    ui.add(Label::new(job).extend());
}

fn format(font: &FontId, colour: egui::Color32) -> TextFormat {
    TextFormat {
        font_id: font.clone(),
        color: colour,
        ..TextFormat::default()
    }
}
