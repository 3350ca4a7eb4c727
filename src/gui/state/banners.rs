//! Messages over the window: some close by themselves, others stay until a person closes them.

use std::time::Duration;

use super::State;
use super::log::Level;

/// How long a message stays that may be missed, and how long one that needs no answer.
const BRIEF: Duration = Duration::from_secs(4);
const READABLE: Duration = Duration::from_secs(8);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Banner {
    pub level: Level,
    pub text: String,
    /// When the banner closes automatically, if it does.
    pub until: Option<Duration>,
}

impl State {
    /// Shows a message: good news for a while, trouble until it is closed. The log keeps both.
    pub fn banner(&mut self, level: Level, text: impl Into<String>) {
        let banner = Banner {
            level,
            text: text.into(),
            until: level.is_good_news().then(|| self.now + READABLE),
        };
        let is_shown = |shown: &Banner| (shown.level, &shown.text) == (level, &banner.text);
        if !level.is_good_news() && self.banners.iter().any(is_shown) {
            return;
        }
        self.note(level, None, banner.text.clone());
        self.banners.retain(|shown| !is_shown(shown));
        self.banners.push(banner);
    }

    /// Shows a message that may be missed.
    pub(super) fn show_briefly(&mut self, text: &str) {
        let until = Some(self.now + BRIEF);
        self.banners.retain(|banner| banner.text != text);
        self.banners.push(Banner {
            level: Level::Good,
            text: text.to_owned(),
            until,
        });
    }

    /// Closes the banners whose time is up; returns the time until the next one.
    pub fn expire_banners(&mut self, now: Duration) -> Option<Duration> {
        self.banners
            .retain(|banner| banner.until.is_none_or(|until| now < until));
        let next = self.banners.iter().filter_map(|banner| banner.until).min();
        next.map(|until| until.saturating_sub(now))
    }
}
