//! Reads a UF2 file: sorts its blocks by family, checks that none is missing, and joins their data.

use std::collections::{BTreeMap, BTreeSet};

use super::block::{Block, LENGTH};
use super::checksum::{RegionMd5, check_all};
use super::tags::{self, Tags};
use crate::address::Address;
use crate::firmware::about::About;
use crate::firmware::contents::{ImageTarget, Parsed, Segment};
use crate::firmware::error::{Fault, Position, Refusal};
use crate::firmware::family::{Family, Variant};
use crate::firmware::overlay::{Neighbours, Pieces, repeated_note};
use crate::firmware::stage::{Restart, Stage};

/// Reads all blocks. The first family of the file becomes the contents, further ones its variants.
///
/// # Errors
/// When a block is damaged or missing, blocks contradict each other, or none holds data for flash.
pub(in crate::firmware::format) fn parse(file: &[u8]) -> Result<Parsed, Refusal> {
    let mut blocks = Sorted::default();
    let (whole, rest) = file.as_chunks::<LENGTH>();
    for (index, bytes) in (0u64..).zip(whole) {
        blocks.add(Block::parse(bytes, index * LENGTH as u64)?)?;
    }
    if !rest.is_empty() {
        return Err(Fault::CutShort {
            part: "a block",
            needed: LENGTH as u64,
            left: rest.len() as u64,
        }
        .at_offset((file.len() - rest.len()) as u64));
    }
    let mut notes = blocks.notes();
    let mut variants = Vec::new();
    for (family, group) in &blocks.groups {
        group.check_complete(&blocks.skipped)?;
        let variant = group.variant(*family, &mut notes)?;
        notes.extend(check_all(&blocks.md5, &variant.target)?);
        variants.push((group.first, variant));
    }
    variants.sort_by_key(|(first, _)| *first);
    let mut variants = variants.into_iter().map(|(_, variant)| variant);
    let first = variants.next().ok_or(Fault::NoData.of_file())?;
    Ok(Parsed {
        targets: vec![first.target],
        family: first.family,
        later: first.later,
        variants: variants.collect(),
        about: blocks.about,
        notes,
        ..Parsed::default()
    })
}

/// The blocks of a file by family.
#[derive(Debug, Default)]
struct Sorted<'a> {
    groups: BTreeMap<Option<Family>, Group<'a>>,
    /// Total and number of blocks that are not for flash: they count for every family.
    skipped: BTreeSet<(u32, u32)>,
    files: u64,
    comments: u64,
    about: About,
    md5: Vec<RegionMd5>,
}

/// The blocks of one family.
#[derive(Debug)]
struct Group<'a> {
    /// Offset of the first one.
    first: u64,
    blocks: Vec<(Block<'a>, Option<Address>)>,
}

impl<'a> Sorted<'a> {
    fn add(&mut self, block: Block<'a>) -> Result<(), Refusal> {
        if block.number >= block.total {
            let found = format!("block {} of {}", block.number, block.total);
            let fault = Fault::unexpected(found, "a number below the number of blocks");
            return Err(fault.at_offset(block.offset + 20));
        }
        let tags = match block.has_tags() {
            true => tags::read(&block)?,
            false => Tags::default(),
        };
        self.about.add(tags.about);
        let is_for_flash = !block.is_of_file() && !block.is_outside_flash() && !tags.is_ignored;
        let restart = tags.restart.filter(|_| block.is_outside_flash());
        if !is_for_flash && restart.is_none() {
            self.skipped.insert((block.total, block.number));
            self.files += u64::from(block.is_of_file());
            self.comments += u64::from(!block.is_of_file());
            return Ok(());
        }
        if is_for_flash {
            self.md5.extend(RegionMd5::of(&block));
        }
        let group = self.groups.entry(block.family()).or_insert(Group {
            first: block.offset,
            blocks: Vec::new(),
        });
        group.blocks.push((block, restart));
        Ok(())
    }

