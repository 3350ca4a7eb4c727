//! Announces progress and the end of a job to a person who looks at another window: in the title,
//! which taskbars show, by the button that asks for attention, and by the desktop.

use egui::{Context, UserAttentionType, ViewportCommand};

#[cfg(target_os = "linux")]
use super::desktop::Desktop;
use super::state::log::Level;

/// The end of the last running job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    pub(crate) level: Level,
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "a notification's")
    )]
    pub(crate) title: String,
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "a notification's")
    )]
    pub(crate) text: String,
}

impl Announcement {
    pub(super) fn is_good(&self) -> bool {
        self.level.is_good_news()
    }
}

#[derive(Debug, Default)]
pub(super) struct Announcer {
    /// Of the window, without the program's name.
    shown: String,
    /// An end that has not been seen yet.
    unseen: Option<Level>,
    #[cfg(target_os = "linux")]
    desktop: Option<Desktop>,
}

impl Announcer {
    /// Uses the desktop's notifications from now on.
    pub(super) fn use_desktop(&mut self) {
        #[cfg(target_os = "linux")]
        {
            self.desktop = Desktop::start();
        }
    }

    /// Shows the progress of all running jobs, 0 to 1.
    pub(super) fn progress(&mut self, ctx: &Context, fraction: Option<f32>) {
        if fraction.is_some() || is_in_front(ctx) {
            self.unseen = None;
        }
        let status = status(fraction, self.unseen);
        if status == self.shown {
            return;
        }
        let title = match status.as_str() {
            "" => "Upfuse".to_owned(),
            status => format!("{status} – Upfuse"),
        };
        ctx.send_viewport_cmd(ViewportCommand::Title(title));
        self.shown = status;
        #[cfg(target_os = "linux")]
        if let Some(desktop) = &self.desktop {
            desktop.progress(fraction);
        }
    }

    /// Announces an end, unless the window is in front.
    pub(super) fn ended(&mut self, ctx: &Context, announcement: &Announcement) {
        if is_in_front(ctx) {
            return;
        }
        self.unseen = Some(announcement.level);
        let attention = if announcement.is_good() {
            UserAttentionType::Informational
        } else {
            UserAttentionType::Critical
        };
        ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(attention));
        #[cfg(target_os = "linux")]
        if let Some(desktop) = &self.desktop {
            desktop.notify(announcement);
        }
    }
}

/// A system that does not report it shows the window in front.
fn is_in_front(ctx: &Context) -> bool {
    ctx.input(|input| input.viewport().focused) != Some(false)
}

/// "43 %", "Done", or nothing.
fn status(fraction: Option<f32>, unseen: Option<Level>) -> String {
    match (fraction, unseen) {
        (Some(fraction), _) => format!("{:.0} %", (fraction * 100.0).floor()),
        (None, Some(Level::Good | Level::Info)) => "Done".to_owned(),
        (None, Some(Level::Warning)) => "Stopped".to_owned(),
        (None, Some(Level::Error)) => "Failed".to_owned(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_shows_progress_before_an_end() {
        assert_eq!(status(Some(0.999), Some(Level::Error)), "99 %");
        assert_eq!(status(None, Some(Level::Good)), "Done");
        assert_eq!(status(None, Some(Level::Error)), "Failed");
        assert_eq!(status(None, None), "");
    }
}
