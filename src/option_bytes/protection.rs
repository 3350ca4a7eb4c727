//! Write protection: which units of flash it holds, in any family's form.

use std::collections::BTreeSet;

use super::decode::{Block, WriteProtection, value_of};
use super::meaning::{self, Area, Meaning, Role, Wrp};
use super::part::{Row, Unit};
use super::recognise::Part;
use super::refusal::Refusal;
use crate::address::AddressRange;

/// A unit of flash that cannot be erased or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProtectedUnit {
    /// The sector, page or block of 4 KiB, counted from 0.
    pub number: u32,
    pub range: AddressRange,
}

/// The protected units.
pub(super) fn decode(part: &Part, raw: &[Block]) -> WriteProtection {
    if has_other_meaning(part, raw) {
        return WriteProtection::Unknown;
    }
    let numbers: BTreeSet<u32> = part
        .protection_rows()
        .flat_map(|(row, wrp)| part.protected_by(raw, row, wrp))
        .collect();
    let unit = |number: u32| {
        let range = part.unit(number)?;
        Some(ProtectedUnit { number, range })
    };
    WriteProtection::Units(numbers.into_iter().filter_map(unit).collect())
}

/// SPRMOD and WPRMOD turn the same bits into read-out protection, inverted on some parts; that is
/// believed also where only some of the possible parts have it. Parts that can have one bank or two
/// number their pages otherwise in the other mode.
fn has_other_meaning(part: &Part, raw: &[Block]) -> bool {
    let has = |row: &Row, meaning: Meaning, value: u32| {
        row.meaning == meaning && value_of(part, raw, row) == Some(value)
    };
    let certain = || part.fields.iter().map(|known| &known.row);
    let is_read_out = certain()
        .chain(&part.uncertain)
        .any(|row| has(row, meaning::PCROP_MODE, 1));
    let one_bank = part.has_second_bank() && certain().any(|row| has(row, meaning::DUAL, 0));
    // An F76x announces the sectors of one bank (STM32Cube_MCU_Overall_Offer#11).
    let sectors = part.flash.sector_count();
    let two_banks = certain().any(|row| has(row, meaning::N_DUAL, 0)) && sectors <= 12;
    is_read_out || one_bank || two_banks
}

