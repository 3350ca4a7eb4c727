//! All erasing: of a scope, and of a plan's sectors.

use super::board::check_fits;
use super::error::JobError;
use super::event::{JobEvent, SectorState};
use super::job::Job;
use super::ledger::count_sectors;
use super::option_bytes::name_protected;
use super::phase::Phase;
use super::plan::Plan;
use super::planning::flash_map;
use super::task::EraseScope;
use super::verify::{NotBlank, check_blank, look_at_starts};
use crate::dfu::{EraseEnd, Session};
use crate::memory::Sector;

/// Erases `scope`, and verifies that it is blank.
pub(super) fn erase(job: &mut Job<'_>, scope: EraseScope) -> Result<(), JobError> {
    let sectors = sectors_in(job, scope)?;
    let Some((alternate, _)) = sectors.first().copied() else {
        return Ok(());
    };
    job.start_phase(Phase::Connect, 0);
    job.note_program_start(alternate)?;
    job.select(alternate)?;
    job.start_phase(
        Phase::Erase,
        sectors.iter().map(|(_, s)| s.range.len()).sum(),
    );
    match scope {
        EraseScope::All => mass_erase(job, &sectors)?,
        EraseScope::Range { .. } => sectors
            .iter()
            .try_for_each(|(alternate, sector)| erase_sector(job, *alternate, *sector))?,
    }
    if job.is_readable() {
        let bytes = sectors.iter().map(|(_, s)| s.range.len()).sum();
        job.start_phase(Phase::Verify, bytes);
        let unseen = match scope {
            EraseScope::All => erase_spared(job, &sectors)?,
            EraseScope::Range { .. } => sectors,
        };
        if let Some(not_blank) = see_blank(job, &unseen)? {
            let touched: Vec<_> = not_blank.sectors.iter().map(|(_, s)| s.range).collect();
            let result = not_blank.into_result();
            result.map_err(|error| name_protected(job, &touched, error))?;
        }
    }
    job.report.board_summary = job.ledger.sentence();
    Ok(())
}

fn sectors_in(job: &Job<'_>, scope: EraseScope) -> Result<Vec<(u8, Sector)>, JobError> {
    match scope {
        EraseScope::All => {
            let first = job.board.first_alternate();
            let sectors = flash_map(job.board.require_target(first)?)?.sectors();
            let erasable = sectors.filter(|s| s.access.erase);
            Ok(erasable.map(|sector| (first, sector)).collect())
        }
        EraseScope::Range { alternate, range } => {
            let target = job.board.require_target(alternate)?;
            let map = flash_map(target)?;
            check_fits(target, range, |_| true)?;
            let mut sectors = map.sectors_touching(range);
            match sectors.find(|sector| !sector.access.erase) {
                Some(locked) => Err(JobError::NotAllowed {
                    sector: locked.range,
                    what: "erased",
                }),
                None => Ok(map
                    .sectors_touching(range)
                    .map(|sector| (alternate, sector))
                    .collect()),
            }
        }
    }
}

/// Erases the sectors whose planned action erases.
pub(super) fn erase_planned(job: &mut Job<'_>, plan: &Plan) -> Result<(), JobError> {
    let mut sectors = Vec::new();
    for target in &plan.targets {
        let erased = target.sectors.iter().filter(|s| s.action.erases());
        sectors.extend(erased.map(|s| (target.alternate, s.sector)));
    }
    let Some((first, _)) = sectors.first().copied() else {
        return Ok(());
    };
    job.start_phase(
        Phase::Erase,
        sectors.iter().map(|(_, s)| s.range.len()).sum(),
    );
    if plan.options.mass_erase {
        job.select(first)?;
        sectors.retain(|(_, sector)| sector.access.erase);
        mass_erase(job, &sectors)?;
        if job.is_readable() {
            let spared = erase_spared(job, &sectors)?;
            check_spared(job, plan, &spared)?;
        }
        return Ok(());
    }
    for (alternate, sector) in sectors {
        job.select(alternate)?;
        erase_sector(job, alternate, sector)?;
    }
    Ok(())
}

pub(super) fn erase_sector(
    job: &mut Job<'_>,
    alternate: u8,
    sector: Sector,
) -> Result<(), JobError> {
    let range = sector.range;
    let end = job.dfu(Some(range), |session| {
        session.erase_sector(range.start(), range.len())
    });
    if matches!(end, Ok(EraseEnd::Cleared)) && can_see(job, sector) {
        // Until it is read: reading may fail.
        job.mark(alternate, sector.index, SectorState::Uncertain);
        if let Some(not_blank) = see_blank(job, &[(alternate, sector)])? {
            return not_blank.into_result();
        }
    }
    let erased = end.map(drop);
    record(job, alternate, sector, &erased);
    erased
}

