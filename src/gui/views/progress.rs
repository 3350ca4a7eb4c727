//! A running job: its phases, one bar and one time for all of it.

use std::time::Duration;

use egui::{Align, Color32, Label, Layout, RichText, Ui, vec2};

use super::parts::{busy_bar, progress_bar, strong};
use crate::address::ByteSize;
use crate::engine::summary::rough_duration;
use crate::gui::icons::{self, Icon};
use crate::gui::state::job::{Job, PhaseMark, format_speed};
use crate::gui::theme::{Tokens, icon_size, space, tokens};

/// A mass erase of an STM32F4 of 1 MiB: typically 8 s, at most 32 s (its datasheet).
const USUALLY: &str = "usually less than 20 s, at most about 35 s";

pub(super) fn show(ui: &mut Ui, job: &Job) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        let part = job.part.map(|part| format!(": {part}")).unwrap_or_default();
        ui.label(strong(format!("{} of {}{part}", job.noun(), job.board)));
        if let Some(file) = &job.file {
            ui.add(Label::new(RichText::new(&file.name).color(t.muted)).truncate());
        }
    });
    phases(ui, job, t);
    bar(ui, job);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(left) = left(job) {
                ui.label(strong(left));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = if job.is_unstoppable() {
                    so_far(job, now(ui))
                } else {
                    numbers(job)
                };
                ui.add(Label::new(RichText::new(text).color(t.muted)).truncate());
            });
        });
    });
}

fn phases(ui: &mut Ui, job: &Job, t: &Tokens) {
    ui.horizontal_wrapped(|ui| {
        // Keeps the height until the job reports its phases.
        ui.set_min_height(22.0);
        ui.spacing_mut().interact_size.y = 22.0;
        ui.spacing_mut().item_spacing = vec2(space::ICON, space::XXS);
        for (phase, mark) in job.marks() {
            let (icon, colour) = mark_style(t, mark);
            icons::show(ui, icon, icon_size::SMALL, colour);
            let text = match mark {
                PhaseMark::NotNeeded => format!("{}: not needed", phase.label()),
                _ => phase.label().to_owned(),
            };
            ui.label(RichText::new(text).small().color(colour));
            ui.add_space(space::S);
        }
    });
}

/// Green is for what was verified, so a phase that has ended is not green.
fn mark_style(t: &Tokens, mark: PhaseMark) -> (Icon, Color32) {
    match mark {
        PhaseMark::Done => (Icon::Check, t.text),
        PhaseMark::Current => (Icon::ChevronRight, t.accent_text),
        PhaseMark::Pending => (Icon::ChevronRight, t.muted),
        PhaseMark::NotNeeded => (Icon::Check, t.muted),
    }
}

pub(super) fn bar(ui: &mut Ui, job: &Job) {
    if job.is_unstoppable() {
        busy_bar(ui, job.phase_label(), now(ui));
    } else {
        progress_bar(ui, job.phase_label(), job.fraction().unwrap_or(0.0));
    }
}

/// "Writing: 120 KiB of 512 KiB, 45 KiB/s"
pub(super) fn numbers(job: &Job) -> String {
    let phase = job.phase_label();
    let Some(progress) = job.progress else {
        return format!("{phase}…");
    };
    let (done, total) = (ByteSize(progress.done), ByteSize(progress.total));
    let mut text = format!("{phase}: {done} of {total}");
    if let Some(speed) = job.speed() {
        text.push_str(&format!(", {}", format_speed(speed)));
    }
    text
}

/// "Erasing: 12 s so far, usually less than 20 s"
fn so_far(job: &Job, now: Duration) -> String {
    let time = job.phase_time(now).as_secs();
    format!("{}: {time} s so far, {USUALLY}", job.phase_label())
}

/// "about 8 s left", of the whole job.
fn left(job: &Job) -> Option<String> {
    let left = job.time_left().filter(|_| !job.is_unstoppable())?;
    Some(match left.as_secs() {
        0 => "less than a second left".to_owned(),
        _ => format!("about {} left", rough_duration(left)),
    })
}

fn now(ui: &Ui) -> Duration {
    Duration::try_from_secs_f64(ui.input(|input| input.time)).unwrap_or_default()
}