impl Part {
    /// What is protected together: "sector", "page" or "block".
    pub fn unit_name(&self) -> &'static str {
        match self.kind().map(|kind| kind.unit) {
            Some(Unit::Page) => "page",
            Some(Unit::Bytes(_) | Unit::BytesThenRest(_)) => "block",
            Some(Unit::Sector) | None => "sector",
        }
    }

    pub(super) fn protection_rows(&self) -> impl Iterator<Item = (&Row, Wrp)> {
        self.fields
            .iter()
            .filter_map(|known| match known.row.meaning.role {
                Role::WriteProtection(wrp) => Some((&known.row, wrp)),
                _ => None,
            })
    }

    /// The flash that unit `number` stands for; `None` past the last unit.
    pub(super) fn unit(&self, number: u32) -> Option<AddressRange> {
        let flash = AddressRange::between(self.flash.start()?, self.end_of_flash()?)?;
        match self.kind()?.unit {
            Unit::Sector => self.sector_unit(number),
            Unit::Page => self.sector(number),
            Unit::Bytes(size) => self.block(number, size)?.intersection(flash),
            Unit::BytesThenRest(size) if number == 31 => {
                AddressRange::between(self.block(31, size)?.start(), flash.end())
                    .filter(|range| !range.is_empty())
            }
            Unit::BytesThenRest(size) if number < 31 => {
                self.block(number, size)?.intersection(flash)
            }
            Unit::BytesThenRest(_) => None,
        }
    }

    fn end_of_flash(&self) -> Option<u64> {
        self.flash.regions().last().map(|range| range.end())
    }

    fn block(&self, number: u32, size: u32) -> Option<AddressRange> {
        let offset = u64::from(number).checked_mul(u64::from(size))?;
        AddressRange::new(self.flash.start()?.checked_add(offset)?, u64::from(size))
    }

    fn sector(&self, index: u32) -> Option<AddressRange> {
        let size = self.flash.runs().first()?.size;
        // Pages are all of one size.
        if self.flash.runs().len() == 1 {
            let range = self.block(index, size)?;
            return (index < self.flash.sector_count()).then_some(range);
        }
        let found = self.flash.sectors().find(|sector| sector.index == index);
        found.map(|sector| sector.range)
    }

    /// Bit `number` of an F2, F4 or F7.
    fn sector_unit(&self, number: u32) -> Option<AddressRange> {
        let sectors = self.flash.sector_count();
        let bits: u32 = self.protection_rows().map(|(row, _)| row.width).sum();
        match (self.regions.len(), sectors, bits) {
            // F42x: bits from 12 on are for the second bank, if there is one.
            (2, 13.., _) => {
                let bank = sectors / 2;
                let index = if number < 12 {
                    number
                } else {
                    bank + (number - 12)
                };
                let is_real = number % 12 < bank;
                is_real.then(|| self.sector(index)).flatten()
            }
            // F76x with two banks: a bit for two sectors.
            (1, _, _) if sectors == 2 * bits => {
                let first = self.sector(number.checked_mul(2)?)?;
                let second = self.sector(number.checked_mul(2)?.checked_add(1)?)?;
                (number < bits).then_some(())?;
                AddressRange::between(first.start(), second.end())
            }
            // F413: the last bit is for all the rest.
            (1, _, _) if sectors > bits && number.checked_add(1) == Some(bits) => {
                AddressRange::between(self.sector(number)?.start(), self.end_of_flash()?)
            }
            _ if number < bits => self.sector(number),
            _ => None,
        }
    }

    /// The numbers of the units that one field protects; an area is counted at its start.
    fn protected_by(&self, raw: &[Block], row: &Row, wrp: Wrp) -> Vec<u32> {
        match wrp {
            Wrp::Bits { first, protected } => {
                let Some(bits) = value_of(self, raw, row) else {
                    return Vec::new();
                };
                let is_set = |bit: &u32| {
                    let bit = bits.checked_shr(*bit);
                    bit.is_some_and(|rest| rest & 1 == protected)
                };
                let bits = (0..row.width).filter(is_set);
                bits.filter_map(|bit| first.checked_add(bit)).collect()
            }
            Wrp::Start(area) => {
                let pages = self.area(raw, area).map(|(start, end)| start..=end);
                let pages = pages.into_iter().flatten();
                let numbers = pages.map(|page| page.saturating_add(self.first_page(area)));
                let here = |number: &u32| self.page_in_bank(*number, area).is_some();
                numbers.filter(here).collect()
            }
            Wrp::End(_) => Vec::new(),
        }
    }

    /// First and last page of an area; `None` without protection.
    fn area(&self, raw: &[Block], area: Area) -> Option<(u32, u32)> {
        let value = |wanted: Wrp| {
            let mut rows = self.protection_rows();
            let (row, _) = rows.find(|(_, wrp)| *wrp == wanted)?;
            value_of(self, raw, row)
        };
        let (start, end) = (value(Wrp::Start(area))?, value(Wrp::End(area))?);
        (start <= end).then_some((start, end))
    }

    /// Whether a field can protect unit `number`.
    fn is_protectable(&self, number: u32) -> bool {
        let is_real = self.unit(number).is_some();
        is_real
            && self.protection_rows().any(|(row, wrp)| match wrp {
                Wrp::Bits { first, .. } => {
                    number.checked_sub(first).is_some_and(|bit| bit < row.width)
                }
                Wrp::Start(area) => {
                    let page = self.page_in_bank(number, area);
                    page.is_some_and(|page| page <= row.extract(u32::MAX))
                }
                Wrp::End(_) => false,
            })
    }

    /// First and last page for `area`: the bank's first or second run of pages, or none.
    fn area_for(&self, area: Area, units: &[u32]) -> Result<Option<(u32, u32)>, Refusal> {
        let pages = units
            .iter()
            .filter_map(|unit| self.page_in_bank(*unit, area));
        let runs = runs(&pages.collect::<Vec<u32>>());
        if runs.len() > 2 {
            return Err(Refusal::TooManyRanges(2));
        }
        let index = match area {
            Area::A1 | Area::A2 => 0,
            Area::B1 | Area::B2 => 1,
        };
        Ok(runs.get(index).copied())
    }

    fn has_second_bank(&self) -> bool {
        let mut rows = self.protection_rows();
        rows.any(|(_, wrp)| wrp == Wrp::Start(Area::A2))
    }

    /// The number of the first page of the bank of `area`.
    fn first_page(&self, area: Area) -> u32 {
        match area {
            Area::A1 | Area::B1 => 0,
            Area::A2 | Area::B2 => self.flash.sector_count() / 2,
        }
    }

    /// The number of a page within the bank of `area`; `None` if it lies in the other one.
    fn page_in_bank(&self, number: u32, area: Area) -> Option<u32> {
        let page = number.checked_sub(self.first_page(area))?;
        let is_first = matches!(area, Area::A1 | Area::B1);
        let is_beyond = is_first && self.has_second_bank() && page >= self.flash.sector_count() / 2;
        (!is_beyond).then_some(page)
    }
}

