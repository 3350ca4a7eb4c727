//! The effect of a job on a board, as data: computed before anything is changed, drawn in the
//! window, printed by `--dry-run`, executed by `run`, and summed up in the report.

use super::doubt::Doubt;
use super::error::JobError;
use super::options::UpgradeOptions;
use super::plain::Stream;
use crate::address::{Address, AddressRange, push_joined};
use crate::firmware::{ImageTarget, Segment};
use crate::memory::Sector;

/// Writes begin and end on multiples of this many bytes, filled with the erased value. It is the largest unit
/// that a part programs (256 bits on an STM32H7, RM0433), and a multiple of all others. DFU does
/// not report a part's own unit, and erased flash already holds the filling.
const FLASH_WORD: u32 = 32;

/// The effect of an upgrade, sector by sector. A sector that is not in it is not erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub targets: Vec<TargetPlan>,
    /// For a board without addresses, in place of `targets`.
    pub stream: Option<Stream>,
    pub options: UpgradeOptions,
    /// The start address of the program, if it is started.
    pub start: Option<Address>,
    /// Written to RAM before that start, for a further part of the file.
    pub marker: Option<Segment>,
    /// Reasons to hesitate although the file fits.
    pub doubts: Vec<Doubt>,
}

/// The part of a plan for one alternate setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetPlan {
    pub alternate: u8,
    /// The board's name for it: "Internal Flash".
    pub name: String,
    /// The value of an erased byte.
    pub erased: u8,
    /// The part of the image that goes there.
    pub part: ImageTarget,
    /// The sectors that the image touches, lowest first; with a mass erase, all of them.
    pub sectors: Vec<SectorPlan>,
}

/// The plan for one sector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectorPlan {
    pub sector: Sector,
    /// The ranges of it that the image covers, sorted, touching ones joined. Empty for a sector
    /// that only a mass erase touches.
    pub covered: Vec<AddressRange>,
    /// The ranges of it that are to stay as they are, sorted.
    pub kept: Vec<AddressRange>,
    pub action: Action,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Not compared yet: becomes one of the others.
    Undecided,
    /// Already matches the image.
    Leave,
    /// Blank in the covered ranges: written without erasing.
    Write,
    /// Erased, then written.
    EraseAndWrite,
    /// Erased by the mass erase; the image does not cover it.
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

    /// Bytes that are to stay as they are.
    pub fn kept_bytes(&self) -> u64 {
        self.kept.iter().map(|r| r.len()).sum()
    }

    /// Bytes that the image does not cover and that are erased with the sector.
    pub fn uncovered_bytes(&self) -> u64 {
        self.sector.range.len() - self.covered_bytes()
    }

    /// Bytes of the image in this sector and in `range`.
    pub(super) fn covered_bytes_in(&self, range: AddressRange) -> u64 {
        let common = self.covered.iter().filter_map(|c| c.intersection(range));
        common.map(AddressRange::len).sum()
    }

    /// Written without an erase, with the sector's first bytes: they are blank.
    pub(super) fn is_written_from_its_start(&self) -> bool {
        let first = self.covered.first();
        let from_start = first.is_some_and(|range| range.start() == self.sector.range.start());
        from_start && self.action == Action::Write
    }

    /// The ranges to write: the covered ones extended to whole flash words.
    pub(super) fn extents(&self) -> Vec<AddressRange> {
        let mut extents = Vec::new();
        for covered in &self.covered {
            let extended = covered.aligned_outward(FLASH_WORD);
            let extended = extended.intersection(self.sector.range).unwrap_or(*covered);
            push_joined(&mut extents, extended);
        }
        extents
    }
}

impl TargetPlan {
    /// The planned sectors that share an address with `range`.
    pub(super) fn sectors_touching(
        &self,
        range: AddressRange,
    ) -> impl Iterator<Item = &SectorPlan> {
        let start = u64::from(range.start());
        let first = self
            .sectors
            .partition_point(|s| s.sector.range.end() <= start);
        let rest = self.sectors.iter().skip(first);
        rest.take_while(move |s| s.sector.range.overlaps(range))
    }
}

/// A plan in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanTotals {
    /// Bytes of the image in sectors not compared yet.
    pub undecided_bytes: u64,
    /// Bytes that already match.
    pub matching_bytes: u64,
    /// Bytes to write.
    pub write_bytes: u64,
    pub sectors: u32,
    pub erase_sectors: u32,
    /// Bytes outside the image that are erased and not restored, assuming that every undecided
    /// sector is erased.
    pub lost_bytes: u64,
    /// Bytes to keep in the planned sectors, as the options ask.
    pub kept_bytes: u64,
    /// Bytes to write, or perhaps, in sectors that cannot be read: neither compared nor verified.
    pub unverified_bytes: u64,
}

impl Plan {
    pub(super) fn sectors(&self) -> impl Iterator<Item = &SectorPlan> {
        self.targets.iter().flat_map(|target| &target.sectors)
    }

    /// The bytes of this sector that the image does not cover are read before the erase and
    /// written back.
    pub(super) fn keeps(&self, sector: &SectorPlan) -> bool {
        let is_rewritten = sector.action == Action::EraseAndWrite;
        self.keeps_rest(sector) && is_rewritten && sector.uncovered_bytes() > 0
    }

    /// The bytes of this sector that the image does not cover survive. Those around a range to keep
    /// do as well: they are read and written back with it.
    pub(crate) fn keeps_rest(&self, sector: &SectorPlan) -> bool {
        self.options.keep || !sector.kept.is_empty()
    }

    /// The ranges of a sector to write: all of it if its other bytes are kept.
    pub(super) fn extents(&self, sector: &SectorPlan) -> Vec<AddressRange> {
        if self.keeps(sector) {
            return vec![sector.sector.range];
        }
        sector.extents()
    }

    /// # Errors
    /// The serious doubts without consent.
    pub(crate) fn require_consent(&self) -> Result<(), JobError> {
        let serious = self.doubts.iter().filter(|doubt| doubt.is_serious());
        let open = serious.filter(|doubt| !self.options.consent.covers(doubt));
        match open.cloned().collect::<Vec<_>>() {
            open if open.is_empty() => Ok(()),
            open => Err(JobError::Doubtful(open)),
        }
    }

    pub fn totals(&self) -> PlanTotals {
        let mut totals = PlanTotals {
            write_bytes: self.stream.as_ref().map_or(0, Stream::length),
            ..PlanTotals::default()
        };
        for sector in self.sectors() {
            totals.sectors += 1;
            let sum = match sector.action {
                Action::Undecided => &mut totals.undecided_bytes,
                Action::Leave => &mut totals.matching_bytes,
                Action::Write | Action::EraseAndWrite | Action::Erase => &mut totals.write_bytes,
            };
            *sum += sector.covered_bytes();
            totals.kept_bytes += sector.kept_bytes();
            if !sector.sector.access.read && sector.action != Action::Leave {
                totals.unverified_bytes += sector.covered_bytes();
            }
            totals.erase_sectors += u32::from(sector.action.erases());
            let loses = sector.action.erases() || sector.action == Action::Undecided;
            if loses && !self.keeps_rest(sector) {
                totals.lost_bytes += sector.uncovered_bytes();
            }
        }
        totals
    }
}
