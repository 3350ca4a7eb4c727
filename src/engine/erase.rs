//! All erasing: of a scope, and of a plan's sectors.

use super::board::check_fits;
use super::error::JobError;
use super::event::SectorState;
use super::job::Job;
use super::ledger;
use super::phase::Phase;
use super::plan::Plan;
use super::planning::flash_map;
use super::task::EraseScope;
use super::verify::check_blank;
use crate::dfu::Session;
use crate::memory::Sector;

/// Erases `scope`, and verifies that it is blank.
pub(super) fn erase(job: &mut Job<'_>, scope: EraseScope) -> Result<(), JobError> {
    let (alternate, sectors) = sectors_in(job, scope)?;
    job.start_phase(Phase::Connect, 0);
    job.select(alternate)?;
    job.start_phase(Phase::Erase, sectors.iter().map(|s| s.range.len()).sum());
    match scope {
        EraseScope::All => mass_erase(job, sectors.iter().map(|s| (alternate, *s)).collect())?,
        EraseScope::Range { .. } => sectors
            .iter()
            .try_for_each(|sector| erase_sector(job, alternate, *sector))?,
    }
    if job.board.functional.can_upload() {
        check_blank(job, alternate, &sectors)?;
    }
    job.report.board_summary =
        ledger::count_sectors(sectors.len(), "is erased and empty", "are erased and empty");
    Ok(())
}

fn sectors_in(job: &Job<'_>, scope: EraseScope) -> Result<(u8, Vec<Sector>), JobError> {
    match scope {
        EraseScope::All => {
            let first = job.board.first_alternate();
            let sectors = flash_map(job.board.require_target(first)?)?.sectors();
            Ok((first, sectors.filter(|s| s.access.erase).collect()))
        }
        EraseScope::Range { alternate, range } => {
            let target = job.board.require_target(alternate)?;
            let map = flash_map(target)?;
            check_fits(target, range, |_| true)?;
            let sectors: Vec<Sector> = map.sectors_touching(range).collect();
            match sectors.iter().find(|sector| !sector.access.erase) {
                Some(locked) => Err(JobError::NotAllowed {
                    sector: locked.range,
                    what: "erased",
                }),
                None => Ok((alternate, sectors)),
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
        return mass_erase(job, sectors);
    }
    for (alternate, sector) in sectors {
        job.select(alternate)?;
        erase_sector(job, alternate, sector)?;
    }
    Ok(())
}

fn erase_sector(job: &mut Job<'_>, alternate: u8, sector: Sector) -> Result<(), JobError> {
    let range = sector.range;
    let erased = job.dfu(Some(range), |session| {
        session.erase_sector(range.start(), range.len())
    });
    record(job, alternate, sector, &erased);
    erased
}

/// Mass erase, which clears `sectors`.
fn mass_erase(job: &mut Job<'_>, sectors: Vec<(u8, Sector)>) -> Result<(), JobError> {
    let erased = job.dfu(None, Session::mass_erase);
    for (alternate, sector) in sectors {
        record(job, alternate, sector, &erased);
    }
    erased
}

/// Records the state of a sector after its erase.
fn record(job: &mut Job<'_>, alternate: u8, sector: Sector, erased: &Result<(), JobError>) {
    if erased.is_ok() {
        job.report.sectors_erased += 1;
        job.mark(alternate, sector.index, SectorState::Erased);
        job.advance(sector.range.len());
    } else if job.session.is_uncertain() {
        job.mark(alternate, sector.index, SectorState::Uncertain);
    }
}