    fn notes(&self) -> Vec<String> {
        let of_files = "a file on the board's drive, not the program in its flash";
        let comments = "no part of the program";
        [(self.files, of_files), (self.comments, comments)]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| match count {
                1 => format!("1 block is left out: it is {what}"),
                _ => format!("{count} blocks are left out: they are {what}"),
            })
            .collect()
    }
}

impl About {
    /// What an earlier block said stays.
    fn add(&mut self, other: Self) {
        self.version = self.version.take().or(other.version);
        self.device = self.device.take().or(other.device);
        self.device_id = self.device_id.or(other.device_id);
        self.page_size = self.page_size.or(other.page_size);
    }
}

impl Group<'_> {
    /// Every number below each total is there. Files that were put one after the other may have
    /// several totals.
    fn check_complete(&self, skipped: &BTreeSet<(u32, u32)>) -> Result<(), Refusal> {
        let own = self
            .blocks
            .iter()
            .map(|(block, _)| (block.total, block.number));
        let own: BTreeSet<(u32, u32)> = own.collect();
        let totals: BTreeSet<u32> = own.iter().map(|(total, _)| *total).collect();
        for total in totals {
            let all = (total, 0)..(total, total);
            let mut present: Vec<u32> = own
                .range(all.clone())
                .chain(skipped.range(all))
                .map(|(_, n)| *n)
                .collect();
            present.sort_unstable();
            present.dedup();
            let missing = (0..total).zip(present.iter().map(Some).chain(std::iter::repeat(None)));
            let mut missing = missing.filter(|(number, found)| *found != Some(number));
            if let Some((number, _)) = missing.next() {
                return Err(Fault::MissingBlock { number, total }.of_file());
            }
        }
        Ok(())
    }

    fn variant(&self, family: Option<Family>, notes: &mut Vec<String>) -> Result<Variant, Refusal> {
        let mut blocks: Vec<&(Block<'_>, Option<Address>)> = self.blocks.iter().collect();
        let is_one_file = self
            .blocks
            .array_windows()
            .all(|[(a, _), (b, _)]| a.total == b.total);
        if is_one_file {
            blocks.sort_by_key(|(block, _)| block.number);
        }
        // A restart block may be there twice, as any other.
        blocks.dedup_by_key(|(block, restart)| {
            restart.map(|at| (at, block.number)).ok_or(block.offset)
        });
        let mut stages = blocks.split_inclusive(|(_, restart)| restart.is_some());
        let mut restart = None;
        let mut done: Vec<(Option<Restart>, ImageTarget)> = Vec::new();
        for blocks in &mut stages {
            let (target, repeated) = join(blocks)?;
            notes.extend(repeated_note(repeated));
            done.push((restart.take(), target));
            restart = blocks
                .last()
                .and_then(|(block, start)| restart_of(block, *start));
        }
        if restart.is_some() || done.is_empty() {
            return Err(Fault::NoData.of_file());
        }
        let mut done = done.into_iter();
        let (_, target) = done.next().ok_or(Fault::NoData.of_file())?;
        let stage = |(restart, target): (Option<Restart>, ImageTarget)| {
            restart.map(|restart| Stage { restart, target })
        };
        Ok(Variant {
            family,
            target,
            later: done.filter_map(stage).collect(),
        })
    }
}

fn restart_of(block: &Block<'_>, start: Option<Address>) -> Option<Restart> {
    start.map(|start| Restart {
        marker: Segment::new(block.address, block.payload),
        start,
    })
}

/// The data of one stage, and the number of bytes that it holds more than once.
fn join(blocks: &[&(Block<'_>, Option<Address>)]) -> Result<(ImageTarget, u64), Refusal> {
    let data = || blocks.iter().filter(|(_, restart)| restart.is_none());
    let mut pieces = Pieces::with_capacity(data().map(|(block, _)| block.payload.len()).sum());
    for (block, _) in data() {
        pieces.add(block.address, block.payload, Position::Offset(block.offset))?;
    }
    let joined = pieces.overlay(Neighbours::Joined)?;
    if joined.segments.is_empty() {
        return Err(Fault::NoData.of_file());
    }
    let target = ImageTarget {
        alternate: 0,
        name: None,
        segments: joined.segments,
    };
    Ok((target, joined.repeated))
}
