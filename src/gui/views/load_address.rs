//! Where a file without addresses is written: asked before anything is said about its fit.

use egui::{Label, TextEdit, TextStyle, Ui};

use super::parts::{Intents, field, icon_line, muted, strong, tinted};
use crate::address::{Address, ByteSize};
use crate::firmware::Placement;
use crate::gui::icons::Icon;
use crate::gui::state::Intent;
use crate::gui::theme::{ADDRESS_WIDTH, tokens};

/// The address that the vector table suggests.
#[derive(Clone, Copy)]
pub(super) struct Likely {
    pub(super) at: Address,
    /// The board has memory there, or there is no board.
    pub(super) on_board: bool,
}

/// `typed` is the text of the field.
pub(super) fn show(
    ui: &mut Ui,
    typed: &mut String,
    placement: Placement,
    likely: Option<Likely>,
    intents: &mut Intents,
) {
    match placement {
        Placement::InFile => {}
        Placement::Given(at) => edit(ui, typed, Some(at), at, intents),
        Placement::Proven(at) => {
            muted(ui, format!("The program in this file is built for {at}"));
            edit(ui, typed, None, at, intents);
        }
        Placement::Assumed(_) => question(ui, typed, likely, intents),
    }
}

fn question(ui: &mut Ui, typed: &mut String, likely: Option<Likely>, intents: &mut Intents) {
    let t = tokens(ui);
    tinted(ui, t.warn_soft, |ui| {
        let title = strong("Where does this file belong?");
        icon_line(ui, Icon::Warning, t.warn, title);
        let text = match likely {
            Some(Likely { at, on_board: true }) => format!(
                "The file does not say it. Its program seems to be built for {at}. Look for the \
                 address in the instructions of the firmware or of its bootloader"
            ),
            Some(Likely {
                at,
                on_board: false,
            }) => format!(
                "The file does not say it. Its program seems to be built for {at}. This board has \
                 no memory there: check that the file is for this board"
            ),
            None => "The file does not say it, and it does not begin like a program. Look for the \
                     address in the instructions of the firmware or of its bootloader"
                .to_owned(),
        };
        ui.add(Label::new(text).wrap());
        let proposed = likely
            .filter(|likely| likely.on_board)
            .map(|likely| likely.at);
        if let Some(at) = proposed {
            ui.horizontal_wrapped(|ui| {
                proposal(ui, typed, at, &format!("Write to {at}"), intents);
                if let Some(size) = at.offset_from(Address::FLASH).filter(|size| *size > 0) {
                    muted(ui, format!("behind a bootloader of {}", ByteSize(size)));
                }
            });
        }
        ui.horizontal_wrapped(|ui| {
            let start = format!("Write to {}, the start of flash", Address::FLASH);
            proposal(ui, typed, Address::FLASH, &start, intents);
            muted(ui, "usual without a bootloader");
        });
        edit(ui, typed, None, proposed.unwrap_or(Address::FLASH), intents);
    });
}

fn proposal(ui: &mut Ui, typed: &mut String, at: Address, text: &str, intents: &mut Intents) {
    if ui.button(text).clicked() {
        *typed = at.to_string();
        intents.push(Intent::AddressChanged);
    }
}

/// `given` is the address that was typed before.
fn edit(
    ui: &mut Ui,
    typed: &mut String,
    given: Option<Address>,
    hint: Address,
    intents: &mut Intents,
) {
    ui.horizontal(|ui| {
        let edit = TextEdit::singleline(typed)
            .hint_text(hint.to_string())
            .font(TextStyle::Monospace)
            .desired_width(ADDRESS_WIDTH);
        let response = field(ui, "Write to address", edit);
        let text = typed.trim();
        let wanted: Option<Address> = text.parse().ok();
        let sound = text.is_empty() || wanted.is_some();
        // Reading the file again takes back the consent to write it.
        if response.lost_focus() && sound && wanted != given {
            intents.push(Intent::AddressChanged);
        }
        if !sound {
            ui.label(egui::RichText::new("not an address").color(tokens(ui).bad));
        }
    });
}
