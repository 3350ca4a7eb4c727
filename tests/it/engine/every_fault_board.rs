//! The board of a fault scenario, with a small flash; and what is true of its sectors.

use std::collections::BTreeMap;
use std::sync::Arc;

use upfuse::address::{Address, AddressRange};
use upfuse::engine::{JobEvent, SectorState};
use upfuse::firmware::{Image, ImageTarget};
use upfuse::simulator::{Area, Board, Faults};

use super::bench::{Bench, FLASH, named, pieces, random};

/// A stack pointer into RAM and an odd reset vector: the simulated board runs it.
const VECTORS: [u8; 8] = [0x00, 0x10, 0x00, 0x20, 0x01, 0x00, 0x00, 0x08];

/// A board before it is plugged in: of three sectors that an image covers, the middle one already
/// holds its part.
pub(crate) struct Prototype {
    pub(crate) name: &'static str,
    board: Board,
    pub(crate) image: Arc<Image>,
    sectors: Vec<AddressRange>,
    /// Indices of `sectors` that can be erased.
    writable: Vec<usize>,
    parts: Vec<(u32, Vec<u8>)>,
    erased: u8,
}

/// What a job said last of a sector; `None` if nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SectorClaim {
    pub(crate) sector: usize,
    pub(crate) state: Option<SectorState>,
}

impl Prototype {
    pub(crate) fn new(name: &str, protected: bool) -> Self {
        let mut board = with_small_flash(named(name));
        let map = Bench::new(board.clone()).described().targets[0]
            .map
            .clone()
            .unwrap();
        let all: Vec<_> = map.sectors().collect();
        let writable: Vec<usize> = (0..all.len()).filter(|i| all[*i].access.write).collect();
        let sectors: Vec<_> = all.iter().map(|sector| sector.range).collect();
        let bootloader = board.bootloader.as_ref().unwrap();
        let block = u64::from(bootloader.functional.transfer_size);
        let erased = bootloader.erased;
        let mut parts = Vec::new();
        for (seed, index) in (0u32..).zip(writable.iter().take(3)) {
            let range = sectors[*index];
            let length = range.len().min(block * 3 / 2);
            let (mut new, mut old) = (random(seed + 70, length), random(seed + 80, range.len()));
            if seed == 0 {
                new[..8].copy_from_slice(&VECTORS);
                old[..8].copy_from_slice(&VECTORS);
            }
            if seed == 1 {
                old[..new.len()].copy_from_slice(&new);
            }
            board = board.holding(range.start(), old);
            parts.push((range.start().0, new));
        }
        if protected {
            board = board.read_protected();
        }
        let image = pieces(
            &parts
                .iter()
                .map(|(at, data)| (*at, data.as_slice()))
                .collect::<Vec<_>>(),
        );
        Self {
            name: board.name,
            board,
            image,
            sectors,
            writable,
            parts,
            erased,
        }
    }

    pub(crate) fn plug(&self, faults: Faults) -> Bench {
        Bench::new(self.board.clone().with_faults(faults))
    }

    pub(crate) fn can_unprotect(&self) -> bool {
        let bootloader = self.board.bootloader.as_ref().unwrap();
        bootloader.commands.contains(&0x92)
    }

    /// The first two sectors of the image, and a part of the third.
    pub(crate) fn extent(&self) -> AddressRange {
        let third = self.sectors[self.writable[2]];
        let first = self.sectors[self.writable[0]].start();
        AddressRange::new(first, u64::from(third.start().0 - first.0) + 16).unwrap()
    }

    /// All that can be erased.
    pub(crate) fn erasable(&self) -> AddressRange {
        let first = self.sectors[self.writable[0]].start();
        let last = self.sectors[*self.writable.last().unwrap()];
        AddressRange::new(first, last.end() - u64::from(first.0)).unwrap()
    }

    pub(crate) fn is_blank(&self, flash: &[u8], range: AddressRange) -> bool {
        let whole = self.sectors.iter().filter(|sector| sector.overlaps(range));
        whole
            .map(|s| bytes(flash, *s))
            .all(|b| b == vec![self.erased; b.len()])
    }

    pub(crate) fn holds_image(&self, flash: &[u8]) -> bool {
        self.parts.iter().all(|(at, data)| holds(flash, *at, data))
    }

    /// All bytes outside the image are as before, except those in `lost`.
    pub(crate) fn keeps_rest(&self, before: &[u8], after: &[u8], lost: &[AddressRange]) -> bool {
        (0..self.sectors.len()).all(|sector| self.keeps_rest_of(sector, before, after, lost))
    }