fn can_see(job: &Job<'_>, sector: Sector) -> bool {
    job.board.functional.can_upload() && sector.access.read
}

/// Erases everything, according to the board; [`erase_spared`] reads the result. A board that
/// refuses a mass erase is erased sector by sector: mboot knows none, and that of an H743 with
/// bootloader V13.3 does not work (AN2606).
fn mass_erase(job: &mut Job<'_>, sectors: &[(u8, Sector)]) -> Result<(), JobError> {
    let erased = job.dfu(None, Session::mass_erase);
    if erased.as_ref().is_err_and(JobError::is_refusal) {
        let note = "The board refuses a mass erase: erasing sector by sector";
        job.emit(JobEvent::Note(note.to_owned()));
        if !erased.as_ref().is_err_and(JobError::did_nothing) {
            for (alternate, sector) in sectors {
                job.mark(*alternate, sector.index, SectorState::Uncertain);
            }
        }
        return erase_each(job, sectors);
    }
    let verifiable = job.is_readable();
    for (alternate, sector) in sectors {
        if erased.is_ok() && verifiable {
            job.mark(*alternate, sector.index, SectorState::Uncertain);
            job.advance(sector.range.len());
        } else {
            record(job, *alternate, *sector, &erased);
        }
    }
    erased
}

/// Erases sector by sector what a mass erase left: ST's device library accepts it and ignores it
/// (usbd_dfu.c). Returns those sectors.
fn erase_spared(
    job: &mut Job<'_>,
    sectors: &[(u8, Sector)],
) -> Result<Vec<(u8, Sector)>, JobError> {
    // Without reading, none was seen to be erased.
    let seen = see_blank(job, sectors);
    if seen.as_ref().is_err_and(JobError::is_cancelled) {
        // The mass erase itself cannot be stopped: the report should have its result.
        let mut unseen = sectors.to_vec();
        unseen.retain(|(alternate, sector)| job.ledger.is_uncertain(*alternate, sector.index));
        job.despite_cancel(|job| look_at_starts(job, &unseen))?;
    }
    let mut spared = seen?.map_or(sectors.to_vec(), |not_blank| not_blank.sectors);
    if job.is_readable() {
        if !spared.is_empty() {
            let count = count_sectors(spared.len(), "is", "are");
            job.emit(JobEvent::Note(format!(
                "After the mass erase {count} not empty: erasing one by one"
            )));
        }
        spared.extend(sectors.iter().filter(|(_, s)| !s.access.read));
    }
    erase_each(job, &spared)?;
    Ok(spared)
}

/// Erases sector by sector, and continues after one that the board refuses: it holds the board's
/// own bootloader, for example (mboot).
fn erase_each(job: &mut Job<'_>, sectors: &[(u8, Sector)]) -> Result<(), JobError> {
    for (alternate, sector) in sectors {
        job.select(*alternate)?;
        match erase_sector(job, *alternate, *sector) {
            Err(error) if error.is_refusal() => job.emit(JobEvent::Note(error.to_string())),
            other => other?,
        }
    }
    Ok(())
}

/// Verifies that sectors which the mass erase left are blank now; others than those that the image
/// covers may keep their contents.
fn check_spared(job: &mut Job<'_>, plan: &Plan, spared: &[(u8, Sector)]) -> Result<(), JobError> {
    let Some(not_blank) = see_blank(job, spared)? else {
        return Ok(());
    };
    let is_covered = |(alternate, sector): &(u8, Sector)| {
        plan.targets
            .iter()
            .filter(|target| target.alternate == *alternate)
            .flat_map(|target| target.sectors_touching(sector.range))
            .any(|planned| planned.action.writes())
    };
    if not_blank.sectors.iter().any(is_covered) {
        return not_blank.into_result();
    }
    Ok(())
}

/// The sectors that are not blank; `None` if the board cannot be read.
fn see_blank(job: &mut Job<'_>, sectors: &[(u8, Sector)]) -> Result<Option<NotBlank>, JobError> {
    let not_blank = check_blank(job, sectors);
    job.if_readable(not_blank)
}

/// Records the state of a sector after its erase.
fn record(job: &mut Job<'_>, alternate: u8, sector: Sector, erased: &Result<(), JobError>) {
    if erased.is_ok() {
        job.mark(alternate, sector.index, SectorState::Erased);
        job.advance(sector.range.len());
    } else if job.session.is_uncertain() && !erased.as_ref().is_err_and(JobError::did_nothing) {
        job.mark(alternate, sector.index, SectorState::Uncertain);
    }
}
