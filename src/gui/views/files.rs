//! The files screen: inspects, combines, splits and converts firmware files.

use egui::{Align, Button, ComboBox, Label, Layout, RichText, ScrollArea, TextEdit, Ui};

use super::parts::{
    Fill, Intents, action_button, card, drop_zone, filled, icon_atom, icon_line, muted, note,
    progress_bar, strong, tinted,
};
use super::{drop, parts};
use crate::address::ByteSize;
use crate::firmware::writable_extensions;
use crate::gui::icons::{self, Icon};
use crate::gui::state::files::{Contents, ConversionProgress, ExtractAs, FilesForm, InputFile};
use crate::gui::state::firmware::Facts;
use crate::gui::state::{Action, Intent, PathFor, State};
use crate::gui::theme::{ADDRESS_WIDTH, icon_size, space, tokens};
use crate::printable::printable_path;

/// Enough for four hexadecimal digits.
const ID_WIDTH: f32 = 60.0;

pub(super) fn show(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    ScrollArea::vertical()
        .id_salt("files")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            card(ui, |ui| inputs(ui, state, intents));
            if !state.files.inputs.is_empty() {
                card(ui, |ui| output(ui, state, intents));
            }
        });
}

fn inputs(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Firmware files").heading());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if state.files.inputs.is_empty() {
                filled(ui, Fill::Main, |ui| {
                    action_button(ui, state, Action::AddFile, intents)
                });
            } else {
                action_button(ui, state, Action::AddFile, intents);
            }
        });
    });
    if state.files.inputs.is_empty() {
        muted(
            ui,
            "Inspect firmware files, combine several into one .dfu file, split one, or convert between \
             formats",
        );
        drop_zone(
            ui,
            if drop::works() {
                "Drop firmware files anywhere on this window"
            } else {
                "Add a firmware file to begin"
            },
            "Nothing is written to a board here",
        );
        return;
    }
    for (index, input) in state.files.inputs.iter_mut().enumerate() {
        ui.push_id(index, |ui| one_input(ui, index, input, intents));
    }
    let t = tokens(ui);
    for overlap in state.files.overlaps() {
        icon_line(ui, Icon::Warning, t.warn, overlap.to_string());
    }
}

fn one_input(ui: &mut Ui, index: usize, input: &mut InputFile, intents: &mut Intents) {
    let t = tokens(ui);
    tinted(ui, t.window, |ui| {
        let name = input.path.file_name().unwrap_or(input.path.as_os_str());
        let name = printable_path(name);
        ui.horizontal(|ui| {
            icons::show(ui, Icon::File, icon_size::ENTRY, t.muted);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let remove = Button::new(icon_atom(Icon::Cross)).frame_when_inactive(false);
                if ui
                    .add(remove)
                    .on_hover_text(format!("Remove {name}"))
                    .clicked()
                {
                    intents.push(Intent::RemoveInput(index));
                }
                if let Contents::Known(_) = &input.contents {
                    let view = ui
                        .button("View bytes")
                        .on_hover_text("Show the bytes of this file, and compare them with others");
                    if view.clicked() {
                        let path = input.path.clone();
                        intents.push(Intent::ViewFile(path, input.at.trim().parse().ok()));
                    }
                }
                let upgrade = ui
                    .button("Use for upgrade")
                    .on_hover_text("Use this file for an upgrade");
                if upgrade.clicked() {
                    intents.push(Intent::PathGiven(PathFor::Firmware, input.path.clone()));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(strong(&name)).truncate())
                        .on_hover_text(printable_path(&input.path));
                    if let Contents::Known(facts) = &input.contents {
                        ui.add(Label::new(RichText::new(&facts.kind).color(t.muted)).truncate());
                    }
                });
            });
        });
        match &input.contents {
            Contents::Reading => {
                muted(ui, "Reading…");
            }
            Contents::Refused(why) => icon_line(ui, Icon::Warning, t.bad, why.as_str()),
            Contents::Known(facts) => contents(ui, facts),
        }
        fields(ui, input);
    });
}