    /// The same of one sector.
    pub(crate) fn keeps_rest_of(
        &self,
        sector: usize,
        before: &[u8],
        after: &[u8],
        lost: &[AddressRange],
    ) -> bool {
        let covered = self
            .parts
            .iter()
            .filter_map(|(at, data)| AddressRange::new(Address(*at), data.len() as u64));
        let mut left_out: Vec<_> = covered.chain(lost.iter().copied()).collect();
        left_out.sort_by_key(|range| range.start());
        let rest = self.sectors[sector].without(&left_out);
        rest.into_iter()
            .all(|range| bytes(before, range) == bytes(after, range))
    }

    pub(crate) fn was_read(&self, read: &[ImageTarget], flash: &[u8]) -> bool {
        let extent = self.extent();
        let mut found = vec![0; usize::try_from(extent.len()).unwrap()];
        let segments: Vec<_> = read.iter().flat_map(|target| &target.segments).collect();
        read.iter()
            .for_each(|target| target.copy_to(extent, &mut found));
        segments.len() == 1 && found == bytes(flash, extent)
    }

    /// The last claim about each sector.
    pub(crate) fn claims(&self, events: &[JobEvent]) -> Vec<SectorClaim> {
        let mut claims = BTreeMap::new();
        for event in events {
            if let JobEvent::Sectors(changes) = event {
                claims.extend(changes.iter().map(|c| (c.index as usize, c.state)));
            }
        }
        let claim = |sector| SectorClaim {
            sector,
            state: claims.get(&sector).copied(),
        };
        (0..self.sectors.len()).map(claim).collect()
    }

    /// Whether the claim is true. `deceived`: the board said what was not so.
    pub(crate) fn is_true(
        &self,
        claim: SectorClaim,
        before: &[u8],
        after: &[u8],
        deceived: bool,
    ) -> bool {
        use SectorState as S;
        let sector = self.sectors[claim.sector];
        let (old, now) = (bytes(before, sector), bytes(after, sector));
        let holds_part = || {
            let parts = self.parts.iter();
            let mut parts = parts.filter(|(at, _)| sector.contains(Address(*at)));
            parts.all(|(at, data)| holds(after, *at, data))
        };
        let is_blank = || now == vec![self.erased; now.len()];
        match claim.state {
            None | Some(S::Differs | S::Read) => now == old,
            Some(S::Matches | S::Verified) => holds_part(),
            Some(S::Written) => deceived || holds_part(),
            Some(S::Erased | S::Blank) => is_blank(),
            Some(S::Mismatch) => deceived || !holds_part(),
            Some(S::NotErased) => deceived || !is_blank(),
            // All of it, if only the answer to its last block was lost; what was there before, if
            // that was erased.
            Some(S::PartlyWritten) => now != old || holds_part(),
            // "may be"
            Some(S::Uncertain) => true,
        }
    }
}

fn bytes(flash: &[u8], range: AddressRange) -> &[u8] {
    let start = (range.start().0 - FLASH) as usize;
    &flash[start..start + usize::try_from(range.len()).unwrap()]
}

fn holds(flash: &[u8], at: u32, data: &[u8]) -> bool {
    flash[(at - FLASH) as usize..].starts_with(data)
}

/// The same board with only the first sectors of its flash, so that erasing all of it and reading it
/// takes few transfers; they include those whose erase hangs.
fn with_small_flash(mut board: Board) -> Board {
    let bootloader = board.bootloader.as_mut().unwrap();
    bootloader.hangs_from = bootloader.hangs_from.map(|_| Address(FLASH));
    // The size of this one is in its serial number.
    if board.name == "gd32vf103" {
        return board;
    }
    let flash = &mut bootloader.alternates[0];
    let Area { kind, mut runs } = flash.areas[0].clone();
    let smallest = runs.iter().map(|run| run.size).min().unwrap();
    let mut left = (4096 / smallest).max(4);
    for run in runs.iter_mut().filter(|run| run.access.write) {
        run.count = run.count.min(left);
        left -= run.count;
    }
    runs.retain(|run| run.count > 0);
    let sectors: Vec<_> = runs
        .iter()
        .map(|run| {
            let letter = if run.access.write { 'g' } else { 'a' };
            format!("{:02}*{:04}B{letter}", run.count, run.size)
        })
        .collect();
    flash.layout = Some(format!(
        "@Internal Flash  /0x{FLASH:08X}/{}",
        sectors.join(",")
    ));
    flash.areas[0] = Area { kind, runs };
    board
}
