//! The tasks after which the board leaves the bus: starting its program, and entering DFU mode from
//! it.

use super::error::JobError;
use super::event::JobEvent;
use super::job::Job;
use super::phase::Phase;
use crate::address::Address;
use crate::firmware::Segment;
use crate::memory::MemoryMap;

/// Starts the program at `at`, or where the board's memory for programs begins.
pub(super) fn start_program(job: &mut Job<'_>, at: Option<Address>) -> Result<(), JobError> {
    let mut maps = job.board.targets.iter().filter_map(|t| t.map.as_ref().ok());
    let first = maps.next();
    let chooses = at.is_none() && first.is_some_and(|map| map.start() != program_start(map));
    let at = at
        .or_else(|| program_start(first?))
        .unwrap_or(Address::FLASH);
    if let Some(first) = job.board.targets.first() {
        job.select(first.alternate)?;
    }
    start(job, at)?;
    job.report.board_summary = match chooses {
        true => BOOTLOADER_CHOOSES.to_owned(),
        false => format!("The program at {at} was started"),
    };
    Ok(())
}

/// A bootloader in flash reserves its own sectors, at the start. Behind them begins the program, or
/// something else: not every such bootloader goes to the address that it is given.
fn program_start(map: &MemoryMap) -> Option<Address> {
    let mut runs = map.runs().iter();
    let writable = runs.find(|run| run.access.write || run.access.erase);
    writable.map(|run| run.start).or_else(|| map.start())
}

const BOOTLOADER_CHOOSES: &str =
    "The board left DFU mode; its bootloader, which lives in flash, chooses the program";

/// Leaves DFU mode and starts the program at `at`.
fn start(job: &mut Job<'_>, at: Address) -> Result<(), JobError> {
    job.start_phase(Phase::Start, 0);
    leave(job, at)?;
    if job.board.may_hang_at_start {
        hint(job, MAY_HANG);
    }
    Ok(())
}

fn leave(job: &mut Job<'_>, at: Address) -> Result<(), JobError> {
    job.dfu(None, |session| session.leave(Some(at)))?;
    job.report.started = true;
    Ok(())
}

/// Restarts a board for the next part of a file. What starts finds the mark in RAM and stays in DFU
/// mode; the bootloaders write RAM although no layout names it (EdgeTX/rs-dfu, dfu/src/connection.rs).
pub(super) fn restart(
    job: &mut Job<'_>,
    mark: Option<&Segment>,
    at: Address,
) -> Result<(), JobError> {
    job.start_phase(Phase::Start, 0);
    if let Some(mark) = mark {
        let range = mark.range();
        job.dfu(Some(range), |session| {
            session.download(range.start(), mark.data())
        })?;
    }
    leave(job, at)?;
    hint(job, NEXT_PART);
    Ok(())
}

const NEXT_PART: &str = "The board restarts for the next part of the file";

/// As [`start`], at the end of an upgrade. A board that stays in DFU mode holds the new firmware all
/// the same.
pub(super) fn start_upgraded(job: &mut Job<'_>, at: Address) -> Result<(), JobError> {
    match start(job, at) {
        Err(error) if error.is_ignored() => {
            hint(job, STAYED);
            Ok(())
        }
        other => other,
    }
}

pub(super) fn hint(job: &mut Job<'_>, text: &'static str) {
    job.report.start_hint = Some(text);
    job.emit(JobEvent::Note(text.to_owned()));
}

const STAYED: &str = "The board was asked to start its program and stayed in DFU mode: release \
                      BOOT0 and press reset";
const MAY_HANG: &str = "If nothing happens, press reset: on some STM32H5 and H7 the bootloader \
                        stops instead of starting the program";

pub(super) fn detach(job: &mut Job<'_>) -> Result<(), JobError> {
    job.start_phase(Phase::Wait, 0);
    let functional = job.board.functional;
    job.dfu(None, |session| {
        session.detach(functional.detach_timeout, functional.will_detach())
    })?;
    job.report.board_summary = "The board was asked to enter DFU mode".to_owned();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::parse_layout;

    #[test]
    fn a_program_begins_behind_a_bootloader_in_flash() {
        for (layout, start) in [
            (
                "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg",
                0x0800_0000,
            ),
            // OpenBootloader of STM32CubeG0, and a project with ST's device library.
            ("@Internal Flash   /0x08000000/8*02Ka,248*02Kg", 0x0800_4000),
            (
                "@Internal Flash   /0x08000000/03*016Ka,01*016Kg,01*064Kg,07*128Kg",
                0x0800_C000,
            ),
        ] {
            let map = parse_layout(layout).unwrap();
            assert_eq!(program_start(&map), Some(Address(start)), "{layout}");
        }
    }
}
