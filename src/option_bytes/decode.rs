//! From the bytes of a board to fields in words.

use super::meaning::{Lock, Role, Values};
use super::part::Row;
use super::protection::{self, ProtectedUnit};
use super::recognise::{Known, Part};
use super::storage::Storage;
use crate::address::Address;

/// Consecutive bytes as they were read, or as they are to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub start: Address,
    pub bytes: Vec<u8>,
}

/// The fields of a board's option bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    pub fields: Vec<Field>,
    /// Where a complement or a copy does not agree with its value.
    pub faults: Vec<Address>,
    pub write_protection: WriteProtection,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteProtection {
    /// The units of flash that cannot be erased or written.
    Units(Vec<ProtectedUnit>),
    /// The bits mean something else, or may.
    Unknown,
}

/// One field, as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub value: u32,
    /// The value in words.
    pub meaning: String,
    /// The factory's value, where it is known.
    pub default: Option<u32>,
    pub default_meaning: Option<String>,
    pub role: Role,
    /// What may be set, as it is typed, with its meaning; empty where any number may be.
    pub choices: Vec<(String, &'static str)>,
    /// Bits.
    width: u32,
}

impl Field {
    /// The value as a number.
    pub fn number(&self) -> String {
        number(self.width, self.value)
    }

    /// The factory's value: number and words.
    pub fn default_in_words(&self) -> Option<String> {
        let number = number(self.width, self.default?);
        match self.default_meaning.as_deref() {
            None | Some("") => Some(number),
            Some(words) => Some(format!("{number}, {words}")),
        }
    }

    /// Not as the factory delivers it; false where that is not known.
    pub fn differs(&self) -> bool {
        self.default.is_some_and(|default| default != self.value)
    }

    /// Why it is never changed.
    pub fn lock(&self) -> Option<Lock> {
        match self.role {
            Role::Locked(lock) => Some(lock),
            _ => None,
        }
    }
}

/// The fields in `raw`, which holds a block for each region that was read. What was not delivered is
/// left out.
pub fn decode(part: &Part, raw: &[Block]) -> Decoded {
    let present = part.fields.iter();
    let fields = present.filter_map(|known| {
        let value = value_of(part, raw, &known.row)?;
        Some(field(known, value))
    });
    Decoded {
        fields: fields.collect(),
        faults: faults(part, raw),
        write_protection: protection::decode(part, raw),
    }
}

/// Narrow fields are counted, wide ones are bits.
pub(super) fn number(width: u32, value: u32) -> String {
    match width {
        0..5 => value.to_string(),
        _ => format!("0x{value:02X}"),
    }
}

fn field(known: &Known, value: u32) -> Field {
    let row = &known.row;
    Field {
        name: row.name,
        value,
        meaning: row.in_words(value),
        default: known.default,
        default_meaning: known.default.map(|default| row.in_words(default)),
        role: row.meaning.role,
        choices: row.choices(),
        width: row.width,
    }
}

/// The value of a field; `None` if its slot was not delivered.
pub(super) fn value_of(part: &Part, raw: &[Block], row: &Row) -> Option<u32> {
    let block = block_of(part, raw, row)?;
    let slot = part.kind()?.storage.read(&block.bytes, row.offset)?;
    Some(row.extract(slot.value))
}

fn block_of<'a>(part: &Part, raw: &'a [Block], row: &Row) -> Option<&'a Block> {
    let region = part.regions.get(row.region)?;
    raw.iter().find(|block| block.start == region.start())
}

/// The slots whose complement or copy is wrong.
fn faults(part: &Part, raw: &[Block]) -> Vec<Address> {
    let mut wrong: Vec<Address> = Vec::new();
    let Some(storage) = part.kind().map(|kind| kind.storage) else {
        return wrong;
    };
    let mut check = |block: &Block, offset: usize| {
        let slot = storage.read(&block.bytes, offset);
        let at = u64::try_from(offset)
            .ok()
            .and_then(|offset| block.start.checked_add(offset));
        if let (Some(slot), Some(at)) = (slot, at)
            && !slot.is_intact
            && !wrong.contains(&at)
        {
            wrong.push(at);
        }
    };
    for row in part.fields.iter().map(|known| &known.row) {
        if let Some(block) = block_of(part, raw, row) {
            check(block, row.offset);
        }
    }
    // There the hardware loads each pair for itself, also one without a field: a bad one counts as
    // level 1 or protected (RM0091).
    if storage == Storage::Bytes {
        for block in raw {
            let offsets = (0..block.bytes.len()).step_by(storage.pitch());
            offsets.for_each(|offset| check(block, offset));
        }
    }
    wrong.sort();
    wrong
}

impl Row {
    /// The values that may be set.
    fn choices(&self) -> Vec<(String, &'static str)> {
        if self.meaning.role == Role::ReadProtection {
            return vec![("1".to_owned(), "level 1: the flash cannot be read")];
        }
        match self.meaning.values {
            Values::List(list) | Values::ListOr(list, _) => {
                let each = list.iter();
                each.map(|(value, words)| (number(self.width, *value), *words))
                    .collect()
            }
            Values::Number | Values::Times(_) => Vec::new(),
        }
    }

    /// What a value means.
    pub(super) fn in_words(&self, value: u32) -> String {
        let of = |list: &[(u32, &str)]| {
            let found = list.iter().find(|(number, _)| *number == value);
            found.map(|(_, words)| (*words).to_owned())
        };
        match self.meaning.values {
            Values::List(list) => of(list).unwrap_or_else(|| "reserved".to_owned()),
            Values::ListOr(list, otherwise) => of(list).unwrap_or_else(|| otherwise.to_owned()),
            Values::Number => String::new(),
            Values::Times(unit) => Address(value.wrapping_mul(unit)).to_string(),
        }
    }
}
