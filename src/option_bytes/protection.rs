//! Write protection: which units of flash it holds, in any family's form.

use super::decode::{Block, WriteProtection, value_of};
use super::meaning::{Area, Lock, Role, Wrp};
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

/// The most units that any part has.
const MAX_UNITS: u32 = 1024;

/// The protected units.
pub(super) fn decode(part: &Part, raw: &[Block]) -> WriteProtection {
    if means_read_out(part, raw) {
        return WriteProtection::Unknown;
    }
    let units = (0..MAX_UNITS).map_while(|number| Some((number, part.unit(number)?)));
    let protected = units.filter(|(number, _)| part.holds(raw, *number));
    let protected = protected.map(|(number, range)| ProtectedUnit { number, range });
    WriteProtection::Units(protected.collect())
}

/// SPRMOD and WPRMOD turn the same bits into read-out protection, inverted on some parts. The bit is
/// believed also where only some of the possible parts have it.
fn means_read_out(part: &Part, raw: &[Block]) -> bool {
    let certain = part.fields.iter().map(|known| &known.row);
    let mut rows = certain.chain(&part.uncertain);
    rows.any(|row| row.meaning == super::meaning::PCROP_MODE && value_of(part, raw, row) == Some(1))
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

    /// Whether unit `number` is protected.
    fn holds(&self, raw: &[Block], number: u32) -> bool {
        let mut rows = self.protection_rows();
        rows.any(|(row, wrp)| match wrp {
            Wrp::Bits { first, protected } => {
                let bit = number.checked_sub(first).filter(|bit| *bit < row.width);
                let bit = bit.and_then(|bit| value_of(self, raw, row)?.checked_shr(bit));
                bit.is_some_and(|bits| bits & 1 == protected)
            }
            Wrp::Start(area) => self.area(raw, area).is_some_and(|(start, end)| {
                let page = self.page_in_bank(number, area);
                page.is_some_and(|page| (start..=end).contains(&page))
            }),
            Wrp::End(_) => false,
        })
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

    /// The number of a page within the bank of `area`; `None` if it lies in the other one.
    pub(super) fn page_in_bank(&self, number: u32, area: Area) -> Option<u32> {
        let rows = self.protection_rows();
        let has_second = rows.into_iter().any(|(_, wrp)| wrp == Wrp::Start(Area::A2));
        let bank = self.flash.sector_count() / 2;
        match (area, has_second) {
            (Area::A1 | Area::B1, false) => Some(number),
            (Area::A1 | Area::B1, true) => (number < bank).then_some(number),
            (Area::A2 | Area::B2, _) => number.checked_sub(bank),
        }
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
        WriteProtection::Unknown => Lock::SecureArea.reason().to_owned(),
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
