//! Why a board is missing or not ready, and the steps that help.
//!
//! Facts are stated as facts; a likely cause is stated as likely.

mod enter_dfu;
mod permission;
mod step;
mod trouble;
mod windows_driver;

#[cfg(test)]
mod tests;

use crate::transport::{UsbError, UsbErrorKind};

use super::facts::{Os, SystemFacts};
use super::found::Found;
use super::kind::{Access, Kind, Obstacle, Program};
pub(crate) use step::{Action, Diagnosis, Step};

/// The bus itself, then each device that is not ready, then how to bring a board into DFU mode if
/// there is none.
pub(super) fn diagnose(
    found: &[Found],
    bus_error: Option<&UsbError>,
    facts: &SystemFacts,
) -> Vec<Diagnosis> {
    let bus = bus_error.map(|error| trouble::no_usb(error, facts).with_final_periods());
    let nothing = bus.is_none() && !found.iter().any(leads_to_a_board);
    let devices = found
        .iter()
        .filter_map(|found| diagnose_device(found, facts));
    bus.into_iter()
        .chain(devices)
        .chain(nothing.then(|| enter_dfu::no_board().with_final_periods()))
        .collect()
}

/// `None` if nothing is wrong, or the obstacle may still go away.
fn diagnose_device(found: &Found, facts: &SystemFacts) -> Option<Diagnosis> {
    let label = &found.label;
    let diagnosis = match (found.kind, &found.access) {
        (_, Access::Settling(_)) => return None,
        (Kind::DebugProbe, _) => enter_dfu::debugger_port(label),
        (Kind::Application(program), _) => enter_dfu::from_program(found, program),
        (Kind::RunTime, _) if found.is_perhaps_no_board() => enter_dfu::perhaps_no_board(found),
        (Kind::RunTime, _) => diagnose_run_time(found, facts),
        (Kind::Bootloader(dialect), Access::Ready) => trouble::ready_device(found, dialect, facts)?,
        (Kind::Bootloader(_), Access::Blocked(obstacle)) => match obstacle {
            Obstacle::NoAccess(UsbErrorKind::Access) => permission::missing(label, facts),
            Obstacle::NoAccess(reason) => trouble::silent(label, *reason),
            Obstacle::WrongDriver(driver) => windows_driver::wrong(found, driver.as_deref(), facts),
            Obstacle::InUse => trouble::in_use(found, facts),
        },
    };
    let about = Some(found.place().clone());
    Some(Diagnosis { about, ..diagnosis }.with_final_periods())
}

fn diagnose_run_time(found: &Found, facts: &SystemFacts) -> Diagnosis {
    let mut diagnosis = enter_dfu::from_run_time(found);
    match found.record.blocked {
        Some(UsbErrorKind::Access) if facts.os == Os::Linux => {
            let steps = permission::missing(&found.label, facts).steps;
            diagnosis
                .why
                .push_str(". It can be switched from here, but there is no permission to open it");
            diagnosis.steps.splice(0..0, steps);
        }
        Some(UsbErrorKind::WrongDriver) => diagnosis
            .why
            .push_str(". It can be switched from here, but Windows has bound no driver for that"),
        _ => {}
    }
    diagnosis
}

/// The diagnoses for a person who reads all of them. Leaves out debuggers and programs while a
/// board is ready, and devices that are no boards, and does not repeat the steps of an earlier diagnosis.
pub(super) fn summarise(found: &[Found], diagnoses: &[Diagnosis]) -> Vec<Diagnosis> {
    let ready = found.iter().any(Found::can_upgrade);
    let matters = |diagnosis: &&Diagnosis| {
        let device = found
            .iter()
            .find(|found| Some(found.place()) == diagnosis.about.as_ref());
        let is_other = device.is_some_and(Found::is_no_board);
        !is_other && (!ready || device.is_none_or(Found::is_bootloader))
    };
    let mut all: Vec<Diagnosis> = Vec::new();
    for diagnosis in diagnoses.iter().filter(matters) {
        all.push(refer_to_earlier(diagnosis.clone(), &all));
    }
    all
}

/// Two boards without permission need the rule once: the steps of an earlier diagnosis are not
/// repeated.
fn refer_to_earlier(mut diagnosis: Diagnosis, earlier: &[Diagnosis]) -> Diagnosis {
    let place_of = |found: Option<&Diagnosis>| found.and_then(|other| other.about.clone());
    let same = earlier.iter().find(|other| other.steps == diagnosis.steps);
    if let Some(place) = place_of(same) {
        diagnosis.steps = vec![Step::new(format!(
            "The same steps as for the device at {place}"
        ))];
        return diagnosis;
    }
    for step in &mut diagnosis.steps {
        let is_copied = matches!(step.action, Some(Action::CopyText(_)));
        let same = earlier.iter().find(|other| other.steps.contains(step));
        if let Some(place) = place_of(same).filter(|_| is_copied) {
            *step = Step::new(format!("{}, as for the device at {place}", step.text));
        }
    }
    diagnosis
}

/// Whether the device's own diagnosis shows how to continue. A serial chip may belong to anything.
fn leads_to_a_board(found: &Found) -> bool {
    let serial_chip = Kind::Application(Program::SerialChip);
    found.kind != serial_chip && !found.is_perhaps_no_board()
}