/// The values of all fields of write protection that protect exactly these units.
pub(super) fn encode<'a>(
    part: &'a Part,
    raw: &[Block],
    units: &[u32],
) -> Result<Vec<(&'a Row, u32)>, Refusal> {
    if part.protection_rows().next().is_none() {
        return Err(Refusal::Uncertain("WRP"));
    }
    for number in units {
        if !part.is_protectable(*number) {
            return Err(Refusal::NoUnit {
                unit: part.unit_name(),
                number: *number,
            });
        }
    }
    let mut values = Vec::new();
    if let WriteProtection::Units(present) = decode(part, raw)
        && present
            .iter()
            .map(|unit| unit.number)
            .eq(units.iter().copied())
    {
        // "None" has many forms.
        return Ok(values);
    }
    for (row, wrp) in part.protection_rows() {
        let Some(present) = value_of(part, raw, row) else {
            // Not delivered: nothing there can be changed.
            continue;
        };
        let (area, is_start) = match wrp {
            Wrp::Bits { first, protected } => {
                let value = bits(part, row, first, protected, units, present);
                values.push((row, value));
                continue;
            }
            Wrp::Start(area) => (area, true),
            Wrp::End(area) => (area, false),
        };
        let (start, end) = match part.area_for(area, units)? {
            Some(pages) => pages,
            // Nothing is protected there, in one of its forms.
            None if part.area(raw, area).is_none() => continue,
            // None, as the factory delivers it.
            None => (row.extract(u32::MAX), 0),
        };
        let value = if is_start { start } else { end };
        values.push((row, value));
    }
    Ok(values)
}

/// `present` with the bits of real units set anew.
fn bits(part: &Part, row: &Row, first: u32, protected: u32, units: &[u32], present: u32) -> u32 {
    let mut value = present;
    for bit in 0..row.width {
        let number = first.saturating_add(bit);
        if part.unit(number).is_none() {
            continue;
        }
        let wanted = if units.contains(&number) {
            protected
        } else {
            1 - protected
        };
        let mask = 1u32.checked_shl(bit).unwrap_or(0);
        value = if wanted == 1 {
            value | mask
        } else {
            value & !mask
        };
    }
    value
}

/// "none", "sector 3", "pages 0–3, 7".
pub fn units_in_words(part: &Part, protection: &WriteProtection) -> String {
    match protection {
        WriteProtection::Unknown => "not known in this mode of the part".to_owned(),
        WriteProtection::Units(units) if units.is_empty() => "none".to_owned(),
        WriteProtection::Units(units) => {
            let numbers: Vec<u32> = units.iter().map(|unit| unit.number).collect();
            let plural = if numbers.len() == 1 { "" } else { "s" };
            format!("{}{plural} {}", part.unit_name(), runs_in_words(&numbers))
        }
    }
}

fn runs_in_words(numbers: &[u32]) -> String {
    let runs = runs(numbers).into_iter().map(|(first, last)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    });
    runs.collect::<Vec<String>>().join(", ")
}

/// Numbers in order, as first and last of each run.
pub(super) fn runs(numbers: &[u32]) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*number) => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    runs
}
