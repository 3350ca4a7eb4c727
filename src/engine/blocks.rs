//! Reading memory in full blocks.

use super::error::JobError;
use super::job::Job;
use crate::address::AddressRange;
use crate::memory::MemoryMap;

/// Reads one target in full blocks and caches the last one, so that sectors smaller than a block
/// need no second transfer. Blocks are counted from the start of a readable region, so that they
/// are aligned for all of its sectors.
#[derive(Debug)]
pub(super) struct BlockReader<'a> {
    map: &'a MemoryMap,
    size: u16,
    cached: Option<AddressRange>,
    buffer: Vec<u8>,
}

impl<'a> BlockReader<'a> {
    pub(super) fn new(job: &Job<'a>, alternate: u8) -> Result<Self, JobError> {
        Ok(Self {
            map: job.map(alternate)?,
            size: job.session.transfer_size(),
            cached: None,
            buffer: Vec::new(),
        })
    }

    /// Splits `range` into pieces that each lie in one block.
    pub(super) fn blocks(&self, range: AddressRange) -> impl Iterator<Item = AddressRange> + use<> {
        let region = self.region_around(range);
        range.blocks_from(region.start(), u32::from(self.size))
    }

    /// The bytes of a piece that lies in one block.
    pub(super) fn read(
        &mut self,
        job: &mut Job<'_>,
        piece: AddressRange,
    ) -> Result<&[u8], JobError> {
        let block = match self.cached {
            Some(block) if block.contains_range(piece) => block,
            _ => self.fetch(job, piece)?,
        };
        let bytes = block.offsets_of(piece).and_then(|at| self.buffer.get(at));
        bytes.ok_or_else(|| JobError::Internal(format!("{piece} is not in the block {block}")))
    }

    /// Reads the whole block that `piece` lies in.
    fn fetch(&mut self, job: &mut Job<'_>, piece: AddressRange) -> Result<AddressRange, JobError> {
        let region = self.region_around(piece);
        let before = piece.start().offset_from(region.start()).unwrap_or(0);
        let size = u64::from(self.size);
        let block = region
            .start()
            .checked_add(before / size * size)
            .and_then(|start| AddressRange::new(start, size)?.intersection(region))
            .unwrap_or(piece);
        self.cached = None;
        self.buffer.resize(block.len_usize(), 0);
        let buffer = &mut self.buffer;
        job.dfu(Some(block), |session| session.upload(block.start(), buffer))?;
        self.cached = Some(block);
        Ok(block)
    }

    /// The readable region that contains `range`, for reading whole blocks around it.
    fn region_around(&self, range: AddressRange) -> AddressRange {
        let regions = self.map.regions_where(|access| access.read);
        let mut around = regions.into_iter().filter(|r| r.contains_range(range));
        around.next().unwrap_or(range)
    }
}

/// Reads all bytes of `range`, in full blocks.
pub(super) fn read_range(
    job: &mut Job<'_>,
    alternate: u8,
    range: AddressRange,
) -> Result<Vec<u8>, JobError> {
    let mut all = Vec::with_capacity(range.len_usize());
    read_into(job, alternate, range, &mut all)?;
    Ok(all)
}

/// Appends the bytes of `range` to `all`; after an error, those that were read.
pub(super) fn read_into(
    job: &mut Job<'_>,
    alternate: u8,
    range: AddressRange,
    all: &mut Vec<u8>,
) -> Result<(), JobError> {
    let mut reader = BlockReader::new(job, alternate)?;
    for block in reader.blocks(range) {
        all.extend_from_slice(reader.read(job, block)?);
        job.report.bytes_read += block.len();
        job.advance(block.len());
    }
    Ok(())
}
