//! What a person wants the option bytes to be, and how it is read.

use std::str::FromStr;

use super::decode::Block;
use super::meaning::{LEVEL_1, LEVEL_2, Role, Values};
use super::part::Row;
use super::refusal::Refusal;
use crate::address::parse_number;

/// What the option bytes are to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// These fields get these values; everything else stays.
    Fields(Vec<Change>),
    /// As in a file: what is not a field that may be changed must be the same.
    Image(Vec<Block>),
}

/// A field and its new value, as typed: `BOR_LEV=3`, `WRP=none`, `WRP=0-3,7`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub name: String,
    pub value: String,
}

impl FromStr for Change {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
                Ok(Self {
                    name: name.trim().to_owned(),
                    value: value.trim().to_owned(),
                })
            }
            _ => Err("write NAME=VALUE, such as BOR_LEV=3".to_owned()),
        }
    }
}

/// The value of a field as typed; addresses also as such.
pub(super) fn parse_value(row: &Row, change: &Change) -> Result<u32, Refusal> {
    if row.meaning.role == Role::ReadProtection {
        return parse_level(change);
    }
    let bad = || Refusal::BadValue {
        name: row.name,
        value: change.value.clone(),
        allowed: allowed(row),
    };
    let number = parse_number(&change.value).map_err(|_| bad())?;
    let number = u32::try_from(number).map_err(|_| bad())?;
    let value = match row.meaning.values {
        Values::Times(unit) if number >= unit && number.is_multiple_of(unit) => number / unit,
        _ => number,
    };
    let is_listed = match row.meaning.values {
        Values::List(list) | Values::ListOr(list, _) => {
            list.iter().any(|(known, _)| *known == value)
        }
        Values::Number | Values::Times(_) => true,
    };
    let fits = row.extract(row.insert(0, value)) == value;
    if is_listed && fits {
        Ok(value)
    } else {
        Err(bad())
    }
}

/// By level, as it is called everywhere; the bytes of the levels are no values.
fn parse_level(change: &Change) -> Result<u32, Refusal> {
    match parse_number(&change.value) {
        Ok(1) => Ok(LEVEL_1),
        Ok(0) => Err(Refusal::RemovesReadProtection),
        Ok(number) if number == 2 || number == u64::from(LEVEL_2) => Err(Refusal::ForEver),
        _ => Err(Refusal::BadValue {
            name: "RDP",
            value: change.value.clone(),
            allowed: "1 (level 1: the flash cannot be read)".to_owned(),
        }),
    }
}

fn allowed(row: &Row) -> String {
    match row.meaning.values {
        Values::List(list) | Values::ListOr(list, _) => {
            let each = list
                .iter()
                .map(|(value, words)| format!("{value} ({words})"));
            each.collect::<Vec<String>>().join(", ")
        }
        Values::Number => format!("0 to {}", row.extract(u32::MAX)),
        Values::Times(unit) => format!("a multiple of 0x{unit:X}"),
    }
}

/// `none`, or numbers and runs of units: `0-3,7`.
pub(super) fn parse_units(change: &Change) -> Result<Vec<u32>, Refusal> {
    let bad = || Refusal::BadValue {
        name: "WRP",
        value: change.value.clone(),
        allowed: "none, or numbers such as 0-3,7".to_owned(),
    };
    if change.value.eq_ignore_ascii_case("none") {
        return Ok(Vec::new());
    }
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|n| *n < 4096);
    let mut units = Vec::new();
    for part in change.value.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (Some(first), Some(last)) = (number(first), number(last)) else {
            return Err(bad());
        };
        if first > last {
            return Err(bad());
        }
        units.extend(first..=last);
    }
    units.sort_unstable();
    units.dedup();
    Ok(units)
}