fn contents(ui: &mut Ui, facts: &Facts) {
    const ELEMENTS: usize = 12;
    let t = tokens(ui);
    for target in &facts.targets {
        let name = target.name.as_deref().unwrap_or("unnamed");
        let text = format!(
            "Target {}, {name}, {}",
            target.alternate,
            ByteSize(target.bytes)
        );
        ui.label(text);
        ui.horizontal_wrapped(|ui| {
            for range in target.ranges.iter().take(ELEMENTS) {
                let size = ByteSize(range.len());
                let text = RichText::new(format!("{range}")).monospace().color(t.muted);
                ui.label(text).on_hover_text(size.to_string());
            }
            let rest = target.ranges.len().saturating_sub(ELEMENTS);
            if rest > 0 {
                ui.label(RichText::new(format!("and {rest} more")).color(t.muted));
            }
        });
    }
    let mut small: Vec<String> = Vec::new();
    if let Some(made_for) = &facts.made_for {
        small.push(format!("Made for {made_for}"));
    }
    small.push(format!("SHA-256 {}", facts.sha256));
    note(ui, small.join("   "));
    for text in &facts.notes {
        icon_line(
            ui,
            Icon::Info,
            t.accent_text,
            RichText::new(text).color(t.muted),
        );
    }
}

fn fields(ui: &mut Ui, input: &mut InputFile) {
    ui.horizontal_wrapped(|ui| {
        if let Some(address) = input.default_address() {
            let hint = address.to_string();
            field(ui, "Address", &hint, ADDRESS_WIDTH, &mut input.at);
        }
        field(
            ui,
            "As target",
            "from the file",
            110.0,
            &mut input.alternate,
        );
    });
}

fn field(ui: &mut Ui, name: &str, hint: &str, width: f32, typed: &mut String) {
    let edit = TextEdit::singleline(typed)
        .hint_text(hint)
        .desired_width(width);
    parts::field(ui, name, edit);
}

fn output(ui: &mut Ui, state: &mut State, intents: &mut Intents) {
    ui.label(RichText::new("Output").heading());
    if let Some(progress) = &state.files.progress {
        conversion_progress(ui, progress, intents);
        return;
    }
    identity(ui, &mut state.files);
    names(ui, &mut state.files);
    ui.add_space(space::XS);
    ui.horizontal_wrapped(|ui| {
        filled(ui, Fill::Main, |ui| {
            action_button(ui, state, Action::MakeFile, intents)
        });
        let extensions = writable_extensions();
        note(
            ui,
            format!("The extension chooses the format: {extensions}"),
        );
    });
    ui.horizontal_wrapped(|ui| {
        action_button(ui, state, Action::ExtractFiles, intents);
        let label = ui.label("as");
        let chosen = &mut state.files.extract_as;
        ComboBox::from_id_salt("extract as")
            .selected_text(chosen.label())
            .width(240.0)
            .show_ui(ui, |ui| {
                for one in ExtractAs::choices() {
                    ui.selectable_value(chosen, one, one.label());
                }
            })
            .response
            .labelled_by(label.id);
    });
    if let Err(why) = state.files.ready() {
        let t = tokens(ui);
        icon_line(
            ui,
            Icon::Info,
            t.accent_text,
            RichText::new(why).color(t.accent_text),
        );
    }
}

/// The progress of a conversion, and a button to stop it.
fn conversion_progress(ui: &mut Ui, progress: &ConversionProgress, intents: &mut Intents) {
    muted(ui, &progress.doing);
    progress_bar(ui, "Making files", progress.fraction());
    if ui.button("Stop").clicked() {
        intents.push(Intent::StopConversion);
    }
}

/// The IDs in the suffix of a .dfu file.
fn identity(ui: &mut Ui, form: &mut FilesForm) {
    ui.horizontal_wrapped(|ui| {
        field(ui, "Vendor ID", "0483", ID_WIDTH, &mut form.vendor);
        field(ui, "Product ID", "DF11", ID_WIDTH, &mut form.product);
        field(ui, "Version", "FFFF", ID_WIDTH, &mut form.version);
        note(ui, "hexadecimal, for .dfu; empty: from the files");
    });
}

fn names(ui: &mut Ui, form: &mut FilesForm) {
    let targets = form.targets();
    ui.horizontal_wrapped(|ui| {
        for (alternate, given) in &targets {
            let typed = form.names.entry(*alternate).or_default();
            let edit = TextEdit::singleline(typed)
                .id_salt(("name of target", alternate))
                .hint_text(given.as_str())
                .desired_width(140.0);
            parts::field(ui, &format!("Name of target {alternate}"), edit);
        }
    });
}
