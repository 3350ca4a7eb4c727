//! The bytes that were read: the visible rows, a search, and a jump to an address.

use egui::text::{CCursor, CCursorRange, LayoutJob, TextFormat};
use egui::{FontId, Id, Label, RichText, ScrollArea, TextEdit, TextStyle, Ui};

use super::comparison;
use super::parts::{
    Intents, action_button, add_action, card, field, icon_button, icon_line, muted,
};
use crate::address::{Address, AddressRange};
use crate::gui::icons::Icon;
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
        comparison::choose(ui, state, intents);
    });
    if let Some(read_out) = &state.read_out {
        if read_out.is_old {
            let warn = tokens(ui).warn;
            let text = "Old bytes: the board was changed after they were read";
            icon_line(ui, Icon::Warning, warn, text);
        }
        if let Some(beside) = &read_out.beside {
            comparison::bar(ui, state, beside, intents);
        }
    }
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
    let line_height = ui.text_style_height(&TextStyle::Monospace);
    let beside = read_out.beside.as_ref();
    // Beside other bytes, each row is two lines and a gap.
    let height = match beside {
        Some(_) => 2.0 * line_height + space::XS,
        None => line_height,
    };
    let mut area = ScrollArea::both()
        // Rows of another height: an area of its own, which does not spring back to the old end.
        .id_salt(("hex", beside.is_some()))
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
            let Some((address, bytes)) = read_out.row(row) else {
                continue;
            };
            let held: Vec<Option<u8>> = bytes.iter().copied().map(Some).collect();
            let Some(beside) = beside else {
                line(ui, Side::Alone, address, &held, &held, hex.mark);
                continue;
            };
            let other = beside.bytes(address, bytes.len());
            line(ui, Side::Here, address, &held, &other, hex.mark);
            line(ui, Side::Other, address, &other, &held, None);
            ui.add_space(space::XS);
        }
    });
}

/// What a line shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Alone,
    /// The bytes that are compared.
    Here,
    /// Those that they are compared with.
    Other,
}

fn line(
    ui: &mut Ui,
    side: Side,
    address: Address,
    bytes: &[Option<u8>],
    opposite: &[Option<u8>],
    mark: Option<AddressRange>,
) {
    let t = tokens(ui);
    let font = TextStyle::Monospace.resolve(ui.style());
    let mut job = LayoutJob::default();
    let plain = format(&font, t.text);
    let faint = format(&font, t.muted);
    let found = TextFormat {
        background: t.accent,
        ..format(&font, t.on_accent)
    };
    let different = TextFormat {
        background: t.warn_soft,
        ..format(&font, t.warn)
    };
    // Blank bytes are muted; found and differing bytes are highlighted.
    let style = |column: usize, byte: u8| {
        let at = address.checked_add(column as u64);
        let is_found = mark.zip(at).is_some_and(|(mark, at)| mark.contains(at));
        let differs = opposite.get(column) != Some(&Some(byte));
        match (is_found, differs, byte) {
            (true, _, _) => found.clone(),
            (false, true, _) => different.clone(),
            (false, false, 0xFF) => faint.clone(),
            (false, false, _) => plain.clone(),
        }
    };
    let start = match side {
        Side::Alone => format!("{address}  "),
        Side::Here => format!("{address}         "),
        Side::Other => format!("{:10}  other  ", ""),
    };
    job.append(&start, 0.0, faint.clone());
    for column in 0..ROW {
        match bytes.get(column).copied().flatten() {
            Some(byte) => job.append(&format!("{byte:02X}"), 0.0, style(column, byte)),
            None => job.append("  ", 0.0, plain.clone()),
        }
        job.append(if column == 7 { "  " } else { " " }, 0.0, plain.clone());
    }
    job.append(" ", 0.0, plain.clone());
    for (column, byte) in bytes.iter().enumerate() {
        let Some(byte) = *byte else {
            job.append(" ", 0.0, plain.clone());
            continue;
        };
        let letter = if byte.is_ascii_graphic() || byte == b' ' {
            char::from(byte)
        } else {
            '·'
        };
        job.append(letter.encode_utf8(&mut [0; 4]), 0.0, style(column, byte));
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
