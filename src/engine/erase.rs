//! Erasing on request, and reading back that it happened: write-protected sectors report no error
//! (AN2662).

use super::error::JobError;
use super::event::SectorState;
use super::job::Job;
use super::phase::Phase;
use super::task::EraseScope;
use super::write::{erase_all, erase_sector, read_range};
use crate::memory::Sector;

pub(super) fn erase(job: &mut Job<'_>, scope: EraseScope) -> Result<(), JobError> {
    let (alternate, sectors) = sectors_in(job, scope)?;
    job.phase(Phase::Connect, 0);
    job.select(alternate)?;
    job.phase(Phase::Erase, sectors.iter().map(|s| s.range.len()).sum());
    match scope {
        EraseScope::All => {
            erase_all(
                job,
                sectors.iter().map(|sector| (alternate, *sector)).collect(),
            )?;
        }
        EraseScope::Range { .. } => {
            for sector in &sectors {
                erase_sector(job, alternate, sector.index, sector.range)?;
            }
        }
    }
    if job.board.functional.can_upload() {
        check_blank(job, alternate, &sectors)?;
    }
    let what = match sectors.len() {
        1 => "1 sector is erased and empty".to_owned(),
        n => format!("{n} sectors are erased and empty"),
    };
    job.report.board_state = what;
    Ok(())
}

fn sectors_in(job: &Job<'_>, scope: EraseScope) -> Result<(u8, Vec<Sector>), JobError> {
    match scope {
        EraseScope::All => {
            let first = job.board.first_alternate();
            let sectors = job
                .map(first)?
                .sectors()
                .filter(|s| s.access.erase)
                .collect();
            Ok((first, sectors))
        }
        EraseScope::Range { alternate, range } => {
            let map = job.map(alternate)?;
            let regions = map.regions();
            if let Some(range) = range.without(&regions).first().copied() {
                let name = map.name.clone();
                return Err(JobError::DoesNotFit {
                    range,
                    name,
                    regions,
                });
            }
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

fn check_blank(job: &mut Job<'_>, alternate: u8, sectors: &[Sector]) -> Result<(), JobError> {
    job.phase(Phase::Verify, sectors.iter().map(|s| s.range.len()).sum());
    let mut first = None;
    let mut different = 0u32;
    for sector in sectors.iter().filter(|s| s.access.read) {
        let bytes = read_range(job, alternate, sector.range)?;
        let Some((at, found)) = bytes.iter().enumerate().find(|(_, byte)| **byte != 0xFF) else {
            continue;
        };
        job.mark(alternate, sector.index, SectorState::Mismatch);
        different = different.saturating_add(1);
        let address = sector
            .range
            .start()
            .checked_add(u64::try_from(at).unwrap_or(0));
        first = first.or(address.map(|address| (address, *found)));
    }
    match first {
        None => Ok(()),
        Some((address, found)) => Err(JobError::Mismatch {
            address,
            expected: 0xFF,
            found,
            sectors: different,
        }),
    }
}
