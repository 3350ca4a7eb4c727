//! The parts of a diagnosis.

use crate::transport::Place;

/// What is wrong, why, and the steps that help, most promising first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The device it is about; `None` for the whole bus.
    pub about: Option<Place>,
    pub what: String,
    pub why: String,
    pub steps: Vec<Step>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// An instruction that makes sense without a button, too.
    pub text: String,
    /// The part that this program can do.
    pub action: Option<Action>,
}

/// The action of a step's button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `udev::install_rule`
    InstallUdevRule,
    /// Windows: binds WinUSB to the board, after Windows has asked for administrator rights.
    InstallDriver(Place),
    /// DETACH, reset, and wait for the board to return at the same place.
    EnterDfuMode(Place),
    /// Erases everything: ask first.
    RemoveProtection(Place),
    OpenLink(&'static str),
    CopyText(String),
    /// Plug in a simulated board.
    TrySimulated,
    /// Scan the bus again.
    Retry,
}

impl Diagnosis {
    pub(super) fn new(what: impl Into<String>, why: impl Into<String>, steps: Vec<Step>) -> Self {
        Self {
            about: None,
            what: what.into(),
            why: why.into(),
            steps,
        }
    }

    /// A single sentence has no final period; several have.
    pub(super) fn with_final_periods(mut self) -> Self {
        let steps = self.steps.iter_mut().map(|step| &mut step.text);
        for text in steps.chain([&mut self.what, &mut self.why]) {
            if text.contains(". ") {
                text.push('.');
            }
        }
        self
    }

    /// The steps as text, for `advice` in `list --json`.
    pub fn advice(&self) -> Vec<String> {
        self.steps.iter().map(|step| step.text.clone()).collect()
    }
}

impl Step {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            action: None,
        }
    }

    pub(super) fn with_action(text: impl Into<String>, action: Action) -> Self {
        Self {
            text: text.into(),
            action: Some(action),
        }
    }

    pub(super) fn retry(text: impl Into<String>) -> Self {
        Self::with_action(text, Action::Retry)
    }
}
