//! What a job will do to a board, as data: computed before anything is touched, drawn in the
//! window, printed by `--dry-run`, walked by `run`, summed up in the report.

use super::options::UpgradeOptions;
use crate::address::{Address, AddressRange};
use crate::memory::Sector;

/// What an upgrade does, sector by sector. What is not in it is not erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub targets: Vec<TargetPlan>,
    pub options: UpgradeOptions,
    /// Where the program is started, if it is.
    pub start: Option<Address>,
}

/// The part of a plan for one alternate setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetPlan {
    pub alternate: u8,
    /// The board's name for it: "Internal Flash".
    pub name: String,
    /// The sectors that the image touches, lowest first; with a mass erase, all of them.
    pub sectors: Vec<SectorPlan>,
}

/// What happens to one sector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectorPlan {
    pub sector: Sector,
    /// What the image holds of it, sorted, touching pieces joined. Empty for a sector that only a
    /// mass erase touches.
    pub covered: Vec<AddressRange>,
    pub action: Action,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Not compared yet: one of the others, once the board has been read.
    Undecided,
    /// Already holds the right bytes.
    Leave,
    /// Blank where the image goes: written without erasing.
    Write,
    /// Erased, then written.
    EraseAndWrite,
    /// Erased by the mass erase, and the image has nothing for it.
    Erase,
}

impl Action {
    pub fn erases(self) -> bool {
        matches!(self, Self::EraseAndWrite | Self::Erase)
    }

    pub fn writes(self) -> bool {
        matches!(self, Self::Write | Self::EraseAndWrite)
    }
}

impl SectorPlan {
    /// Bytes of the image in this sector.
    pub fn covered_bytes(&self) -> u64 {
        self.covered.iter().map(|r| r.len()).sum()
    }

    /// Bytes that the image does not cover and that are erased with the sector.
    pub fn uncovered_bytes(&self) -> u64 {
        self.sector.range.len().saturating_sub(self.covered_bytes())
    }
}

/// A plan in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanTotals {
    /// Bytes of the image in sectors not compared yet.
    pub undecided_bytes: u64,
    /// Bytes that are already right.
    pub matching_bytes: u64,
    /// Bytes to write.
    pub write_bytes: u64,
    pub sectors: u32,
    pub erase_sectors: u32,
    /// Bytes outside the image that are erased and not restored. For undecided sectors: at most.
    pub lost_bytes: u64,
}

impl Plan {
    pub fn totals(&self) -> PlanTotals {
        let mut totals = PlanTotals::default();
        for sector in self.targets.iter().flat_map(|t| &t.sectors) {
            totals.sectors = totals.sectors.saturating_add(1);
            let bytes = sector.covered_bytes();
            let sum = match sector.action {
                Action::Undecided => &mut totals.undecided_bytes,
                Action::Leave => &mut totals.matching_bytes,
                Action::Write | Action::EraseAndWrite | Action::Erase => &mut totals.write_bytes,
            };
            *sum = sum.saturating_add(bytes);
            if sector.action.erases() {
                totals.erase_sectors = totals.erase_sectors.saturating_add(1);
            }
            let loses = sector.action.erases() || sector.action == Action::Undecided;
            if loses && !self.options.keep {
                totals.lost_bytes = totals.lost_bytes.saturating_add(sector.uncovered_bytes());
            }
        }
        totals
    }
}
