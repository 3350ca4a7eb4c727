//! Installs the driver of a board, on Windows.

use super::catch_panic;
use crate::discovery::driver::{self, Action, HandOverError, Outcome, change_driver};
use crate::transport::DeviceRecord;

/// What became of it, in sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverChange {
    pub result: Result<String, String>,
    /// What was tried, for the log.
    pub steps: Vec<String>,
}

pub(super) fn install(record: &DeviceRecord) -> DriverChange {
    let mut steps = Vec::new();
    let result = catch_panic(|| {
        let device = driver::of_record(record)
            .ok_or("Windows does not tell which of several boards this is; unplug the others")?;
        let report = match record.place.is_simulated() {
            true => Err(HandOverError::Simulated(device.instance)),
            // The window has said already that Windows asks.
            false => change_driver(Action::Install, &device.instance, || ()),
        };
        let report = report.map_err(|error| format!("No driver was installed: {error}"))?;
        steps.clone_from(&report.steps);
        let sentences = [report.sentence()].into_iter().chain(report.advice());
        let text = sentences.collect::<Vec<_>>().join(". ");
        match report.outcome {
            Outcome::Done { .. } | Outcome::AlreadyDone => Ok(text),
            _ => Err(text),
        }
    });
    DriverChange { result, steps }
}
