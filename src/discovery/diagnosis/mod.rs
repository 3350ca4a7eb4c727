//! Why a board is not there or not ready, and what to do about it.
//!
//! Facts are worded as facts; a cause that is only likely is worded as likely.

mod enter_dfu;
mod permission;
mod trouble;
mod windows_driver;

#[cfg(test)]
mod tests;

use crate::transport::{DeviceRecord, Place, UsbError, UsbErrorKind};

use super::facts::{Os, SystemFacts};
use super::found::{Found, Kind, Readiness};

/// What is wrong, why, and the steps that help, most promising first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The device it is about; `None` where it is about the whole bus.
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
    /// What the program can do of it.
    pub action: Option<Action>,
}

/// What a button beside a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// [`super::udev::install_rule`]
    InstallUdevRule,
    /// DETACH, reset, and wait for the board to come back at the same place.
    EnterDfuMode(Place),
    /// Erases everything: ask first.
    RemoveProtection(Place),
    OpenLink(&'static str),
    CopyText(String),
    /// Plug in a simulated board.
    TrySimulated,
    /// Look at the bus again.
    Retry,
}

impl Diagnosis {
    fn new(what: impl Into<String>, why: impl Into<String>, steps: Vec<Step>) -> Self {
        Self {
            about: None,
            what: what.into(),
            why: why.into(),
            steps,
        }
    }

    /// A single sentence has no final period; several have.
    fn punctuated(mut self) -> Self {
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
    fn say(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            action: None,
        }
    }

    fn with(text: impl Into<String>, action: Action) -> Self {
        Self {
            text: text.into(),
            action: Some(action),
        }
    }

    fn retry(text: impl Into<String>) -> Self {
        Self::with(text, Action::Retry)
    }
}

/// What to say of one device; `None` where all is well or may still become so.
pub(super) fn of_device(found: &Found, facts: &SystemFacts) -> Option<Diagnosis> {
    if found.settling {
        return None;
    }
    let record = &found.record;
    let diagnosis = match &found.readiness {
        Readiness::Ready => trouble::of_ready(found, facts)?,
        Readiness::NoAccess(UsbErrorKind::Access) => permission::missing(&found.label, facts),
        Readiness::NoAccess(reason) => trouble::silent(&found.label, *reason),
        Readiness::WrongDriver(driver) => {
            windows_driver::wrong(&found.label, driver.as_deref(), facts)
        }
        Readiness::InUse => trouble::in_use(found, facts),
        Readiness::RunTime => of_run_time(found, record, facts),
        Readiness::Application => match found.kind {
            Kind::Application(program) => enter_dfu::from_program(&found.label, program),
            _ => return None,
        },
        Readiness::DebugProbe => enter_dfu::past_the_debugger(&found.label),
    };
    let about = Some(record.place.clone());
    Some(Diagnosis { about, ..diagnosis }.punctuated())
}

fn of_run_time(found: &Found, record: &DeviceRecord, facts: &SystemFacts) -> Diagnosis {
    let mut diagnosis = enter_dfu::from_run_time(found);
    match record.blocked {
        Some(UsbErrorKind::Access) if facts.os == Os::Linux => {
            let steps = permission::missing(&found.label, facts).steps;
            diagnosis.why.push_str(
                ". It offers to be switched from here, but there is no permission to open it",
            );
            diagnosis.steps.splice(0..0, steps);
        }
        Some(UsbErrorKind::WrongDriver) => diagnosis.why.push_str(
            ". It offers to be switched from here, but Windows has bound no driver for that",
        ),
        _ => {}
    }
    diagnosis
}

/// What to say to somebody who looks at the list: the bus itself, then each device that is not
/// ready, then how to bring a board there where none is. Debuggers and programs go without
/// saying while a board is ready.
pub(crate) fn diagnose(
    found: &[Found],
    bus: Result<(), &UsbError>,
    facts: &SystemFacts,
) -> Vec<Diagnosis> {
    let ready = found.iter().any(Found::can_upgrade);
    let mut all: Vec<Diagnosis> = Vec::new();
    if let Err(error) = bus {
        all.push(trouble::no_usb(error, facts).punctuated());
    }
    let worth_saying = |found: &&Found| found.is_bootloader() || !ready;
    let devices = found.iter().filter(worth_saying);
    for diagnosis in devices.filter_map(|found| found.diagnosis.clone()) {
        all.push(refer_to_earlier(diagnosis, &all));
    }
    if bus.is_ok() && !found.iter().any(leads_to_a_board) {
        all.push(enter_dfu::nothing_there().punctuated());
    }
    all
}

/// Two boards without permission need the rule once: steps that an earlier diagnosis has are not
/// spelled out again.
fn refer_to_earlier(mut diagnosis: Diagnosis, before: &[Diagnosis]) -> Diagnosis {
    let place_of = |found: Option<&Diagnosis>| found.and_then(|other| other.about.clone());
    let same = before.iter().find(|other| other.steps == diagnosis.steps);
    if let Some(place) = place_of(same) {
        diagnosis.steps = vec![Step::say(format!(
            "The same steps as for the one at {place}"
        ))];
        return diagnosis;
    }
    for step in &mut diagnosis.steps {
        let is_copied = matches!(step.action, Some(Action::CopyText(_)));
        let same = before.iter().find(|other| other.steps.contains(step));
        if let Some(place) = place_of(same).filter(|_| is_copied) {
            *step = Step::say(format!("{}, as for the one at {place}", step.text));
        }
    }
    diagnosis
}

/// Whether there is a device whose own diagnosis says how to go on. A serial chip may belong to
/// anything.
fn leads_to_a_board(found: &Found) -> bool {
    !matches!(
        found.kind,
        Kind::Application(super::identity::Program::SerialChip)
    )
}
