//! The window's log: events in order, with the time of day.

use std::collections::VecDeque;

use crate::wall_clock::Moment;

/// The maximum number of lines.
const CAPACITY: usize = 5000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Info,
    Good,
    Warning,
    Error,
}

impl Level {
    /// It needs no answer.
    pub fn is_good_news(self) -> bool {
        matches!(self, Self::Info | Self::Good)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Good => "done",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at: Moment,
    pub level: Level,
    /// The port of the board it is about.
    pub board: Option<String>,
    pub text: String,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}  {:<7}  ", self.at, self.level.label())?;
        if let Some(board) = &self.board {
            write!(f, "{board}: ")?;
        }
        f.write_str(&self.text)
    }
}

#[derive(Debug, Default)]
pub struct Log {
    lines: VecDeque<Line>,
    dropped: usize,
}

impl Log {
    pub fn push(&mut self, line: Line) {
        if self.lines.len() >= CAPACITY {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.lines.push_back(line);
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The number of lines dropped at the front.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    pub fn lines(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = &Line> {
        self.lines.iter().skip(range.start).take(range.len())
    }

    pub fn clear(&mut self) {
        self.lines.clear();
        self.dropped = 0;
    }

    /// All lines as text.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}
